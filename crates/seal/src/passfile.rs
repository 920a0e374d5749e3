//! The backup of the office's keys: an age file under a passphrase (scrypt), which the `age` programme opens too.

use age::{Encryptor, scrypt, secrecy::SecretString};
use std::io::Write;

use crate::{
    age_file::{OpenError, decrypted},
    envelope::{read_bounded, written},
    passphrase::spelled,
};

/// The work factor that a laptop takes about a second for: N = 2^18, 256 MiB.
pub const WORK_FACTOR: u8 = 18;
/// The hardest file that is tried, so that a hostile one can't take the machine: N = 2^22, 4 GiB, is past it.
pub const MAX_WORK_FACTOR: u8 = 20;

/// Seals `plain` under a passphrase. `work_factor` is the logarithm of scrypt's N, from 1 to [`MAX_WORK_FACTOR`].
///
/// The passphrase is taken in one spelling (NFKC, single spaces): to open the file with the `age` programme, type it so.
pub fn seal_with_passphrase(plain: &[u8], passphrase: &str, work_factor: u8) -> Vec<u8> {
    let mut recipient = scrypt::Recipient::new(secret(passphrase));
    recipient.set_work_factor(work_factor.clamp(1, MAX_WORK_FACTOR));
    let encryptor = Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))
        .expect("one passphrase and nobody else is what scrypt files allow");
    written(|sealed| {
        let mut age = encryptor.wrap_output(sealed)?;
        age.write_all(plain)?;
        age.finish()?;
        Ok(())
    })
}

/// Opens a file under a passphrase, and takes at most `limit` bytes out of it.
///
/// [`OpenError::NotForUs`]: not a passphrase file. [`OpenError::Damaged`]: another passphrase, or damaged; which, can't be
/// told.
pub fn open_with_passphrase(
    sealed: &[u8],
    passphrase: &str,
    limit: usize,
) -> Result<Vec<u8>, OpenError> {
    let mut identity = scrypt::Identity::new(secret(passphrase));
    identity.set_max_work_factor(MAX_WORK_FACTOR);
    read_bounded(&mut decrypted(sealed, &identity)?, limit)
}

fn secret(passphrase: &str) -> SecretString {
    SecretString::from(spelled(passphrase).as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Identity, envelope};

    /// N = 2^4: tests need no second of scrypt each.
    const QUICK: u8 = 4;

    #[test]
    fn only_the_passphrase_opens_the_backup() {
        let sealed = seal_with_passphrase(b"cles", "cheval agrafe", QUICK);
        assert_eq!(
            open_with_passphrase(&sealed, " cheval  agrafe ", 100),
            Ok(b"cles".to_vec())
        );
        assert_eq!(
            open_with_passphrase(&sealed, "cheval", 100),
            Err(OpenError::Damaged)
        );
        assert_eq!(
            open_with_passphrase(&sealed, "cheval agrafe", 3),
            Err(OpenError::TooLarge)
        );
        assert!(open_with_passphrase(&sealed[..sealed.len() - 1], "cheval agrafe", 100).is_err());
    }

    #[test]
    fn a_file_of_another_kind_is_told_apart() {
        let identity = Identity::generate();
        let bundle = envelope::seal(b"plein", &[identity.recipient()]).unwrap();
        assert_eq!(
            open_with_passphrase(&bundle, "cheval", 100),
            Err(OpenError::NotForUs(1))
        );
        let backup = seal_with_passphrase(b"cles", "cheval", QUICK);
        assert_eq!(
            envelope::open(&backup, &identity, 100),
            Err(OpenError::NotForUs(1))
        );
        assert_eq!(
            open_with_passphrase(b"{}", "cheval", 100),
            Err(OpenError::NotSealed)
        );
    }

    #[test]
    fn a_file_that_would_take_the_machine_is_refused() {
        let sealed = seal_with_passphrase(b"cles", "cheval", QUICK);
        let text = String::from_utf8_lossy(&sealed).into_owned();
        let at = text.find("-> scrypt ").unwrap();
        let end = at + text[at..].find(" 4\n").unwrap();
        let hostile = [&sealed[..end], b" 63\n", &sealed[end + 3..]].concat();
        assert_eq!(
            open_with_passphrase(&hostile, "cheval", 100),
            Err(OpenError::Damaged)
        );
    }
}
