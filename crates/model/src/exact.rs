//! JSON: read, and kept with its bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Error, Value, value::RawValue};

/// Reads JSON. The one way: read as bytes here and as text there, each type would be in a phone's download twice.
pub fn from_json<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Error> {
    serde_json::from_str(std::str::from_utf8(bytes).map_err(Error::custom)?)
}

/// JSON that somebody hashed or signed: carried as it came, never read and written again.
///
/// It lives in JSON alone, and an enum with a tag inside (`serde(tag)`), a flattened field or an untagged enum can't hold it:
/// serde reads those by way of values, and values forget the spaces, the order and how a number was spelled.
#[derive(Clone, Debug)]
pub struct ExactJson(Box<RawValue>);

impl ExactJson {
    /// As it is, but for space before and after it.
    pub fn from_text(text: impl Into<String>) -> Result<ExactJson, Error> {
        RawValue::from_string(text.into()).map(ExactJson)
    }

    /// Written in the one way in which the office writes what it makes: without space, the keys of each object in the order of
    /// their bytes. So the same content made twice has the same bytes, whatever a programme was built with.
    pub fn in_order(text: &str) -> Result<ExactJson, Error> {
        ExactJson::from_text(sorted(serde_json::from_str(text)?).to_string())
    }

    pub fn text(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for ExactJson {
    fn eq(&self, other: &ExactJson) -> bool {
        self.text() == other.text()
    }
}

impl Eq for ExactJson {}

impl Serialize for ExactJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ExactJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ExactJson, D::Error> {
        Box::deserialize(deserializer).map(ExactJson)
    }
}

/// The same value with the keys of every object in order. `serde_json` has them so by itself, unless any crate of the build asks
/// it to keep the order in which they came.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let map: BTreeMap<String, Value> = map.into_iter().collect();
            let sorted = map.into_iter().map(|(key, value)| (key, sorted(value)));
            Value::Object(sorted.collect())
        }
        Value::Array(values) => values.into_iter().map(sorted).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ODD: &str = "{ \"b\":1e2,\n\"a\" : 1.50, \"later\":{\"z\":0, \"y\":[ ]}}";

    #[test]
    fn spaces_order_and_the_spelling_of_numbers_stay() {
        let exact = ExactJson::from_text(ODD).unwrap();
        let within = serde_json::to_string(&BTreeMap::from([("form", &exact)])).unwrap();
        assert_eq!(within, format!(r#"{{"form":{ODD}}}"#));
        let again: BTreeMap<String, ExactJson> = serde_json::from_str(&within).unwrap();
        assert_eq!(again["form"].text(), ODD);
        assert_eq!(again["form"], exact);
    }

    #[test]
    fn what_the_office_makes_twice_is_the_same() {
        let written = r#"{"a":1.5,"b":100.0,"later":{"y":[],"z":0}}"#;
        assert_eq!(ExactJson::in_order(ODD).unwrap().text(), written);
        assert_eq!(ExactJson::in_order(written).unwrap().text(), written);
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for bad in ["", "{", "{} {}", "{'a':1}"] {
            assert!(ExactJson::from_text(bad).is_err(), "{bad:?}");
        }
    }
}
