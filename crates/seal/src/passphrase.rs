//! One spelling of what a person typed, so that the same words open on every keyboard.

use zeroize::Zeroizing;

/// Compatibility-composed (NFKC), without space at the ends, one plain space where there were several. Case is kept.
pub(crate) fn spelled(typed: &str) -> Zeroizing<String> {
    let composed = composed(typed);
    let mut text = Zeroizing::new(String::with_capacity(composed.len()));
    for word in composed.split_whitespace() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// NFKC.
#[cfg(not(target_arch = "wasm32"))]
fn composed(typed: &str) -> Zeroizing<String> {
    use unicode_normalization::UnicodeNormalization;

    // Grown once: a `String` that moves leaves its old bytes behind.
    let mut composed = Zeroizing::new(String::with_capacity(4 * typed.len()));
    composed.extend(typed.nfkc());
    composed
}

/// NFKC as the browser knows it, which spares the phone Unicode's tables.
#[cfg(target_arch = "wasm32")]
fn composed(typed: &str) -> Zeroizing<String> {
    Zeroizing::new(String::from(
        js_sys::JsString::from(typed).normalize("NFKC"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_and_composition_do_not_matter_and_case_does() {
        for typed in [
            "été clair",
            "  e\u{301}te\u{301}\u{a0} \t clair\n",
            "été\u{3000}clair",
        ] {
            assert_eq!(*spelled(typed), "été clair", "{typed:?}");
        }
        assert_eq!(*spelled("Été"), "Été");
        assert_eq!(*spelled(" \n"), "");
    }
}
