//! Stamps: when a device says that an op was made.
//!
//! A device's stamps always grow, whatever becomes of its clock, so its own edits are shown in the order in which they
//! were made. A received stamp never moves ours: one device whose clock is a year ahead would pull all others along.
//! Source: the local half of hybrid logical clocks, Kulkarni et al. 2014, §3.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use vigie_model::Timestamp;

/// A stamp: milliseconds since 1970 UTC by the device's clock, and a counter within that millisecond. `[ms, n]` in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hlc {
    pub ms: i64,
    pub n: u32,
}

impl Hlc {
    pub fn time(self) -> Timestamp {
        Timestamp(self.ms)
    }
}

impl Serialize for Hlc {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.ms, self.n).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Hlc {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Hlc, D::Error> {
        <(i64, u32)>::deserialize(deserializer).map(|(ms, n)| Hlc { ms, n })
    }
}

/// Gives one device its stamps. Stored beside the device's ops, so that stamps grow across restarts too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Clock {
    last: Option<Hlc>,
}

impl Clock {
    /// A clock whose next stamp is after `last`, the greatest one that the device's own ops have.
    pub fn after(last: Hlc) -> Clock {
        Clock { last: Some(last) }
    }

    /// The stamp of an op made at `now`: greater than all that this clock gave before.
    pub fn tick(&mut self, now: Timestamp) -> Hlc {
        let next = match self.last {
            Some(last) if now.0 <= last.ms => match last.n.checked_add(1) {
                Some(n) => Hlc { ms: last.ms, n },
                None => Hlc {
                    ms: last.ms.saturating_add(1),
                    n: 0,
                },
            },
            _ => Hlc { ms: now.0, n: 0 },
        };
        self.last = Some(next);
        next
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_clock_set_back_still_gives_growing_stamps() {
        let mut clock = Clock::default();
        let stamps = [5, 5, 3, -9, 6].map(|ms| clock.tick(Timestamp(ms)));
        assert_eq!(
            stamps.map(|hlc| (hlc.ms, hlc.n)),
            [(5, 0), (5, 1), (5, 2), (5, 3), (6, 0)]
        );
    }

    #[test]
    fn a_full_counter_goes_to_the_next_millisecond() {
        let mut clock = Clock::after(Hlc { ms: 5, n: u32::MAX });
        assert_eq!(clock.tick(Timestamp(5)), Hlc { ms: 6, n: 0 });
    }

    proptest! {
        #[test]
        fn stamps_grow_whatever_the_clock_says(times: Vec<i32>, restart in 0usize..8) {
            let mut clock = Clock::default();
            let mut last = None;
            for (at, ms) in times.into_iter().enumerate() {
                if at % 8 == restart {
                    clock = serde_json::from_str(&serde_json::to_string(&clock).unwrap()).unwrap();
                }
                let next = clock.tick(Timestamp(ms.into()));
                prop_assert!(Some(next) > last);
                last = Some(next);
            }
        }
    }
}
