//! An entry as a page that somebody wrote: questions under what heads them, answers in words; apart, what nobody was asked.

use leptos::prelude::*;
use vigie_protocol::{EntryView, Fact, GetAttachment};

use super::{attached::attached, folded::folded};
use crate::{
    client,
    i18n::{self, carnet, count, note, t},
    markdown,
    words::{asked_name, said_words},
};

/// What heads a fact: the label of its group, with the numbers of the rows it is in.
fn heading(fact: &Fact) -> String {
    let group = i18n::pick(&fact.asked.group).map_or_else(String::new, markdown::plain);
    let rows = fact.field.split('[').skip(1);
    let numbers: Vec<&str> = rows.filter_map(|rest| rest.split(']').next()).collect();
    format!("{group} {}", numbers.join(".")).trim().to_owned()
}

/// An answer in words; a file as it is seen.
fn value(entry: &EntryView, fact: &Fact) -> AnyView {
    let words = said_words(
        entry.row.kind.as_str(),
        &fact.field,
        &fact.asked,
        &fact.said,
    );
    if fact.asked.kind != "file" {
        return words.into_any();
    }
    let (rec, field) = (entry.row.rec, fact.field.clone());
    attached(words, client::ask(GetAttachment { rec, field }))
}

/// All that an entry says.
pub fn facts(entry: &EntryView) -> AnyView {
    let kind = entry.row.kind.as_str();
    let line = |fact: &Fact| {
        let sensitive = fact.sensitive.then(
            || view! { " " <span class="quiet">{format!("({})", t(carnet::SENSITIVE))}</span> },
        );
        view! {
            <dt>{asked_name(kind, &fact.field, &fact.asked)}{sensitive}</dt>
            <dd class="facts__value">{value(entry, fact)}</dd>
        }
    };
    let lines = |facts: &[&Fact]| {
        let lines = facts.iter().map(|fact| line(fact)).collect_view();
        view! { <dl class="facts">{lines}</dl> }
    };
    let (technical, asked): (Vec<&Fact>, Vec<&Fact>) =
        entry.facts.iter().partition(|fact| fact.asked.technical);
    let groups = asked
        .chunk_by(|one, next| heading(one) == heading(next))
        .map(|group| {
            let heading = heading(group[0]);
            view! {
                {(!heading.is_empty()).then(|| view! { <h3 class="facts__group">{heading}</h3> })}
                {lines(group)}
            }
        })
        .collect_view();
    let unanswered = (!entry.unanswered.is_empty()).then(|| {
        let questions = entry.unanswered.iter().filter_map(i18n::pick);
        let questions = questions.map(|label| view! { <li>{markdown::plain(label)}</li> });
        let list = view! { <ul class="steps">{questions.collect_view()}</ul> };
        folded(
            count(entry.unanswered.len(), note::N_UNANSWERED),
            list.into_any(),
        )
    });
    view! {
        {groups}
        {unanswered}
        {(!technical.is_empty()).then(|| folded(t(note::TECHNICAL), lines(&technical).into_any()))}
    }
    .into_any()
}
