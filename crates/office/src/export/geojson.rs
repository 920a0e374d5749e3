//! Every place that somebody answered with, on a map: GeoJSON (RFC 7946), a feature for each point, path or area.
//!
//! ```json
//! {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"type": "Point", "coordinates": [-72.3, 18.5]},
//!  "properties": {"record": …, "form": "usine", "title": …, "field": "lieu", "question": "Où ?", "accuracy": 5.0,
//!                 "mission": …, "by": …, "created": "2026-11-24T14:05:00.000Z"}}]}
//! ```
//! What is no place of the Earth, or no line or area, is left out here; it is in the other exports as it came.

use serde_json::{Map, Value, json};
use vigie_journal::Record;
use vigie_model::Kind;

use crate::{
    Registry,
    entries::{form_of, row},
    questions::{FormQuestions, Questions},
};

/// The document, with titles and questions in `lang` where the form has it.
pub fn geojson<'a>(
    records: impl IntoIterator<Item = &'a Record>,
    registry: &Registry,
    questions: &Questions,
    lang: &str,
) -> Vec<u8> {
    let features: Vec<Value> = records
        .into_iter()
        .flat_map(|record| {
            let form = form_of(record, questions);
            let title = row(record, form, lang).title;
            places(record, questions).map(move |place| {
                let mut properties = Map::new();
                let mut put =
                    |name: &str, value: Value| drop(properties.insert(name.into(), value));
                let mission = registry.card(&record.mission);
                put("record", json!(record.rec));
                put("form", json!(record.form.as_ref().map(|form| &form.id)));
                put("title", json!(title));
                put("field", json!(place.field));
                put("question", json!(question(form, place.field, lang)));
                put(
                    "mission",
                    json!(mission.map(|card| card.mission.name.as_str())),
                );
                put("by", json!(registry.author(&record.author(), &record.by)));
                put("created", json!(record.created.time().iso()));
                if let Some(accuracy) = place.accuracy {
                    put("accuracy", json!(accuracy));
                }
                json!({"type": "Feature", "geometry": place.geometry, "properties": properties})
            })
        })
        .collect();
    let document = json!({"type": "FeatureCollection", "features": features});
    serde_json::to_vec_pretty(&document).expect("JSON with string keys")
}

/// How many places these records have.
pub fn place_count<'a>(
    records: impl IntoIterator<Item = &'a Record>,
    questions: &Questions,
) -> usize {
    let counts = records.into_iter();
    counts.map(|record| places(record, questions).count()).sum()
}

struct Place<'a> {
    field: &'a str,
    geometry: Value,
    /// In metres, of a point.
    accuracy: Option<f64>,
}

fn question<'a>(form: Option<&'a FormQuestions>, field: &'a str, lang: &str) -> &'a str {
    let question = form.and_then(|form| form.question(field));
    question.map_or(field, |question| question.label(lang))
}

fn places<'a>(record: &'a Record, questions: &'a Questions) -> impl Iterator<Item = Place<'a>> {
    let is_shown = record.kind == Kind::RESPONSE && !record.is_deleted();
    let form = form_of(record, questions).filter(|_| is_shown);
    let fields = form.into_iter().flat_map(|form| {
        let values = record.values();
        values.filter_map(|(field, value)| Some((field, form.question(field)?, value.as_str()?)))
    });
    fields.filter_map(|(field, question, value)| {
        let (geometry, accuracy) = match question.kind.as_str() {
            "geopoint" => {
                let (at, accuracy) = position(value)?;
                (json!({"type": "Point", "coordinates": at}), accuracy)
            }
            "geotrace" => {
                let line = line(value).filter(|line| line.len() > 1)?;
                (json!({"type": "LineString", "coordinates": line}), None)
            }
            "geoshape" => {
                let ring = ring(line(value)?)?;
                (json!({"type": "Polygon", "coordinates": [ring]}), None)
            }
            _ => return None,
        };
        Some(Place {
            field,
            geometry,
            accuracy,
        })
    })
}

type Position = [f64; 2];

/// `18.54 -72.33 12 5`: latitude, longitude, altitude, accuracy.
fn position(text: &str) -> Option<(Position, Option<f64>)> {
    let mut numbers = text.split_ascii_whitespace().map(str::parse::<f64>);
    let (latitude, longitude) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    let is_on_earth = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
    let accuracy = numbers.nth(1).and_then(Result::ok);
    let accuracy = accuracy.filter(|metres| metres.is_finite() && *metres > 0.0);
    is_on_earth.then_some(([longitude, latitude], accuracy))
}

fn line(text: &str) -> Option<Vec<Position>> {
    let points = text.split(';').filter(|point| !point.trim().is_empty());
    points
        .map(|point| position(point).map(|(at, _)| at))
        .collect()
}

/// The outside of an area: closed, and counter-clockwise as RFC 7946 asks (§3.1.6).
fn ring(mut line: Vec<Position>) -> Option<Vec<Position>> {
    if line.first() != line.last() {
        line.push(*line.first()?);
    }
    let around: f64 = line
        .windows(2)
        .map(|side| (side[1][0] - side[0][0]) * (side[1][1] + side[0][1]))
        .sum();
    if around > 0.0 {
        line.reverse();
    }
    (line.len() > 3).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_forms_write_them() {
        assert_eq!(
            position("18.54 -72.33 12 5"),
            Some(([-72.33, 18.54], Some(5.0)))
        );
        assert_eq!(position("18.54 -72.33"), Some(([-72.33, 18.54], None)));
        for wrong in ["", "18.54", "91 0 0 0", "0 181 0 0", "NaN 0", "x y"] {
            assert_eq!(position(wrong), None, "{wrong}");
        }
        let path = line("18 -72 0 0; 18.5 -72 0 0;").expect("a path");
        assert_eq!(path, [[-72.0, 18.0], [-72.0, 18.5]]);
        // Clockwise, and open.
        let area = ring(vec![[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]]).expect("an area");
        assert_eq!(area, [[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]);
        assert_eq!(ring(vec![[0.0, 0.0], [0.0, 1.0]]), None);
        assert_eq!(ring(Vec::new()), None);
    }
}
