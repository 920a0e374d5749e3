//! Filling a questionnaire: one question, or one short group, at a time.
//!
//! The worker holds the session and keeps each answer before it answers; this page shows its nodes, one signal each, so
//! that an answer redraws only what it changed.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use vigie_backend::protocol::{
    Answer, Answered, Failure, FormPage, FormProblem, FormView, Request,
};
use vigie_forms::{NodeKind, NodeView, ViolationKind};
use wasm_bindgen::JsCast;
use web_sys::File;

use super::problems::Missing;
use crate::{
    client,
    components::{
        confirm::Confirm,
        frame::{Frame, Tab},
        icon::{icon, lu},
        notice::{Notice, Tone},
        question::{Answering, Question, Row, Rows, html_of},
        save_state::{NotSaved, Save, SaveState},
    },
    failure, file,
    i18n::{self, common, count, fill, form, t},
    markdown, page,
    pages::door::language::name_of,
    route::{self, Route},
    speech,
};

const PAUSE: Duration = Duration::from_millis(300);

/// What to open.
#[derive(Clone, Debug)]
pub enum Open {
    /// A new response to this form.
    New(String),
    /// A response begun before, or finished and to correct.
    Known(String),
}

/// A response being filled.
#[derive(Clone, Copy)]
struct Filling {
    rec: StoredValue<String>,
    nodes: StoredValue<HashMap<String, ArcRwSignal<NodeView>>>,
    /// Grows when nodes come or go.
    structure: RwSignal<u32>,
    title: RwSignal<String>,
    lang: RwSignal<String>,
    languages: RwSignal<Vec<(String, String)>>,
    pages: RwSignal<Vec<FormPage>>,
    /// The page shown; past the last one: the end.
    at: RwSignal<usize>,
    progress: RwSignal<(usize, usize)>,
    orphans: RwSignal<Vec<(String, String)>>,
    finished: RwSignal<bool>,
    ready: RwSignal<bool>,
    save: RwSignal<Save>,
    failed: RwSignal<Option<Failure>>,
    /// The page where a person tried to go on: what is missing there is told.
    tried: RwSignal<Option<usize>>,
    problems: RwSignal<Vec<FormProblem>>,
    /// Typed, not sent yet, by path.
    pending: StoredValue<BTreeMap<String, String>>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Filling {
    fn open(open: Open) -> Filling {
        let filling = Filling {
            rec: StoredValue::new(String::new()),
            nodes: StoredValue::new(HashMap::new()),
            structure: RwSignal::new(0),
            title: RwSignal::new(t(common::KIND_RESPONSE).to_owned()),
            lang: RwSignal::new(i18n::lang().to_owned()),
            languages: RwSignal::new(Vec::new()),
            pages: RwSignal::new(Vec::new()),
            at: RwSignal::new(0),
            progress: RwSignal::new((0, 0)),
            orphans: RwSignal::new(Vec::new()),
            finished: RwSignal::new(false),
            ready: RwSignal::new(false),
            save: RwSignal::new(Save::Untouched),
            failed: RwSignal::new(None),
            tried: RwSignal::new(None),
            problems: RwSignal::new(Vec::new()),
            pending: StoredValue::new(BTreeMap::new()),
            timer: StoredValue::new(None),
        };
        let request = match open {
            Open::New(form) => Request::StartResponse {
                form,
                lang: i18n::lang().to_owned(),
            },
            Open::Known(rec) => Request::OpenResponse { rec },
        };
        spawn_local(async move {
            match client::ask(request).await {
                Ok(Answer::Form(view)) => filling.take(view),
                Ok(_) => {}
                Err(failure) => drop(filling.failed.try_set(Some(failure))),
            }
        });
        page::on_hide(move || filling.send_now());
        on_cleanup(move || {
            filling.leave();
            speech::hush();
        });
        filling
    }

    fn take(self, view: FormView) {
        if self.rec.try_set_value(view.rec.clone()).is_some() {
            return;
        }
        if matches!(route::current(), Route::Fill(_)) {
            route::rename(&Route::Response(view.rec));
        }
        self.nodes.update_value(|nodes| {
            for node in view.nodes {
                put(nodes, node);
            }
        });
        self.title.set(view.title);
        self.lang.set(view.lang);
        self.languages.set(view.languages);
        self.progress.set(view.progress);
        self.orphans.set(view.orphans);
        self.finished.set(view.finished);
        if let Some(at) = view.saved_at {
            self.save.set(Save::Saved(at));
        }
        self.pages.set(view.pages);
        self.at.set(view.page);
        self.structure.update(|turn| *turn += 1);
        self.ready.set(true);
    }

    fn answered(self, answered: Answered) {
        self.nodes.try_update_value(|nodes| {
            for node in answered.nodes {
                put(nodes, node);
            }
            for path in &answered.gone {
                nodes.remove(path);
            }
        });
        if let Some(pages) = answered.pages {
            self.follow(&pages);
            self.pages.try_set(pages);
            self.structure.try_update(|turn| *turn += 1);
        }
        self.progress.try_set(answered.progress);
        let waiting = self
            .pending
            .try_with_value(|pending| !pending.is_empty())
            .unwrap_or(false);
        if !waiting {
            self.save.try_set(Save::Saved(answered.saved_at));
        }
    }

    /// Pages came or went: the page shown keeps its questions, whatever its number is now.
    fn follow(self, pages: &[FormPage]) {
        let Some(at) = self.at.try_get_untracked() else {
            return;
        };
        let first = self
            .pages
            .read_untracked()
            .get(at)
            .and_then(|page| page.nodes.first().cloned());
        if let Some(first) = first
            && let Some(now) = pages.iter().position(|page| page.nodes.contains(&first))
            && now != at
        {
            self.at.set(now);
        }
    }

    fn node(self, path: &str) -> Option<Signal<NodeView>> {
        self.nodes
            .with_value(|nodes| nodes.get(path).cloned())
            .map(Signal::from)
    }

    fn keystroke(self, path: String, value: String) {
        self.pending
            .update_value(|pending| drop(pending.insert(path, value)));
        if !matches!(self.save.get_untracked(), Save::Failed(_)) {
            self.save.set(Save::Saving);
        }
        if let Some(timer) = self.timer.get_value() {
            timer.clear();
        }
        self.timer
            .set_value(set_timeout_with_handle(move || self.send_now(), PAUSE).ok());
    }

    fn answer(self, path: String, value: String) {
        let same = self
            .node(&path)
            .is_some_and(|node| node.read_untracked().value == value);
        let waited = self
            .pending
            .try_update_value(|pending| pending.remove(&path))
            .flatten()
            .is_some();
        if same && !waited {
            return;
        }
        self.pending
            .update_value(|pending| drop(pending.insert(path, value)));
        self.send_now();
    }

    /// The page goes: what was typed is told now, for nothing here will be left to hear an answer.
    fn leave(self) {
        let rec = self.rec.get_value();
        for (node, value) in self.pending.get_value() {
            client::tell(Request::SetAnswer {
                rec: rec.clone(),
                node,
                value,
            });
        }
    }

    fn send_now(self) {
        spawn_local(async move { drop(self.send().await) });
    }

    /// Sends what was typed, in order; what fails stays to be sent again.
    async fn send(self) -> Result<(), Failure> {
        while let Some((path, value)) = self.pending.try_update_value(BTreeMap::pop_first).flatten()
        {
            let Some(rec) = self.rec.try_get_value() else {
                break;
            };
            match client::ask(Request::SetAnswer {
                rec,
                node: path.clone(),
                value: value.clone(),
            })
            .await
            {
                Ok(Answer::Answered(answered)) => self.answered(answered),
                Ok(_) => {}
                Err(failure) => {
                    self.pending.try_update_value(|pending| {
                        pending.entry(path).or_insert(value);
                    });
                    self.save.try_set(Save::Failed(failure.clone()));
                    return Err(failure);
                }
            }
        }
        Ok(())
    }

    fn attach(self, path: String, chosen: File) {
        self.save.set(Save::Saving);
        spawn_local(async move {
            let Some(bytes) = file::read(&chosen).await else {
                self.save.try_set(Save::Failed(Failure::NotFound));
                return;
            };
            let request = Request::AttachFile {
                rec: self.rec.get_value(),
                node: path,
                name: chosen.name(),
                mime: chosen.type_(),
            };
            match client::ask_with(request, Some(bytes)).await {
                Ok((Answer::Answered(answered), _)) => self.answered(answered),
                Ok(_) => {}
                Err(failure) => drop(self.save.try_set(Save::Failed(failure))),
            }
        });
    }

    fn change_rows(self, request: impl FnOnce(String) -> Request + 'static) {
        spawn_local(async move {
            if self.send().await.is_err() {
                return;
            }
            match client::ask(request(self.rec.get_value())).await {
                Ok(Answer::Answered(answered)) => self.answered(answered),
                Ok(_) => {}
                Err(failure) => drop(self.save.try_set(Save::Failed(failure))),
            }
        });
    }

    /// The next relevant page after `at`, or the end.
    fn after(self, at: usize) -> usize {
        let pages = self.pages.read_untracked();
        (at + 1..pages.len())
            .find(|place| pages.get(*place).is_some_and(|page| page.relevant))
            .unwrap_or(pages.len())
    }

    fn before(self, at: usize) -> Option<usize> {
        let pages = self.pages.read_untracked();
        (0..at.min(pages.len()))
            .rev()
            .find(|place| pages.get(*place).is_some_and(|page| page.relevant))
    }

    fn go(self, to: usize) {
        speech::hush();
        spawn_local(async move {
            drop(self.send().await);
            self.tried.try_set(None);
            if self.at.try_set(to).is_some() {
                return;
            }
            let rec = self.rec.get_value();
            let pages = self.pages.read_untracked().len();
            if to < pages {
                client::tell(Request::GoTo { rec, page: to });
            } else if let Ok(Answer::Problems(problems)) =
                client::ask(Request::CheckResponse { rec }).await
            {
                self.problems.try_set(problems);
            }
        });
    }

    /// On, unless something on this page is missing or wrong and the person has not been told yet.
    fn next(self) {
        spawn_local(async move {
            drop(self.send().await);
            let Some(at) = self.at.try_get_untracked() else {
                return;
            };
            let told = self.tried.get_untracked() == Some(at);
            if !told
                && self
                    .page_state(at)
                    .is_some_and(|state| state == Mark::Wrong || state == Mark::Missing)
            {
                self.tried.set(Some(at));
                return;
            }
            self.go(self.after(at));
        });
    }

    /// How a page stands.
    fn page_state(self, at: usize) -> Option<Mark> {
        let paths = self.pages.read_untracked().get(at)?.nodes.clone();
        let (mut asked, mut answered, mut missing, mut wrong) = (0, 0, false, false);
        for path in paths {
            let Some(node) = self.node(&path) else {
                continue;
            };
            let node = node.read_untracked();
            if node.kind != NodeKind::Question
                || !node.relevant
                || node.control == Some(vigie_forms::Control::Note)
            {
                continue;
            }
            asked += 1;
            answered += usize::from(!node.value.is_empty());
            match node.violation.as_ref().map(|violation| violation.kind) {
                Some(ViolationKind::Required) => missing = true,
                Some(_) => wrong = true,
                None => {}
            }
        }
        Some(match (wrong, missing) {
            (true, _) => Mark::Wrong,
            (_, true) => Mark::Missing,
            _ if asked == 0 => Mark::Nothing,
            _ if answered == asked => Mark::Answered,
            _ => Mark::Hole,
        })
    }

    /// What a page asks, in a line.
    fn page_title(self, at: usize) -> String {
        let Some(page) = self.pages.read_untracked().get(at).cloned() else {
            return String::new();
        };
        let label = |notes: bool| {
            page.nodes
                .iter()
                .filter_map(|path| self.node(path))
                .find_map(|node| {
                    let node = node.read_untracked();
                    let is_note = node.kind == NodeKind::Question
                        && node.control == Some(vigie_forms::Control::Note);
                    let label = node.label.as_ref().filter(|_| notes || !is_note)?;
                    Some(markdown::plain(&label.text)).filter(|label| !label.trim().is_empty())
                })
        };
        label(false)
            .or_else(|| label(true))
            .unwrap_or_else(|| page.section.clone())
    }

    fn speak(self, lang: String) {
        spawn_local(async move {
            drop(self.send().await);
            let request = Request::FormLanguage {
                rec: self.rec.get_value(),
                lang,
            };
            match client::ask(request).await {
                Ok(Answer::Form(view)) => self.take(view),
                Ok(_) => {}
                Err(failure) => drop(self.save.try_set(Save::Failed(failure))),
            }
        });
    }

    fn finish(self) {
        spawn_local(async move {
            if self.send().await.is_err() {
                return;
            }
            match client::ask(Request::FinishResponse {
                rec: self.rec.get_value(),
            })
            .await
            {
                Ok(Answer::Problems(problems)) => drop(self.problems.try_set(problems)),
                Ok(_) => route::go_instead(&Route::Carnet),
                Err(failure) => drop(self.save.try_set(Save::Failed(failure))),
            }
        });
    }

    fn keep_in_file(self) {
        spawn_local(async move {
            let rec = self.rec.get_value();
            let fields: vigie_backend::protocol::Fields = self.nodes.with_value(|nodes| {
                nodes
                    .iter()
                    .map(|(path, node)| (path.clone(), node.read_untracked().value.clone()))
                    .filter(|(_, value)| !value.is_empty())
                    .chain(self.pending.get_value())
                    .map(|(path, value)| (path, value.into()))
                    .collect()
            });
            let request = Request::RescueFile {
                rec: rec.clone(),
                fields: fields.clone(),
            };
            if let Ok((Answer::File { name, mime }, Some(bytes))) =
                client::ask_with(request, None).await
                && file::save(&name, &mime, &bytes)
            {
                return;
            }
            let all = serde_json::json!({ "rec": rec, "kind": "response", "fields": fields });
            file::save("vigie.json", "application/json", all.to_string().as_bytes());
        });
    }

    /// The rows of a repeat, each told by its first answers.
    fn rows(self, repeat: &NodeView) -> Vec<Row> {
        self.nodes.with_value(|nodes| {
            let mut rows: Vec<Row> = nodes
                .values()
                .map(ArcRwSignal::get)
                .filter(|node| node.kind == NodeKind::Row && node.parent == Some(repeat.id))
                .map(|row| {
                    let inside = format!("{}/", row.path);
                    let mut answers: Vec<(u32, String)> = nodes
                        .values()
                        .map(ArcRwSignal::get)
                        .filter(|node| {
                            node.path.starts_with(&inside)
                                && node.kind == NodeKind::Question
                                && !node.value.is_empty()
                                && node.relevant
                        })
                        .map(|node| (node.id.0, said(&node)))
                        .collect();
                    answers.sort();
                    let summary = answers
                        .into_iter()
                        .take(3)
                        .map(|(_, answer)| answer)
                        .collect::<Vec<_>>()
                        .join(" · ");
                    Row {
                        path: row.path.clone(),
                        index: row.index,
                        summary,
                        may_remove: row.may_change,
                    }
                })
                .collect();
            rows.sort_by_key(|row| row.index);
            rows
        })
    }
}

fn put(nodes: &mut HashMap<String, ArcRwSignal<NodeView>>, node: NodeView) {
    match nodes.get(&node.path) {
        Some(known) => {
            if *known.read_untracked() != node {
                known.set(node);
            }
        }
        None => drop(nodes.insert(node.path.clone(), ArcRwSignal::new(node))),
    }
}

/// An answer in words: labels for choices.
pub(super) fn said(node: &NodeView) -> String {
    if node.choices.is_empty() {
        return node.value.clone();
    }
    let label = |code: &str| {
        node.choices
            .iter()
            .find(|choice| choice.value == code)
            .map_or_else(
                || code.to_owned(),
                |choice| markdown::plain(&choice.label.text),
            )
    };
    node.value
        .split_ascii_whitespace()
        .map(label)
        .collect::<Vec<_>>()
        .join(", ")
}

/// How a page stands in the list of questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// Nothing is asked there.
    Nothing,
    Answered,
    Hole,
    Missing,
    Wrong,
}

impl Mark {
    fn signs(self) -> (&'static str, icondata_core::Icon, &'static str) {
        match self {
            Mark::Nothing => ("state state--draft", lu::LuInfo, ""),
            Mark::Answered => ("state state--received", lu::LuCheck, t(form::MARK_ANSWERED)),
            Mark::Hole => ("state state--draft", lu::LuCircle, t(form::MARK_HOLE)),
            Mark::Missing => (
                "state state--here",
                lu::LuTriangleAlert,
                t(form::MARK_MISSING),
            ),
            Mark::Wrong => (
                "state state--failed",
                lu::LuTriangleAlert,
                t(form::MARK_WRONG),
            ),
        }
    }
}

#[component]
pub fn Fill(open: Open) -> impl IntoView {
    let filling = Filling::open(open);
    let listing = RwSignal::new(false);
    let at = filling.at;
    let at_end = Memo::new(move |_| filling.ready.get() && at.get() >= filling.pages.read().len());
    // The new question takes the focus, so that it is read and the keyboard is there.
    Effect::new(move |before: Option<(usize, bool)>| {
        let now = (at.get(), at_end.get());
        if before.is_some_and(|before| before != now) {
            request_animation_frame(|| {
                let first = document()
                    .query_selector("#contenu .question__text")
                    .ok()
                    .flatten();
                if let Some(first) =
                    first.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok())
                {
                    drop(first.focus());
                    window().scroll_to_with_x_and_y(0.0, 0.0);
                }
            });
        }
        now
    });
    let back = move |_| match filling.before(at.get_untracked()) {
        Some(to) => filling.go(to),
        None => {
            filling.send_now();
            route::back(&Route::Carnet);
        }
    };
    let progress = filling.progress;
    let progress_words = move || {
        let (answered, asked) = progress.get();
        fill(
            form::PROGRESS,
            &[("n", &answered.to_string()), ("total", &asked.to_string())],
        )
    };
    let actions = view! {
        <SaveState save=filling.save brief=true/>
        <button type="button" class="button button--plain" aria-label=t(form::LIST) aria-expanded=move || listing.get().to_string()
            on:click=move |_| listing.update(|open| *open = !*open)>{icon(lu::LuList)}</button>
    };
    let under = view! {
        <progress class="progress" value=move || progress.get().0.to_string() max=move || progress.get().1.max(1).to_string() aria-label=progress_words></progress>
    };
    let confirming = RwSignal::new(false);
    let foot = view! {
        <button type="button" class="button" on:click=back>{icon(lu::LuChevronLeft)}{t(common::BACK)}</button>
        {move || if at_end.get() {
            view! {
                <button type="button" class="button button--main" disabled=move || !filling.problems.read().is_empty()
                    on:click=move |_| confirming.set(true)>{t(form::FINISH)}</button>
            }.into_any()
        } else {
            view! { <button type="submit" form="questions" class="button button--main">{t(form::NEXT)}{icon(lu::LuChevronRight)}</button> }.into_any()
        }}
    };
    view! {
        <Frame tab=Tab::Carnet title=filling.title back=Some(Route::Carnet) back_says=t(form::LEAVE) actions=Some(actions.into_any()) under=Some(under.into_any())
            foot=Some(foot.into_any()) over=None>
            <NotSaved save=filling.save on_keep=move |()| filling.keep_in_file() on_retry=move |()| filling.send_now()/>
            <Missing failed=filling.failed/>
            {move || if listing.get() {
                view! { <Outline filling listing/> }.into_any()
            } else if at_end.get() {
                view! { <End filling confirming/> }.into_any()
            } else {
                view! { <Sheet filling progress_words=Signal::derive(progress_words)/> }.into_any()
            }}
        </Frame>
    }
    .into_any()
}

/// The page shown.
#[component]
fn Sheet(filling: Filling, progress_words: Signal<String>) -> impl IntoView {
    let answering = Answering {
        on_type: Callback::new(move |(path, value)| filling.keystroke(path, value)),
        on_answer: Callback::new(move |(path, value)| filling.answer(path, value)),
        on_file: Callback::new(move |(path, chosen)| filling.attach(path, chosen)),
    };
    let lang = filling.lang;
    let current = Memo::new(move |_| {
        filling.structure.track();
        filling.pages.read().get(filling.at.get()).cloned()
    });
    let show_missing = Signal::derive(move || filling.tried.get() == Some(filling.at.get()));
    let on_say = Memo::new(move |_| speech::can_say(&lang.read()));
    let one = move |path: String| {
        let Some(node) = filling.node(&path) else {
            return ().into_any();
        };
        match node.read_untracked().kind {
            NodeKind::Question => {
                let say = on_say.get_untracked().then(|| {
                    Callback::new(move |text: String| speech::say(&text, &lang.read_untracked()))
                });
                view! { <Question node lang show_missing answering on_say=say/> }.into_any()
            }
            NodeKind::Group | NodeKind::Row => view! {
                <h2 class="group" lang=lang inner_html=move || html_of(&node.read().label)></h2>
            }
            .into_any(),
            NodeKind::Repeat => {
                let rows = Signal::derive(move || {
                    filling.structure.track();
                    filling.rows(&node.read())
                });
                let add = path.clone();
                let open = move |row: String| {
                    let inside = format!("{row}/");
                    let to = filling.pages.read_untracked().iter().position(|page| {
                        page.relevant
                            && page
                                .nodes
                                .iter()
                                .any(|path| *path == row || path.starts_with(&inside))
                    });
                    if let Some(to) = to {
                        filling.go(to);
                    }
                };
                view! {
                    <Rows node rows
                        on_add=move |()| { let node = add.clone(); filling.change_rows(move |rec| Request::AddRepeat { rec, node }) }
                        on_open=open
                        on_remove=move |node: String| filling.change_rows(move |rec| Request::RemoveRepeat { rec, node })/>
                }
                .into_any()
            }
            NodeKind::Value => ().into_any(),
        }
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        filling.next();
    };
    view! {
        <form class="sheet-form" id="questions" on:submit=submit novalidate=true>
            <div class="sheet-form__head">
                <p class="quiet">
                    {move || {
                        let section = current.get().map(|page| markdown::plain(&page.section)).unwrap_or_default();
                        if section.is_empty() { progress_words.get() } else { format!("{section} · {}", progress_words.get()) }
                    }}
                </p>
                <Languages filling/>
            </div>
            <For each=move || current.get().map(|page| page.nodes).unwrap_or_default() key=Clone::clone children=one/>
        </form>
    }
    .into_any()
}

/// The languages of the form, when it has several.
#[component]
fn Languages(filling: Filling) -> impl IntoView {
    view! {
        <Show when=move || { filling.languages.read().len() > 1 }>
            <label class="visually-hidden" for="form-language">{t(form::LANGUAGE)}</label>
            <select class="input input--small" id="form-language" on:change=move |event| filling.speak(event_target_value(&event))>
                {move || filling.languages.get().into_iter().map(|(code, name)| {
                    let mine = code.clone();
                    let shown = if name.is_empty() { name_of(&code).to_owned() } else { name };
                    view! { <option value=code selected=move || *filling.lang.read() == mine>{shown}</option> }
                }).collect_view()}
            </select>
        </Show>
    }
    .into_any()
}

/// All pages, with holes and errors marked.
#[component]
fn Outline(filling: Filling, listing: RwSignal<bool>) -> impl IntoView {
    let lines = move || {
        filling.structure.track();
        let pages = filling.pages.get();
        let mut section = String::new();
        pages
            .iter()
            .enumerate()
            .filter(|(_, page)| page.relevant)
            .map(|(at, page)| {
                let (class, sign, word) = filling.page_state(at).unwrap_or(Mark::Nothing).signs();
                let title = filling.page_title(at);
                let new_section = page.section != section && !page.section.is_empty();
                section.clone_from(&page.section);
                let here = (filling.at.get_untracked() == at).then_some("step");
                view! {
                    {new_section.then(|| view! { <li class="outline__section">{markdown::plain(&page.section)}</li> })}
                    <li>
                        <button type="button" class="outline__line" aria-current=here on:click=move |_| { listing.set(false); filling.go(at) }>
                            <span class="outline__title">{title}</span>
                            <span class=class>{icon(sign)}{word}</span>
                        </button>
                    </li>
                }
            })
            .collect_view()
    };
    let to_end = move |_| {
        listing.set(false);
        filling.go(filling.pages.read_untracked().len());
    };
    view! {
        <h2 class="question__text" tabindex="-1">{t(form::LIST)}</h2>
        <ul class="entries outline" lang=filling.lang>{lines}</ul>
        <button type="button" class="button button--wide" on:click=to_end>{t(form::TO_END)}</button>
    }
    .into_any()
}

/// The end: what is missing, then one question.
#[component]
fn End(filling: Filling, confirming: RwSignal<bool>) -> impl IntoView {
    let problems = filling.problems;
    let holes = move || {
        let (answered, asked) = filling.progress.get();
        asked.saturating_sub(answered)
    };
    let holes_words = move || match holes() {
        0 => t(form::ALL_ANSWERED).to_owned(),
        n => count(n, form::HOLES_ONE, form::HOLES_MANY),
    };
    let words = |problem: &FormProblem| match problem.message.trim() {
        "" if problem.kind == "required" => t(form::MISSING).to_owned(),
        "" => t(form::CONSTRAINT).to_owned(),
        message => message.to_owned(),
    };
    view! {
        <h2 class="question__text" tabindex="-1">{t(form::END)}</h2>
        {move || if problems.read().is_empty() {
            view! {
                <Notice tone=Tone::Safe strong=t(form::NOTHING_MISSING).to_owned() text=holes_words()/>
            }.into_any()
        } else {
            view! {
                <p>{count(problems.read().len(), form::PROBLEMS_ONE, form::PROBLEMS_MANY)}</p>
                <ul class="entries">
                    {problems.get().into_iter().map(|problem| view! {
                        <li>
                            <button type="button" class="outline__line" on:click=move |_| filling.go(problem.page)>
                                <span class="outline__title">{markdown::plain(&problem.label)}</span>
                                <span class="state state--failed">{icon(lu::LuTriangleAlert)}{words(&problem)}</span>
                            </button>
                        </li>
                    }).collect_view()}
                </ul>
            }.into_any()
        }}
        {move || (!filling.orphans.read().is_empty()).then(|| view! {
            <section class="card">
                <h2>{t(form::ORPHANS)}</h2>
                <p class="quiet">{t(form::ORPHANS_MORE)}</p>
                <dl class="facts">{filling.orphans.get().into_iter().map(|(path, value)| view! { <dt>{path}</dt><dd>{value}</dd> }).collect_view()}</dl>
            </section>
        })}
        <Confirm open=confirming question=t(form::FINISH_ASK) act=t(form::FINISH) on_yes=move |()| filling.finish()/>
        <p class="quiet">{move || t(if filling.finished.get() { form::CORRECTING } else { form::AFTER_FINISH })}</p>
        {move || filling.failed.get().map(|failure| view! { <p role="alert">{failure::words(&failure)}</p> })}
        {move || filling.rec.try_get_value().filter(|_| filling.ready.get()).map(|rec| view! {
            <a class="button button--plain" href=Route::ResponseOnPaper(rec).href()>{icon(lu::LuPrinter)}{t(form::PRINT)}</a>
        })}
        {move || filling.rec.try_get_value().filter(|_| filling.finished.get()).map(|rec| view! {
            <a class="button button--plain" href=Route::History(rec).href()>{icon(lu::LuHistory)}{t(i18n::note::HISTORY)}</a>
        })}
    }
    .into_any()
}
