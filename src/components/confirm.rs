//! Asks before an act, in the page and not over it: says what goes, and has the person type a word when it can't be undone.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

use super::field::{Field, Kind};
use crate::i18n::{common, fill, t};

#[component]
pub fn Confirm(
    /// Shown while true.
    open: RwSignal<bool>,
    #[prop(into)] question: String,
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
    let (question, act) = (StoredValue::new(question), StoredValue::new(act));
    let yes = move |_| {
        if ready() {
            open.set(false);
            typed.set(String::new());
            on_yes.run(());
        }
    };
    // What is asked takes the focus, and gives it back to what asked it.
    let card = NodeRef::<html::Div>::new();
    let asked_from = StoredValue::new_local(None::<web_sys::HtmlElement>);
    Effect::new(move |was: Option<bool>| {
        let now = open.get();
        if now {
            let from = document().active_element();
            asked_from.set_value(from.and_then(|from| from.dyn_into().ok()));
            request_animation_frame(move || {
                if let Some(card) = card.get_untracked() {
                    drop(card.focus());
                }
            });
        } else if was == Some(true)
            && let Some(from) = asked_from.get_value()
        {
            drop(from.focus());
        }
        now
    });
    view! {
        <Show when=move || open.get()>
            <div class="card confirm" role="alertdialog" aria-label=question.get_value() tabindex="-1" node_ref=card
                on:keydown=move |event: ev::KeyboardEvent| if event.key() == "Escape" {
                    // What is around it stays open.
                    event.stop_propagation();
                    open.set(false);
                }>
                <p>{question.get_value()}</p>
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
            </div>
        </Show>
    }
    .into_any()
}
