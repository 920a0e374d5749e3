//! Where a form's page is, and what is said of a form in a line.

use vigie_model::FormHash;
use vigie_protocol::FormInfo;

use crate::{
    i18n::{count, fill, library, t},
    route::Route,
};

/// The address of a form's page.
pub fn address(hash: &FormHash, part: &str) -> String {
    let mut path = vec!["questionnaires".to_owned(), hash.to_string()];
    path.extend((!part.is_empty()).then(|| part.to_owned()));
    Route::Desk(path).href()
}

pub fn version_words(info: &FormInfo) -> String {
    if info.version.is_empty() {
        t(library::NO_VERSION).to_owned()
    } else {
        fill(library::VERSION, &[("version", &info.version)])
    }
}

pub fn questions_words(info: &FormInfo) -> String {
    count(info.questions, library::N_QUESTIONS)
}
