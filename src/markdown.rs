//! The small safe part of Markdown that questionnaires use: headings, **strong**, *emphasis*, links, line breaks.
//!
//! All else is text. The source is escaped before any mark is read, so no form can put markup of its own on the page.

/// The text as HTML, safe to insert.
pub fn html(source: &str) -> String {
    let mut out = String::with_capacity(source.len() + 16);
    for (index, line) in source.trim().lines().enumerate() {
        if index > 0 {
            out.push_str("<br>");
        }
        let bare = line.trim_start_matches('#');
        let level = line.len() - bare.len();
        if (1..=6).contains(&level) && bare.starts_with(' ') {
            out.push_str("<strong>");
            spans(bare.trim(), &mut out);
            out.push_str("</strong>");
        } else {
            spans(line, &mut out);
        }
    }
    out
}

/// The text without its marks, for titles, lists and reading aloud.
pub fn plain(source: &str) -> String {
    let html = html(&source.replace('\n', " "));
    let mut out = String::with_capacity(html.len());
    let mut inside = false;
    for letter in html.chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => out.push(letter),
            _ => {}
        }
    }
    out.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

fn escape(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(letter),
        }
    }
}

fn spans(mut rest: &str, out: &mut String) {
    while let Some(at) = rest.find(['*', '_', '[', '\\']) {
        let (before, here) = rest.split_at(at);
        escape(before, out);
        match span(here, before.chars().next_back()) {
            Some((html, after)) => {
                out.push_str(&html);
                rest = after;
            }
            None => {
                let (mark, after) = here.split_at(1);
                out.push_str(mark);
                rest = after;
            }
        }
    }
    escape(rest, out);
}

/// One marked span at the start of `here`, as HTML, and what follows it.
fn span(here: &str, before: Option<char>) -> Option<(String, &str)> {
    if let Some(after) = here.strip_prefix('\\') {
        let letter = after.chars().next().filter(char::is_ascii_punctuation)?;
        let mut html = String::new();
        escape(letter.encode_utf8(&mut [0; 4]), &mut html);
        return Some((html, &after[letter.len_utf8()..]));
    }
    if let Some(after) = here.strip_prefix('[') {
        let (label, after) = after.split_once("](")?;
        let (address, after) = after.split_once(')')?;
        let safe = ["https://", "http://", "mailto:"]
            .iter()
            .any(|scheme| address.starts_with(scheme));
        if !safe || label.contains('[') {
            return None;
        }
        let mut html = String::from("<a rel=\"noreferrer noopener\" target=\"_blank\" href=\"");
        escape(address, &mut html);
        html.push_str("\">");
        spans(label, &mut html);
        html.push_str("</a>");
        return Some((html, after));
    }
    for (mark, tag) in [("**", "strong"), ("__", "strong"), ("*", "em"), ("_", "em")] {
        let Some(after) = here.strip_prefix(mark) else {
            continue;
        };
        // An underscore inside a word is a letter of a name: `first_name`.
        if mark.starts_with('_') && before.is_some_and(is_in_word) {
            return None;
        }
        if after.starts_with(char::is_whitespace) {
            continue;
        }
        if let Some((inside, after)) = after.split_once(mark)
            && !inside.is_empty()
            && !inside.ends_with(char::is_whitespace)
        {
            let mut html = format!("<{tag}>");
            spans(inside, &mut html);
            html.push_str(&format!("</{tag}>"));
            return Some((html, after));
        }
    }
    None
}

/// A letter or a digit, by where it stands: tables of them would be downloaded.
fn is_in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || !c.is_ascii() && vigie_forms::xpath::is_name_part(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_elements_and_all_else_is_text() {
        assert_eq!(
            html("**Oui** et *non*"),
            "<strong>Oui</strong> et <em>non</em>"
        );
        assert_eq!(html("# Titre\nsuite"), "<strong>Titre</strong><br>suite");
        assert_eq!(
            html("2 * 3 * 4, first_name_here"),
            "2 * 3 * 4, first_name_here"
        );
        assert_eq!(html("«_mot_» é_té_"), "«<em>mot</em>» é_té_");
        assert_eq!(html("\\*pas\\*"), "*pas*");
    }

    #[test]
    fn no_form_can_put_markup_or_script_on_the_page() {
        assert_eq!(html("<img src=x onerror=y>"), "&lt;img src=x onerror=y&gt;");
        assert_eq!(
            html("[ici](javascript:alert(1))"),
            "[ici](javascript:alert(1))"
        );
        assert!(html("[a\"b](https://x\"y)").contains("href=\"https://x&quot;y\""));
    }

    #[test]
    fn plain_text_has_no_mark() {
        assert_eq!(plain("**A** < [b](https://c)"), "A < b");
    }
}
