//! What the targets share: a person who answers everything she is asked, and [`inside`] the readers of what was sealed.

pub mod inside;

use std::cell::Cell;
use std::sync::Arc;

use vigie_forms::{Env, Form, NodeKind, Now, Session, xform};

struct Still(Cell<u64>);

impl Env for Still {
    fn now(&self) -> Now {
        Now {
            millis: 1_790_000_000_000,
            offset: -240,
        }
    }
    fn random(&self) -> u64 {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        self.0.get()
    }
    fn property(&self, _: &str) -> Option<String> {
        None
    }
}

fn still() -> Box<Still> {
    Box::new(Still(Cell::new(1)))
}

const ANSWERS: [&str; 6] = ["3", "a", "2026-02-29", "1 2 0 0; 1.5 2 0 0", "", "été 🦀"];
/// Of a form with more, the first: a longer one says nothing new.
const QUESTIONS: usize = 60;

/// Reads a form, sends it to a phone, answers it, adds and removes rows, leaves and reopens it, and finishes.
pub fn fill(xml: &str) {
    let Some(form) = xform::read_alone(xml).form else {
        return;
    };
    let sent = form.to_json();
    let form = Arc::new(Form::from_json(&sent).expect("what was written is read"));
    let mut session = Session::new(Arc::clone(&form), still());
    for (turn, node) in session.nodes().into_iter().take(QUESTIONS).enumerate() {
        let Ok(view) = session.view(node) else {
            continue;
        };
        // A refusal is an answer too.
        match view.kind {
            NodeKind::Repeat => {
                let _ = session.add_repeat(node);
                let _ = session.add_repeat(node);
            }
            NodeKind::Row => {
                let _ = session.move_repeat(node, 1);
            }
            NodeKind::Question => {
                let _ = session.answer(node, ANSWERS[turn % ANSWERS.len()]);
            }
            NodeKind::Group | NodeKind::Value => {}
        }
    }
    for language in form.languages().to_vec() {
        session.set_language(&language);
    }
    let _ = (session.outline(&session.pages()), session.progress());
    let mut again = Session::restore(form, session.snapshot(), still());
    for node in again.nodes().into_iter().take(QUESTIONS).rev() {
        let _ = again.search_choices(node, "a 1", 0, 10);
        let _ = again.remove_repeat(node);
    }
    let _ = again.finish();
    let _ = again.instance_xml();
}
