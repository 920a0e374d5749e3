//! Moments as text, for spreadsheets and for filters by day: UTC, ISO 8601.

use vigie_model::Timestamp;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// `2026-11-24T14:05:00.000Z`; years beyond four digits keep all of theirs, with a sign, as ISO 8601 has it.
pub fn iso(at: Timestamp) -> String {
    let ms = at.0.rem_euclid(DAY_MS);
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    format!(
        "{}T{hours:02}:{minutes:02}:{seconds:02}.{:03}Z",
        day(at),
        ms % 1000
    )
}

/// `2026-11-24`.
pub fn day(at: Timestamp) -> String {
    // The civil calendar's date of a count of days: H. Hinnant, "chrono-compatible low-level date algorithms".
    let days = at.0.div_euclid(DAY_MS) + 719_468;
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

/// The day of a local date or date and time that a person typed, when it looks like one.
pub fn typed_day(text: &str) -> Option<&str> {
    let day = text.get(..10)?;
    let dashes = day.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    dashes.then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_utc() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (1_445_412_480_000, "2015-10-21T07:28:00.000Z"),
            (1_456_704_000_123, "2016-02-29T00:00:00.123Z"),
            (253_402_300_800_000, "+10000-01-01T00:00:00.000Z"),
            (i64::MAX, "+292278994-08-17T07:12:55.807Z"),
            (i64::MIN, "-292275055-05-16T16:47:04.192Z"),
        ] {
            assert_eq!(iso(Timestamp(ms)), text);
        }
    }

    #[test]
    fn a_typed_day_is_the_first_ten_characters_of_a_date() {
        assert_eq!(typed_day("2026-11-24T09:30"), Some("2026-11-24"));
        assert_eq!(typed_day("2026-11-24"), Some("2026-11-24"));
        for other in ["", "24/11/2026", "hier après-midi", "2026-11-2"] {
            assert_eq!(typed_day(other), None, "{other}");
        }
    }
}
