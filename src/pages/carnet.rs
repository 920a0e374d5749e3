//! The notebook: entries by day, newest first, drafts on top; search and filters; what to add.

use std::{cell::RefCell, time::Duration};

use leptos::{ev, leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use vigie_model::{
    RecordId,
    kinds::{KINDS, List, Listed},
};
use vigie_protocol::{EntryState, Failure, Filter, ListEntries, Summary};
use wasm_bindgen::JsCast;

use super::{
    problems::Missing,
    sending::{closed_by_office, removed_from},
};
use crate::{
    client::Turn,
    components::{
        add::Add,
        choose::Pick,
        entry::entry_line,
        field::{Field, Kind},
        frame::{Frame, Tab},
        icon::{icon, lu},
        notice::{Notice, Tone},
        state_word,
        strip::Strip,
    },
    format,
    i18n::{carnet, common, count, envoi, fill, t},
    route::Route,
    state::use_state,
    words::{code_label, kind_names},
};

const PAGE: usize = 50;
/// Within this many pixels of the end, the next entries are fetched.
const NEAR_END: f64 = 1_200.0;

/// Entries of a filter, page after page, kept fresh.
#[derive(Clone, Copy)]
pub struct Listing {
    pub filter: RwSignal<Filter>,
    pub entries: RwSignal<Vec<Summary>>,
    pub total: RwSignal<Option<usize>>,
    pub complete: RwSignal<bool>,
    pub failed: RwSignal<Option<Failure>>,
    turn: Turn,
    busy: StoredValue<bool>,
    /// Something changed while the list was being read.
    again: StoredValue<bool>,
}

impl Listing {
    pub fn new(filter: Filter, changes: RwSignal<u32>) -> Listing {
        let listing = Listing {
            filter: RwSignal::new(filter),
            entries: RwSignal::new(Vec::new()),
            total: RwSignal::new(None),
            complete: RwSignal::new(true),
            failed: RwSignal::new(None),
            turn: Turn::new(),
            busy: StoredValue::new(false),
            again: StoredValue::new(false),
        };
        Effect::new(move |_| {
            listing.filter.track();
            listing.read(0, PAGE);
        });
        Effect::new(move |before: Option<u32>| {
            let now = changes.get();
            if before.is_some_and(|before| before != now) {
                listing.refresh();
            }
            now
        });
        let scrolled = window_event_listener(ev::scroll, move |_| listing.more_if_near_end());
        on_cleanup(move || scrolled.remove());
        listing
    }

    /// Reads again all that is shown.
    pub fn refresh(self) {
        let shown = self.entries.read_untracked().len().max(PAGE);
        self.read(0, shown);
    }

    fn more_if_near_end(self) {
        let shown = self.entries.read_untracked().len();
        let all = self.total.get_untracked().unwrap_or(0);
        let height = document()
            .document_element()
            .map_or(0.0, |root| f64::from(root.scroll_height()));
        let seen = window().scroll_y().unwrap_or(0.0)
            + window()
                .inner_height()
                .ok()
                .and_then(|h| h.as_f64())
                .unwrap_or(0.0);
        if shown < all && !self.busy.get_value() && height - seen < NEAR_END {
            self.read(shown, PAGE);
        }
    }

    fn read(self, offset: usize, limit: usize) {
        if self.busy.get_value() {
            self.again.set_value(true);
            return;
        }
        self.busy.set_value(true);
        let filter = self.filter.get_untracked();
        let asked = self.turn.ask(ListEntries {
            filter,
            offset,
            limit,
        });
        spawn_local(async move {
            let Some(answer) = asked.await else { return };
            self.busy.set_value(false);
            // What is shown changed meanwhile, and is read again.
            if self.again.get_value() {
                self.again.set_value(false);
                return self.refresh();
            }
            match answer {
                Ok(page) => {
                    self.failed.set(None);
                    self.total.set(Some(page.total));
                    self.complete.set(page.complete);
                    self.entries.update(|entries| {
                        entries.truncate(offset);
                        entries.extend(page.entries);
                    });
                }
                Err(failure) => self.failed.set(Some(failure)),
            }
        });
    }
}

/// The heading an entry stands under: drafts first, then its day.
fn day(entry: &Summary) -> String {
    if entry.state == EntryState::Draft {
        return String::new();
    }
    match entry.at.get(..10) {
        Some(day) => day.to_owned(),
        None => format::day_of(entry.created),
    }
}

/// Runs of entries under one heading, in the order given.
fn days(entries: &[Summary]) -> Vec<(String, Vec<Summary>)> {
    let mut days: Vec<(String, Vec<Summary>)> = Vec::new();
    for entry in entries {
        let of = day(entry);
        match days.last_mut() {
            Some((last, entries)) if *last == of => entries.push(entry.clone()),
            _ => days.push((of, vec![entry.clone()])),
        }
    }
    days
}

thread_local! {
    /// What was searched and where one was, for "back".
    static LEFT: RefCell<Filter> = RefCell::new(Filter::default());
}

/// A locked notebook remembers no search.
pub fn forget() {
    LEFT.take();
}

#[component]
pub fn Carnet() -> impl IntoView {
    let state = use_state();
    let listing = Listing::new(LEFT.take(), state.changes);
    let filter = listing.filter;
    on_cleanup(move || {
        if let Some(filter) = filter.try_get_untracked() {
            LEFT.set(filter);
        }
    });
    let searching = RwSignal::new(!filter.read_untracked().search.is_empty());
    let adding = RwSignal::new(false);
    let title = Memo::new(move |_| {
        match state
            .status
            .read()
            .as_ref()
            .and_then(|status| status.mission.as_ref())
        {
            Some(mission) if !mission.trial => mission.name.clone(),
            _ => t(carnet::TRIAL).to_owned(),
        }
    });
    let closed = move || closed_by_office(state.status.read().as_ref());
    let days = Memo::new(move |_| days(&listing.entries.read()));
    let nothing = move || listing.total.get() == Some(0) && listing.complete.get();
    let filtered = move || *filter.read() != Filter::default();
    let actions = view! {
        <button type="button" class="button button--plain" aria-label=t(carnet::SEARCH) aria-expanded=move || searching.get().to_string()
            on:click=move |_| searching.update(|open| *open = !*open)>{icon(lu::LuSearch)}</button>
        <button type="button" class="button button--plain" aria-label=t(common::LOCK) on:click=move |_| state.lock()>{icon(lu::LuLock)}</button>
    };
    view! {
        <Frame tab=Tab::Carnet title=title private=true actions=Some(actions.into_any())
            under=Some(view! { <Strip counts=state.counts/> }.into_any())
            over=Some(view! { <Show when=move || closed().is_none()><Add open=adding kinds=&[Listed::Carnet, Listed::Directory]/></Show> }.into_any())>
            <Show when=move || searching.get()>
                <Filters filter/>
            </Show>
            <Missing failed=listing.failed/>
            <Show when=move || state.status.read().as_ref().is_some_and(|status| status.enrolment_pending)>
                <Notice tone=Tone::Here strong=t(carnet::PENDING).to_owned() text=t(carnet::PENDING_MORE).to_owned()/>
            </Show>
            {move || removed_from(state.status.read().as_ref()).map(|mission| view! {
                <Notice tone=Tone::Loss strong=fill(envoi::REVOKED, &[("mission", &mission)]) text=t(envoi::REVOKED_MORE).to_owned()>
                    <a class="button" href=Route::Sending.href()>{t(envoi::SEE)}</a>
                </Notice>
            })}
            {move || closed().map(|mission| view! {
                <Notice tone=Tone::Plain strong=fill(carnet::CLOSED, &[("mission", &mission)]) text=t(carnet::CLOSED_MORE).to_owned()/>
            })}
            <p class="visually-hidden" role="status">
                {move || listing.total.get().filter(|_| filtered()).map(|n| count(n, carnet::N_FOUND))}
            </p>
            <For each=move || days.get() key=|day| day.clone_key() let:day>
                <section class="day">
                    <h2>{if day.0.is_empty() { t(carnet::DRAFTS).to_owned() } else { format::day_title(&day.0) }}</h2>
                    <ul class="entries">{day.1.iter().map(|entry| {
                        let rec = entry.rec;
                        view! { <li hidden=move || state.dropping.get().is_some_and(|dropping| dropping.rec == rec && !dropping.is_correction)>{entry_line(entry)}</li> }
                    }).collect_view()}</ul>
                </section>
            </For>
            {move || nothing().then(|| if filtered() {
                view! { <p class="empty">{t(carnet::NOTHING_FOUND)}</p> }.into_any()
            } else if closed().is_some() {
                ().into_any()
            } else {
                view! {
                    <div class="empty">
                        <p>{t(carnet::EMPTY)}</p>
                        <button type="button" class="button button--main" on:click=move |_| adding.set(true)>{icon(lu::LuPlus)}{t(carnet::ADD_FIRST)}</button>
                    </div>
                }
                .into_any()
            })}
            <Show when=move || !listing.complete.get()><p class="quiet" role="status">{t(carnet::OPENING_OLDER)}</p></Show>
        </Frame>
    }
    .into_any()
}

/// What tells one drawing of a day from the next.
trait DayKey {
    fn clone_key(&self) -> (String, Vec<(RecordId, i64, EntryState, bool)>);
}

impl DayKey for (String, Vec<Summary>) {
    fn clone_key(&self) -> (String, Vec<(RecordId, i64, EntryState, bool)>) {
        let entries = self
            .1
            .iter()
            .map(|entry| (entry.rec, entry.updated, entry.state, entry.conflict))
            .collect();
        (self.0.clone(), entries)
    }
}

/// Search and filters.
#[component]
fn Filters(filter: RwSignal<Filter>) -> impl IntoView {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let typed = RwSignal::new(filter.read_untracked().search.clone());
    let search = move |text: String| {
        typed.set(text);
        if let Some(timer) = timer.get_value() {
            timer.clear();
        }
        let look = move || filter.update(|filter| filter.search = typed.get_untracked());
        timer.set_value(set_timeout_with_handle(look, Duration::from_millis(80)).ok());
    };
    let kinds = KINDS.iter().filter(|of| of.listed != Listed::Nowhere);
    let states = [
        EntryState::Draft,
        EntryState::Here,
        EntryState::Going,
        EntryState::Stored,
        EntryState::Received,
        EntryState::Refused,
        EntryState::Team,
    ];
    // Where nothing of others ever came, there is nothing to look for.
    let has_team = use_state().counts.read_untracked().team > 0;
    let states = states
        .into_iter()
        .filter(|state| *state != EntryState::Team || has_team);
    let chip = move |pressed: Signal<bool>, label: &'static str, toggle: Callback<()>| {
        view! {
            <button type="button" class="chip" aria-pressed=move || pressed.get().to_string() on:click=move |_| toggle.run(())>{label}</button>
        }
        .into_any()
    };
    let kind_chips = kinds
        .map(|of| {
            let pressed = Signal::derive(move || filter.read().kinds.contains(&of.kind));
            let toggle = Callback::new(move |()| {
                filter.update(|filter| flip(&mut filter.kinds, of.kind.clone()))
            });
            chip(pressed, kind_names(of.kind.as_str()), toggle)
        })
        .collect_view();
    let state_chips = states
        .map(|state| {
            let pressed = Signal::derive(move || filter.read().states.contains(&state));
            let toggle =
                Callback::new(move |()| filter.update(|filter| flip(&mut filter.states, state)));
            chip(pressed, t(state_word::signs(state).2), toggle)
        })
        .collect_view();
    let more = [
        chip(
            Signal::derive(move || filter.read().conflicts_only),
            t(common::STATE_CONFLICT),
            Callback::new(move |()| {
                filter.update(|filter| filter.conflicts_only = !filter.conflicts_only)
            }),
        ),
        chip(
            Signal::derive(move || filter.read().deleted),
            t(carnet::DELETED_ONES),
            Callback::new(move |()| filter.update(|filter| filter.deleted = !filter.deleted)),
        ),
    ];
    let themes = List::Themes.codes().into_iter();
    let themes = themes
        .map(|code| (code.to_owned(), code_label(List::Themes, code)))
        .collect();
    // Open from the start when one of them is in force.
    let folded_open = {
        let filter = filter.read_untracked();
        filter.deleted
            || filter.conflicts_only
            || !filter.states.is_empty()
            || !filter.themes.is_empty()
            || filter.from.is_some()
            || filter.to.is_some()
    };
    request_animation_frame(|| {
        if let Some(search) = document()
            .get_element_by_id("search")
            .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok())
        {
            drop(search.focus());
        }
    });
    let some = |text: String| (!text.is_empty()).then_some(text);
    view! {
        <section class="filters" aria-label=t(carnet::FILTERS)>
            <Field id="search" kind=Kind::Search label=t(carnet::SEARCH) show_label=false value=typed on_input=search/>
            <div class="chips" role="group" aria-label=t(carnet::FILTER_KIND)>{kind_chips}</div>
            <details class="filters__more" open=folded_open><summary>{icon(lu::LuSlidersHorizontal)}{t(carnet::MORE_FILTERS)}</summary><div class="filters">
            <div class="chips" role="group" aria-label=t(carnet::FILTER_STATE)>{state_chips}{more.into_iter().collect_view()}</div>
            <Pick id="theme" label=t(carnet::FILTER_THEME) none=t(carnet::ALL_THEMES) options=themes
                value=Signal::derive(move || filter.read().themes.first().cloned().unwrap_or_default())
                on_choose=move |theme: String| filter.update(|filter| filter.themes = some(theme).into_iter().collect())/>
            <div class="pair">
                <Field id="from" kind=Kind::Date label=t(carnet::FROM) value=Signal::derive(move || filter.read().from.clone().unwrap_or_default())
                    on_input=move |day: String| filter.update(|filter| filter.from = some(day))/>
                <Field id="to" kind=Kind::Date label=t(carnet::TO) value=Signal::derive(move || filter.read().to.clone().unwrap_or_default())
                    on_input=move |day: String| filter.update(|filter| filter.to = some(day))/>
            </div>
            </div></details>
            <Show when=move || *filter.read() != Filter::default()>
                <button type="button" class="button button--plain" on:click=move |_| { typed.set(String::new()); filter.set(Filter::default()) }>
                    {icon(lu::LuX)}{t(carnet::CLEAR)}
                </button>
            </Show>
        </section>
    }
    .into_any()
}

/// Puts in what is not in, takes out what is.
fn flip<T: PartialEq>(list: &mut Vec<T>, item: T) {
    match list.iter().position(|known| *known == item) {
        Some(at) => drop(list.remove(at)),
        None => list.push(item),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flipping_twice_changes_nothing() {
        let mut list = vec![1, 2];
        flip(&mut list, 3);
        flip(&mut list, 1);
        assert_eq!(list, [2, 3]);
        flip(&mut list, 3);
        assert_eq!(list, [2]);
    }
}
