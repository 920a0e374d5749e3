//! The backup of the office's keys: an age file under a passphrase (scrypt), which the `age` programme opens too.

use age::{Encryptor, scrypt, secrecy::SecretString};
use std::io::Write;

use crate::{
    envelope::{OpenError, decrypted, read_bounded, written},
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
