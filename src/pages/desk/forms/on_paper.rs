//! The form on paper: boxes for choices, lines for text, conditions in words, in the language chosen.

use leptos::{prelude::*, task::spawn_local};
use vigie_forms::{
    Control, DataType,
    library::{Asked, Condition, Item, ItemKind, Order, Paper, Told, words::tag},
};
use vigie_model::FormHash;
use vigie_protocol::{Failure, GetPaper};

use crate::{
    client::Turn,
    components::icon::{icon, lu},
    i18n::{self, Key, Table, library, t},
    markdown,
    pages::desk::failed::Failed,
};

/// A scale of more steps than this is a line to write on.
const STEPS: usize = 11;

#[component]
pub fn OnPaper(hash: FormHash) -> impl IntoView {
    let sheet = RwSignal::new(None::<(Paper, Words)>);
    let failure = RwSignal::new(None::<Failure>);
    let lang = RwSignal::new(i18n::lang().to_owned());
    let turn = Turn::new();
    Effect::new(move |_| {
        let of = GetPaper {
            hash: hash.clone(),
            lang: lang.get(),
        };
        let asked = turn.ask(of);
        spawn_local(async move {
            match asked.await {
                Some(Ok(found)) => {
                    let words = Words::of(&found).await;
                    sheet.try_set(Some((found, words)));
                }
                Some(Err(what)) => drop(failure.try_set(Some(what))),
                None => {}
            }
        });
    });
    let choose = move || {
        let languages = sheet
            .get()
            .map(|(sheet, _)| (sheet.languages, sheet.language));
        languages.filter(|(all, _)| all.len() > 1).map(|(all, now)| view! {
            <div class="field">
                <label for="paper-language">{t(library::PAPER_LANGUAGE)}</label>
                <select class="input" id="paper-language" on:change=move |event| lang.set(event_target_value(&event))>
                    {all.into_iter().map(|one| {
                        let (here, code) = (one == now, tag(&one).to_owned());
                        view! { <option value=code selected=here>{one}</option> }
                    }).collect_view()}
                </select>
            </div>
        })
    };
    view! {
        <div class="row no-print">
            {choose}
            <button type="button" class="button button--main" on:click=move |_| drop(window().print())>{icon(lu::LuPrinter)}{t(library::PRINT)}</button>
        </div>
        <Failed failure/>
        {move || sheet.get().map(page)}
    }
}

/// The texts of the sheet, in its own language where the interface speaks it.
#[derive(Clone, Copy)]
struct Words(Option<&'static Table>);

impl Words {
    async fn of(sheet: &Paper) -> Words {
        match i18n::language(tag(&sheet.language)) {
            Some(language) => Words(i18n::load(language).await),
            None => Words(None),
        }
    }

    fn say(self, key: Key) -> &'static str {
        self.0.map_or_else(|| t(key), |table| table.say(key))
    }

    fn fill(self, key: Key, values: &[(&str, &str)]) -> String {
        i18n::put_in(self.say(key), values)
    }
}

fn page((sheet, words): (Paper, Words)) -> impl IntoView {
    let lang = if sheet.language.is_empty() {
        i18n::lang().to_owned()
    } else {
        tag(&sheet.language).to_owned()
    };
    let blank = |key: Key| view! { <p class="paper__blank"><span>{words.say(key)}</span></p> };
    view! {
        <article class="paper" lang=lang>
            <header class="paper__head">
                <h2>{sheet.title}</h2>
                <p class="paper__id">{sheet.id} {(!sheet.version.is_empty()).then(|| format!(" · {}", sheet.version))}</p>
                {[library::PAPER_PLACE, library::PAPER_DATE, library::PAPER_WHO].map(blank).collect_view()}
            </header>
            {sheet.items.into_iter().map(|item| block(item, words)).collect_view()}
        </article>
    }
}

fn block(item: Item, words: Words) -> AnyView {
    let only_if = item.only_if.as_ref().map(|condition| {
        let said = condition_words(condition, words);
        view! { <p class="ask__if">{words.fill(library::IF_ALL, &[("condition", &said)])}</p> }
    });
    let label = markdown::html(&item.label);
    let hint = (!item.hint.trim().is_empty())
        .then(|| view! { <p class="ask__hint" inner_html=markdown::html(&item.hint)></p> });
    let guidance = (!item.guidance.trim().is_empty())
        .then(|| view! { <p class="ask__hint" inner_html=markdown::html(&item.guidance)></p> });
    match item.kind {
        ItemKind::Group | ItemKind::Repeat => {
            let repeat = (item.kind == ItemKind::Repeat)
                .then(|| view! { <p class="ask__hint">{words.say(library::PAPER_REPEAT)}</p> });
            let heading = (!label.is_empty()).then(|| view! { <h3 inner_html=label></h3> });
            view! { <div class="paper__group">{heading} {only_if} {hint} {repeat}</div> }.into_any()
        }
        ItemKind::Note => view! {
            <div class="paper__note"><p inner_html=label></p> {only_if} {hint}</div>
        }
        .into_any(),
        ItemKind::Question => {
            let required = item
                .required
                .then(|| view! { " " <span class="ask__required">{format!("({})", words.say(library::PAPER_REQUIRED))}</span> });
            view! {
                <div class="ask">
                    {only_if}
                    <p class="ask__text"><span class="ask__number">{format!("{}.", item.number)}</span> " " <span inner_html=label></span> {required}</p>
                    {hint}
                    {guidance}
                    {answer(&item, words)}
                </div>
            }
            .into_any()
        }
    }
}

/// Where the answer is written.
fn answer(item: &Item, words: Words) -> AnyView {
    let lines = |count: u32| {
        (0..count)
            .map(|_| view! { <p class="ask__line"></p> })
            .collect_view()
            .into_any()
    };
    let named = |key: Key| view! { <p class="paper__blank"><span>{words.say(key)}</span></p> };
    match (item.control, item.data_type) {
        (Some(Control::SelectOne | Control::SelectMultiple | Control::Rank), _) => choices(item, words),
        (Some(Control::Range), _) => range(item, words),
        (Some(Control::Upload), _) => named(library::PAPER_FILE).into_any(),
        (Some(Control::Trigger), _) => view! {
            <ul class="boxes"><li><span class="box"></span>{words.say(library::PAPER_READ)}</li></ul>
        }
        .into_any(),
        (_, DataType::Int | DataType::Decimal) => {
            view! { <p class="ask__line ask__line--short"></p> }.into_any()
        }
        (_, DataType::Date) => named(library::PAPER_YMD).into_any(),
        (_, DataType::Time) => named(library::PAPER_HM).into_any(),
        (_, DataType::DateTime) => {
            view! { {named(library::PAPER_YMD)} {named(library::PAPER_HM)} }.into_any()
        }
        (_, DataType::Geopoint) => {
            view! { {named(library::PAPER_LATITUDE)} {named(library::PAPER_LONGITUDE)} }.into_any()
        }
        _ => {
            let long = item.appearance.multiline;
            let rows = item.parameters.rows;
            lines(rows.unwrap_or(if long { 5 } else { 2 }).clamp(1, 12))
        }
    }
}

fn choices(item: &Item, words: Words) -> AnyView {
    if item.choices.is_empty() {
        let count = (item.more_choices > 0).then(|| {
            let n = item.more_choices.to_string();
            view! { <p class="ask__hint">{words.fill(library::PAPER_MANY_CHOICES, &[("n", &n)])}</p> }
        });
        return view! { {count} <p class="ask__line"></p> }.into_any();
    }
    let (how, class) = match item.control {
        Some(Control::SelectOne) => (library::PAPER_ONE, "box box--one"),
        Some(Control::Rank) => (library::PAPER_RANK, "box box--number"),
        _ => (library::PAPER_SEVERAL, "box"),
    };
    let short = item
        .choices
        .iter()
        .all(|choice| choice.chars().count() <= 28);
    let one = |choice: &String| {
        view! { <li><span class=class></span><span inner_html=markdown::html(choice)></span></li> }
    };
    view! {
        <p class="ask__hint">{words.say(how)}</p>
        <ul class=if short { "boxes boxes--side" } else { "boxes" }>{item.choices.iter().map(one).collect_view()}</ul>
    }
    .into_any()
}

fn range(item: &Item, words: Words) -> AnyView {
    let scale = item.parameters.scale.unwrap_or_default();
    if scale.steps() < STEPS as f64 {
        let marks = scale.values(STEPS).into_iter();
        return view! {
            <ul class="boxes boxes--scale">{marks.map(|mark| view! { <li><span class="box box--one"></span>{mark}</li> }).collect_view()}</ul>
        }
        .into_any();
    }
    let (from, to) = (scale.written(scale.start), scale.written(scale.end));
    view! {
        <p class="ask__hint">{words.fill(library::PAPER_FROM_TO, &[("from", &from), ("to", &to)])}</p>
        <p class="ask__line ask__line--short"></p>
    }
    .into_any()
}

/// A condition as a person would say it.
fn condition_words(condition: &Condition, words: Words) -> String {
    let joined = |of: &[Condition], between: Key| {
        let parts: Vec<String> = of
            .iter()
            .map(|one| match one {
                // "a and (b or c)" needs its brackets on paper too.
                Condition::Any { .. } | Condition::All { .. } => {
                    format!("({})", condition_words(one, words))
                }
                one => condition_words(one, words),
            })
            .collect();
        parts.join(words.say(between))
    };
    let quoted = |text: &str| words.fill(library::IF_QUOTED, &[("text", text)]);
    match condition {
        Condition::All { of } => joined(of, library::IF_AND),
        Condition::Any { of } => joined(of, library::IF_OR),
        Condition::Not { of } => match &**of {
            Condition::Given { asked } => words.fill(
                library::IF_NOT_GIVEN,
                &[("asked", &asked_words(asked, words))],
            ),
            Condition::Chosen { asked, choice } => words.fill(
                library::IF_NOT_CHOSEN,
                &[
                    ("asked", &asked_words(asked, words)),
                    ("told", &quoted(&markdown::plain(choice))),
                ],
            ),
            inner => words.fill(
                library::IF_NOT,
                &[("condition", &condition_words(inner, words))],
            ),
        },
        Condition::Answer { asked, order, told } => {
            compared(&asked_words(asked, words), *order, told, words)
        }
        Condition::Count { asked, order, told } => {
            let of = words.fill(library::IF_COUNT, &[("asked", &asked_words(asked, words))]);
            compared(&of, *order, told, words)
        }
        Condition::Chosen { asked, choice } => words.fill(
            library::IF_CHOSEN,
            &[
                ("asked", &asked_words(asked, words)),
                ("told", &quoted(&markdown::plain(choice))),
            ],
        ),
        Condition::Given { asked } => {
            words.fill(library::IF_GIVEN, &[("asked", &asked_words(asked, words))])
        }
        Condition::Written { text } => text.clone(),
    }
}

fn asked_words(asked: &Asked, words: Words) -> String {
    let label = markdown::plain(&asked.label);
    if asked.number.is_empty() {
        words.fill(library::IF_NAMED, &[("label", &label)])
    } else {
        words.fill(
            library::IF_NUMBERED,
            &[("number", &asked.number), ("label", &label)],
        )
    }
}

fn compared(asked: &str, order: Order, told: &Told, words: Words) -> String {
    let told = match told {
        Told::Answer(other) => asked_words(other, words),
        Told::Value(value) if value.parse::<f64>().is_ok() => value.clone(),
        Told::Value(value) => words.fill(library::IF_QUOTED, &[("text", &markdown::plain(value))]),
    };
    let how = match order {
        Order::Is => library::IF_IS,
        Order::IsNot => library::IF_IS_NOT,
        Order::Below => library::IF_BELOW,
        Order::AtMost => library::IF_AT_MOST,
        Order::Above => library::IF_ABOVE,
        Order::AtLeast => library::IF_AT_LEAST,
    };
    words.fill(how, &[("asked", asked), ("told", &told)])
}
