//! Pictures, sounds and films that a form shows with its texts: which files they are.

use std::collections::BTreeSet;

use crate::form::source::{Part, Source};

/// What the media of one form may weigh together, in bytes: phones pay for each.
pub const MEDIA_BYTES: usize = 4 * 1024 * 1024;

/// The names of a text's forms that are media.
const FORMS: [&str; 4] = ["image", "big-image", "audio", "video"];

/// The file that a text names: `jr://images/atelier.png` → `atelier.png`.
pub fn file_name(said: &str) -> &str {
    said.rsplit('/').next().unwrap_or(said).trim()
}

/// The media type of a file that a text may show, by the ending of its name; none for other files.
pub fn media_type(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    Some(match ending.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "ogg" | "oga" | "opus" => "audio/ogg",
        "wav" => "audio/wav",
        "mp4" | "m4v" => "video/mp4",
        "webm" => "video/webm",
        _ => return None,
    })
}

impl Source {
    /// The files that its texts show, by name. A name that an answer decides is not among them.
    pub fn media(&self) -> BTreeSet<&str> {
        let forms = self.texts.values().flatten().flat_map(|(_, forms)| forms);
        forms
            .filter(|form| FORMS.contains(&form.form.as_str()))
            .filter_map(|form| match form.parts.as_slice() {
                [Part::Text(name)] => Some(file_name(name)),
                _ => None,
            })
            .filter(|name| !name.is_empty())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_medium_is_known_by_its_name() {
        assert_eq!(file_name("jr://images/atelier.png"), "atelier.png");
        assert_eq!(file_name("atelier.png"), "atelier.png");
        assert_eq!(media_type("Carte.SVG"), Some("image/svg+xml"));
        assert_eq!(media_type("pays.csv"), None);
        assert_eq!(media_type("png"), None);
    }
}
