//! One line of the notebook.

use leptos::prelude::*;
use vigie_model::kinds::List;
use vigie_protocol::Summary;

use super::{
    icon::{icon, of_kind},
    state_word::{conflict_word, state_word},
};
use crate::{
    format,
    i18n::{carnet, fill, t},
    route::Route,
    words::{code_label, kind_name},
};

/// Time, place, themes or progress: what tells one entry from another. A sensitive entry shows its time alone, where it has one.
fn more(entry: &Summary) -> String {
    let mut parts = Vec::new();
    if entry.erased {
        parts.push(t(carnet::ERASED).to_owned());
    }
    if entry.deleted {
        parts.push(t(carnet::DELETED).to_owned());
    }
    if entry.survived_deletion {
        parts.push(t(carnet::SURVIVED).to_owned());
    }
    match entry.at.split_once('T') {
        Some((_, time)) => parts.push(time.to_owned()),
        None if format::is_day(entry.created) => {}
        None => parts.push(format::time(entry.created)),
    }
    if entry.sensitive {
        parts.push(t(carnet::SENSITIVE).to_owned());
        return parts.join(" · ");
    }
    if !entry.place.is_empty() {
        parts.push(entry.place.clone());
    }
    if let Some((answered, asked)) = entry.progress {
        parts.push(fill(
            carnet::PROGRESS,
            &[("n", &answered.to_string()), ("total", &asked.to_string())],
        ));
    }
    let themes = entry.themes.iter().take(3);
    parts.extend(themes.map(|code| format::lower(&code_label(List::Themes, code))));
    parts.join(" · ")
}

pub fn entry_line(entry: &Summary) -> AnyView {
    let untitled = entry.title.trim().is_empty();
    let title = if untitled {
        format!(
            "{} – {}",
            kind_name(entry.kind.as_str()),
            t(carnet::UNTITLED)
        )
    } else {
        entry.title.clone()
    };
    view! {
        <a class="entry" href=Route::of_record(entry.kind.as_str(), entry.rec).href()>
            <span class="entry__kind">{icon(of_kind(entry.kind.as_str()))}</span>
            <span class="entry__title">
                <span class="visually-hidden">{format!("{} : ", kind_name(entry.kind.as_str()))}</span>
                {title}
            </span>
            <span class="entry__more">
                {if entry.conflict { conflict_word() } else { state_word(entry.state) }}
                <span>{more(entry)}</span>
            </span>
        </a>
    }
    .into_any()
}
