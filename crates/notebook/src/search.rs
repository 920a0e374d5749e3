//! Finding by words, accents and case ignored.
//!
//! Each entry has one folded text in memory; a search folds its words and looks for each of them there. Ten thousand
//! entries are a few megabytes, which a substring search runs through in milliseconds, so no index is kept.

use vigie_model::fold::fold_within;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_searched_to_its_limit() {
        let text = "é".repeat(SEARCHED_BYTES);
        assert_eq!(haystack([text.as_str(), "beyond"]).len(), SEARCHED_BYTES);
        assert_eq!(haystack(["a", "b"]), "a\nb");
    }
}
