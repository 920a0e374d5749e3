//! Who may ask now: slots for what is under way, rates for what comes.
//!
//! All of it is in memory, and gone at a restart. An address is known by a hash alone, under a salt drawn anew each day:
//! neither the database nor the log ever has one, and what is in memory tells nobody's tomorrow.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::http::{HeaderMap, request::Parts};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use vigie_exchange::api::KeyHex;
use vigie_model::{DraftId, InviteId};

use crate::{clock::now, error::ApiError, limits::Limits, measures::UnderWay, store::OfficeId};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Where a line comes from, as the socket says.
#[derive(Clone, Copy)]
pub struct Peer(pub IpAddr);

/// An address, or the network of one, that only today can be told from another.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bucket(u64);

/// A place taken, until it is dropped.
pub struct Slot {
    holders: Vec<Holder>,
    held: Arc<Mutex<HashMap<Holder, usize>>>,
    _permit: OwnedSemaphorePermit,
    /// Of an upload.
    counted: Option<UnderWay>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Holder {
    Device([u8; 32]),
    Office(OfficeId),
    Address(Bucket),
}

struct Salt {
    day: i64,
    bytes: [u8; 32],
}

pub struct Gate {
    pub limits: Limits,
    behind_proxy: bool,
    ending: AtomicBool,
    salt: Mutex<Salt>,
    uploads_at_once: usize,
    uploads: Arc<Semaphore>,
    unproven: Arc<Semaphore>,
    held: Arc<Mutex<HashMap<Holder, usize>>>,
    devices: DefaultKeyedRateLimiter<[u8; 32]>,
    addresses: DefaultKeyedRateLimiter<Bucket>,
    invites: DefaultKeyedRateLimiter<[u8; 32]>,
    drafts: DefaultKeyedRateLimiter<[u8; 32]>,
}

impl Gate {
    /// `behind_proxy`: a proxy of ours says where a request comes from, and every line comes from it.
    pub fn new(limits: Limits, uploads_at_once: usize, behind_proxy: bool) -> Gate {
        let keyed = |rate: NonZeroU32| Quota::per_minute(rate);
        Gate {
            behind_proxy,
            ending: AtomicBool::new(false),
            salt: Mutex::new(Salt {
                day: i64::MIN,
                bytes: [0; 32],
            }),
            uploads_at_once,
            uploads: Arc::new(Semaphore::new(uploads_at_once)),
            unproven: Arc::new(Semaphore::new(limits.unproven_at_once)),
            held: Arc::default(),
            devices: RateLimiter::keyed(keyed(limits.device_a_minute)),
            addresses: RateLimiter::keyed(keyed(limits.address_a_minute)),
            invites: RateLimiter::keyed(keyed(limits.invite_a_minute)),
            drafts: RateLimiter::keyed(keyed(limits.draft_a_minute)),
            limits,
        }
    }

    /// The server was told to stop: nobody new is to be sent here.
    pub fn ends(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    pub fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    /// A place for an upload of a device, or of an office itself, that goes to these offices. No office's letters take all
    /// places from the others'.
    pub fn upload(&self, device: Option<&KeyHex>, offices: &[OfficeId]) -> Result<Slot, ApiError> {
        let of_device = self.limits.uploads_of_a_device;
        let device = device.map(|device| (Holder::Device(device.0), of_device));
        let of_office = (3 * self.uploads_at_once).div_ceil(4);
        let offices = offices
            .iter()
            .map(|office| (Holder::Office(*office), of_office));
        let mut slot = self.slot(&self.uploads, device.into_iter().chain(offices))?;
        slot.counted = Some(UnderWay::upload());
        Ok(slot)
    }

    /// A place for a large body whose sender is not proven yet.
    pub fn unproven(&self, address: Option<Bucket>) -> Result<Slot, ApiError> {
        let of_address = self.limits.unproven_of_an_address;
        let holder = address.map(|address| (Holder::Address(address), of_address));
        self.slot(&self.unproven, holder)
    }

    fn slot(
        &self,
        places: &Arc<Semaphore>,
        holders: impl IntoIterator<Item = (Holder, usize)>,
    ) -> Result<Slot, ApiError> {
        let permit = places.clone().try_acquire_owned();
        let mut slot = Slot {
            holders: Vec::new(),
            held: self.held.clone(),
            _permit: permit.map_err(|_| ApiError::Busy)?,
            counted: None,
        };
        for (holder, most) in holders {
            let mut held = lock(&self.held);
            let count = held.entry(holder).or_default();
            if *count >= most {
                return Err(ApiError::Busy);
            }
            *count += 1;
            slot.holders.push(holder);
        }
        Ok(slot)
    }

    /// One more request that this device signed.
    pub fn device_asks(&self, device: &KeyHex) -> Result<(), ApiError> {
        within(&self.devices, &device.0)
    }

    /// One more look at this invite, which exists.
    pub fn invite_asked(&self, invite: &InviteId) -> Result<(), ApiError> {
        within(&self.invites, &invite.0)
    }

    /// One more request of whoever has this draft's code.
    pub fn draft_asked(&self, draft: &DraftId) -> Result<(), ApiError> {
        within(&self.drafts, &draft.0)
    }

    /// One more request from there that neither a device nor the office signed.
    pub fn stranger_asks(&self, address: Option<Bucket>) -> Result<(), ApiError> {
        address.map_or(Ok(()), |address| within(&self.addresses, &address))
    }

    /// Where a request comes from; nowhere, when it comes from this very computer and no proxy says for whom.
    pub fn address(&self, parts: &Parts) -> Option<Bucket> {
        let Peer(peer) = parts.extensions.get()?;
        let peer = peer.to_canonical();
        let address = match peer {
            peer if self.behind_proxy && is_near(peer) => said(&parts.headers).unwrap_or(peer),
            peer => peer,
        };
        (!address.is_loopback()).then(|| self.bucket(address))
    }

    /// Whose a line is; nobody's in particular, when it comes from this very computer or from a proxy of ours.
    pub fn line_from(&self, peer: IpAddr) -> Option<Bucket> {
        let peer = peer.to_canonical();
        let is_proxy = self.behind_proxy && is_near(peer);
        (!peer.is_loopback() && !is_proxy).then(|| self.bucket(peer))
    }

    fn bucket(&self, address: IpAddr) -> Bucket {
        let mut hash = Sha256::new();
        hash.update(self.todays_salt());
        match address {
            IpAddr::V4(address) => hash.update(address.octets()),
            // One household or office has a network of this size, and may take any address in it.
            IpAddr::V6(address) => hash.update(&address.octets()[..7]),
        }
        let hash: [u8; 32] = hash.finalize().into();
        let [a, b, c, d, e, f, g, h, ..] = hash;
        Bucket(u64::from_le_bytes([a, b, c, d, e, f, g, h]))
    }

    fn todays_salt(&self) -> [u8; 32] {
        let today = now().0.div_euclid(DAY_MS);
        let mut salt = lock(&self.salt);
        let mut fresh = [0; 32];
        // A system that gives no random numbers just now leaves yesterday's salt for another while.
        if salt.day != today && getrandom::fill(&mut fresh).is_ok() {
            *salt = Salt {
                day: today,
                bytes: fresh,
            };
        }
        salt.bytes
    }

    /// Forgets whoever has not asked for a while.
    pub fn tidy(&self) {
        self.devices.retain_recent();
        self.addresses.retain_recent();
        self.invites.retain_recent();
        self.drafts.retain_recent();
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut held = lock(&self.held);
        for holder in &self.holders {
            match held.get_mut(holder) {
                Some(count) if *count > 1 => *count -= 1,
                _ => drop(held.remove(holder)),
            }
        }
    }
}

/// A panic elsewhere leaves counts as good as they were.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn within<K: Hash + Eq + Clone>(
    rates: &DefaultKeyedRateLimiter<K>,
    key: &K,
) -> Result<(), ApiError> {
    rates.check_key(key).map_err(|until| {
        let wait = until.wait_time_from(rates.clock().now());
        ApiError::TooMany(wait + Duration::from_secs(1))
    })
}

/// Whether a proxy of ours may be at this address.
fn is_near(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    }
}

/// Whom the proxy next to us speaks for: the last address of the list, which is the one that it wrote itself.
fn said(headers: &HeaderMap) -> Option<IpAddr> {
    let list = headers.get_all("x-forwarded-for").iter().next_back()?;
    let last = list.to_str().ok()?.rsplit(',').next()?.trim();
    Some(last.parse::<IpAddr>().ok()?.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_its_addresss_but_for_this_computers_and_a_proxys() {
        let whose = |behind_proxy, peer: &str| {
            let gate = Gate::new(Limits::default(), 1, behind_proxy);
            gate.line_from(peer.parse().expect("an address")).is_some()
        };
        for (peer, alone, behind_proxy) in [
            ("192.0.2.1", true, true),
            ("10.0.0.1", true, false),
            ("::ffff:10.0.0.1", true, false),
            ("fd00::1", true, false),
            ("127.0.0.1", false, false),
            ("::1", false, false),
        ] {
            let told = (whose(false, peer), whose(true, peer));
            assert_eq!(told, (alone, behind_proxy), "{peer}");
        }
        let gate = Gate::new(Limits::default(), 1, false);
        let from = |peer: &str| gate.line_from(peer.parse().expect("an address"));
        assert!(
            from("2001:db8:1:1::1") == from("2001:db8:1:2::2"),
            "one /56"
        );
        assert!(from("2001:db8:1:100::1") != from("2001:db8:1:200::1"));
        assert!(from("::ffff:192.0.2.1") == from("192.0.2.1"));
    }
}
