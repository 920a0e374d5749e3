//! How long a `Retry-After` header asks us to wait (RFC 9110, §10.2.3): a number of seconds, or a date.

use std::time::UNIX_EPOCH;

use vigie_model::Timestamp;

/// Milliseconds from `now`; never negative. `None` when the header can't be read.
pub(super) fn read(value: &str, now: Timestamp) -> Option<i64> {
    let value = value.trim();
    match value.parse::<u32>() {
        Ok(seconds) => Some(i64::from(seconds) * 1000),
        Err(_) => date(value).map(|at| at.saturating_sub(now.0).max(0)),
    }
}

/// Milliseconds since 1970 of a date as HTTP writes it.
fn date(text: &str) -> Option<i64> {
    let since = httpdate::parse_http_date(text)
        .ok()?
        .duration_since(UNIX_EPOCH)
        .ok()?;
    i64::try_from(since.as_millis()).ok()
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
