//! Someone who fills a questionnaire with the keyboard alone: Tab from stop to stop, answering what each stop asks.

use anyhow::{Context, Result, bail, ensure};
use thirtyfour::Key;
use vigie_e2e::Delegate;
use vigie_e2e::browser::Role;
use vigie_e2e::keyboard::{Focus, key};
use vigie_e2e::wait::until;
use vigie_e2e::words::plain;
use vigie_forms::{Control, NodeView};

use crate::answers::Answers;

/// More stops than any questionnaire needs.
const STOPS: usize = 4000;
/// How often a page is gone round again for a question that had not come yet.
const ROUNDS: usize = 5;

/// What became of a stop.
enum Then {
    Stay,
    Finished,
}

/// Fills a questionnaire from the notebook to its end.
pub async fn fill(person: &Delegate, answers: &mut Answers) -> Result<()> {
    let Delegate { browser, words, .. } = person;
    browser.enter(words.say("carnet.add")).await?;
    browser.enter(words.say("kinds.response_add")).await?;
    browser.see(answers.title()).await?;
    browser.enter(answers.title()).await?;
    browser.find(Role::Button, words.say("form.next")).await?;
    let opening = answers.opening();
    until("the first page", async || {
        let shown = plain(&browser.focus().await?.text);
        Ok(shown.contains(&opening).then_some(()))
    })
    .await?;
    let mut rounds = 0;
    for _ in 0..STOPS {
        let focus = browser.tab().await?;
        match stop(person, answers, &focus, &mut rounds).await {
            Ok(Then::Stay) => {}
            Ok(Then::Finished) => {
                let missed = answers.never_met();
                ensure!(missed.is_empty(), "never asked: {missed:?}");
                return Ok(());
            }
            Err(error) => bail!(
                "{error:#}\nat {} «{}» of:\n{}",
                focus.role,
                focus.name,
                focus.text
            ),
        }
    }
    let focus = browser.focus().await?;
    bail!("no end of:\n{}", focus.text)
}

async fn stop(
    person: &Delegate,
    answers: &mut Answers,
    focus: &Focus,
    rounds: &mut usize,
) -> Result<Then> {
    let Delegate { browser, words, .. } = person;
    if focus.is("button", words.say("form.next")) {
        if *rounds < ROUNDS && answers.unmet(&focus.headings).is_some() {
            *rounds += 1;
            return Ok(Then::Stay);
        }
        *rounds = 0;
        browser.keys(key(Key::Enter)).await?;
        answers.turn_page();
        until("the next page", async || {
            let now = browser.focus().await?;
            if let Some(alert) = now.alerts.first() {
                bail!("the page complains: {alert}");
            }
            // The new question takes the focus: until then, keys would go to the button.
            let turned = now.text != focus.text && now.is_placed && now.role != "button";
            Ok(turned.then_some(()))
        })
        .await?;
        return Ok(Then::Stay);
    }
    if focus.is("button", words.say("form.finish")) {
        browser.keys(key(Key::Enter)).await?;
        browser.see(words.say("form.finish_ask")).await?;
        let finish = words.say("form.finish");
        browser
            .tab_to(finish, |focus| {
                focus.in_dialog && focus.is("button", finish)
            })
            .await?;
        browser.keys(key(Key::Enter)).await?;
        browser.find(Role::Button, words.say("carnet.add")).await?;
        return Ok(Then::Finished);
    }
    if focus.is("button", words.say("form.add_row")) {
        if answers.add_row(&focus.headings)? {
            browser.keys(key(Key::Enter)).await?;
            until("another row", async || {
                Ok((browser.focus().await?.text != focus.text).then_some(()))
            })
            .await?;
            // It is opened as it is added: back to the list, for another one or to go on from there.
            while !browser.has(Role::Button, words.say("form.add_row")).await {
                let here = browser.focus().await?.text;
                browser.enter(words.say("common.back")).await?;
                until("the page before", async || {
                    let now = browser.focus().await?;
                    let turned = now.text != here && now.is_placed && now.role != "button";
                    Ok(turned.then_some(()))
                })
                .await?;
            }
        }
        return Ok(Then::Stay);
    }
    // What is chosen has a name of its own, and the question's around it.
    let is_choice = ["radio", "checkbox", "button"].contains(&focus.role.as_str());
    let own = Some(focus.name.clone()).filter(|_| !is_choice || focus.around.is_empty());
    let names: Vec<String> = own.into_iter().chain(focus.around.clone()).collect();
    let Some(question) = answers.question(&names) else {
        return Ok(Then::Stay);
    };
    answer(person, answers, focus, &question)
        .await
        .with_context(|| question.path.clone())?;
    Ok(Then::Stay)
}

/// Answers a question at one of its stops. Only checkboxes and ranks have several.
async fn answer(
    person: &Delegate,
    answers: &mut Answers,
    focus: &Focus,
    question: &NodeView,
) -> Result<()> {
    let Delegate { browser, words, .. } = person;
    let fits = match focus.role.as_str() {
        "radio" => question.control == Some(Control::SelectOne),
        "checkbox" => matches!(
            question.control,
            Some(Control::SelectMultiple | Control::Trigger)
        ),
        "listbox" => question.control == Some(Control::SelectOne),
        "slider" => question.control == Some(Control::Range),
        "file" => question.control == Some(Control::Upload),
        "button" => {
            let down = plain(&words.start("form.down"));
            question.control == Some(Control::Rank) && plain(&focus.name).starts_with(&down)
        }
        "textbox" | "date" | "month" | "time" => question.control == Some(Control::Input),
        _ => false,
    };
    let already = answers.is_given(question);
    if !fits || (already && focus.role != "checkbox") {
        return Ok(());
    }
    let value = answers.answer(question)?;
    match focus.role.as_str() {
        "radio" => {
            let (index, label) = choice(question, &value)?;
            let pressed = match index {
                0 => " ".to_owned(),
                further => key(Key::Down).repeat(further),
            };
            browser.keys(pressed).await?;
            chosen(person, &label).await
        }
        "checkbox" => {
            let wanted = if question.control == Some(Control::Trigger) {
                true
            } else {
                let mut chosen = value.split(' ').map(|code| choice(question, code));
                chosen.any(|one| one.is_ok_and(|(_, label)| plain(&label) == plain(&focus.name)))
            };
            if wanted != focus.checked {
                browser.keys(" ").await?;
            }
            Ok(())
        }
        "listbox" => {
            let (_, label) = choice(question, &value)?;
            let at = focus
                .options
                .iter()
                .position(|one| plain(one) == plain(&label));
            let at = at.with_context(|| format!("«{label}» is not in {:?}", focus.options))?;
            browser.keys(keys(Key::Home, Key::Down, at)).await?;
            chosen(person, &label).await
        }
        "slider" => {
            let number = |text: &str| text.parse::<f64>().unwrap_or_default();
            let step = question.parameters.scale.unwrap_or_default().step;
            let steps = ((number(&value) - number(&focus.least)) / step).round() as usize;
            browser.keys(keys(Key::Home, Key::Right, steps)).await
        }
        // The system's own window for files is not the page's: the driver stands in for it, as it does for a person.
        "file" => {
            let picture = vigie_e2e::root().join("public/icons/vigie-192.png");
            let picture = picture.to_str().context("a path that is not UTF-8")?;
            let field = browser.driver().active_element().await?;
            field.send_keys(picture).await?;
            Ok(())
        }
        "button" => browser.keys(key(Key::Enter)).await,
        "date" | "month" | "time" => type_moment(person, &focus.role, &value).await,
        _ => browser.keys(typed(question, &value)).await,
    }
}

/// Waits until the choice that reads `label` is the one chosen.
async fn chosen(person: &Delegate, label: &str) -> Result<()> {
    until(&format!("«{label}» to be chosen"), async || {
        let focus = person.browser.focus().await?;
        Ok((plain(&focus.chosen) == plain(label)).then_some(()))
    })
    .await
}

/// One key, then another so many times.
fn keys(first: Key, then: Key, times: usize) -> String {
    format!("{}{}", key(first), key(then).repeat(times))
}

/// Where a choice stands among those of its question, and how it reads.
fn choice(question: &NodeView, code: &str) -> Result<(usize, String)> {
    let at = question
        .choices
        .iter()
        .position(|choice| choice.value == code);
    let at = at.with_context(|| format!("{} has no choice {code}", question.path))?;
    let label = question
        .choices
        .get(at)
        .map(|choice| choice.label.text.clone());
    Ok((at, label.unwrap_or_default()))
}

/// The keys of a text or a number. What the field holds is selected when one comes to it by Tab.
fn typed(question: &NodeView, value: &str) -> String {
    if question.data_type == vigie_forms::DataType::Geopoint {
        let mut parts = value.split(' ');
        let (latitude, longitude) = (parts.next(), parts.next());
        return format!(
            "{}, {}",
            latitude.unwrap_or_default(),
            longitude.unwrap_or_default()
        );
    }
    value.to_owned()
}

/// A month is a name here, and no digit finds it: the year is typed, then the arrow goes from name to name.
async fn pick_month(person: &Delegate, year: &str, wanted: &str) -> Result<()> {
    let browser = &person.browser;
    browser
        .keys(format!(
            "{}{}{year}{}",
            key(Key::Left),
            key(Key::Right),
            key(Key::Left)
        ))
        .await?;
    for _ in 0..12 {
        browser.keys(key(Key::Up)).await?;
        if browser.focus().await?.value == wanted {
            return Ok(());
        }
    }
    bail!(
        "no arrow leads to {wanted}: «{}»",
        browser.focus().await?.value
    )
}

/// Types a date or a time, in the order that this browser asks its parts.
async fn type_moment(person: &Delegate, role: &str, value: &str) -> Result<()> {
    let parts: Vec<&str> = value.split(['-', ':']).collect();
    let orders: Vec<String> = match (role, parts.as_slice()) {
        ("month", [year, month, ..]) => {
            return pick_month(person, year, &format!("{year}-{month}")).await;
        }
        ("time", [hour, minute, ..]) => vec![format!("{hour}{minute}a")],
        (_, [year, month, day]) => vec![
            format!("{day}{month}{year}"),
            format!("{month}{day}{year}"),
            format!("{year}{month}{day}"),
        ],
        _ => bail!("{value} is no {role}"),
    };
    let length = match role {
        "time" => 5,
        _ => 10,
    };
    let wanted = value.get(..length).unwrap_or(value);
    for order in &orders {
        person
            .browser
            .keys(format!("{}{order}", key(Key::Left).repeat(4)))
            .await?;
        if person.browser.focus().await?.value == wanted {
            return Ok(());
        }
    }
    let shown = person.browser.focus().await?.value;
    bail!("{value} can't be typed: {orders:?} gives «{shown}»")
}
