//! When what is typed is kept: a short pause after the last key, and never long after the first.
//!
//! Were the pause begun anew at each key without end, somebody who types for a minute without a stop could lose the minute.

use std::time::Duration;

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use vigie_protocol::Millis;

use crate::format;

/// After the last key, in milliseconds.
const SHORT: Millis = 300;
/// After the first key that is not kept, in milliseconds: no more than this is lost.
const LONGEST: Millis = 1_500;

/// How long to wait from `now`, when the first key that is not kept was at `first`.
fn wait(first: Millis, now: Millis) -> Millis {
    // A clock that was set back says nothing of how long it has been.
    let since = (now - first).max(0);
    (LONGEST - since).clamp(0, SHORT)
}

/// The pause before an act, put off by keys.
#[derive(Clone, Copy)]
pub struct Pause {
    timer: StoredValue<Option<TimeoutHandle>>,
    /// The first key since the act.
    first: StoredValue<Option<Millis>>,
}

impl Pause {
    pub fn new() -> Pause {
        Pause {
            timer: StoredValue::new(None),
            first: StoredValue::new(None),
        }
    }

    /// A key: `act` is done after the pause.
    pub fn key(self, act: impl Fn() + 'static) {
        let now = format::now();
        let first = self.first.try_get_value().flatten().unwrap_or(now);
        self.first.try_set_value(Some(first));
        let wait = u64::try_from(wait(first, now)).unwrap_or_default();
        self.after(Duration::from_millis(wait), act);
    }

    /// The act is done after `time`, in place of what was to be done before.
    pub fn after(self, time: Duration, act: impl Fn() + 'static) {
        self.stop();
        let act = move || {
            self.first.try_set_value(None);
            act();
        };
        self.timer
            .try_set_value(set_timeout_with_handle(act, time).ok());
    }

    /// The act is done now: nothing waits any more.
    pub fn over(self) {
        self.stop();
        self.first.try_set_value(None);
    }

    fn stop(self) {
        if let Some(Some(timer)) = self.timer.try_get_value() {
            timer.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_without_a_stop_are_kept_a_second_and_a_half_after_the_first_of_them() {
        // A key every 100 ms, for a minute.
        let (mut first, mut due, mut longest) = (None, None, 0);
        for now in (0..60_000).step_by(100) {
            if let Some((at, began)) = due.filter(|(at, _)| *at <= now) {
                longest = longest.max(at - began);
                first = None;
            }
            let began = *first.get_or_insert(now);
            due = Some((now + wait(began, now), began));
        }
        assert_eq!(longest, LONGEST);
    }

    #[test]
    fn a_rest_keeps_what_was_typed_at_once() {
        assert_eq!(wait(0, 0), SHORT);
        assert_eq!(wait(0, 1_000), SHORT);
        assert_eq!(wait(0, 1_400), 100);
        assert_eq!(wait(0, 9_000), 0);
    }

    #[test]
    fn a_clock_set_back_puts_nothing_off() {
        assert_eq!(wait(90_000_000, 5), SHORT);
    }
}
