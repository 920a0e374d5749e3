//! A new passphrase: five words drawn at random, or one's own, judged honestly.
//!
//! Words are drawn here, from a list of more than 2,048 that is fetched here only: on a new phone the notebook's worker is still
//! on its way. One's own is judged by zxcvbn, in a worker of its own, downloaded only when the person chooses that way; without
//! it (no network yet), length alone decides.

use std::time::Duration;

use js_sys::Uint32Array;
use leptos::{ev, leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use vigie_protocol::Strength;

use crate::{
    client,
    components::{
        field::{Field, Kind},
        icon::{icon, lu},
    },
    file,
    format::lower,
    i18n::{self, Key, door, fill, t},
};

const WORDS: usize = 5;
/// Powers of ten of guesses: below the first it is weak; from the second on it holds for years, from the third for centuries.
const WEAK: f64 = 8.0;
const ENOUGH: f64 = 12.0;
const PLENTY: f64 = 15.0;
/// Without a judge, at least this many letters.
const LONG: usize = 20;
const PAUSE: Duration = Duration::from_millis(250);

/// How many guesses a second a thief with good machines makes at Argon2id as we set it: about ten on each of 1,000 cores.
const GUESSES_PER_SECOND_LOG10: f64 = 4.0;

fn time_to_guess(strength: &Strength) -> String {
    let seconds = js_sys::Math::pow(10.0, strength.guesses_log10 - GUESSES_PER_SECOND_LOG10);
    let key = match seconds {
        s if s < 60.0 => door::GUESSED_AT_ONCE,
        s if s < 86_400.0 => door::GUESSED_HOURS,
        s if s < 2_678_400.0 => door::GUESSED_DAYS,
        s if s < 31_536_000.0 => door::GUESSED_MONTHS,
        s if s < 3_153_600_000.0 => door::GUESSED_YEARS,
        _ => door::GUESSED_CENTURIES,
    };
    fill(door::GUESSED, &[("time", t(key))])
}

/// Words of the list, a line each, at random, each as likely as any other; none without a list, or without chance.
fn pick(list: &str, mut random: impl FnMut() -> Option<u32>) -> Option<Vec<String>> {
    let list: Vec<&str> = list.lines().filter(|word| !word.is_empty()).collect();
    let size = u32::try_from(list.len()).ok().filter(|size| *size > 0)?;
    // Numbers beyond the last whole multiple are drawn again, or the first words would come more often.
    let fair = u32::MAX - u32::MAX % size;
    let mut words = Vec::new();
    while words.len() < WORDS {
        let drawn = random()?;
        if drawn < fair {
            words.extend(
                list.get((drawn % size) as usize)
                    .map(|word| (*word).to_owned()),
            );
        }
    }
    Some(words)
}

/// A number from the browser's generator.
fn random() -> Option<u32> {
    let number = Uint32Array::new_with_length(1);
    let crypto = window().crypto().ok()?;
    crypto
        .get_random_values_with_array_buffer_view(&number)
        .ok()?;
    Some(number.get_index(0))
}

#[component]
pub fn NewPassphrase(
    #[prop(into)] busy: Signal<bool>,
    #[prop(into)] act: String,
    #[prop(into)] on_choose: Callback<String>,
) -> impl IntoView {
    let own = RwSignal::new(false);
    let act = StoredValue::new(act);
    view! {
        <div class="segments" role="group" aria-label=t(door::PASSPHRASE_HOW)>
            <button type="button" class="segment" aria-pressed=move || (!own.get()).to_string() on:click=move |_| own.set(false)>{t(door::FIVE_WORDS)}</button>
            <button type="button" class="segment" aria-pressed=move || own.get().to_string() on:click=move |_| own.set(true)>{t(door::ONES_OWN)}</button>
        </div>
        {move || if own.get() {
            view! { <OnesOwn busy act=act.get_value() on_choose/> }.into_any()
        } else {
            view! { <FiveWords busy act=act.get_value() on_choose/> }.into_any()
        }}
    }
    .into_any()
}

#[component]
fn FiveWords(busy: Signal<bool>, act: String, on_choose: Callback<String>) -> impl IntoView {
    let words = RwSignal::new(None::<Vec<String>>);
    let missing = RwSignal::new(false);
    let noted = RwSignal::new(false);
    // The word that is asked back, from 1, and what is written for it.
    let which = RwSignal::new(1);
    let back = RwSignal::new(String::new());
    let wrong = RwSignal::new(None::<Key>);
    let note = move |event: ev::Event| {
        let number = js_sys::Math::random() * WORDS as f64;
        which.set(1 + (number as usize).min(WORDS - 1));
        back.set(String::new());
        wrong.set(None);
        noted.set(event_target_checked(&event));
    };
    let draw = move || {
        noted.set(false);
        wrong.set(None);
        spawn_local(async move {
            missing.set(false);
            let list = format!("/words/{}.txt", i18n::spoken().passphrases);
            let list = file::fetch(&list).await.unwrap_or_default();
            match pick(&list, random) {
                Some(picked) => words.set(Some(picked)),
                None => missing.set(true),
            }
        });
    };
    draw();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let words = words.get_untracked().filter(|_| !busy.get_untracked());
        let Some(words) = words else { return };
        let asked = words.get(which.get_untracked() - 1);
        let said = lower(back.get_untracked().trim());
        if !noted.get_untracked() {
            wrong.set(Some(door::NOTE_FIRST));
        } else if asked.is_none_or(|asked| *asked != said) {
            wrong.set(Some(door::NOT_THAT_WORD));
        } else {
            on_choose.run(words.join(" "));
        }
    };
    let error = Signal::derive(move || wrong.get().map(|why| t(why).to_owned()));
    view! {
        <form class="stack" autocomplete="off" on:submit=submit>
            // Put away while one of them is asked back: what is on paper is what counts.
            <div class="words" aria-live="polite" hidden=noted>
                {move || words.get().map(|words| words.into_iter().map(|word| view! { <span class="word" translate="no">{word}" "</span> }).collect_view())}
                <p class="field__error" hidden=move || !missing.get()>{t(door::NO_WORDS)}</p>
            </div>
            <button type="button" class="button button--plain" disabled=busy on:click=move |_| draw()>{icon(lu::LuRefreshCw)}{t(door::OTHER_WORDS)}</button>
            <label class="choice">
                <input type="checkbox" prop:checked=noted disabled=move || words.read().is_none() on:change=note/>
                <span>{t(door::NOTED)}</span>
            </label>
            {move || if noted.get() {
                let label = fill(door::WHICH_WORD, &[("n", &which.get().to_string())]);
                view! { <Field id="word-back" kind=Kind::Word label hint=t(door::WHICH_WORD_HINT) value=back on_input=move |said| { wrong.set(None); back.set(said) } error/> }.into_any()
            } else {
                view! { <p class="field__error" role="alert" hidden=move || wrong.read().is_none()>{move || error.get()}</p> }.into_any()
            }}
            <button type="submit" class="button button--main button--wide" disabled=busy>
                {icon(lu::LuLock)}{move || if busy.get() { t(door::CREATING).to_owned() } else { act.clone() }}
            </button>
        </form>
    }
    .into_any()
}

#[component]
fn OnesOwn(busy: Signal<bool>, act: String, on_choose: Callback<String>) -> impl IntoView {
    let first = RwSignal::new(String::new());
    let second = RwSignal::new(String::new());
    let strength = RwSignal::new(None::<Strength>);
    let no_judge = RwSignal::new(false);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let judge = move || {
        let typed = first.get_untracked();
        if typed.is_empty() {
            strength.set(None);
            return;
        }
        spawn_local(async move {
            match client::judge(typed.clone()).await {
                // A slow answer about what is no longer typed says nothing.
                Ok(answer) => {
                    if Some(&typed) == first.try_get_untracked().as_ref() {
                        strength.set(Some(answer));
                    }
                }
                Err(_) => drop(no_judge.try_set(true)),
            }
        });
    };
    let typed = move |value: String| {
        first.set(value);
        strength.set(None);
        if let Some(timer) = timer.get_value() {
            timer.clear();
        }
        timer.set_value(set_timeout_with_handle(judge, PAUSE).ok());
    };
    on_cleanup(move || {
        if let Some(timer) = timer.get_value() {
            timer.clear();
        }
    });
    let strong = Memo::new(move |_| match strength.read().as_ref() {
        Some(answer) => answer.guesses_log10 >= ENOUGH,
        None => no_judge.get() && first.read().chars().count() >= LONG,
    });
    // Somebody tried to go on: what is missing is said.
    let tried = RwSignal::new(false);
    let weak = Signal::derive(move || {
        (tried.get() && !strong.get()).then(|| {
            t(if first.read().is_empty() {
                door::OWN_MISSING
            } else {
                door::OWN_TOO_WEAK
            })
            .to_owned()
        })
    });
    let differs = Signal::derive(move || {
        let is_due = tried.get() || !second.read().is_empty();
        (is_due && *first.read() != *second.read()).then(|| t(door::DIFFERENT).to_owned())
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let is_alike = first.get_untracked() == second.get_untracked();
        if strong.get_untracked() && is_alike && !busy.get_untracked() {
            on_choose.run(first.get_untracked());
        }
    };
    let meter = move || {
        strength.get().map(|answer| {
            let (class, word) = match answer.guesses_log10 {
                power if power < WEAK => ("strength strength--weak", door::WEAK),
                power if power < ENOUGH => ("strength strength--weak", door::NOT_ENOUGH),
                power if power < PLENTY => ("strength strength--good", door::GOOD),
                _ => ("strength strength--good", door::VERY_GOOD),
            };
            view! {
                <div class=class>
                    <meter min="0" max="15" low="8" high="12" optimum="15" value=format!("{:.1}", answer.guesses_log10.min(PLENTY)) aria-label=t(door::STRENGTH)></meter>
                    <p><strong>{t(word)}</strong>" "{time_to_guess(&answer)}</p>
                </div>
            }
        })
    };
    view! {
        <form class="stack" on:submit=submit>
            <Field id="passphrase-1" kind=Kind::NewPassphrase label=t(door::OWN) hint=t(door::OWN_HINT) value=first on_input=typed error=weak/>
            <div role="status">
                {meter}
                <p class="quiet" hidden=move || !no_judge.get()>{fill(door::NO_JUDGE, &[("n", &LONG.to_string())])}</p>
            </div>
            <Field id="passphrase-2" kind=Kind::NewPassphrase label=t(door::OWN_AGAIN) value=second on_input=move |value| second.set(value) error=differs/>
            <button type="submit" class="button button--main button--wide" disabled=busy>
                {icon(lu::LuLock)}{move || if busy.get() { t(door::CREATING).to_owned() } else { act.clone() }}
            </button>
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_drawn_from_the_whole_list_and_none_more_often_than_another() {
        let list: String = (0..7776).map(|n| format!("mot{n}\n")).collect();
        let whole = u32::MAX - u32::MAX % 7776;
        let mut drawn = [0, whole, u32::MAX, 7775, 7776, 7777 * 2, whole - 1].into_iter();
        let words = pick(&list, || drawn.next());
        assert_eq!(
            words.as_deref(),
            Some(
                ["mot0", "mot7775", "mot0", "mot2", "mot7775"]
                    .map(str::to_owned)
                    .as_slice()
            )
        );
    }

    #[test]
    fn without_a_list_or_chance_there_are_no_words() {
        assert_eq!(pick("", || Some(1)), None);
        assert_eq!(pick("\n\n", || Some(1)), None);
        let mut drawn = [1, 2].into_iter();
        assert_eq!(pick("un\ndeux\n", || drawn.next()), None);
    }
}
