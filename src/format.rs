//! Dates, times, numbers and sizes as the person's language writes them, by `Intl`.

use js_sys::{Date, Intl, JsString};
use wasm_bindgen::JsValue;

use crate::i18n::{common, fill, intl, lang, number_with, t};

fn date_with(millis: f64, options: &[(&str, &str)]) -> String {
    let (locales, options) = intl(options);
    let date = Date::new(&JsValue::from_f64(millis));
    let format = Intl::DateTimeFormat::new(&locales, &options).format();
    let text = format.call1(&JsValue::UNDEFINED, &date).ok();
    let text = text.and_then(|text| text.as_string()).unwrap_or_default();
    if lang() != "fr" {
        return text;
    }
    // The first of a month is « 1er » in French, which `Intl` does not write.
    let words = text.split(' ');
    let words = words.map(|word| if word == "1" { "1er" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// `14:02`, on 24 hours everywhere: it is what a journal needs (`Intl` would write `14 h 02` for Québec).
pub fn time(millis: i64) -> String {
    let date = Date::new(&JsValue::from_f64(millis as f64));
    format!("{:02}:{:02}", date.get_hours(), date.get_minutes())
}

const DAY: i64 = 86_400_000;

/// Whether it is a day without a time, as `Timestamp::day_alone` dates what is written where a mission records no time.
pub fn is_day(millis: i64) -> bool {
    millis.rem_euclid(DAY) == 0
}

/// Of a day without a time, its noon, which is that day in every zone but the easternmost.
fn within_day(millis: i64) -> i64 {
    millis + if is_day(millis) { DAY / 2 } else { 0 }
}

/// `24 nov., 14:02`, with its year when it is another; of a day, the day alone.
pub fn date_time(millis: i64) -> String {
    if is_day(millis) {
        return date(millis);
    }
    format!("{}, {}", date(millis), time(millis))
}

/// `24 nov.`, with its year when it is another.
pub fn date(millis: i64) -> String {
    let is_this_year = day_of(millis)[..4] == day_of(now())[..4];
    short_date(millis, !is_this_year)
}

/// `24 nov. 2026`: for what is kept on paper.
#[cfg(feature = "desk")]
pub fn whole_date(millis: i64) -> String {
    short_date(millis, true)
}

fn short_date(millis: i64, with_year: bool) -> String {
    let options = [("day", "numeric"), ("month", "short"), ("year", "numeric")];
    let options = &options[..if with_year { 3 } else { 2 }];
    date_with(within_day(millis) as f64, options)
}

/// A date or a time as a questionnaire keeps it (`2026-11-24`, `07:00:00.000-05:00`, `2026-11-24T14:02`), as people
/// write it; anything else as it is.
pub fn typed(kind: &str, text: &str) -> String {
    let clock = |text: &str| text.get(..5).map(str::to_owned);
    let day = |text: &str| {
        let noon = Date::parse(&format!("{}T12:00:00", text.get(..10)?));
        let options = [("day", "numeric"), ("month", "long"), ("year", "numeric")];
        noon.is_finite().then(|| date_with(noon, &options))
    };
    let said = match kind {
        "date" => day(text),
        "time" => clock(text),
        "dateTime" => {
            // Where no zone is said, it is the time of the place.
            let at = Date::parse(text);
            at.is_finite().then(|| date_time(at as i64))
        }
        "geopoint" => {
            let mut numbers = text.split_ascii_whitespace();
            let place = numbers.next().zip(numbers.next());
            place.map(|(latitude, longitude)| format!("{latitude}, {longitude}"))
        }
        _ => None,
    };
    said.unwrap_or_else(|| text.to_owned())
}

/// A moment in words when it is near: `14:02` today, `hier, 14:02`, else the date and time.
pub fn moment(millis: i64) -> String {
    match days_ago(&day_of(millis)) {
        _ if is_day(millis) => date(millis),
        Some(0) => time(millis),
        Some(1) => format!("{}, {}", lower(t(common::YESTERDAY)), time(millis)),
        _ => date_time(millis),
    }
}

/// In small letters: the browser's table of them, for ours would be downloaded.
pub fn lower(text: &str) -> String {
    JsString::from(text).to_lower_case().into()
}

/// The local day of a moment: `2026-11-24`.
pub fn day_of(millis: i64) -> String {
    let date = Date::new(&JsValue::from_f64(within_day(millis) as f64));
    format!(
        "{:04}-{:02}-{:02}",
        date.get_full_year(),
        date.get_month() + 1,
        date.get_date()
    )
}

/// The local moment, as `datetime-local` writes it: `2026-11-24T14:02`.
pub fn local(millis: i64) -> String {
    let date = Date::new(&JsValue::from_f64(millis as f64));
    format!(
        "{}T{:02}:{:02}",
        day_of(millis),
        date.get_hours(),
        date.get_minutes()
    )
}

/// Minutes between here and UTC, as XForms writes them: `-05:00`.
pub fn offset() -> String {
    let minutes = -(Date::new_0().get_timezone_offset() as i32);
    format!(
        "{}{:02}:{:02}",
        if minutes < 0 { '-' } else { '+' },
        minutes.abs() / 60,
        minutes.abs() % 60
    )
}

/// Now, in milliseconds since 1970 UTC.
pub fn now() -> i64 {
    Date::now() as i64
}

/// How many days ago a `YYYY-MM-DD` was.
fn days_ago(day: &str) -> Option<i64> {
    let at = |day: &str| {
        let millis = Date::parse(&format!("{day}T12:00:00"));
        millis.is_finite().then_some(millis)
    };
    let today = at(&day_of(now()))?;
    Some(((today - at(day)?) / 86_400_000.0).round() as i64)
}

/// A day as a heading: `Aujourd’hui · mardi 24 novembre`, `Hier`, `lundi 9 novembre 2026`.
pub fn day_title(day: &str) -> String {
    let millis = Date::parse(&format!("{day}T12:00:00"));
    if !millis.is_finite() {
        return day.to_owned();
    }
    let ago = days_ago(day);
    let long = [
        ("weekday", "long"),
        ("day", "numeric"),
        ("month", "long"),
        ("year", "numeric"),
    ];
    let title = date_with(
        millis,
        if ago.is_some_and(|days| days.abs() < 200) {
            &long[..3]
        } else {
            &long
        },
    );
    match ago {
        Some(0) => format!("{} · {title}", t(common::TODAY)),
        Some(1) => format!("{} · {title}", t(common::YESTERDAY)),
        _ => title,
    }
}

/// A number with the language's separators.
pub fn number(value: f64) -> String {
    number_with(value, "1")
}

/// `812 octets`, `45 ko`, `1,2 Mo`
pub fn size(bytes: u64) -> String {
    let bytes = bytes as f64;
    let (key, value, digits) = match bytes {
        b if b < 1e3 => (common::BYTES, b, "0"),
        b if b < 1e6 => (common::KILOBYTES, b / 1e3, "0"),
        b if b < 1e9 => (common::MEGABYTES, b / 1e6, "1"),
        b => (common::GIGABYTES, b / 1e9, "1"),
    };
    fill(key, &[("n", &number_with(value, digits))])
}

/// A delay in words: `3 s`, `2 min`.
pub fn delay(millis: i64) -> String {
    let seconds = (millis.max(0) + 999) / 1000;
    if seconds < 90 {
        format!("{seconds} s")
    } else {
        format!("{} min", (seconds + 59) / 60)
    }
}
