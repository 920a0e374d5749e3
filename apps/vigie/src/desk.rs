//! The office's key at hand, its folder, and its line to the server.

use std::{fs, io, path::Path};

use futures::executor::block_on;
use vigie_exchange::Client;
use vigie_mailbox::mailbox::now;
use vigie_office::{OfficeKeys, Registry};
use vigie_seal::passfile;
use vigie_wire::Wire;
use zeroize::Zeroizing;

use crate::{
    arguments::{DeskArgs, InitArgs},
    chance::{chance, chance_is_there},
    failure::Failure,
    folder::{Folder, State, keep, read},
};

/// How every `age` file begins.
const SEALED: &[u8] = b"age-encryption.org/";

/// A key file is a few lines of text.
const KEY_BYTES: usize = 64 * 1024;

/// Everything a command of the office works with.
pub struct Desk {
    pub keys: OfficeKeys,
    pub folder: Folder,
    pub state: State,
    pub client: Client<Wire>,
}

impl Desk {
    pub fn open(args: &DeskArgs) -> Result<Desk, Failure> {
        chance_is_there()?;
        Desk::of(read_key(&args.key)?, &args.office)
    }

    pub fn of(keys: OfficeKeys, folder: &Path) -> Result<Desk, Failure> {
        let folder = Folder::open(folder)?;
        let state = folder.state(&keys)?;
        let client = Client::new(Wire::new(), keys.server.clone(), keys.signing.clone());
        Ok(Desk {
            keys,
            folder,
            state,
            client,
        })
    }

    pub fn registry(&self) -> Result<Registry, Failure> {
        self.folder.registry(&self.keys, &self.state)
    }

    pub fn keep_state(&self) -> Result<(), Failure> {
        self.folder.keep_state(&self.keys, &self.state)
    }
}

/// How a key file is kept.
pub enum Lock<'a> {
    /// As text that `age` takes too.
    Open,
    /// Sealed by a passphrase, as `age -p` does; the same file that the app makes as a key backup.
    Passphrase(&'a str),
}

/// `vigie office init`
pub fn init(args: &InitArgs) -> Result<(), Failure> {
    chance_is_there()?;
    let token = args.setup.rsplit('/').next().unwrap_or(&args.setup);
    let keys = if args.sealed {
        begin(
            &args.server,
            token,
            &args.name,
            &args.key,
            Lock::Passphrase(&passphrase().map_err(Failure::Passphrase)?),
        )?
    } else {
        begin(&args.server, token, &args.name, &args.key, Lock::Open)?
    };
    say!("office    {}", keys.name);
    say!("key       {}", args.key.display());
    say!("check     {}", keys.fingerprint());
    eprintln!(
        "Whoever has {} can read everything. Copy it to a safe place now; it can't be made again.",
        args.key.display()
    );
    Ok(())
}

/// Makes the keys, writes them, then sets the server up. A key is on the disk before any server knows of it; when the
/// server refuses, it is removed again.
pub fn begin(
    server: &str,
    token: &str,
    name: &str,
    key: &Path,
    lock: Lock<'_>,
) -> Result<OfficeKeys, Failure> {
    if key.exists() {
        return Err(Failure::KeyThere(key.to_owned()));
    }
    let keys = OfficeKeys::generate(name, server, &mut chance);
    match lock {
        Lock::Open => keep(key, keys.to_text().as_bytes())?,
        Lock::Passphrase(passphrase) => {
            let sealed = passfile::seal_with_passphrase(
                keys.to_text().as_bytes(),
                passphrase,
                passfile::WORK_FACTOR,
            );
            keep(key, &sealed)?;
        }
    }
    let client = Client::new(Wire::new(), keys.server.clone(), keys.signing.clone());
    if let Err(error) = block_on(client.set_up_office(token, &keys.name, now())) {
        // Without an answer the server may have taken the key: then it must not be lost.
        if error.code().is_some() {
            fs::remove_file(key).map_err(|source| Failure::File {
                path: key.to_owned(),
                source,
            })?;
        }
        return Err(error.into());
    }
    Ok(keys)
}

/// Reads the key: as text, or sealed by a passphrase, then asked for.
fn read_key(path: &Path) -> Result<OfficeKeys, Failure> {
    let file = Zeroizing::new(read(path)?);
    if file.starts_with(SEALED) {
        read_key_with(path, &passphrase().map_err(Failure::Passphrase)?)
    } else {
        parse_key(path, &file)
    }
}

/// Reads a key file that this passphrase seals.
pub fn read_key_with(path: &Path, passphrase: &str) -> Result<OfficeKeys, Failure> {
    let file = read(path)?;
    let open = passfile::open_with_passphrase(&file, passphrase, KEY_BYTES).map(Zeroizing::new);
    let text = open.map_err(|error| Failure::Key {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    parse_key(path, &text)
}

fn parse_key(path: &Path, text: &[u8]) -> Result<OfficeKeys, Failure> {
    let bad = |reason: String| Failure::Key {
        path: path.to_owned(),
        reason,
    };
    let text = std::str::from_utf8(text).map_err(|_| bad("not a text file".to_owned()))?;
    OfficeKeys::from_text(text).map_err(|error| bad(error.to_string()))
}

fn passphrase() -> io::Result<Zeroizing<String>> {
    match std::env::var("VIGIE_PASSPHRASE") {
        Ok(given) => Ok(Zeroizing::new(given)),
        Err(_) => rpassword::prompt_password("Passphrase of the office key: ").map(Zeroizing::new),
    }
}
