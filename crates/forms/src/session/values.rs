//! Values as their types write them. Source: ODK XForms, data types; XML Schema part 2.

use super::view::DataType;
use crate::xpath::date;
use crate::xpath::{number_text, read_point, text_number};

/// Whether `value`, not empty, is of the type.
pub(crate) fn fits(data_type: DataType, value: &str) -> bool {
    match data_type {
        DataType::String | DataType::Binary | DataType::Barcode | DataType::Intent => true,
        DataType::Int => whole(value).is_some(),
        DataType::Decimal => number(value).is_finite(),
        DataType::Boolean => matches!(value, "true" | "false" | "1" | "0"),
        DataType::Date => date::read_date(value, false).is_some_and(|(_, rest)| rest.is_empty()),
        DataType::Time => date::read_time(value).is_some(),
        DataType::DateTime => date::read_date(value, false)
            .and_then(|(_, rest)| date::read_time(rest.strip_prefix('T')?))
            .is_some(),
        DataType::Geopoint => read_point(value).is_some(),
        DataType::Geotrace | DataType::Geoshape => {
            let places: Vec<&str> = value
                .trim_end_matches([';', ' '])
                .split(';')
                .map(str::trim)
                .collect();
            let fewest = if data_type == DataType::Geotrace {
                2
            } else {
                3
            };
            places.len() >= fewest
                && places.iter().all(|place| read_point(place).is_some())
                && (data_type == DataType::Geotrace || places.first() == places.last())
        }
    }
}

fn number(value: &str) -> f64 {
    let value = value.trim();
    crate::number(value).unwrap_or(f64::NAN)
}

fn whole(value: &str) -> Option<i64> {
    let number = number(value);
    (number.fract() == 0.0 && (-2_147_483_648.0..=2_147_483_647.0).contains(&number))
        .then_some(number as i64)
}

/// A value that a form computes or starts with, as its type writes it; what does not fit becomes nothing.
///
/// What a person types is never treated so: it is kept, and is a violation.
pub(super) fn cast(
    data_type: DataType,
    value: String,
    offset_at: impl Fn(i64) -> i32 + Copy,
) -> String {
    if value.is_empty() {
        return value;
    }
    match data_type {
        DataType::Int => {
            let number = number(&value);
            let number = if number.is_nan() {
                text_number(&value, offset_at)
            } else {
                number
            };
            let whole = number.trunc();
            if (-2_147_483_648.0..=2_147_483_647.0).contains(&whole) {
                number_text(whole)
            } else {
                String::new()
            }
        }
        DataType::Decimal => {
            let number = number(&value);
            if number.is_finite() {
                value.trim().to_owned()
            } else {
                let days = text_number(&value, offset_at);
                if days.is_finite() {
                    number_text(days)
                } else {
                    String::new()
                }
            }
        }
        DataType::Date => match date::read_instant(&value, false, offset_at) {
            Some(millis) => date::Civil::at(millis, offset_at(millis)).date(),
            None => String::new(),
        },
        DataType::DateTime => match date::read_instant(&value, false, offset_at) {
            Some(millis) if !value.contains('T') => {
                let offset = offset_at(millis);
                format!(
                    "{}T00:00:00.000{}",
                    date::Civil::at(millis, offset).date(),
                    date::offset_text(offset)
                )
            }
            Some(_) => value,
            None => String::new(),
        },
        DataType::Time => match value.split_once('T') {
            Some((_, time)) if date::read_time(time).is_some() => time.to_owned(),
            _ if date::read_time(&value).is_some() => value,
            _ => String::new(),
        },
        DataType::Geopoint | DataType::Geotrace | DataType::Geoshape
            if !fits(data_type, &value) =>
        {
            String::new()
        }
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_knows_its_own() {
        for (data_type, value, good) in [
            (DataType::Int, "12", true),
            (DataType::Int, "12.5", false),
            (DataType::Int, "2147483648", false),
            (DataType::Decimal, "12.5", true),
            (DataType::Decimal, "douze", false),
            (DataType::Decimal, "inf", false),
            (DataType::Date, "2026-02-28", true),
            (DataType::Date, "2026-02-30", false),
            (DataType::Time, "14:05:00.000-05:00", true),
            (DataType::Time, "25:00", false),
            (DataType::DateTime, "2026-11-24T14:05:00.000-05:00", true),
            (DataType::DateTime, "2026-11-24", false),
            (DataType::Geopoint, "45.5 -73.6 0 0", true),
            (DataType::Geotrace, "45.5 -73.6 0 0; 45.6 -73.6 0 0", true),
            (DataType::Geoshape, "0 0;0 1;1 1", false),
            (DataType::Geoshape, "0 0;0 1;1 1;0 0", true),
        ] {
            assert_eq!(fits(data_type, value), good, "{data_type:?} {value}");
        }
    }

    #[test]
    fn what_a_form_computes_is_written_as_its_type_writes_it() {
        let cast = |data_type, value: &str| cast(data_type, value.to_owned(), |_| -300);
        assert_eq!(cast(DataType::Int, "4.9"), "4");
        assert_eq!(cast(DataType::Int, "abc"), "");
        assert_eq!(
            cast(DataType::Date, "2026-11-24T23:30:00.000-05:00"),
            "2026-11-24"
        );
        assert_eq!(
            cast(DataType::DateTime, "2026-11-24"),
            "2026-11-24T00:00:00.000-05:00"
        );
        assert_eq!(
            cast(DataType::Time, "2026-11-24T23:30:00.000-05:00"),
            "23:30:00.000-05:00"
        );
    }
}
