//! The office's keys, and the text file they are kept in.
//!
//! ```text
//! # Vigie office key. Whoever has this file can read everything that is sent to the office. Keep it offline.
//! # recipient: age1…
//! # office: 5f0c…
//! AGE-SECRET-KEY-1…
//! # VIGIE-SIGNING-KEY-1 9d61…
//! # NAME Fédération …
//! # SERVER https://vigie.example
//! # DOCUMENTS signed
//! ```
//! All but the identity is a comment to `age`, so that the same file opens a bundle without Vigie:
//! `age -d -i office.key bundle.age | gunzip | jq`. The lines of Vigie are read with or without the `#`.

use sha2::{Digest, Sha256};
use vigie_model::Random;
use vigie_seal::{Identity, Recipient, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

const IDENTITY: &str = "AGE-SECRET-KEY-1";
const SIGNING: &str = "VIGIE-SIGNING-KEY-1 ";
const SERVER: &str = "SERVER ";
const NAME: &str = "NAME ";
const SIGNS: &str = "DOCUMENTS signed";

/// Everything that makes an office this office.
pub struct OfficeKeys {
    /// Opens what is sealed for the office.
    pub identity: Identity,
    /// Signs cards, receipts and requests.
    pub signing: SigningKey,
    pub name: String,
    /// The server's origin.
    pub server: String,
    /// This office has signed its documents from its first day, so none without a signature is its own.
    pub signs_documents: bool,
}

/// The file is not an office key, or not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKeyFile {
    #[error("no line with an age identity (AGE-SECRET-KEY-1…)")]
    NoIdentity,
    #[error("more than one age identity")]
    TwoIdentities,
    #[error("no line with a signing key (VIGIE-SIGNING-KEY-1 …)")]
    NoSigningKey,
    #[error("no line with the server (SERVER …)")]
    NoServer,
    #[error("line {0} can't be read")]
    Line(usize),
}

impl OfficeKeys {
    /// New keys. The identity comes from the system's own generator, the signing key from `rng`.
    pub fn generate(name: &str, server: &str, rng: &mut impl Random) -> OfficeKeys {
        OfficeKeys {
            identity: Identity::generate(),
            signing: SigningKey::random(rng),
            name: one_line(name),
            server: one_line(server).trim_end_matches('/').to_owned(),
            signs_documents: true,
        }
    }

    /// Whom to seal for, so that this office can read it.
    pub fn recipient(&self) -> Recipient {
        self.identity.recipient()
    }

    /// The office's public signing key, in hex: what cards name.
    pub fn office(&self) -> String {
        self.signing.verifying_key().to_string()
    }

    /// Four groups of four characters to compare by voice or on paper: the first 64 bits of the SHA-256 of the public
    /// signing key and the recipient.
    pub fn fingerprint(&self) -> String {
        let key = self.signing.verifying_key();
        fingerprint(&key, &self.recipient().to_string())
    }

    /// The key file.
    pub fn to_text(&self) -> Zeroizing<String> {
        let signing = self.signing.to_hex();
        let signs = if self.signs_documents {
            format!("# {SIGNS}\n")
        } else {
            String::new()
        };
        Zeroizing::new(format!(
            "# Vigie office key. Whoever has this file can read everything that is sent to the office. Keep it offline.\n\
             # recipient: {recipient}\n\
             # office: {office}\n\
             {identity}\n\
             # {SIGNING}{signing}\n\
             # {NAME}{name}\n\
             # {SERVER}{server}\n\
             {signs}",
            recipient = self.recipient(),
            office = self.office(),
            identity = self.identity.to_string().as_str(),
            signing = signing.as_str(),
            name = self.name,
            server = self.server,
        ))
    }

    /// Reads a key file; lines in any order, other comments ignored.
    pub fn from_text(text: &str) -> Result<OfficeKeys, BadKeyFile> {
        let (mut identity, mut signing, mut name, mut server) = (None, None, String::new(), None);
        let mut signs_documents = false;
        for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let bad = BadKeyFile::Line(number + 1);
            let line = line.trim();
            let said = line.trim_start_matches('#').trim_start();
            if line.starts_with(IDENTITY) {
                let read: Identity = line.parse().map_err(|_| bad)?;
                if identity.replace(read).is_some() {
                    return Err(BadKeyFile::TwoIdentities);
                }
            } else if let Some(hex) = said.strip_prefix(SIGNING) {
                signing = Some(SigningKey::from_hex(hex.trim()).map_err(|_| bad)?);
            } else if let Some(said) = said.strip_prefix(SERVER) {
                server = Some(said.trim().trim_end_matches('/').to_owned());
            } else if let Some(said) = said.strip_prefix(NAME) {
                name = said.trim().to_owned();
            } else if said == SIGNS {
                signs_documents = true;
            } else if !line.is_empty() && !line.starts_with('#') {
                return Err(bad);
            }
        }
        Ok(OfficeKeys {
            identity: identity.ok_or(BadKeyFile::NoIdentity)?,
            signing: signing.ok_or(BadKeyFile::NoSigningKey)?,
            server: server.ok_or(BadKeyFile::NoServer)?,
            name,
            signs_documents,
        })
    }
}

/// Of an office with this key and this recipient.
pub(crate) fn fingerprint(key: &VerifyingKey, recipient: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(key.to_bytes());
    hash.update(recipient);
    let text = vigie_model::hex::encode(&hash.finalize()[..8]);
    let groups: Vec<&str> = (0..4).map(|n| &text[4 * n..4 * n + 4]).collect();
    groups.join(" ")
}

/// A name is one line of the file, whatever was typed.
fn one_line(text: &str) -> String {
    text.split(char::is_control)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> OfficeKeys {
        OfficeKeys::generate(
            "Fédération\nunie",
            "https://vigie.example/",
            &mut |bytes: &mut [u8]| bytes.fill(7),
        )
    }

    #[test]
    fn the_file_gives_the_keys_back() {
        let keys = keys();
        let back = OfficeKeys::from_text(&keys.to_text()).unwrap();
        assert_eq!(back.recipient().to_string(), keys.recipient().to_string());
        assert_eq!(back.office(), keys.office());
        assert_eq!(
            (back.name.as_str(), back.server.as_str()),
            ("Fédération unie", "https://vigie.example")
        );
        assert_eq!(back.fingerprint(), keys.fingerprint());
    }

    #[test]
    fn age_sees_one_identity_and_comments() {
        let text = keys().to_text();
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(lines.len(), 1);
        assert!(lines[0].starts_with(IDENTITY));
    }

    #[test]
    fn vigies_lines_are_read_without_their_hash_in_any_order_and_with_windows_line_ends() {
        let text = keys().to_text();
        let mut lines: Vec<&str> = text
            .lines()
            .map(|line| line.trim_start_matches("# "))
            .collect();
        lines.retain(|line| {
            [IDENTITY, SIGNING, SERVER, NAME, SIGNS]
                .iter()
                .any(|start| line.starts_with(start))
        });
        lines.reverse();
        let text = format!("\u{feff}{}\r\n", lines.join("\r\n"));
        assert_eq!(
            OfficeKeys::from_text(&text).unwrap().office(),
            keys().office()
        );
    }

    #[test]
    fn a_file_that_is_not_whole_says_what_is_missing() {
        let text = keys().to_text();
        let without = |start: &str| -> String {
            text.lines()
                .filter(|line| !line.trim_start_matches("# ").starts_with(start))
                .map(|l| format!("{l}\n"))
                .collect()
        };
        let problem = |text: &str| OfficeKeys::from_text(text).err().unwrap();
        assert_eq!(problem(&without(IDENTITY)), BadKeyFile::NoIdentity);
        assert_eq!(problem(&without(SIGNING)), BadKeyFile::NoSigningKey);
        assert_eq!(problem(&without(SERVER)), BadKeyFile::NoServer);
        assert_eq!(problem(""), BadKeyFile::NoIdentity);
        assert_eq!(problem("hello"), BadKeyFile::Line(1));
        assert_eq!(problem("AGE-SECRET-KEY-1NOPE"), BadKeyFile::Line(1));
        assert_eq!(problem("VIGIE-SIGNING-KEY-1 00"), BadKeyFile::Line(1));
        assert_eq!(
            problem(&format!(
                "{}{}",
                text.as_str(),
                OfficeKeys::generate("b", "s", &mut |b: &mut [u8]| b.fill(1))
                    .to_text()
                    .as_str()
            )),
            BadKeyFile::TwoIdentities
        );
    }
}
