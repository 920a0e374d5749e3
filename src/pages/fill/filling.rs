//! A response being filled: what the worker said of it, a signal for each node.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use futures::lock::Mutex;
use leptos::{prelude::*, task::spawn_local};
use vigie_forms::{Counts, NodeView};
use vigie_model::{FormId, RecordId};
use vigie_protocol::{
    Answered, Failure, FormPage, FormPlan, FormProblem, FormView, OpenResponse, StartResponse,
};

use super::{focus::focus_on_language, places::Places, taken::Taken};
use crate::{
    client,
    components::save_state::Save,
    i18n, page,
    pause::Pause,
    prefs,
    route::{self, Route},
    speech,
    words::kind_name,
};

/// What to open.
#[derive(Clone, Debug)]
pub enum Open {
    /// A new response to this form.
    New(FormId),
    /// A response begun before, or finished and to correct.
    Known(RecordId),
    /// An answer by the partner link that is open, in this language.
    #[cfg(feature = "partner")]
    Link(String),
}

/// Somebody who has no notebook here: nothing is kept of what she answers, so nothing says that it is.
#[derive(Clone, Copy)]
pub struct Guest {
    pub on_leave: Callback<()>,
    /// Her answer is sealed.
    pub on_done: Callback<Taken>,
    /// She stops to go on later, where she may.
    pub on_later: Option<Callback<RecordId>>,
    /// The server keeps it as it stood when she stopped before.
    pub is_kept: bool,
}

#[derive(Clone, Copy)]
pub struct Filling {
    /// None until the worker gave one.
    pub rec: StoredValue<Option<RecordId>>,
    pub nodes: StoredValue<HashMap<String, ArcRwSignal<NodeView>>>,
    /// Grows when nodes come or go.
    pub structure: RwSignal<u32>,
    pub title: RwSignal<String>,
    pub lang: RwSignal<String>,
    /// Grows when the page speaks another language: its words are drawn anew.
    pub spoken: RwSignal<u32>,
    pub languages: RwSignal<Vec<(String, String)>>,
    pub pages: RwSignal<Vec<FormPage>>,
    pub places: StoredValue<Places>,
    /// The page shown; past the last one: the end.
    pub at: RwSignal<usize>,
    /// All questions on one page.
    pub long: RwSignal<bool>,
    pub progress: RwSignal<(usize, usize)>,
    pub orphans: RwSignal<Vec<(String, String)>>,
    pub finished: RwSignal<bool>,
    pub ready: RwSignal<bool>,
    pub save: RwSignal<Save>,
    pub failed: RwSignal<Option<Failure>>,
    /// The page where a person tried to go on: what is missing there is told.
    pub tried: RwSignal<Option<usize>>,
    pub problems: RwSignal<Vec<FormProblem>>,
    /// A row was removed, and can be brought back.
    pub undo: RwSignal<bool>,
    /// Said by the person, not sent yet, by path.
    pub pending: StoredValue<BTreeMap<String, String>>,
    pub pause: Pause,
    /// One thing is asked of the worker at a time; whoever comes after waits until it is answered.
    pub turn: StoredValue<Arc<Mutex<()>>>,
    pub guest: Option<Guest>,
}

impl Filling {
    pub fn open(open: Open, guest: Option<Guest>) -> Filling {
        let filling = Filling {
            rec: StoredValue::new(None),
            nodes: StoredValue::new(HashMap::new()),
            structure: RwSignal::new(0),
            title: RwSignal::new(kind_name(vigie_model::Kind::RESPONSE.as_str()).to_owned()),
            lang: RwSignal::new(i18n::lang().to_owned()),
            spoken: RwSignal::new(0),
            languages: RwSignal::new(Vec::new()),
            pages: RwSignal::new(Vec::new()),
            places: StoredValue::new(Places::default()),
            at: RwSignal::new(0),
            long: RwSignal::new(prefs::long_page()),
            progress: RwSignal::new((0, 0)),
            orphans: RwSignal::new(Vec::new()),
            finished: RwSignal::new(false),
            ready: RwSignal::new(false),
            save: RwSignal::new(Save::Untouched),
            failed: RwSignal::new(None),
            tried: RwSignal::new(None),
            problems: RwSignal::new(Vec::new()),
            undo: RwSignal::new(false),
            pending: StoredValue::new(BTreeMap::new()),
            pause: Pause::new(),
            turn: StoredValue::new(Arc::default()),
            guest,
        };
        let lang = i18n::lang().to_owned();
        spawn_local(async move {
            let view = match open {
                Open::New(form) => client::ask(StartResponse { form, lang }).await,
                Open::Known(rec) => client::ask(OpenResponse { rec }).await,
                #[cfg(feature = "partner")]
                Open::Link(lang) => client::ask(vigie_protocol::StartLink { lang }).await,
            };
            match view {
                Ok(view) => filling.take(view),
                Err(failure) => drop(filling.failed.try_set(Some(failure))),
            }
        });
        Effect::new(move |_| {
            let lang = filling.lang.get();
            spawn_local(filling.speak_in(lang));
        });
        page::on_hide(move || async move { filling.send().await.is_ok() });
        on_cleanup(move || {
            filling.leave();
            speech::hush();
            // A partner is thanked in the language that she answered in.
            if guest.is_none() {
                i18n::speak_own();
            }
        });
        filling
    }

    /// The page goes on in the language of the response, where its words can be had; else in the one chosen for all pages.
    async fn speak_in(self, lang: String) {
        let before = i18n::lang();
        let words = match i18n::language(&lang) {
            Some(language) => i18n::load(language).await.map(|table| (language, table)),
            None => None,
        };
        // Another was chosen meanwhile, or the page is gone.
        if self.lang.try_get_untracked() != Some(lang) {
            return;
        }
        match words {
            Some((language, table)) => i18n::speak_for_now(language, table),
            None => i18n::speak_own(),
        }
        if i18n::lang() != before {
            self.spoken.update(|turn| *turn += 1);
            focus_on_language();
        }
    }

    pub fn take(self, view: FormView) {
        if self.rec.try_set_value(Some(view.rec)).is_some() {
            return;
        }
        self.nodes
            .update_value(|nodes| put_all(nodes, view.nodes, true));
        self.title.set(view.title);
        self.lang.set(view.lang);
        self.languages.set(view.languages);
        self.progress.set(view.progress);
        self.orphans.set(view.orphans);
        self.finished.set(view.finished);
        self.undo.set(false);
        if let Some(at) = view.saved_at {
            self.save.set(Save::Saved(at));
        }
        self.stand(view.plan);
        if self.at.get_untracked() != view.page {
            self.at.set(view.page);
        }
        self.structure.update(|turn| *turn += 1);
        self.ready.set(true);
    }

    pub fn answered(self, mut answered: Answered) {
        // From the first answer on it is a draft, which its address finds again; before, its address begins another.
        if let Some(rec) = self.rec.try_get_value().flatten()
            && matches!(route::current(), Route::Fill(_))
        {
            route::rename(&Route::Response(rec));
        }
        // What was said since stands, until the worker answers that.
        self.pending.try_with_value(|pending| {
            for node in &mut answered.nodes {
                if let Some(value) = pending.get(&node.path) {
                    node.value.clone_from(value);
                }
            }
        });
        self.nodes
            .try_update_value(|nodes| put_all(nodes, answered.nodes, answered.whole));
        if let Some(plan) = answered.plan {
            let first = self.at.try_get_untracked().and_then(|at| self.first_of(at));
            self.stand(plan);
            if let Some(first) = first {
                self.follow(&first);
            }
            self.structure.try_update(|turn| *turn += 1);
        }
        if !answered.counts.is_empty() {
            self.pages.try_update(|pages| {
                for (at, counts) in answered.counts {
                    if let Some(page) = pages.get_mut(at) {
                        page.counts = counts;
                    }
                }
            });
        }
        self.progress.try_set(answered.progress);
        self.undo.try_set(answered.undo);
        let waiting = self
            .pending
            .try_with_value(|pending| !pending.is_empty())
            .unwrap_or(false);
        if !waiting {
            self.save.try_set(Save::Saved(answered.saved_at));
        }
    }

    fn stand(self, plan: FormPlan) {
        let places = Places::new(plan.outline, plan.pages.len());
        self.places.try_set_value(places);
        self.pages.try_set(plan.pages);
    }

    /// Pages came or went: the page shown keeps its questions, whatever its number is now.
    fn follow(self, first: &str) {
        let now = self
            .places
            .try_with_value(|places| places.page_of(first))
            .flatten();
        if let Some(now) = now
            && self.at.try_get_untracked() != Some(now)
        {
            self.at.try_set(now);
        }
    }

    /// The first node of a page.
    pub fn first_of(self, at: usize) -> Option<String> {
        let first = |places: &Places| places.on(at).first().cloned();
        self.places.try_with_value(first).flatten()
    }

    /// The nodes of a page, as they are now.
    pub fn on_page(self, at: usize) -> Vec<NodeView> {
        let paths = self.places.with_value(|places| places.on(at).to_vec());
        let nodes = paths.iter().filter_map(|path| self.node(path));
        nodes.map(|node| node.get_untracked()).collect()
    }

    /// How a page stands, where there is such a page.
    pub fn counts(self, at: usize) -> Option<Counts> {
        let pages = self.pages.try_read_untracked()?;
        pages.get(at).map(|page| page.counts)
    }

    pub fn node(self, path: &str) -> Option<Signal<NodeView>> {
        self.nodes
            .with_value(|nodes| nodes.get(path).cloned())
            .map(Signal::from)
    }

    /// The next page after `at`, or the end.
    pub fn after(self, at: usize) -> usize {
        let pages = self.pages.read_untracked().len();
        if self.long.get_untracked() {
            pages
        } else {
            pages.min(at + 1)
        }
    }

    pub fn before(self, at: usize) -> Option<usize> {
        let pages = self.pages.read_untracked().len();
        if self.long.get_untracked() && at < pages {
            return None;
        }
        at.min(pages).checked_sub(1)
    }
}

/// Puts what the worker says of its nodes; `whole`: there are no others.
fn put_all(nodes: &mut HashMap<String, ArcRwSignal<NodeView>>, said: Vec<NodeView>, whole: bool) {
    if whole {
        let there: HashSet<&str> = said.iter().map(|node| node.path.as_str()).collect();
        nodes.retain(|path, _| there.contains(path.as_str()));
    }
    for node in said {
        match nodes.get(&node.path) {
            Some(known) => {
                if *known.read_untracked() != node {
                    known.set(node);
                }
            }
            None => drop(nodes.insert(node.path.clone(), ArcRwSignal::new(node))),
        }
    }
}
