//! Every version of an entry, newest first: who, when, and what changed.

use leptos::prelude::*;
use vigie_protocol::Version;

use crate::{
    format,
    i18n::{fill, note, t},
    words::{field_name, value_words},
};

/// Of an entry of this kind.
pub fn versions(kind: &str, versions: &[Version]) -> AnyView {
    versions
        .iter()
        .map(|version| {
            let changes = version
                .changes
                .iter()
                .filter(|(field, ..)| field != "_reason")
                .map(|(field, before, after)| {
                    let before = value_words(kind, field, before);
                    view! {
                        <div class="change">
                            <dt>{field_name(kind, field)}</dt>
                            <dd>
                                {(!before.is_empty()).then(|| view! { <del>{before}</del> })}
                                <ins>{value_words(kind, field, after)}</ins>
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
                    <p class="quiet">{fill(note::FROM_DEVICE, &[("device", &version.device.to_string()[..8])])}</p>
                </li>
            }
        })
        .collect_view()
        .into_any()
}
