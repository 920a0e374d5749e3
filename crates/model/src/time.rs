//! Moments. The clock is an argument everywhere; this is what it gives.

use std::fmt;

use serde::{Deserialize, Serialize};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Milliseconds since 1970, UTC.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment and `ms` more, or less; at the ends of time it stays there.
    #[must_use]
    pub fn plus(self, ms: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this moment.
    pub fn since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// All that is said of it where no time is recorded: its day where one is, `offset` minutes from UTC, as the midnight of UTC
    /// that begins a day of this date. East of UTC a day begins before that; until then it is the day before, for nothing
    /// is dated later than it was.
    #[must_use]
    pub fn day_alone(self, offset: i32) -> Timestamp {
        let begun = |ms: i64| ms.div_euclid(DAY_MS).saturating_mul(DAY_MS);
        let here = self.0.saturating_add(i64::from(offset) * 60_000);
        Timestamp(begun(here).min(begun(self.0)))
    }

    /// Its day in UTC, as ISO 8601 has it: `2026-11-24`; years beyond four digits keep all of theirs, with a sign.
    pub fn day(self) -> String {
        // The civil calendar's date of a count of days: H. Hinnant, "chrono-compatible low-level date algorithms".
        let days = self.0.div_euclid(DAY_MS) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        match year {
            0..=9999 => format!("{year:04}-{month:02}-{day:02}"),
            _ => format!("{year:+05}-{month:02}-{day:02}"),
        }
    }

    /// In UTC: `2026-11-24T14:05:00.000Z`.
    pub fn iso(self) -> String {
        let ms = self.0.rem_euclid(DAY_MS);
        let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
        format!(
            "{}T{hours:02}:{minutes:02}:{seconds:02}.{:03}Z",
            self.day(),
            ms % 1000
        )
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_no_time_is_recorded_a_day_is_the_one_of_the_place_and_never_later_than_the_moment() {
        const HOUR: i64 = 3_600_000;
        let day = |hours: i64, offset: i32| Timestamp(hours * HOUR).day_alone(offset).0 / DAY_MS;
        // Port-au-Prince, at noon, at nine in the evening and just after midnight.
        assert_eq!([17, 26, 30].map(|hours| day(hours, -300)), [0, 0, 1]);
        // Dhaka, at noon, and at two in the morning, when it is the evening before in UTC.
        assert_eq!([6, 20].map(|hours| day(hours, 360)), [0, 0]);
        for hours in 0..72 {
            for offset in [-720, -210, 0, 345, 840] {
                let alone = Timestamp(hours * HOUR).day_alone(offset).0;
                assert!(alone % DAY_MS == 0 && alone <= hours * HOUR);
            }
        }
    }

    #[test]
    fn moments_are_written_in_utc() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_445_412_480_000, "2015-10-21T07:28:00.000Z"),
            (1_456_704_000_123, "2016-02-29T00:00:00.123Z"),
            (253_402_300_800_000, "+10000-01-01T00:00:00.000Z"),
            (i64::MAX, "+292278994-08-17T07:12:55.807Z"),
            (i64::MIN, "-292275055-05-16T16:47:04.192Z"),
        ] {
            assert_eq!(Timestamp(ms).iso(), text);
        }
    }
}
