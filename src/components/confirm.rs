//! Asks before an act: says what goes, and has the person type a word when it can't be undone.

use leptos::prelude::*;

use super::{
    dialog::Dialog,
    field::{Field, Kind},
};
use crate::i18n::{common, fill, t};

#[component]
pub fn Confirm(
    /// Shown while true.
    open: RwSignal<bool>,
    #[prop(into)] question: Signal<String>,
    #[prop(into)] act: String,
    /// What the way out says, where the act itself is to cancel something.
    #[prop(default = t(common::CANCEL))]
    keep: &'static str,
    #[prop(optional)] danger: bool,
    /// The word to type first, if any.
    #[prop(into, optional)]
    word: String,
    /// Whether what `children` ask is answered.
    #[prop(into, default = Signal::stored(true))]
    answered: Signal<bool>,
    #[prop(into)] on_yes: Callback<()>,
    /// What is said and asked besides.
    #[prop(optional)]
    children: Option<ChildrenFn>,
) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let word = StoredValue::new(word);
    let children = StoredValue::new(children);
    let ready = move || {
        answered.get()
            && word.with_value(|word| {
                word.is_empty() || typed.read().trim().eq_ignore_ascii_case(word)
            })
    };
    let act = StoredValue::new(act);
    let yes = move |_| {
        if ready() {
            open.set(false);
            typed.set(String::new());
            on_yes.run(());
        }
    };
    view! {
        <Dialog open says=question>
                {children.with_value(|children| children.as_ref().map(|children| children()))}
                {word.with_value(|word| (!word.is_empty()).then(|| view! {
                    <Field id="confirm-word" kind=Kind::Text label=fill(common::TYPE_WORD, &[("word", word)])
                        value=typed on_input=move |text| typed.set(text)/>
                }))}
                <div class="buttons">
                    <button type="button" class="button" on:click=move |_| open.set(false)>{keep}</button>
                    <button type="button" class=if danger { "button button--danger" } else { "button button--main" }
                        disabled=move || !ready() on:click=yes>{act.get_value()}</button>
                </div>
        </Dialog>
    }
    .into_any()
}
