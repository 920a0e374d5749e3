//! Every version of an entry, newest first: who, when, and what changed.

use leptos::prelude::*;
use vigie_model::kinds;
use vigie_protocol::{Change, Version};

use super::folded::folded;
use crate::{
    format,
    i18n::{fill, note, t},
    words::{asked_name, said_words},
};

/// Of an entry of this kind.
pub fn versions(kind: &str, versions: &[Version]) -> AnyView {
    versions
        .iter()
        .map(|version| {
            // As they stand on the page; those of a questionnaire come in its order.
            let spec = kinds::spec(kind);
            let place = |change: &&Change| {
                let field = spec.fields.iter().position(|known| known.name == change.field);
                field.unwrap_or(usize::MAX)
            };
            let mut changes: Vec<&Change> = version.changes.iter().collect();
            changes.sort_by_key(place);
            let line = |change: &Change| {
                let words = |said| said_words(kind, &change.field, &change.asked, said);
                let before = words(&change.before);
                view! {
                    <div class="change">
                        <dt>{asked_name(kind, &change.field, &change.asked)}</dt>
                        <dd>
                            {(!before.is_empty()).then(|| view! { <del>{before}</del> })}
                            <ins>{words(&change.after)}</ins>
                        </dd>
                    </div>
                }
            };
            let (technical, asked): (Vec<&Change>, Vec<&Change>) =
                changes.into_iter().partition(|change| change.asked.technical);
            let lines = |changes: Vec<&Change>| changes.into_iter().map(line).collect_view();
            let by = if version.by.is_empty() { t(note::MINE) } else { version.by.as_str() }.to_owned();
            view! {
                <li class="card version">
                    <h2>{format::date_time(version.at)}<span class="quiet">{format!(" · {by}")}</span></h2>
                    {version.reason.as_ref().map(|reason| view! { <p>{fill(note::SETTLED_BECAUSE, &[("reason", reason)])}</p> })}
                    <dl class="changes">{lines(asked)}</dl>
                    {(!technical.is_empty()).then(|| folded(t(note::TECHNICAL), view! { <dl class="changes">{lines(technical)}</dl> }.into_any()))}
                    <p class="quiet">{fill(note::FROM_DEVICE, &[("device", &version.device.to_string()[..8])])}</p>
                </li>
            }
        })
        .collect_view()
        .into_any()
}
