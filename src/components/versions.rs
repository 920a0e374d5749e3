//! Every version of an entry, newest first: who, when, and what changed.

use leptos::prelude::*;
use serde_json::Value;
use vigie_backend::protocol::Version;

use crate::{
    format,
    i18n::{fill, note, t},
};

/// `name` says a field, `show` a value of it, in words.
pub fn versions(
    versions: &[Version],
    name: fn(&str) -> String,
    show: fn(&str, &Value) -> String,
) -> AnyView {
    versions
        .iter()
        .map(|version| {
            let changes = version
                .changes
                .iter()
                .filter(|(field, ..)| field != "_reason")
                .map(|(field, before, after)| {
                    let before = show(field, before);
                    view! {
                        <div class="change">
                            <dt>{name(field)}</dt>
                            <dd>
                                {(!before.is_empty()).then(|| view! { <del>{before}</del> })}
                                <ins>{show(field, after)}</ins>
                            </dd>
                        </div>
                    }
                })
                .collect_view();
            let by = if version.by.is_empty() { t(note::MINE) } else { version.by.as_str() }.to_owned();
            view! {
                <li class="card version">
                    <h2>{format::date_time(version.at)}<span class="quiet">{format!(" · {by}")}</span></h2>
                    {version.reason.as_ref().map(|reason| view! { <p>{fill(note::SETTLED_BECAUSE, &[("reason", reason)])}</p> })}
                    <dl class="changes">{changes}</dl>
                    <p class="quiet">{fill(note::FROM_DEVICE, &[("device", version.device.get(..8).unwrap_or(&version.device))])}</p>
                </li>
            }
        })
        .collect_view()
        .into_any()
}
