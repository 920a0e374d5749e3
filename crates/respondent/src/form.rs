//! The form of a card: what is shown of it, and the form compiled.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use vigie_forms::Form;
use vigie_model::{CardForm, FormHash, Lang};

use vigie_protocol::{Failure, FormInfo};

use crate::Respondent;

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

/// What the interface shows of a form in a card.
pub fn form_info(card_form: &CardForm) -> Result<FormInfo, Failure> {
    let form = compiled(card_form)?;
    let title = card_form
        .title
        .iter()
        .map(|(lang, title)| (lang.as_str().to_owned(), title.clone()))
        .collect();
    Ok(FormInfo {
        id: card_form.id.clone(),
        version: card_form.version.clone(),
        title,
        languages: form
            .languages()
            .iter()
            .map(|written| language(written).0)
            .collect(),
        questions: asked(card_form)?,
    })
}

/// How many questions are asked of whoever begins; counted once.
fn asked(card_form: &CardForm) -> Result<usize, Failure> {
    thread_local! {
        static ASKED: RefCell<HashMap<FormHash, usize>> = RefCell::default();
    }
    if let Some(asked) = ASKED.with_borrow(|asked| asked.get(&card_form.hash).copied()) {
        return Ok(asked);
    }
    let asked = Respondent::nobody(card_form)?.asked_at_first();
    ASKED.with_borrow_mut(|known| known.insert(card_form.hash.clone(), asked));
    Ok(asked)
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
