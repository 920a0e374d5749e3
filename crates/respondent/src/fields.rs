//! The fields of a finished response: one for each answer, named by its path below the root, rows of a repeat numbered
//! (`equipe[2]/age`). A file is a record of its own.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use vigie_forms::{Submission, media::media_type};
use vigie_model::{RecordId, fields::attachment};
use vigie_protocol::{Failure, Fields, File};

use crate::keep::FileChosen;

/// The record that an attachment belongs to, and the field of its question there.
pub const OF: &str = vigie_model::fields::any::OF;
pub const FIELD: &str = "_field";

/// `/data/travail/pays` → `travail/pays`.
pub fn below_root(path: &str) -> &str {
    let path = path.trim_start_matches('/');
    path.split_once('/').map_or(path, |(_, rest)| rest)
}

pub(crate) fn fields_of(submission: &Submission) -> Fields {
    let mut fields = Fields::new();
    for answer in &submission.answers {
        fields.insert(
            below_root(&answer.field).to_owned(),
            Value::from(answer.value.as_str()),
        );
    }
    for row in &submission.rows {
        for answer in &row.answers {
            let rest = answer
                .field
                .strip_prefix(&row.repeat)
                .unwrap_or(&answer.field);
            let path = format!("{}{rest}", row.path);
            fields.insert(
                below_root(&path).to_owned(),
                Value::from(answer.value.as_str()),
            );
        }
    }
    fields
}

/// The fields of a file that answers the question at `path` of the response `of`.
pub fn attachment_fields(of: RecordId, path: &str, file: &FileChosen, bytes: &[u8]) -> Fields {
    Fields::from([
        (attachment::NAME.to_owned(), json!(file.name)),
        (attachment::TYPE.to_owned(), json!(file.mime)),
        (attachment::SIZE.to_owned(), json!(file.size)),
        (attachment::DATA.to_owned(), json!(STANDARD.encode(bytes))),
        (OF.to_owned(), json!(of)),
        (FIELD.to_owned(), json!(below_root(path))),
    ])
}

/// A file that a questionnaire shows.
pub fn media_file(name: &str, bytes: Vec<u8>) -> Result<File, Failure> {
    let kind = media_type(name).ok_or(Failure::NotFound)?;
    Ok(File::new(name, kind, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_named_by_its_path_below_the_root() {
        assert_eq!(below_root("/data/travail/pays"), "travail/pays");
        assert_eq!(below_root("/data/equipe[2]/age"), "equipe[2]/age");
    }
}
