//! How long a `Retry-After` header asks us to wait (RFC 9110, §10.2.3): a number of seconds, or a date.

use vigie_model::Timestamp;

/// Milliseconds from `now`; never negative. `None` when the header can't be read.
pub(super) fn read(value: &str, now: Timestamp) -> Option<i64> {
    let value = value.trim();
    match value.parse::<u32>() {
        Ok(seconds) => Some(i64::from(seconds) * 1000),
        Err(_) => date(value).map(|at| at.saturating_sub(now.0).max(0)),
    }
}

/// Milliseconds since 1970 of an IMF-fixdate, `Wed, 21 Oct 2015 07:28:00 GMT`.
fn date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let mut words = text.split_once(", ")?.1.split(' ');
    let day: i64 = words.next()?.parse().ok()?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month)? as i64 + 1;
    let year: i64 = words.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let mut clock = words
        .next()?
        .split(':')
        .map(|part| part.parse::<i64>().ok().filter(|n| (0..=60).contains(n)));
    let (hours, minutes, seconds) = (clock.next()??, clock.next()??, clock.next()??);
    if words.next() != Some("GMT") || !(1..=31).contains(&day) {
        return None;
    }
    // Days since 1970-01-01 of a date of the civil calendar: H. Hinnant, "chrono-compatible low-level date algorithms".
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    Some((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_understood_and_nonsense_is_not() {
        let now = Timestamp(1_445_412_420_000); // 2015-10-21 07:27:00 UTC
        let cases = [
            ("120", Some(120_000)),
            (" 0 ", Some(0)),
            ("Wed, 21 Oct 2015 07:28:00 GMT", Some(60_000)),
            ("Wed, 21 Oct 2015 07:20:00 GMT", Some(0)),
            ("Mon, 29 Feb 2016 00:00:00 GMT", Some(11_291_580_000)),
            ("-5", None),
            ("soon", None),
            ("Wed, 21 Oct 2015 99:28:00 GMT", None),
            ("Wed, 21 Oct 2015", None),
            ("", None),
        ];
        for (value, expected) in cases {
            assert_eq!(read(value, now), expected, "{value:?}");
        }
    }
}
