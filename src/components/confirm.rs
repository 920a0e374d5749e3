//! Asks before an act: says what goes.

use leptos::prelude::*;

use super::dialog::Dialog;
use crate::i18n::{common, t};

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
    /// Whether what `children` ask is answered.
    #[prop(into, default = Signal::stored(true))]
    answered: Signal<bool>,
    /// What is said to whoever goes on without an answer.
    #[prop(default = "")]
    missing: &'static str,
    #[prop(into)] on_yes: Callback<()>,
    /// What is said and asked besides.
    #[prop(optional)]
    children: Option<ChildrenFn>,
) -> impl IntoView {
    let children = StoredValue::new(children);
    let act = StoredValue::new(act);
    let lacking = RwSignal::new(false);
    Effect::new(move |_| {
        // Opened again, nothing has been tried yet.
        open.track();
        lacking.set(false);
    });
    let yes = move |_| {
        if answered.get_untracked() {
            open.set(false);
            on_yes.run(());
        } else {
            lacking.set(true);
        }
    };
    let said = move || (lacking.get() && !answered.get()).then_some(missing);
    view! {
        <Dialog open says=question>
                {children.with_value(|children| children.as_ref().map(|children| children()))}
                <div class="buttons">
                    <p class="field__error" role="alert">{said}</p>
                    <button type="button" class="button" on:click=move |_| open.set(false)>{keep}</button>
                    <button type="button" class=if danger { "button button--danger" } else { "button button--main" }
                        on:click=yes>{act.get_value()}</button>
                </div>
        </Dialog>
    }
    .into_any()
}
