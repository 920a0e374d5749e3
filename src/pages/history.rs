//! The versions of one entry; those of a response in the words of its questionnaire.

use std::collections::{BTreeMap, HashMap};

use leptos::prelude::*;
use serde_json::Value;
use vigie_forms::NodeView;
use vigie_model::{Kind, RecordId};
use vigie_protocol::{Asked, Failure, FormView, ListVersions, OpenResponse, Said, Version};

use super::problems::Missing;
use crate::{
    client::Turn,
    components::{
        frame::{Frame, Tab},
        question::said,
        versions::versions,
    },
    i18n::{note, t},
    route::Route,
};

#[component]
pub fn HistoryPage(kind: Kind, rec: RecordId) -> impl IntoView {
    let known = RwSignal::new(Vec::<Version>::new());
    let form = RwSignal::new(None::<FormView>);
    let failed = RwSignal::new(None::<Failure>);
    Turn::new().show(ListVersions { rec }, failed, move |versions| {
        known.set(versions)
    });
    if kind == Kind::RESPONSE {
        Turn::new().show(OpenResponse { rec }, failed, move |view| {
            form.set(Some(view))
        });
    }
    let told = move || {
        let mut told = known.get();
        if let Some(form) = &*form.read() {
            told.iter_mut().for_each(|version| in_words(version, form));
        }
        versions(kind.as_str(), &told)
    };
    view! {
        <Frame tab=Tab::Carnet title=t(note::HISTORY).to_owned() back=Some(Route::Carnet)>
            <Missing failed/>
            <p class="quiet">{t(note::HISTORY_MORE)}</p>
            <ul class="stack">{told}</ul>
        </Frame>
    }
    .into_any()
}

/// Below the form's root, as a field of a response is called.
fn below_root(path: &str) -> &str {
    path.trim_start_matches('/')
        .split_once('/')
        .map_or("", |(_, field)| field)
}

/// The questions that a version changed, and their answers, as the form says them now, in its order.
fn in_words(version: &mut Version, form: &FormView) {
    let nodes = form.nodes.iter().enumerate();
    let nodes: HashMap<&str, (usize, &NodeView)> = nodes
        .map(|(place, node)| (below_root(&node.path), (place, node)))
        .collect();
    let is_answer = |field: &str| {
        let mut orphans = form.orphans.iter();
        nodes.contains_key(field) || orphans.any(|(path, _)| below_root(path) == field)
    };
    for change in &mut version.changes {
        let node = nodes.get(change.field.as_str()).map(|(_, node)| *node);
        let label = node.and_then(|node| node.label.as_ref());
        let in_lang = |text: String| BTreeMap::from([(form.lang.clone(), text)]);
        change.asked = Asked {
            label: label
                .map(|label| in_lang(label.text.clone()))
                .unwrap_or_default(),
            technical: !is_answer(&change.field),
            ..Asked::default()
        };
        for Said { value, shown } in [&mut change.before, &mut change.after] {
            if let (Some(node), Value::String(value)) = (node, value) {
                let then = NodeView {
                    value: value.clone(),
                    ..node.clone()
                };
                *shown = in_lang(said(&then));
            }
        }
    }
    let place = |field: &str| nodes.get(field).map_or(usize::MAX, |(place, _)| *place);
    version.changes.sort_by_key(|change| place(&change.field));
}
