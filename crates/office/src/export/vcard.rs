//! People and organisations for an address book: vCard 3.0 (RFC 2426), which phones and mail programmes of any age read.
//!
//! What an address book has no place for (how to reach somebody safely, what she agreed to) stands in the note, under its
//! name.

use vigie_journal::Record;
use vigie_model::{
    Kind,
    fields::{contact, organisation},
    kinds,
};

use super::labels;
use crate::{entries::text, questions::pick};

/// How long a line may be, in bytes, without its end (§2.6).
const LINE_BYTES: usize = 75;

fn is_card(record: &Record) -> bool {
    [Kind::CONTACT, Kind::ORGANISATION].contains(&record.kind) && !record.is_deleted()
}

/// How many of these records are somebody's or some organisation's.
pub fn contact_count<'a>(records: impl IntoIterator<Item = &'a Record>) -> usize {
    let cards = records.into_iter().filter(|record| is_card(record));
    cards.count()
}

/// The cards of those among the records who are contacts or organisations, with the names of what stands in notes in `lang`.
pub fn vcards<'a>(records: impl IntoIterator<Item = &'a Record>, lang: &str) -> Vec<u8> {
    let cards = records.into_iter().filter(|record| is_card(record));
    let mut file = String::new();
    for record in cards {
        card(record, lang, &mut file);
    }
    file.into_bytes()
}

fn card(record: &Record, lang: &str, file: &mut String) {
    let of = |field: &str| record.text(field).unwrap_or_default().trim();
    let name = of(contact::NAME);
    let is_person = record.kind == Kind::CONTACT;
    let org = if is_person {
        of(contact::ORGANISATION)
    } else {
        name
    };
    let (role, website) = if is_person {
        (of(contact::ROLE), "")
    } else {
        ("", of(organisation::WEBSITE))
    };
    // Of a name nobody says which part is the family's: the whole stands where a given name would. `N` may not be left out.
    let given = if is_person { name } else { "" };
    let shown = if name.is_empty() { "–" } else { name };
    let note = note(record, lang);
    line(file, "BEGIN:VCARD");
    line(file, "VERSION:3.0");
    line(file, "PRODID:-//Vigie//vigie export//");
    line(file, &format!("UID:urn:uuid:{}", record.rec));
    line(file, &format!("REV:{}", record.updated.time().iso()));
    line(file, &format!("N:;{};;;", escaped(given)));
    line(file, &format!("FN:{}", escaped(shown)));
    for (property, value) in [
        ("ORG", org),
        ("TITLE", role),
        ("TEL;TYPE=voice", of(contact::PHONE)),
        ("EMAIL;TYPE=internet", of(contact::EMAIL)),
        ("URL", website),
        ("NOTE", note.as_str()),
    ] {
        if !value.is_empty() {
            line(file, &format!("{property}:{}", escaped(value)));
        }
    }
    line(file, "END:VCARD");
}

/// All that has no place of its own, a line each under its name.
fn note(record: &Record, lang: &str) -> String {
    let placed = [
        contact::NAME,
        contact::ORGANISATION,
        contact::ROLE,
        contact::PHONE,
        contact::EMAIL,
        organisation::WEBSITE,
    ];
    let spec = kinds::spec(record.kind.as_str());
    let rest = spec
        .fields
        .iter()
        .filter(|field| !placed.contains(&field.name));
    let lines = rest.filter_map(|field| {
        let said = text(record.value(field.name)?).trim().to_owned();
        let choices = labels::choices(&record.kind, field.name);
        let chosen = choices.iter().find(|choice| choice.code == said);
        let said = chosen
            .and_then(|choice| pick(&choice.labels, lang).map(str::to_owned))
            .unwrap_or(said);
        let known = labels::typed(&record.kind, field.name)?;
        let named = pick(&known.labels, lang).unwrap_or(field.name);
        (!said.is_empty()).then(|| format!("{named} – {said}"))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What would end a value, or part it, is said otherwise (§4); line ends of any kind are one.
fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for letter in value.replace("\r\n", "\n").chars() {
        match letter {
            '\\' | ',' | ';' => escaped.extend(['\\', letter]),
            '\n' | '\r' => escaped.push_str("\\n"),
            other if other.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// One line, folded where it is too long: what follows begins with a space. A letter is never parted.
fn line(file: &mut String, text: &str) {
    let mut length = 0;
    for letter in text.chars() {
        if length + letter.len_utf8() > LINE_BYTES {
            file.push_str("\r\n ");
            length = 1;
        }
        file.push(letter);
        length += letter.len_utf8();
    }
    file.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_folded_between_letters_and_unfolds_to_what_it_was() {
        let mut file = String::new();
        let text = format!("NOTE:{}", "é".repeat(100));
        line(&mut file, &text);
        let mut lines: Vec<&str> = file.split("\r\n").collect();
        assert_eq!(lines.pop(), Some(""));
        assert!(lines.len() > 2 && lines.iter().all(|line| line.len() <= LINE_BYTES));
        assert_eq!(file.replace("\r\n ", ""), text + "\r\n");
    }

    #[test]
    fn nothing_that_was_typed_ends_a_line_or_a_value() {
        assert_eq!(
            escaped("a;b,c\\d\r\nEND:VCARD\rx\ny\u{7}"),
            "a\\;b\\,c\\\\d\\nEND:VCARD\\nx\\ny"
        );
    }
}
