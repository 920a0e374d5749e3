//! Dates and times: an instant in milliseconds, written in the time of the place.
//!
//! Calendar arithmetic after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".

/// Milliseconds in a day.
pub const DAY: f64 = 86_400_000.0;

/// Days from 1970-01-01 to a date of the Gregorian calendar.
pub fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year =
        i64::from((153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1);
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date that many days after 1970-01-01.
pub fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = (of_year - (153 * shifted + 2) / 5 + 1) as u32;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    } as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// How many days a month has.
pub fn month_length(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// A date and a time as a clock on the wall shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    /// Year.
    pub year: i64,
    /// Month, 1 to 12.
    pub month: u32,
    /// Day, 1 to 31.
    pub day: u32,
    /// Milliseconds since midnight.
    pub time: i64,
}

impl Civil {
    /// The date and time at `offset` minutes from UTC.
    pub fn at(millis: i64, offset: i32) -> Civil {
        let local = millis + i64::from(offset) * 60_000;
        let (year, month, day) = civil_from_days(local.div_euclid(86_400_000));
        Civil {
            year,
            month,
            day,
            time: local.rem_euclid(86_400_000),
        }
    }

    /// Hours, minutes, seconds, milliseconds.
    pub fn clock(&self) -> (i64, i64, i64, i64) {
        (
            self.time / 3_600_000,
            self.time / 60_000 % 60,
            self.time / 1000 % 60,
            self.time % 1000,
        )
    }

    /// Milliseconds since 1970-01-01T00:00 of the same clock.
    pub fn local_millis(&self) -> i64 {
        days_from_civil(self.year, self.month, self.day) * 86_400_000 + self.time
    }

    /// Day of the week, 0 for Sunday.
    pub fn weekday(&self) -> usize {
        (days_from_civil(self.year, self.month, self.day) + 4).rem_euclid(7) as usize
    }

    /// `2026-11-24`
    pub fn date(&self) -> String {
        if (0..=9999).contains(&self.year) {
            format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
        } else {
            let sign = if self.year < 0 { '-' } else { '+' };
            format!(
                "{sign}{:06}-{:02}-{:02}",
                self.year.abs(),
                self.month,
                self.day
            )
        }
    }
}

/// Reads two digits at `at`.
fn two(text: &[u8], at: usize) -> Option<i64> {
    let (a, b) = (*text.get(at)?, *text.get(at + 1)?);
    (a.is_ascii_digit() && b.is_ascii_digit())
        .then(|| i64::from(a - b'0') * 10 + i64::from(b - b'0'))
}

/// A date as written, `2026-11-24`, months and days with one digit allowed where `loose`; and what follows it.
pub fn read_date(text: &str, loose: bool) -> Option<(Civil, &str)> {
    let year_digits = text.get(..4)?;
    if !year_digits.bytes().all(|b| b.is_ascii_digit()) || text.as_bytes().get(4) != Some(&b'-') {
        return None;
    }
    let year = year_digits.parse().ok()?;
    let number = |text: &str| -> Option<(u32, usize)> {
        let digits = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
        if digits == 0 || (digits == 1 && !loose) {
            return None;
        }
        Some((text.get(..digits)?.parse().ok()?, digits))
    };
    let rest = &text[5..];
    let (month, length) = number(rest)?;
    let rest = rest.get(length..)?.strip_prefix('-')?;
    let (day, length) = number(rest)?;
    if !(1..=12).contains(&month) || day < 1 || day > month_length(year, month) {
        return None;
    }
    Some((
        Civil {
            year,
            month,
            day,
            time: 0,
        },
        rest.get(length..)?,
    ))
}

/// A time as written, `14:05:00.250`, then its offset in minutes if it says one. The whole of `text` must be so.
pub fn read_time(text: &str) -> Option<(i64, Option<i32>)> {
    let bytes = text.as_bytes();
    let hours = two(bytes, 0)?;
    if bytes.get(2) != Some(&b':') {
        return None;
    }
    let minutes = two(bytes, 3)?;
    let mut at = 5;
    let mut seconds = 0;
    let mut millis = 0;
    if bytes.get(at) == Some(&b':') {
        seconds = two(bytes, at + 1)?;
        at += 3;
        if bytes.get(at) == Some(&b'.') {
            let digits: Vec<u8> = bytes[at + 1..]
                .iter()
                .copied()
                .take_while(u8::is_ascii_digit)
                .collect();
            if digits.is_empty() {
                return None;
            }
            for place in 0..3 {
                millis = millis * 10 + digits.get(place).map_or(0, |d| i64::from(d - b'0'));
            }
            at += 1 + digits.len();
        }
    }
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let offset = match bytes.get(at) {
        None => None,
        Some(b'Z') if bytes.len() == at + 1 => Some(0),
        Some(sign @ (b'+' | b'-')) => {
            let hours = two(bytes, at + 1)?;
            let minutes = match bytes.len() - at {
                3 => 0,
                6 if bytes.get(at + 3) == Some(&b':') => two(bytes, at + 4)?,
                5 => two(bytes, at + 3)?,
                _ => return None,
            };
            if hours > 23 || minutes > 59 {
                return None;
            }
            let total = (hours * 60 + minutes) as i32;
            Some(if *sign == b'-' { -total } else { total })
        }
        Some(_) => return None,
    };
    Some((
        ((hours * 60 + minutes) * 60 + seconds) * 1000 + millis,
        offset,
    ))
}

/// A date, or a date and a time, as an instant; without a zone it is at `offset_at` of the place.
pub fn read_instant(text: &str, loose: bool, offset_at: impl Fn(i64) -> i32) -> Option<i64> {
    let (mut civil, rest) = read_date(text, loose)?;
    let mut offset = None;
    if let Some(time) = rest.strip_prefix('T') {
        (civil.time, offset) = read_time(time)?;
    } else if !rest.is_empty() {
        return None;
    }
    let local = civil.local_millis();
    let offset = offset.unwrap_or_else(|| {
        let guess = offset_at(local);
        offset_at(local - i64::from(guess) * 60_000)
    });
    Some(local - i64::from(offset) * 60_000)
}

/// `-07:00`
pub fn offset_text(offset: i32) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60)
}

/// An instant in the time of the place: the date alone at midnight, else `2026-11-24T14:05:00.000-05:00`.
pub fn instant_text(millis: i64, offset: i32) -> String {
    let civil = Civil::at(millis, offset);
    if civil.time == 0 {
        return civil.date();
    }
    let (h, m, s, ms) = civil.clock();
    format!(
        "{}T{h:02}:{m:02}:{s:02}.{ms:03}{}",
        civil.date(),
        offset_text(offset)
    )
}

/// Writes `civil` as `pattern` says; time signs only where `with_time`. Source: ODK XForms, format-date-time().
pub fn format(civil: &Civil, pattern: &str, with_time: bool) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    let (h, m, s, ms) = civil.clock();
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('Y') => out.push_str(&format!("{:04}", civil.year)),
            Some('y') => out.push_str(&format!("{:02}", civil.year.rem_euclid(100))),
            Some('m') => out.push_str(&format!("{:02}", civil.month)),
            Some('n') => out.push_str(&civil.month.to_string()),
            Some('b') => out.push_str(MONTHS.get(civil.month as usize - 1).unwrap_or(&"")),
            Some('d') => out.push_str(&format!("{:02}", civil.day)),
            Some('e') => out.push_str(&civil.day.to_string()),
            Some('a') => out.push_str(DAYS[civil.weekday()]),
            Some('H') if with_time => out.push_str(&format!("{h:02}")),
            Some('h') if with_time => out.push_str(&h.to_string()),
            Some('M') if with_time => out.push_str(&format!("{m:02}")),
            Some('S') if with_time => out.push_str(&format!("{s:02}")),
            Some('3') if with_time => out.push_str(&format!("{ms:03}")),
            Some('%') => out.push('%'),
            Some(other) => {
                out.push('%');
                out.push(other);
            }
            None => out.push('%'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_centuries_comes_back() {
        for days in -73_000..73_000 {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
    }

    #[test]
    fn a_date_without_a_zone_is_of_the_place() {
        assert_eq!(
            read_instant("1970-01-01", false, |_| -420),
            Some(7 * 3_600_000)
        );
        assert_eq!(
            read_instant("1970-01-01T00:00:00Z", false, |_| -420),
            Some(0)
        );
        assert_eq!(read_instant("2021-02-29", false, |_| 0), None);
    }

    #[test]
    fn a_day_of_the_week_is_named() {
        let (civil, _) = read_date("2026-11-22", false).expect("a date");
        assert_eq!(
            format(&civil, "%a %e %b %Y %H", false),
            "Sun 22 Nov 2026 %H"
        );
    }
}
