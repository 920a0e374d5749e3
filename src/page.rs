//! What the page itself feels: touches, hiding, the network, a newer version waiting, the browser's offer to install.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    time::Duration,
};

use futures::{FutureExt, channel::oneshot, future::LocalBoxFuture};
use js_sys::{Array, Function, Promise, Reflect};
use leptos::{ev, prelude::*, task::spawn_local};
#[cfg(not(any(feature = "desk", feature = "partner")))]
use vigie_protocol::DATABASE;
use vigie_protocol::{Awake, Nudge};
#[cfg(not(feature = "partner"))]
use vigie_protocol::{Lock, Phase, Status};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    MessageChannel, MessageEvent, RegistrationOptions, ServiceWorker, ServiceWorkerContainer,
    ServiceWorkerRegistration, ServiceWorkerState,
};

use crate::{client, format, i18n, state::State};

/// A touch is told to the worker at most this often: it only puts auto-lock off.
const TOUCH_MS: i64 = 20_000;
/// A service worker that says nothing is not waited for longer than this.
const ANSWER: Duration = Duration::from_secs(5);
/// A tab that gave way asks again only after the one that asked has had the time to take its place.
#[cfg(not(feature = "partner"))]
const IN_LINE: Duration = Duration::from_secs(5);

thread_local! {
    static TOUCHED: Cell<i64> = const { Cell::new(0) };
    /// The browser's offer to install, kept until the person asks for it.
    static OFFER: RefCell<Option<JsValue>> = const { RefCell::new(None) };
    static REGISTRATION: RefCell<Option<ServiceWorkerRegistration>> = const { RefCell::new(None) };
    /// What is typed on the page, and how to keep it.
    static KEEPS: RefCell<BTreeMap<u32, Keep>> = const { RefCell::new(BTreeMap::new()) };
}

/// Watches from now on, for the life of the page.
pub fn watch(state: State) {
    for event in ["pointerdown", "keydown"] {
        let _ = window_event_listener_untyped(event, move |_| {
            let now = format::now();
            if now - TOUCHED.get() > TOUCH_MS {
                TOUCHED.set(now);
                client::tell(Awake);
            }
        });
    }
    let _ = window_event_listener(ev::online, move |_| {
        state.online.set(true);
        client::tell(Nudge);
    });
    let _ = window_event_listener(ev::offline, move |_| state.online.set(false));
    let _ = window_event_listener(ev::focus, move |_| client::tell(Nudge));
    let _ = window_event_listener_untyped("beforeinstallprompt", |event| {
        event.prevent_default();
        OFFER.set(Some(event.into()));
    });
    let _ = window_event_listener_untyped("appinstalled", |_| OFFER.set(None));
    #[cfg(not(feature = "partner"))]
    spawn_local(serve_offline(state));
    // The words spoken now, and those of each language spoken later: they may have been fetched before there was somebody to
    // keep them.
    Effect::new(|_| {
        let files = i18n::files();
        if let Some(container) = container() {
            spawn_local(keep(container, files));
        }
    });
}

/// Keeps what is typed on a page; true once it is kept.
type Keep = Rc<dyn Fn() -> LocalBoxFuture<'static, bool>>;

/// Keeps what is typed each time the page hides or is about to go, and before another tab takes its place ([`keep_all`]).
pub fn on_hide<F: Future<Output = bool> + 'static>(keep: impl Fn() -> F + 'static) {
    let keep: Keep = Rc::new(move || keep().boxed_local());
    let now = {
        let keep = Rc::clone(&keep);
        move || {
            let kept = keep();
            spawn_local(async move {
                kept.await;
            });
        }
    };
    let hidden = now.clone();
    let visibility = window_event_listener_untyped("visibilitychange", move |_| {
        if document().hidden() {
            hidden();
        }
    });
    let leaving = window_event_listener_untyped("pagehide", move |_| now());
    let id = KEEPS.with_borrow_mut(|keeps| {
        let id = keeps.keys().last().map_or(0, |last| last + 1);
        keeps.insert(id, keep);
        id
    });
    on_cleanup(move || {
        visibility.remove();
        leaving.remove();
        KEEPS.with_borrow_mut(|keeps| keeps.remove(&id));
    });
}

/// Keeps all that is typed on this page; true when nothing of it stayed unkept.
async fn keep_all() -> bool {
    let keeps: Vec<Keep> = KEEPS.with_borrow(|keeps| keeps.values().cloned().collect());
    let mut all = true;
    for keep in keeps {
        all &= keep().await;
    }
    all
}

/// Another tab asks for the notebook: once all that is typed here is kept, this one lets go of it, and waits in its turn.
/// What can't be kept stays on the screen, and this tab with it.
#[cfg(not(feature = "partner"))]
pub fn give_way(state: State) {
    spawn_local(async move {
        let phase = state.status.read_untracked().as_ref().map(|now| now.phase);
        let is_open = matches!(
            phase,
            Some(Phase::Open | Phase::Office | Phase::OfficeUnproven)
        );
        if is_open {
            state.drop_for_good();
            if !keep_all().await || client::ask(Lock).await.is_err() {
                return;
            }
        }
        client::let_go();
        state.take(Status::elsewhere());
        set_timeout(client::restart, IN_LINE);
    });
}

/// Whether the browser offers to install the app.
pub fn may_install() -> bool {
    OFFER.with(|offer| offer.borrow().is_some())
}

/// Whether the app runs in its own window already.
pub fn installed() -> bool {
    window()
        .match_media("(display-mode: standalone)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches())
}

/// Shows the browser's offer.
pub fn install() {
    if let Some(offer) = OFFER.take()
        && let Ok(prompt) = Reflect::get(&offer, &JsValue::from_str("prompt"))
        && let Some(prompt) = prompt.dyn_ref::<Function>()
    {
        drop(prompt.call0(&offer));
    }
}

/// Absent in a page that isn't served securely.
fn container() -> Option<ServiceWorkerContainer> {
    let navigator = window().navigator();
    Reflect::get(&navigator, &JsValue::from_str("serviceWorker"))
        .ok()?
        .dyn_into()
        .ok()
}

/// A partner's page has a service worker of its own, for its own few files.
fn register(container: &ServiceWorkerContainer) -> Promise {
    if cfg!(feature = "partner") {
        let options = RegistrationOptions::new();
        options.set_scope("/q");
        container.register_with_options("/q-sw.js", &options)
    } else {
        container.register("/sw.js")
    }
}

/// Registers the service worker, and says when a newer version waits.
pub async fn serve_offline(state: State) {
    let Some(container) = container() else { return };
    let Ok(registered) = JsFuture::from(register(&container)).await else {
        return;
    };
    let registration: ServiceWorkerRegistration = registered.unchecked_into();
    if registration.waiting().is_some() && container.controller().is_some() {
        state.update.set(true);
    }
    let found = {
        let (registration, container) = (registration.clone(), container.clone());
        Closure::<dyn FnMut()>::new(move || {
            let Some(coming) = registration.installing() else {
                return;
            };
            let (watched, container) = (coming.clone(), container.clone());
            let changed = Closure::<dyn FnMut()>::new(move || {
                if watched.state() == ServiceWorkerState::Installed
                    && container.controller().is_some()
                {
                    state.update.set(true);
                }
            });
            coming.set_onstatechange(Some(changed.as_ref().unchecked_ref()));
            changed.forget();
        })
    };
    registration.set_onupdatefound(Some(found.as_ref().unchecked_ref()));
    found.forget();
    REGISTRATION.set(Some(registration));
    // One that the browser put in place by itself, and that nobody agreed to yet.
    if versions().await.offered.is_some() {
        state.update.set(true);
    }
}

/// Has the browser send what waits once there is a network, this page open or not; whether it can: Chromium does (Background Sync).
#[cfg(feature = "partner")]
pub async fn send_later() -> bool {
    let register = async || {
        let ready = JsFuture::from(container()?.ready().ok()?).await.ok()?;
        let sync = Reflect::get(&ready, &JsValue::from_str("sync")).ok()?;
        let register: Function = Reflect::get(&sync, &JsValue::from_str("register"))
            .ok()?
            .dyn_into()
            .ok()?;
        let registered: Promise = register
            .call1(&sync, &JsValue::from_str("send"))
            .ok()?
            .dyn_into()
            .ok()?;
        JsFuture::from(registered).await.ok()
    };
    register().await.is_some()
}

/// What shows and reads moving codes serves where there is no network: it is fetched while there is one.
pub fn keep_codes() {
    let files = ["_loader.js", ".js", "_bg.wasm"].map(|part| format!("/vigie-codes{part}"));
    if let Some(container) = container() {
        spawn_local(keep(container, files.to_vec()));
    }
}

/// Has files of the app kept for offline, once there is somebody to keep them.
async fn keep(container: ServiceWorkerContainer, files: Vec<String>) {
    let Ok(ready) = container.ready() else { return };
    let Ok(ready) = JsFuture::from(ready).await else {
        return;
    };
    let registration: ServiceWorkerRegistration = ready.unchecked_into();
    if let Some(worker) = registration.active() {
        let paths: Array = files.iter().map(|path| JsValue::from_str(path)).collect();
        let message = message("keep");
        drop(Reflect::set(&message, &JsValue::from_str("paths"), &paths));
        drop(worker.post_message(&message));
    }
}

/// The version that this page is of, and the one that waits for the person's word: each a short hash of all its files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Versions {
    pub served: Option<String>,
    pub offered: Option<String>,
}

pub async fn versions() -> Versions {
    let Some(container) = container() else {
        return Versions::default();
    };
    let (served, own) = match container.controller() {
        Some(worker) => version_of(&worker).await,
        None => (None, None),
    };
    let newer = match waiting(&container).await {
        Some(worker) => version_of(&worker).await.1,
        None => own,
    };
    Versions {
        offered: newer.filter(|newer| served.as_ref().is_some_and(|served| served != newer)),
        served,
    }
}

/// What a service worker serves, and what it brings; none of a version that does not say.
async fn version_of(worker: &ServiceWorker) -> (Option<String>, Option<String>) {
    let nothing = (None, None);
    let Ok(channel) = MessageChannel::new() else {
        return nothing;
    };
    let (tell, said) = oneshot::channel();
    let tell = Rc::new(Cell::new(Some(tell)));
    let late = Rc::clone(&tell);
    let answer = move |said: JsValue| {
        if let Some(tell) = tell.take() {
            drop(tell.send(said));
        }
    };
    let heard = Closure::once_into_js(move |event: MessageEvent| answer(event.data()));
    channel.port1().set_onmessage(Some(heard.unchecked_ref()));
    set_timeout(move || drop(late.take()), ANSWER);
    let ports = Array::of1(&channel.port2());
    let asked = worker.post_message_with_transferable(&message("version"), &ports);
    if asked.is_err() {
        return nothing;
    }
    let Ok(said) = said.await else {
        return nothing;
    };
    let text = |name: &str| {
        Reflect::get(&said, &JsValue::from_str(name))
            .ok()
            .and_then(|value| value.as_string())
    };
    (text("served"), text("offered"))
}

fn message(kind: &str) -> JsValue {
    let message = js_sys::Object::new();
    let (name, kind) = (JsValue::from_str("type"), JsValue::from_str(kind));
    drop(Reflect::set(&message, &name, &kind));
    message.into()
}

/// A version that is whole here, and waits.
async fn waiting(container: &ServiceWorkerContainer) -> Option<ServiceWorker> {
    let found = JsFuture::from(container.get_registration()).await.ok()?;
    let registration: ServiceWorkerRegistration = found.dyn_into().ok()?;
    registration.waiting()
}

/// On a device that keeps no notebook yet, there is nothing that a newer version could read, and nobody to ask: the one that
/// the browser put in place is served from the next opening on. One that waits stays an offer.
pub async fn take_quietly(state: State) {
    let Some(container) = container() else { return };
    if waiting(&container).await.is_some() {
        return;
    }
    if let Some(here) = container.controller() {
        drop(here.post_message(&message("activate")));
        state.update.set(false);
    }
}

/// Takes the version that waits: the page starts again once that version is the one served.
pub fn update() {
    spawn_local(async {
        let Some(container) = container() else {
            return reload();
        };
        // One that waits takes over; one that is in place already says that it serves its own version now.
        let newer = waiting(&container).await;
        let Some(newer) = newer.or_else(|| container.controller()) else {
            return reload();
        };
        let taken = Closure::<dyn FnMut()>::new(reload).into_js_value();
        container.set_oncontrollerchange(Some(taken.unchecked_ref()));
        container.set_onmessage(Some(taken.unchecked_ref()));
        drop(newer.post_message(&message("activate")));
    });
}

/// The words could not be had: what `index.html` says of that, in several languages, and another try.
pub fn say_without_words() {
    if let Ok(Some(opening)) = document().query_selector("#ouverture [role=status]") {
        opening.remove();
    }
    if let Some(words) = document().get_element_by_id("sans-mots") {
        drop(words.remove_attribute("hidden"));
    }
    if let Some(again) = document().get_element_by_id("encore") {
        let again: web_sys::HtmlElement = again.unchecked_into();
        let start = Closure::<dyn FnMut()>::new(reload).into_js_value();
        again.set_onclick(Some(start.unchecked_ref()));
    }
}

pub fn reload() {
    drop(window().location().reload());
}

/// Removes the service worker and its caches, at the end of a wipe, then starts again.
pub async fn forget() {
    crate::prefs::forget();
    if let Ok(caches) = window().caches()
        && let Ok(names) = JsFuture::from(caches.keys()).await
    {
        for name in Array::from(&names)
            .iter()
            .filter_map(|name| name.as_string())
        {
            drop(JsFuture::from(caches.delete(&name)).await);
        }
    }
    if let Some(container) = container() {
        let all: Promise = container.get_registrations();
        if let Ok(all) = JsFuture::from(all).await {
            for one in Array::from(&all).iter() {
                let registration: ServiceWorkerRegistration = one.unchecked_into();
                if let Ok(gone) = registration.unregister() {
                    drop(JsFuture::from(gone).await);
                }
            }
        }
    }
    drop(window().location().replace("/"));
}

/// Whether nothing was ever kept here, as far as the browser tells: then there is no need to wait for the worker to say so.
#[cfg(not(any(feature = "desk", feature = "partner")))]
pub async fn is_untouched() -> bool {
    let databases = async {
        let of = |of: &JsValue, name: &str| Reflect::get(of, &JsValue::from_str(name)).ok();
        let factory = of(&window(), "indexedDB")?;
        let list: Function = of(&factory, "databases")?.dyn_into().ok()?;
        let listing: Promise = list.call0(&factory).ok()?.dyn_into().ok()?;
        let listed: Array = JsFuture::from(listing).await.ok()?.dyn_into().ok()?;
        Some(
            listed
                .iter()
                .any(|one| of(&one, "name").is_some_and(|name| name == *DATABASE)),
        )
    };
    databases.await == Some(false)
}

/// Asks the browser to keep the app's data; `None` when it can't be asked.
pub async fn ask_persistence() -> Option<bool> {
    let storage = Reflect::get(&window().navigator(), &JsValue::from_str("storage")).ok()?;
    let storage: web_sys::StorageManager = storage.dyn_into().ok()?;
    JsFuture::from(storage.persist().ok()?)
        .await
        .ok()?
        .as_bool()
}
