//! What the world says to a form while it is being answered: the time, dice, and who answers on which device.

use std::{cell::Cell, rc::Rc};

use vigie_forms::{Env, Now};

use crate::{Host, backend::Backend, open::Open, protocol::Failure};

/// Shared with the session, which keeps it: the time is set before each change.
pub(crate) struct Moment {
    pub now: Cell<Now>,
    dice: Cell<u64>,
    by: String,
    device: String,
}

impl Moment {
    /// `seed` is for the dice.
    pub fn new(now: Now, seed: [u8; 8], by: String, device: String) -> Rc<Moment> {
        Rc::new(Moment {
            now: Cell::new(now),
            dice: Cell::new(u64::from_le_bytes(seed)),
            by,
            device,
        })
    }
}

pub(super) struct World(pub Rc<Moment>);

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
}

impl<H: Host> Backend<H> {
    pub(super) fn moment(&self, open: &Open, member: usize) -> Result<Rc<Moment>, Failure> {
        let mut seed = [0; 8];
        self.host().fill(&mut seed);
        let who = open.member(member)?;
        let now = self.now_of(open, member)?;
        let device = who.device().to_string();
        Ok(Moment::new(now, seed, who.by.clone(), device))
    }

    /// The time, as far as the mission's policy lets a form know it.
    pub(super) fn now_of(&self, open: &Open, member: usize) -> Result<Now, Failure> {
        Ok(self.now_for_a_form(open.member(member)?.info.record_time))
    }

    /// The time, or where it is not to be recorded, the day.
    pub(crate) fn now_for_a_form(&self, record_time: bool) -> Now {
        let now = self.host().now();
        let offset = self.host().utc_offset(now);
        let millis = if record_time {
            now.0
        } else {
            let local = now.0 + i64::from(offset) * 60_000;
            local.div_euclid(86_400_000) * 86_400_000 - i64::from(offset) * 60_000
        };
        Now { millis, offset }
    }
}
