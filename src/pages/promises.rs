//! What Vigie protects and what it does not, there without a network. `docs/protege.fr.md` and its translations say more.

use leptos::prelude::*;

use crate::{
    components::{
        frame::{Frame, Tab},
        icon::{icon, lu},
    },
    i18n::{Key, promises, t},
    route::Route,
};

/// Who or what may do harm; what holds against it; what does not.
const ALL: [(Key, Key, Key); 9] = [
    (promises::FINDER, promises::FINDER_YES, promises::FINDER_NO),
    (promises::BORDER, promises::BORDER_YES, promises::BORDER_NO),
    (promises::SERVER, promises::SERVER_YES, promises::SERVER_NO),
    (promises::CODE, promises::CODE_YES, promises::CODE_NO),
    (promises::MEMBER, promises::MEMBER_YES, promises::MEMBER_NO),
    (
        promises::PARTNER,
        promises::PARTNER_YES,
        promises::PARTNER_NO,
    ),
    (promises::TRACES, promises::TRACES_YES, promises::TRACES_NO),
    (promises::FILES, promises::FILES_YES, promises::FILES_NO),
    (promises::WIPE, promises::WIPE_YES, promises::WIPE_NO),
];

#[component]
pub fn Promises() -> impl IntoView {
    let one = |(about, yes, no): (Key, Key, Key)| {
        view! {
            <section class="card">
                <h2>{t(about)}</h2>
                <p><strong class="state state--received">{icon(lu::LuCircleCheck)}{t(promises::YES)}</strong><br/>{t(yes)}</p>
                <p><strong class="state state--here">{icon(lu::LuTriangleAlert)}{t(promises::NO)}</strong><br/>{t(no)}</p>
            </section>
        }
    };
    view! {
        <Frame tab=Tab::More title=t(promises::TITLE).to_owned() back=Some(Route::More)>
            <p>{t(promises::LEAD)}</p>
            <div class="stack">{ALL.map(one).into_iter().collect_view()}</div>
        </Frame>
    }
    .into_any()
}
