//! What a passphrase opens on a device.
//!
//! A passphrase makes a key by Argon2id (RFC 9106), which wraps the vault's own random key, which seals every row. So a
//! new passphrase wraps one key anew and touches no row; and destroying one small record destroys them all.
//!
//! A row is `1 ‖ nonce (24 bytes) ‖ XChaCha20-Poly1305`, bound to its table and its key in it: a row put in the place of
//! another does not open.

use std::time::Duration;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use serde::{Deserialize, Serialize};
use vigie_model::{Random, hex};
use zeroize::{Zeroize, Zeroizing};

use crate::passphrase::spelled;

/// What a row begins with.
const ROW_VERSION: u8 = 1;
const NONCE: usize = 24;
const TAG: usize = 16;

/// How a passphrase is made into a key: the salt, and what Argon2id costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kdf {
    #[serde(with = "hex")]
    pub salt: [u8; 16],
    /// Memory, in KiB.
    pub m_kib: u32,
    /// Passes over it.
    pub t: u32,
    /// Lanes: 1, because a browser's worker has one thread.
    pub p: u32,
}

impl Kdf {
    /// The least memory, however weak the device: 19 MiB (OWASP, Password Storage Cheat Sheet, 2024).
    pub const MIN_M_KIB: u32 = 19 * 1024;
    /// The passes that go with the least memory.
    pub const MIN_T: u32 = 2;
    /// The memory to start with: 48 MiB.
    pub const START_M_KIB: u32 = 48 * 1024;
    /// The passes to start with.
    pub const START_T: u32 = 3;
    /// What a fast machine is asked for at most: more would lock the same person out on her slower one.
    pub const MAX_T: u32 = 12;

    /// Parameters that [`calibrate`](Kdf::calibrate) gave, or [`START_M_KIB`](Kdf::START_M_KIB) and
    /// [`START_T`](Kdf::START_T), with a new salt.
    pub fn new(m_kib: u32, t: u32, random: &mut impl Random) -> Kdf {
        let mut salt = [0; 16];
        random.fill(&mut salt);
        Kdf {
            salt,
            m_kib: m_kib.max(Self::MIN_M_KIB),
            t: t.max(1),
            p: 1,
        }
    }

    /// Memory (KiB) and passes that take about a second here. `measure` runs [`Kdf::derive`] and says how long it took; it
    /// is called twice with the least cost there is, so that even a weak phone knows within a second or so.
    pub fn calibrate(mut measure: impl FnMut(&Kdf) -> Duration) -> (u32, u32) {
        const TARGET: f64 = 1.0;
        let probe = Kdf {
            salt: [0; 16],
            m_kib: Self::MIN_M_KIB,
            t: 1,
            p: 1,
        };
        // The first run pays for the pages it touches and, in a browser, for compiling.
        let seconds = measure(&probe).min(measure(&probe)).as_secs_f64().max(1e-4);
        // The cost is as memory × passes: how many KiB can be passed over in a second.
        let affordable = TARGET / seconds * f64::from(Self::MIN_M_KIB);
        let passes = affordable / f64::from(Self::START_M_KIB);
        if passes >= f64::from(Self::START_T) {
            return (Self::START_M_KIB, (passes as u32).min(Self::MAX_T));
        }
        let memory = (affordable / f64::from(Self::START_T)) as u32;
        if memory >= Self::MIN_M_KIB {
            (memory, Self::START_T)
        } else {
            (Self::MIN_M_KIB, Self::MIN_T)
        }
    }

    /// Runs Argon2id. Parameters that are not such as Vigie writes open nothing: a file that asks for gigabytes is not ours.
    pub fn derive(&self, passphrase: &str) -> Result<Derived, NotOpened> {
        let sane = (Self::MIN_M_KIB..=1024 * 1024).contains(&self.m_kib)
            && (1..=64).contains(&self.t)
            && self.p == 1;
        if !sane {
            return Err(NotOpened::WrongPassphrase);
        }
        let params = Params::new(self.m_kib, self.t, self.p, Some(32))
            .map_err(|_| NotOpened::WrongPassphrase)?;
        let mut memory = Zeroizing::new(blocks(params.block_count())?);
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(
                spelled(passphrase).as_bytes(),
                &self.salt,
                key.as_mut(),
                memory.as_mut_slice(),
            )
            .map_err(|_| NotOpened::WrongPassphrase)?;
        Ok(key)
    }

    /// What the wrapped key is bound to: nobody may weaken the parameters and leave the key.
    fn associated(&self) -> Vec<u8> {
        let Kdf { salt, m_kib, t, p } = self;
        format!("vigie vault v1\0{}\0{m_kib}\0{t}\0{p}", hex::encode(salt)).into_bytes()
    }
}

/// What Argon2id makes of a passphrase. Wiped when dropped.
pub type Derived = Zeroizing<[u8; 32]>;

/// The vault's key under a passphrase: the one thing that lies in the clear on a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrappedKey {
    /// 1.
    pub v: u32,
    pub kdf: Kdf,
    #[serde(with = "hex")]
    pub nonce: [u8; 24],
    #[serde(with = "hex")]
    pub sealed: [u8; 48],
}

/// Why a passphrase did not make a key, or did not open a vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    /// The passphrase is not the one, or what it should open is damaged. Which, is not said.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// The device has not the memory that Argon2id needs now. Nothing is said of the passphrase.
    #[error("not enough memory")]
    NoMemory,
}

/// Argon2id's memory, asked for in a way that can be refused: a worker that aborts says nothing to anybody.
fn blocks(count: usize) -> Result<Vec<Block>, NotOpened> {
    let mut blocks = Vec::new();
    blocks
        .try_reserve_exact(count)
        .map_err(|_| NotOpened::NoMemory)?;
    blocks.resize(count, Block::default());
    Ok(blocks)
}

/// A row that does not open: changed, cut, sealed with another key, or another row's. Keep it as it is, and name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a row that does not open")]
pub struct Damaged;

/// The key of everything at rest on a device. Wiped when dropped.
#[derive(Clone)]
pub struct VaultKey(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for VaultKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VaultKey(…)")
    }
}

impl VaultKey {
    pub fn random(random: &mut impl Random) -> VaultKey {
        let mut key = Zeroizing::new([0; 32]);
        random.fill(key.as_mut());
        VaultKey(key)
    }

    /// The key again, where it was kept by another lock than a passphrase.
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> VaultKey {
        VaultKey(bytes)
    }

    /// The key itself, to be kept under the key that takes its place while rows are sealed again.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.0.clone()
    }

    /// Puts the key under a passphrase, of which `kdf` made `derived`.
    pub fn wrap(&self, derived: &Derived, kdf: &Kdf, random: &mut impl Random) -> WrappedKey {
        let mut nonce = [0; NONCE];
        random.fill(&mut nonce);
        let sealed = encrypt(derived, &nonce, &kdf.associated(), self.0.as_ref());
        WrappedKey {
            v: 1,
            kdf: kdf.clone(),
            nonce,
            sealed: sealed.try_into().expect("32 bytes and a tag of 16"),
        }
    }

    /// Takes the key out from under a passphrase, of which `wrapped.kdf` made `derived`.
    pub fn unwrap(wrapped: &WrappedKey, derived: &Derived) -> Result<VaultKey, NotOpened> {
        if wrapped.v != 1 {
            return Err(NotOpened::WrongPassphrase);
        }
        let mut plain = decrypt(
            derived,
            &wrapped.nonce,
            &wrapped.kdf.associated(),
            &wrapped.sealed,
        )
        .ok_or(NotOpened::WrongPassphrase)?;
        let mut vault = Zeroizing::new([0; 32]);
        vault.copy_from_slice(&plain);
        plain.zeroize();
        Ok(VaultKey(vault))
    }

    /// Seals what goes under `key` in the table `store`.
    pub fn seal_row(
        &self,
        store: &str,
        key: &str,
        plain: &[u8],
        random: &mut impl Random,
    ) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        random.fill(&mut nonce);
        let sealed = encrypt(&self.0, &nonce, &row_of(store, key), plain);
        framed(ROW_VERSION, &nonce, &sealed)
    }

    /// Opens what lay under `key` in the table `store`.
    pub fn open_row(&self, store: &str, key: &str, sealed: &[u8]) -> Result<Vec<u8>, Damaged> {
        let (version, nonce, sealed) = unframed(sealed).ok_or(Damaged)?;
        if version != ROW_VERSION {
            return Err(Damaged);
        }
        decrypt(&self.0, nonce, &row_of(store, key), sealed).ok_or(Damaged)
    }
}

fn row_of(store: &str, key: &str) -> Vec<u8> {
    [b"vigie row v1\0", store.as_bytes(), b"\0", key.as_bytes()].concat()
}

/// `version ‖ nonce ‖ sealed`: how rows and boxes are written.
pub(crate) fn framed(version: u8, nonce: &[u8; NONCE], sealed: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(1 + NONCE + sealed.len());
    frame.push(version);
    frame.extend_from_slice(nonce);
    frame.extend_from_slice(sealed);
    frame
}

pub(crate) fn unframed(frame: &[u8]) -> Option<(u8, &[u8; NONCE], &[u8])> {
    let (&version, rest) = frame.split_first()?;
    let (nonce, sealed) = rest.split_first_chunk()?;
    (sealed.len() >= TAG).then_some((version, nonce, sealed))
}

pub(crate) fn encrypt(key: &[u8; 32], nonce: &[u8; NONCE], aad: &[u8], plain: &[u8]) -> Vec<u8> {
    XChaCha20Poly1305::new(key.into())
        .encrypt(XNonce::from_slice(nonce), Payload { msg: plain, aad })
        .expect("XChaCha20-Poly1305 takes 256 GiB, more than an address space of 32 bits")
}

pub(crate) fn decrypt(
    key: &[u8; 32],
    nonce: &[u8; NONCE],
    aad: &[u8],
    sealed: &[u8],
) -> Option<Vec<u8>> {
    XChaCha20Poly1305::new(key.into())
        .decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad })
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting() -> impl Random {
        let mut next = 0u8;
        move |bytes: &mut [u8]| bytes.fill_with(|| (next, next = next.wrapping_add(1)).0)
    }

    fn least(random: &mut impl Random) -> Kdf {
        Kdf::new(Kdf::MIN_M_KIB, 1, random)
    }

    fn wrap(key: &VaultKey, typed: &str, kdf: &Kdf, random: &mut impl Random) -> WrappedKey {
        key.wrap(&kdf.derive(typed).unwrap(), kdf, random)
    }

    fn open(wrapped: &WrappedKey, typed: &str) -> Result<VaultKey, NotOpened> {
        VaultKey::unwrap(wrapped, &wrapped.kdf.derive(typed)?)
    }

    #[test]
    fn only_the_passphrase_opens_the_vault_and_nothing_says_what_was_wrong() {
        let random = &mut counting();
        let vault = VaultKey::random(random);
        let wrapped = wrap(&vault, "cheval agrafe été", &least(random), random);
        let json = serde_json::to_string(&wrapped).unwrap();
        assert!(!json.contains("cheval"));
        let wrapped: WrappedKey = serde_json::from_str(&json).unwrap();

        let opened = open(&wrapped, "  cheval  agrafe e\u{301}te\u{301} ").unwrap();
        let row = vault.seal_row("ops", "1", b"plein", random);
        assert_eq!(opened.open_row("ops", "1", &row), Ok(b"plein".to_vec()));

        let damaged: [fn(&mut WrappedKey); 7] = [
            |w| w.v = 2,
            |w| w.sealed[0] ^= 1,
            |w| w.nonce[0] ^= 1,
            |w| w.kdf.salt[0] ^= 1,
            |w| w.kdf.m_kib = 8,
            |w| w.kdf.m_kib = u32::MAX,
            |w| w.kdf.p = 4,
        ];
        assert_eq!(
            open(&wrapped, "Cheval agrafe été").unwrap_err(),
            NotOpened::WrongPassphrase
        );
        for damage in damaged {
            let mut wrapped = wrapped.clone();
            damage(&mut wrapped);
            assert_eq!(
                open(&wrapped, "cheval agrafe été").unwrap_err(),
                NotOpened::WrongPassphrase
            );
        }
    }

    #[test]
    fn a_row_opens_only_where_it_was_put() {
        let random = &mut counting();
        let vault = VaultKey::random(random);
        let row = vault.seal_row("ops", "12", b"", random);
        assert_eq!(vault.open_row("ops", "12", &row), Ok(Vec::new()));
        for (store, key) in [("ops", "1"), ("op", "s12"), ("blobs", "12"), ("ops", "")] {
            assert_eq!(
                vault.open_row(store, key, &row),
                Err(Damaged),
                "{store}/{key}"
            );
        }
        assert_eq!(
            VaultKey::random(random).open_row("ops", "12", &row),
            Err(Damaged)
        );
    }

    #[test]
    fn no_bit_of_a_row_can_change_and_no_byte_be_missing() {
        let random = &mut counting();
        let vault = VaultKey::random(random);
        let row = vault.seal_row("ops", "1", b"plein", random);
        for bit in 0..8 * row.len() {
            let mut row = row.clone();
            row[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(vault.open_row("ops", "1", &row), Err(Damaged), "bit {bit}");
        }
        for length in 0..row.len() {
            assert_eq!(
                vault.open_row("ops", "1", &row[..length]),
                Err(Damaged),
                "{length} bytes"
            );
        }
    }

    #[test]
    fn calibration_asks_for_about_a_second_and_never_for_less_than_19_mib() {
        // Seconds for the probe (19 MiB, one pass) → MiB and passes.
        for (probe, expected) in [
            (0.0, (48 * 1024, 12)),
            (0.01, (48 * 1024, 12)),
            (0.05, (48 * 1024, 7)),
            (0.1, (48 * 1024, 3)),
            (0.2, (32426, 3)),
            (0.33, (19 * 1024 + 196, 3)),
            (0.5, (19 * 1024, 2)),
            (60.0, (19 * 1024, 2)),
        ] {
            let mut runs = 0;
            let asked = Kdf::calibrate(|kdf| {
                runs += 1;
                assert_eq!((kdf.m_kib, kdf.t), (Kdf::MIN_M_KIB, 1));
                // The first run is slower, as it is in a browser.
                Duration::from_secs_f64(probe * if runs == 1 { 3.0 } else { 1.0 })
            });
            assert_eq!(asked, expected, "{probe} s");
            assert!(asked.0 >= Kdf::MIN_M_KIB);
        }
    }

    #[test]
    fn a_measured_calibration_makes_a_vault_that_opens() {
        let (m_kib, t) = Kdf::calibrate(|kdf| {
            let begun = std::time::Instant::now();
            kdf.derive("mot").unwrap();
            begun.elapsed()
        });
        let random = &mut counting();
        let vault = VaultKey::random(random);
        let wrapped = wrap(&vault, "mot", &Kdf::new(m_kib, t, random), random);
        assert!(open(&wrapped, "mot").is_ok());
    }

    #[test]
    fn memory_that_is_not_to_be_had_is_said_and_aborts_nothing() {
        // More than an address space of 64 bits has; a phone's ends at 4 GiB.
        assert_eq!(blocks(usize::MAX / 2048).err(), Some(NotOpened::NoMemory));
        assert_eq!(blocks(8).map(|blocks| blocks.len()), Ok(8));
    }

    #[test]
    fn a_key_is_never_shown() {
        let vault = VaultKey::from_bytes(Zeroizing::new([0xab; 32]));
        assert_eq!(format!("{vault:?}"), "VaultKey(…)");
    }
}
