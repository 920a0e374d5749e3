//! Help that is there without a network: a question, an answer.

use leptos::prelude::*;

use crate::{
    components::frame::{Frame, Tab},
    i18n::{Key, more, t},
    route::Route,
};

#[component]
pub fn Help() -> impl IntoView {
    let all: [(Key, Key); 9] = [
        (more::HELP_SAVE, more::HELP_SAVE_ANSWER),
        (more::HELP_STATES, more::HELP_STATES_ANSWER),
        (more::HELP_NETWORK, more::HELP_NETWORK_ANSWER),
        (more::HELP_FILE, more::HELP_FILE_ANSWER),
        (more::HELP_RELIABILITY, more::HELP_RELIABILITY_ANSWER),
        (more::HELP_CONFLICT, more::HELP_CONFLICT_ANSWER),
        (more::HELP_PASSPHRASE, more::HELP_PASSPHRASE_ANSWER),
        (more::HELP_BORDER, more::HELP_BORDER_ANSWER),
        (more::HELP_WHO, more::HELP_WHO_ANSWER),
    ];
    view! {
        <Frame tab=Tab::More title=t(more::HELP).to_owned() back=Some(Route::More)>
            <div class="stack">{all.map(|(question, answer)| view! { <details class="card help"><summary>{t(question)}</summary><p>{t(answer)}</p></details> })
                .into_iter().collect_view()}</div>
        </Frame>
    }
    .into_any()
}
