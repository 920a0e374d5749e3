//! The form of a card: what is shown of it, and the form compiled.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use vigie_forms::Form;
use vigie_model::{CardForm, FormHash, Lang};

use vigie_protocol::Failure;

/// `Français (fr)` → `fr` and `Français`.
pub fn language(written: &str) -> (String, String) {
    match written
        .trim()
        .strip_suffix(')')
        .and_then(|text| text.rsplit_once('('))
    {
        Some((name, code)) if !name.trim().is_empty() => {
            (code.trim().to_owned(), name.trim().to_owned())
        }
        _ => (written.to_owned(), written.to_owned()),
    }
}

pub(crate) fn in_language(titles: &BTreeMap<Lang, String>, lang: &str) -> Option<String> {
    let title = titles
        .iter()
        .find(|(known, _)| known.as_str() == lang)
        .or_else(|| titles.iter().next());
    title
        .map(|(_, title)| title.clone())
        .filter(|title| !title.is_empty())
}

/// The form of a card, compiled once: compiling a long one takes longer than answering a question.
pub fn compiled(card_form: &CardForm) -> Result<Arc<Form>, Failure> {
    thread_local! {
        static COMPILED: RefCell<HashMap<FormHash, Arc<Form>>> = RefCell::default();
    }
    if let Some(form) = COMPILED.with_borrow(|compiled| compiled.get(&card_form.hash).cloned()) {
        return Ok(form);
    }
    let form = Form::from_json(card_form.compiled.text());
    let form = Arc::new(form.map_err(|_| Failure::Damaged(format!("form {}", card_form.id)))?);
    COMPILED.with_borrow_mut(|compiled| compiled.insert(card_form.hash.clone(), Arc::clone(&form)));
    Ok(form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_read_as_forms_write_them() {
        assert_eq!(language("Français (fr)"), ("fr".into(), "Français".into()));
        assert_eq!(language("default"), ("default".into(), "default".into()));
    }
}
