//! What a person meets on the way: the first steps, the step back, a questionnaire in another language than the phone's, a
//! correction that is given up.

use std::path::PathBuf;

use anyhow::Result;
use vigie_e2e::browser::{PHONE, Role};
use vigie_e2e::people::{Answer, CommandLineOffice, Delegate};
use vigie_e2e::wait::until;
use vigie_e2e::{Browser, Kind, Profile, Server, Words};

const FORM: &str = "Évaluation d’une activité";
const FIRST: &str = "À quelle activité avez-vous participé ?";

fn workbook() -> PathBuf {
    vigie_e2e::root().join("forms/evaluation_activite.xlsx")
}

/// A delegate whose mission has the questionnaire.
async fn delegate(name: &str) -> Result<(Server, Delegate)> {
    let server = Server::start(name).await?;
    let office = CommandLineOffice::set_up(&server).await?;
    let link = office.mission_and_invite_with(&workbook(), "Tournée", "Ana")?;
    let ana = Delegate::join(Kind::Chromium, Profile::new(name)?, PHONE, "Ana", &link).await?;
    Ok((server, ana))
}

#[tokio::test]
async fn a_first_note_waits_for_nothing_that_comes_behind() -> Result<()> {
    let mut server = Server::start("phone-behind").await?;
    server.withhold(&["vigie-"]).await?;
    let ana = Delegate::alone_in(Browser::phone("phone-behind").await?, &server).await?;
    let (browser, words) = (&ana.browser, &ana.words);
    ana.note("Quai", "Deux conteneurs ouverts.", "Port").await?;
    ana.tab("common.tab_directory").await?;
    browser.see(words.say("form.late")).await?;
    // Its page is here, and what fills is not: whoever asks is told, and asks again.
    server.withhold(&["vigie-worker-"]).await?;
    browser.gone(words.say("form.late")).await?;
    ana.tab("common.tab_carnet").await?;
    browser.see("Quai").await?;
    ana.add("kinds.response_add").await?;
    browser.see(words.say("errors.absent")).await?;
    server.withhold(&[]).await?;
    ana.tab("common.tab_carnet").await?;
    ana.add("kinds.response_add").await?;
    browser.see(words.say("carnet.no_forms")).await?;
    ana.browser.close().await.map(drop)
}

/// The phone's own button back.
async fn step_back(browser: &Browser) -> Result<()> {
    browser
        .run("setTimeout(() => history.back())", vec![])
        .await
        .map(drop)
}

/// Waits until the focus is on something that says `text`.
async fn focus_comes_to(browser: &Browser, text: &str) -> Result<()> {
    let script = format!(
        "const at = document.activeElement; return !!at && at !== document.body && (at.innerText || at.getAttribute('aria-label') || '').replace(/\\s/g, ' ').includes({text:?})"
    );
    browser
        .comes(&format!("the focus on «{text}»"), &script)
        .await
}

#[tokio::test]
async fn each_first_step_is_read_from_its_heading_and_a_word_is_asked_back() -> Result<()> {
    let server = Server::start("phone-door").await?;
    let browser = Browser::phone("phone-door").await?;
    let words = Words::read("fr")?;
    browser.goto(&format!("{}/", server.url())).await?;
    browser.press(words.title()).await?;
    focus_comes_to(&browser, words.say("door.join_title")).await?;
    // Nothing is grey: what is missing is said.
    browser.press(words.say("door.invite_look")).await?;
    browser.see(words.say("door.invite_missing")).await?;
    browser.press(words.say("door.trial")).await?;
    focus_comes_to(&browser, words.say("door.passphrase_title")).await?;
    browser.press(words.say("door.create")).await?;
    browser.see(words.say("door.note_first")).await?;
    let first = "return document.querySelector('.word')?.innerText.trim() ?? ''";
    until("the words", async || {
        let word = browser.run(first, vec![]).await?;
        Ok((word.as_str() != Some("")).then_some(()))
    })
    .await?;
    browser.choose(words.say("door.noted")).await?;
    browser.see(words.say("door.which_word_hint")).await?;
    // The paper counts, not the screen.
    browser
        .comes(
            "the words put away",
            "return !document.querySelector('.word')?.checkVisibility()",
        )
        .await?;
    browser
        .fill(&words.start("door.which_word"), "autrechose")
        .await?;
    browser.press(words.say("door.create")).await?;
    browser.see(words.say("door.not_that_word")).await?;
    browser.close().await.map(drop)
}

#[tokio::test]
async fn a_step_back_closes_one_thing_at_a_time_and_the_menu_takes_the_focus_and_gives_it_back()
-> Result<()> {
    let (_server, ana) = delegate("phone-back").await?;
    let (browser, words) = (&ana.browser, &ana.words);
    let add = words.say("carnet.add");
    browser.press(add).await?;
    focus_comes_to(browser, words.say("kinds.note_add")).await?;
    step_back(browser).await?;
    browser.gone(words.say("kinds.note_add")).await?;
    focus_comes_to(browser, add).await?;
    // Closed by a key, its place in the history is given back: from the page of a note, one step leads here.
    browser.press(add).await?;
    browser.key(thirtyfour::Key::Escape).await?;
    browser.gone(words.say("kinds.note_add")).await?;
    ana.add("kinds.note_add").await?;
    browser
        .fill(words.say("kinds.note_title"), "En route")
        .await?;
    ana.kept().await?;
    browser.press(words.say("note.drop_draft")).await?;
    browser.see(words.say("note.drop_ask")).await?;
    step_back(browser).await?;
    browser.gone(words.say("note.drop_ask")).await?;
    browser
        .find(Role::Field, words.say("kinds.note_title"))
        .await?;
    step_back(browser).await?;
    browser.find(Role::Button, add).await?;

    ana.add("kinds.response_add").await?;
    browser.press(FORM).await?;
    browser.press(words.say("form.list")).await?;
    browser.see(words.say("form.to_end")).await?;
    step_back(browser).await?;
    browser.gone(words.say("form.to_end")).await?;
    browser.find(Role::Button, words.say("form.next")).await?;
    ana.browser.close().await.map(drop)
}

#[tokio::test]
async fn a_response_speaks_its_own_language_with_all_its_words() -> Result<()> {
    let (mut server, ana) = delegate("phone-language").await?;
    let (browser, words) = (&ana.browser, &ana.words);
    let english = Words::read("en")?;
    ana.add("kinds.response_add").await?;
    browser.press(FORM).await?;
    browser.press(words.say("form.list")).await?;
    browser.choose("English").await?;
    browser
        .find(Role::Button, english.say("form.to_end"))
        .await?;
    browser
        .comes(
            "the focus on the list of languages, and the page in English",
            "return document.activeElement?.id === 'form-language' && document.documentElement.lang.startsWith('en')",
        )
        .await?;
    browser.press(english.say("form.list")).await?;
    let next = english.say("form.next");
    browser.press(next).await?;
    browser.press(next).await?;
    // The question that must be answered says so in the language in which it is asked.
    browser.see(english.say("form.missing")).await?;
    browser.see(english.say("form.required")).await?;
    browser.gone(words.say("form.next")).await?;
    // Nothing on the page says that it is in another language than it is.
    browser
        .comes(
            "no word marked French",
            "return !document.querySelector('main [lang^=fr]')",
        )
        .await?;
    browser.press(english.say("form.leave")).await?;
    browser.see(words.say("form.forms")).await?;
    browser
        .comes(
            "the page in French again",
            "return document.documentElement.lang.startsWith('fr')",
        )
        .await?;
    // Those words are kept for offline as the phone's own are.
    server.stop();
    ana.unlock().await?;
    ana.add("kinds.response_add").await?;
    browser.press(FORM).await?;
    browser.press(words.say("form.list")).await?;
    browser.choose("English").await?;
    browser
        .find(Role::Button, english.say("form.to_end"))
        .await?;
    ana.browser.close().await.map(drop)
}

#[tokio::test]
async fn a_correction_abandoned_leaves_nothing_unless_it_is_wanted_back() -> Result<()> {
    let (_server, ana) = delegate("phone-correction").await?;
    let (browser, words) = (&ana.browser, &ana.words);
    let mut answers = vec![
        (FIRST, Answer::Choose(&["Conférence"])),
        ("Vous répondez…", Answer::Choose(&["Avant l’activité"])),
    ];
    let agree = Answer::Choose(&["Plutôt d’accord"]);
    answers.extend([
        ("Je connais les droits fondamentaux au travail.", agree),
        (
            "Je comprends comment une marque dépend de ses sous-traitants.",
            agree,
        ),
        ("Je sais comment agir par solidarité.", agree),
    ]);
    ana.respond(FORM, &answers).await?;
    // It is called by what was answered, and found by it.
    browser.see("Conférence – ").await?;

    // Taken up and left as it was: nothing.
    browser.press("Conférence – ").await?;
    browser.press(words.say("form.correct")).await?;
    browser.find(Role::Button, words.say("form.next")).await?;
    browser.press(words.say("form.leave")).await?;
    browser.find(Role::Button, words.say("carnet.add")).await?;
    browser.gone(words.say("common.state_draft")).await?;

    // Changed, given up, wanted back, given up again.
    browser.press("Conférence – ").await?;
    browser.press(words.say("form.correct")).await?;
    browser.press(words.say("form.list")).await?;
    browser.press(FIRST).await?;
    browser.choose_for(FIRST, "Formation ou atelier").await?;
    ana.kept().await?;
    abandon(&ana).await?;
    browser.see(words.say("form.correction_dropped")).await?;
    browser.press(words.say("form.undo_drop")).await?;
    browser.gone(words.say("form.correction_dropped")).await?;
    browser.see(words.say("common.state_draft")).await?;
    browser.press("Formation ou atelier – ").await?;
    browser.find(Role::Button, words.say("form.next")).await?;
    abandon(&ana).await?;
    browser.see(words.say("form.correction_dropped")).await?;
    browser.gone(words.say("form.correction_dropped")).await?;
    browser.gone(words.say("common.state_draft")).await?;
    browser.press("Conférence – ").await?;
    browser
        .find(Role::Button, words.say("form.correct"))
        .await?;
    browser.gone("Formation ou atelier").await?;
    ana.browser.close().await.map(drop)
}

async fn abandon(ana: &Delegate) -> Result<()> {
    let (browser, words) = (&ana.browser, &ana.words);
    browser.press(words.say("form.list")).await?;
    browser.press(words.say("form.to_end")).await?;
    browser.press(words.say("form.drop_correction")).await
}
