//! Finding by words, accents and case ignored.
//!
//! Each entry has one folded text in memory; a search folds its words and looks for each of them there. Ten thousand
//! entries are a few megabytes, which a substring search runs through in milliseconds, so no index is kept.

use memchr::memmem::Finder;
use vigie_model::fold::{fold, fold_within};

/// The longest text of an entry that is searched, in bytes after folding.
pub(crate) const SEARCHED_BYTES: usize = 16 * 1024;

/// One searched text made of many; a line between them keeps a word from running over two.
pub(crate) fn haystack<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut folded = String::new();
    for text in texts {
        if folded.len() >= SEARCHED_BYTES {
            break;
        }
        if !folded.is_empty() {
            folded.push('\n');
        }
        fold_within(text, &mut folded, SEARCHED_BYTES);
    }
    folded
}

/// What is searched for: every word of it.
pub(crate) struct Needle {
    words: Vec<Finder<'static>>,
}

impl Needle {
    pub fn new(search: &str) -> Needle {
        let folded = fold(search);
        Needle {
            words: folded
                .split(' ')
                .filter(|w| !w.is_empty())
                .map(|w| Finder::new(w).into_owned())
                .collect(),
        }
    }

    pub fn is_in(&self, haystack: &str) -> bool {
        self.words
            .iter()
            .all(|word| word.find(haystack.as_bytes()).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_must_be_found_in_any_order() {
        assert!(Needle::new("oeuvre ELUE").is_in(&fold("L'élue de l'œuvre")));
        assert!(!Needle::new("oeuvre absente").is_in(&fold("L'œuvre")));
        assert!(Needle::new("").is_in("anything"));
    }

    #[test]
    fn other_scripts_are_found_too() {
        assert!(Needle::new("اتحاد").is_in(&fold("اتّحاد العمال")));
        assert!(Needle::new("союз").is_in(&fold("СОЮЗ")));
    }

    #[test]
    fn a_long_text_is_searched_to_its_limit() {
        let text = "é".repeat(SEARCHED_BYTES);
        assert_eq!(haystack([text.as_str(), "beyond"]).len(), SEARCHED_BYTES);
        assert_eq!(haystack(["a", "b"]), "a\nb");
    }
}
