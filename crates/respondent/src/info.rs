//! What is shown of a form before anybody answers it.

use std::{cell::RefCell, collections::HashMap};

use vigie_model::{CardForm, FormHash};
use vigie_protocol::{Failure, FormInfo};

use crate::{
    Respondent,
    form::{compiled, language},
};

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
