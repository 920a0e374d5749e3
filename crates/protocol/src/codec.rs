//! How questions, answers and events travel between a page and its workers: postcard, which writes values and no names.
//!
//! Both sides are built from one source and served as one version, so nothing here is a format: what is stored, and what
//! goes to a server, is written elsewhere. What has no shape of its own (a field's value) travels as JSON text inside.

use serde::{Serialize, de::DeserializeOwned};

use crate::Failure;

pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_allocvec(value).expect("every sequence of the protocol knows its length")
}

/// Fails on bytes that another version of the app wrote.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    // Postcard's own words for what it found are a kilobyte to download, and say no more to anybody.
    postcard::from_bytes(bytes)
        .map_err(|_| Failure::Internal("not what this version of the app writes".to_owned()))
}

/// For a field of a struct: `#[serde(with = "crate::codec::json")]`.
pub(crate) mod json {
    use serde::{
        Deserialize, Deserializer, Serialize, Serializer,
        de::{DeserializeOwned, Error as _},
        ser::Error as _,
    };

    pub fn serialize<T: Serialize, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let text = serde_json::to_string(value).map_err(S::Error::custom)?;
        serializer.serialize_str(&text)
    }

    pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        let text = String::deserialize(deserializer)?;
        serde_json::from_str(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use vigie_model::{FormId, LinkOptions};

    use super::*;
    use crate::NewLink;

    #[test]
    fn what_leaves_fields_out_where_it_is_stored_travels_whole() {
        let link = NewLink {
            form: FormId::new("f"),
            label: "Affiche".to_owned(),
            days: 30,
            uses: 0,
            kiosk: false,
            codes: 0,
            later_days: 7,
            consent: BTreeMap::new(),
            options: LinkOptions::default(),
        };
        assert_eq!(decode(&encode(&link)), Ok(link));
    }
}
