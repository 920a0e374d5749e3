//! Finding by words, accents and case ignored.
//!
//! Each entry has one folded text in memory; a search folds its words and looks for each of them there. Ten thousand
//! entries are a few megabytes, which a substring search runs through in milliseconds, so no index is kept.

use memchr::memmem::Finder;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The longest text of an entry that is searched, in bytes after folding.
pub(crate) const SEARCHED_BYTES: usize = 16 * 1024;

/// `text` without accents, in lower case, with simple apostrophes and single spaces.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    push_folded(text, &mut folded, usize::MAX);
    folded
}

/// Adds the folded `text` to `to`, whose length stays within `limit` (and one letter).
fn push_folded(text: &str, to: &mut String, limit: usize) {
    let mut space = true;
    for letter in text.nfkd().filter(|letter| !is_combining_mark(*letter)) {
        if to.len() >= limit {
            return;
        }
        match letter {
            _ if letter.is_whitespace() || letter.is_control() => {
                if !space {
                    to.push(' ');
                }
                space = true;
                continue;
            }
            'œ' | 'Œ' => to.push_str("oe"),
            'æ' | 'Æ' => to.push_str("ae"),
            '’' | 'ʼ' => to.push('\''),
            _ if letter.is_ascii() => to.push(letter.to_ascii_lowercase()),
            _ => to.extend(letter.to_lowercase()),
        }
        space = false;
    }
}

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
        push_folded(text, &mut folded, SEARCHED_BYTES);
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
    fn accents_case_ligatures_and_apostrophes_are_ignored() {
        assert_eq!(
            fold("  Élue  de\tL’ŒUVRE Ñandú ﬁn\0x "),
            "elue de l'oeuvre nandu fin x "
        );
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
