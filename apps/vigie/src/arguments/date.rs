//! A day, as it is written on the command line.

/// A day as `YYYY-MM-DD`, or nothing.
pub fn date(text: &str) -> Result<String, String> {
    let parts: Vec<Option<u32>> = text.split('-').map(|part| part.parse().ok()).collect();
    let known = text.is_empty()
        || text.len() == 10
            && matches!(parts[..], [Some(1900..=2200), Some(month @ 1..=12), Some(day)]
                if (1..=days_of(text, month)).contains(&day));
    if known {
        Ok(text.to_owned())
    } else {
        Err("a day is written YYYY-MM-DD".to_owned())
    }
}

fn days_of(text: &str, month: u32) -> u32 {
    let year: u32 = text
        .get(..4)
        .and_then(|year| year.parse().ok())
        .unwrap_or(0);
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_day_of_the_calendar() {
        for good in ["", "2026-10-01", "2024-02-29"] {
            assert!(date(good).is_ok(), "{good}");
        }
        for bad in [
            "2026-02-29",
            "2026-13-01",
            "2026-1-1",
            "01-10-2026",
            "demain",
            "2026-10-00",
            "2026-04-31",
        ] {
            assert!(date(bad).is_err(), "{bad}");
        }
    }
}
