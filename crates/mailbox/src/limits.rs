//! How much one sender may ask of this server, so that nobody's haste, malice or broken phone is another's harm.
//!
//! The figures leave room for an office and forty phones behind one address, and for a line of 1 kB/s that stalls half of
//! the time. Where a limit is met, the sender is told when to come back, and has lost nothing.

use std::{num::NonZeroU32, time::Duration};

/// What may be asked for. Times and counts can be set lower for tests.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Uploads of one device under way: one that goes, and one whose line was cut and is not noticed yet.
    pub uploads_of_a_device: usize,
    /// Bodies of more than 64 KiB under way whose sender is not proven yet, because the signature covers the body; they
    /// are held in memory, at most 8 MiB each.
    pub unproven_at_once: usize,
    /// The same, from one address: a desk sends a few at a time.
    pub unproven_of_an_address: usize,
    /// How long the head of a request may take, and how long a line may be idle between two.
    pub head: Duration,
    /// How long a body may be silent: longer than the stalls of a phone between two cells.
    pub silence: Duration,
    /// Over how long a body's rate is judged; before that, it is not.
    pub window: Duration,
    /// Bytes that must come in each window. A quarter of what a line of 1 kB/s brings in a minute: half for its stalls,
    /// half for what is sent beside it. Who drips bytes to hold a slot must at least send that much, for ever.
    pub floor: usize,
    /// Requests of one device in a minute. A phone that joins asks for its card and a few hundred files of it at once.
    pub device_a_minute: NonZeroU32,
    /// Requests in a minute from one address that neither a device nor the office signed: looking at an invite,
    /// enrolling, and whatever is refused. Forty phones that join at one time need eighty.
    pub address_a_minute: NonZeroU32,
    /// Looks at one invite in a minute: a poster's link in a full hall.
    pub invite_a_minute: NonZeroU32,
    /// Devices that one invite may enrol in an hour: each answer by a partner link is a device of its own.
    pub enrolments_an_hour: u32,
    /// Requests in a minute about one draft: a phone keeps what is typed a few times in that, and each keeping writes up to
    /// 2 MiB.
    pub draft_a_minute: NonZeroU32,
    /// Drafts that one link may have at once, for each person who may answer by it: one that a person lost the code of, and
    /// another that she began anew.
    pub drafts_of_a_use: u32,
    /// The same of any link, however many may answer by it.
    pub drafts_of_a_link: u32,
    /// Bytes of all drafts of one link. Whoever has a link that hangs on a wall fills no more of the disk than that, and
    /// keeps from the others nothing but to go on later.
    pub draft_bytes_of_a_link: usize,
    /// Lines open at once, under the usual 1024 files of a process. One address works on a quarter of them at most: a hall
    /// where two hundred people load a page by one address is served without a wait.
    pub lines: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            uploads_of_a_device: 2,
            unproven_at_once: 16,
            unproven_of_an_address: 8,
            head: Duration::from_secs(30),
            silence: Duration::from_secs(60),
            window: Duration::from_secs(60),
            floor: 15 * 1024,
            device_a_minute: rate(1200),
            address_a_minute: rate(600),
            invite_a_minute: rate(240),
            enrolments_an_hour: 600,
            draft_a_minute: rate(30),
            drafts_of_a_use: 3,
            drafts_of_a_link: 2000,
            draft_bytes_of_a_link: 256 * 1024 * 1024,
            lines: 768,
        }
    }
}

impl Limits {
    /// Without limits of rate, for tests that ask in a minute what phones ask in a month.
    pub fn without_rates() -> Limits {
        Limits {
            device_a_minute: NonZeroU32::MAX,
            address_a_minute: NonZeroU32::MAX,
            invite_a_minute: NonZeroU32::MAX,
            enrolments_an_hour: u32::MAX,
            draft_a_minute: NonZeroU32::MAX,
            ..Limits::default()
        }
    }
}

const fn rate(n: u32) -> NonZeroU32 {
    match NonZeroU32::new(n) {
        Some(n) => n,
        None => NonZeroU32::MIN,
    }
}
