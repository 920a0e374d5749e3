//! What the world says to a form while it is being answered: the time, dice, who answers on which device, and what was
//! answered before.

use std::{cell::Cell, rc::Rc};

use vigie_forms::{Draft as Answers, Env, Now};
use vigie_model::Timestamp;

/// Shared with the session, which keeps it: the time is set before each change.
pub struct Moment {
    now: Cell<Now>,
    dice: Cell<u64>,
    by: String,
    device: String,
    last: Option<Answers>,
}

impl Moment {
    /// `seed` is for the dice; `last` is the last response to the form that was finished here.
    pub fn new(
        now: Now,
        seed: [u8; 8],
        by: String,
        device: String,
        last: Option<Answers>,
    ) -> Rc<Moment> {
        Rc::new(Moment {
            now: Cell::new(now),
            dice: Cell::new(u64::from_le_bytes(seed)),
            by,
            device,
            last,
        })
    }

    pub(crate) fn now(&self) -> Now {
        self.now.get()
    }

    pub(crate) fn set(&self, now: Now) {
        self.now.set(now);
    }
}

/// The time as a form may know it: where a mission does not record it, the day.
pub fn moment_of(now: Timestamp, offset: i32, record_time: bool) -> Now {
    let millis = if record_time {
        now.0
    } else {
        let local = now.0 + i64::from(offset) * 60_000;
        local.div_euclid(86_400_000) * 86_400_000 - i64::from(offset) * 60_000
    };
    Now { millis, offset }
}

pub(crate) struct World(pub Rc<Moment>);

impl Env for World {
    fn now(&self) -> Now {
        self.0.now.get()
    }

    /// SplitMix64 (Steele, Lea, Flood 2014), from a seed that the host drew: dice for a form, never for a key.
    fn random(&self) -> u64 {
        let state = self.0.dice.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.dice.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn property(&self, name: &str) -> Option<String> {
        match name {
            "username" => Some(self.0.by.clone()),
            "deviceid" => Some(self.0.device.clone()),
            _ => None,
        }
    }

    fn last_saved(&self) -> Option<Answers> {
        self.0.last.clone()
    }
}
