//! Every way of answering a question, on a narrow phone: drawn into `docs/captures/controles/`, found without fault by
//! axe, and used. The questionnaire is `tests/controles.xlsx`, ours, which has every control.

use anyhow::{Context, Result, ensure};
use serde_json::json;
use thirtyfour::{By, Key};
use vigie_e2e::browser::Role;
use vigie_e2e::look::{picture, violations};
use vigie_e2e::people::{CommandLineOffice, Delegate};
use vigie_e2e::wait::until;
use vigie_e2e::{Browser, Kind, Profile, Server};
use vigie_model::RecordId;
use vigie_protocol::{Request, SetAnswer, codec};

/// The narrowest phone that many people have.
const NARROW: (u32, u32) = (360, 740);
const TITLE: &str = "Toutes les façons de répondre";
/// Each screen of the questionnaire: its first words, and the name of its picture.
const SCREENS: [(&str, &str); 33] = [
    ("Bienvenue.", "note"),
    ("Acceptez-vous de répondre ?", "un-choix"),
    ("Du texte", "texte"),
    ("Des nombres", "nombre"),
    ("Des dates", "date"),
    ("Que fabrique-t-on ici ?", "plusieurs-choix"),
    ("Quel est le métier principal ?", "ou-autre"),
    ("Des listes à dérouler", "menu"),
    ("Dans quel village ?", "longue-liste"),
    ("Cherchez le village", "recherche"),
    ("« On me respecte au travail. »", "likert"),
    ("Des choix côte à côte", "cote-a-cote"),
    ("Avance toute seule", "vite"),
    ("Sur une image", "image"),
    ("En tableau", "tableau"),
    ("Du plus important au moins important", "ordre"),
    ("À quel point est-ce sûr ?", "glissiere"),
    ("D’autres échelles", "echelles"),
    ("J’ai lu les consignes", "accuse-de-lecture"),
    ("Signez ici", "signature"),
    ("Dessinez le lieu", "dessin"),
    ("Marquez la photo", "annotation"),
    ("Des fichiers", "fichiers"),
    ("Le code de l’étiquette", "code-barres"),
    ("Des lieux", "lieux"),
    ("Personnes rencontrées", "fiches"),
    ("Prénom", "fiche-prenom"),
    ("Âge", "fiche-age"),
    ("Portrait", "fiche-portrait"),
    ("Ce qui se calcule", "calcul"),
    ("Un mot pour finir", "erreur"),
    ("Fin du questionnaire", "fin"),
    ("Liste des questions", "liste"),
];

/// A delegate who has the questionnaire open at its first screen.
async fn open(name: &str) -> Result<(Server, Delegate)> {
    let server = Server::start(name).await?;
    let office = CommandLineOffice::set_up(&server).await?;
    let form = vigie_e2e::root().join("tests/controles.xlsx");
    let link = office.mission_and_invite_with(&form, "Essai", "Ana")?;
    let ana = Delegate::join(Kind::Chromium, Profile::new(name)?, NARROW, "Ana", &link).await?;
    ana.add("kinds.response_add").await?;
    ana.browser.press(TITLE).await?;
    ana.browser.see("Ce questionnaire montre").await?;
    Ok((server, ana))
}

async fn on(ana: &Delegate) -> Result<()> {
    ana.browser.press(ana.words.say("form.next")).await
}

/// Goes on until a screen says `text`.
async fn on_to(ana: &Delegate, text: &str) -> Result<()> {
    for _ in 0..SCREENS.len() {
        let shown = ana.question_shown().await?;
        if vigie_e2e::words::plain(&shown).contains(&vigie_e2e::words::plain(text)) {
            return Ok(());
        }
        answer_required(ana, &shown).await?;
        on(ana).await?;
        until(&format!("the screen after «{shown}»"), async || {
            Ok((ana.question_shown().await? != shown).then_some(()))
        })
        .await?;
    }
    anyhow::bail!("no screen says «{text}»")
}

async fn answer_required(ana: &Delegate, shown: &str) -> Result<()> {
    if shown.contains("Acceptez-vous") {
        ana.browser
            .choose_for("Acceptez-vous de répondre ?", "Oui")
            .await?;
    }
    Ok(())
}

/// Waits until nothing moves any more: a theme comes in by degrees.
async fn still(browser: &Browser) -> Result<()> {
    let script = "const done = arguments[arguments.length - 1];
        requestAnimationFrame(() => requestAnimationFrame(() => done(document.getAnimations().every((one) => one.playState !== 'running'))));";
    until("a page that stands still", async || {
        let still = browser.run_async(script, vec![]).await?;
        Ok(still.as_bool().filter(|still| *still))
    })
    .await
    .map(drop)
}

/// Draws with the pointer on the first canvas of the page.
async fn scribble(browser: &Browser) -> Result<()> {
    let script = "const canvas = document.querySelector('canvas.paper');
        canvas.scrollIntoView({ block: 'center' });
        const box = canvas.getBoundingClientRect();
        const at = (kind, x, y) => canvas.dispatchEvent(new PointerEvent(kind, { bubbles: true, cancelable: true, pointerId: 1, clientX: box.left + x * box.width, clientY: box.top + y * box.height }));
        canvas.setPointerCapture = () => {};
        at('pointerdown', .15, .6);
        for (let x = .15; x < .85; x += .02) at('pointermove', x, .5 + .25 * Math.sin(x * 25));
        at('pointerup', .85, .5);";
    browser.run(script, vec![]).await.map(drop)
}

/// What is done on a screen before it is drawn, so that it shows an answer.
async fn touch(ana: &Delegate, screen: &str) -> Result<()> {
    let browser = &ana.browser;
    match screen {
        "texte" => {
            browser
                .fill("Nom du lieu de travail", "Atelier Caracol")
                .await
        }
        "nombre" => {
            browser
                .fill("Combien de personnes y travaillent ?", "0")
                .await?;
            browser.fill("Salaire du mois, en gourdes", "12500").await?;
            browser.key(Key::Tab).await?;
            browser.see("Un nombre entre 1 et 99 999.").await
        }
        "plusieurs-choix" => {
            browser.choose("Chemises").await?;
            browser.choose("Sacs").await
        }
        "longue-liste" | "recherche" => {
            browser
                .fill(ana.words.say("form.search_choices"), "desarmes")
                .await?;
            browser.choose("Désarmes-les-Lointains").await
        }
        "likert" => browser.choose("Plutôt d’accord").await,
        "image" => browser.choose("Sacs").await,
        "tableau" => {
            browser
                .choose_for("Le salaire est juste", "Plutôt d’accord")
                .await
        }
        "ordre" => {
            browser
                .press(&ana.words.fill("form.up", &[("name", "Pantalons")]))
                .await
        }
        "glissiere" => browser.fill("À quel point est-ce sûr ?", "7").await,
        "echelles" => browser.choose("4 sur 5").await,
        "signature" | "dessin" => scribble(browser).await,
        "fiches" => {
            // A row is opened as it is added.
            browser.press(ana.words.say("form.add_row")).await?;
            browser.see("Prénom").await?;
            browser.press(ana.words.say("common.back")).await?;
            browser
                .see(&ana.words.fill("form.row", &[("n", "1")]))
                .await
        }
        "erreur" => browser.fill("Un mot pour finir", "oh").await,
        _ => Ok(()),
    }
}

#[tokio::test]
async fn every_control_fits_a_narrow_phone_in_both_themes() -> Result<()> {
    let (_server, ana) = open("controls-captures").await?;
    let browser = &ana.browser;
    let folder = vigie_e2e::root().join("docs/captures/controles");
    let mut faults = Vec::new();
    for (text, name) in SCREENS {
        if name == "liste" {
            browser.press(ana.words.say("form.list")).await?;
        }
        browser.see(text).await?;
        answer_required(&ana, text).await?;
        touch(&ana, name).await?;
        if name != "fin" && name != "liste" && name != "note" {
            browser
                .comes(
                    "what was said, kept",
                    "return !document.querySelector('.saved--busy')",
                )
                .await?;
        }
        for (theme, dark) in [("light", false), ("dark", true)] {
            browser.theme(dark).await?;
            let tall = browser
                .run("return document.querySelector('main').scrollHeight + document.querySelector('header').offsetHeight + document.querySelector('footer').offsetHeight", vec![])
                .await?;
            let tall = tall.as_u64().and_then(|tall| u32::try_from(tall).ok());
            let tall = tall.context("the height of the page")?;
            browser.resize((NARROW.0, tall.clamp(400, 1400))).await?;
            still(browser).await?;
            picture(browser, &folder.join(format!("{name}.{theme}.png"))).await?;
            for fault in violations(browser).await? {
                faults.push(format!("{name} {theme}: {fault}"));
            }
            let wide = browser
                .run("return document.documentElement.scrollWidth", vec![])
                .await?;
            ensure!(
                wide.as_u64() == Some(u64::from(NARROW.0)),
                "{name} is {wide} pixels wide"
            );
            browser.resize(NARROW).await?;
        }
        browser.theme(false).await?;
        match name {
            "fin" | "liste" => {}
            // What is wrong is said once, then a person may go on.
            "erreur" => {
                on(&ana).await?;
                browser.see("Il faut plus de trois lettres.").await?;
                on(&ana).await?;
            }
            "nombre" => {
                on(&ana).await?;
                on(&ana).await?;
            }
            _ => on(&ana).await?,
        }
    }
    ensure!(
        faults.is_empty(),
        "axe found {}:\n{}",
        faults.len(),
        faults.join("\n")
    );
    ana.browser.close().await.map(drop)
}

/// Keeps what the page says to the worker, from the first answer on, until `release()`.
async fn hold(browser: &Browser) -> Result<()> {
    let answer = Request::of(SetAnswer {
        rec: RecordId::MIN,
        node: String::new(),
        value: String::new(),
    });
    // Its family and its place in it.
    let begins = &codec::encode(&answer)[..2];
    browser.run(HOLD, vec![json!(begins)]).await.map(drop)
}

const HOLD: &str =
    "const post = Worker.prototype.postMessage, held = [], [family, question] = arguments[0];
    const isAnswer = ({ bytes }) => bytes && bytes[0] === family && bytes[1] === question;
    Worker.prototype.postMessage = function (...said) {
        if (held.length || isAnswer(said[0])) held.push([this, said]);
        else post.apply(this, said);
    };
    window.held = held;
    window.release = () => {
        Worker.prototype.postMessage = post;
        for (const [worker, said] of held.splice(0)) post.apply(worker, said);
    };";

#[tokio::test]
async fn next_waits_for_an_answer_that_is_on_its_way() -> Result<()> {
    let (_server, ana) = open("controls-next").await?;
    let browser = &ana.browser;
    on(&ana).await?;
    browser.see("Acceptez-vous de répondre ?").await?;
    hold(browser).await?;
    browser.choose("Oui").await?;
    browser
        .comes("the answer held back", "return window.held.length > 0")
        .await?;
    on(&ana).await?;
    // Two frames: what the page would say too early, it would have said.
    browser
        .run_async(
            "const done = arguments[arguments.length - 1]; requestAnimationFrame(() => requestAnimationFrame(() => done(true)));",
            vec![],
        )
        .await?;
    let early = browser.has(Role::Text, ana.words.say("form.missing")).await;
    browser.run("window.release()", vec![]).await?;
    browser.see("Du texte").await?;
    ensure!(
        !early,
        "the page said that an answer was missing while it was on its way"
    );

    // The same for text that was typed a moment ago, and not sent yet.
    on_to(&ana, "Un mot pour finir").await?;
    browser.fill("Un mot pour finir", "Voilà").await?;
    on(&ana).await?;
    browser.see("Fin du questionnaire").await?;
    browser.see(ana.words.say("form.nothing_missing")).await?;
    ana.browser.close().await.map(drop)
}

#[tokio::test]
async fn next_stays_for_a_question_that_the_last_answer_brought() -> Result<()> {
    let (_server, ana) = open("controls-brought").await?;
    let browser = &ana.browser;
    on_to(&ana, "Du texte").await?;
    hold(browser).await?;
    browser
        .fill("Racontez ce qui s’est passé", "Les portes étaient fermées.")
        .await?;
    on(&ana).await?;
    browser
        .comes("the answer held back", "return window.held.length > 0")
        .await?;
    browser.run("window.release()", vec![]).await?;
    browser
        .comes(
            "the focus on what came",
            "return document.activeElement?.textContent.startsWith('Qui d')",
        )
        .await?;
    // Seen, it may be left without an answer.
    on(&ana).await?;
    browser.see("Des nombres").await?;
    ana.browser.close().await.map(drop)
}

#[tokio::test]
async fn two_boxes_ticked_before_the_first_is_kept_are_both_kept() -> Result<()> {
    let (_server, ana) = open("controls-boxes").await?;
    let browser = &ana.browser;
    on_to(&ana, "Que fabrique-t-on ici ?").await?;
    hold(browser).await?;
    browser.choose("Chemises").await?;
    browser.choose("Sacs").await?;
    browser.choose("Jouets").await?;
    browser.run("window.release()", vec![]).await?;
    on(&ana).await?;
    browser.see("Quel est le métier principal ?").await?;
    browser.press(ana.words.say("common.back")).await?;
    browser.see("Que fabrique-t-on ici ?").await?;
    let ticked = browser
        .run(
            "return Array.from(document.querySelectorAll('main input:checked'), (one) => one.value).join(' ')",
            vec![],
        )
        .await?;
    ensure!(ticked == json!("chemises sacs jouets"), "{ticked}");
    ana.browser.close().await.map(drop)
}

#[tokio::test]
async fn a_search_reaches_the_last_choice_of_a_long_list() -> Result<()> {
    let (_server, ana) = open("controls-search").await?;
    let browser = &ana.browser;
    on_to(&ana, "Dans quel village ?").await?;
    let shown = browser
        .run("return document.querySelectorAll('.choice').length", vec![])
        .await?;
    ensure!(
        shown.as_u64().is_some_and(|shown| shown <= 60),
        "{shown} choices were sent"
    );
    browser
        .fill(ana.words.say("form.search_choices"), "lointains desarmes")
        .await?;
    browser.choose("Désarmes-les-Lointains").await?;
    on(&ana).await?;
    browser.see("Cherchez le village").await?;
    browser.press(ana.words.say("common.back")).await?;
    // What was chosen is in sight, wherever it stands in the list.
    browser.find(Role::Choice, "Désarmes-les-Lointains").await?;
    browser
        .comes(
            "the choice, checked",
            "return document.querySelector('main input:checked')?.value === 'v9999'",
        )
        .await?;
    ana.browser.close().await.map(drop)
}

#[tokio::test]
async fn a_row_that_was_removed_comes_back_with_its_answers() -> Result<()> {
    let (_server, ana) = open("controls-rows").await?;
    let browser = &ana.browser;
    on_to(&ana, "Personnes rencontrées").await?;
    browser.see(&ana.words.count("form.n_rows", 0)).await?;
    browser.press(ana.words.say("form.add_row")).await?;
    browser.fill("Prénom", "Rosa").await?;
    browser.press(ana.words.say("common.back")).await?;
    browser.see("Rosa").await?;
    browser
        .press(&ana.words.fill("form.remove_row", &[("n", "1")]))
        .await?;
    browser.see(ana.words.say("form.row_removed")).await?;
    browser.gone("Rosa").await?;
    browser.press(ana.words.say("form.undo")).await?;
    browser.see("Rosa").await?;
    ana.browser.close().await.map(drop)
}

#[tokio::test]
async fn a_signature_and_a_photo_are_there_when_one_comes_back() -> Result<()> {
    let (_server, ana) = open("controls-files").await?;
    let browser = &ana.browser;
    on_to(&ana, "Signez ici").await?;
    scribble(browser).await?;
    browser.see(ana.words.say("form.drawing_kept")).await?;
    on(&ana).await?;
    browser.see("Dessinez le lieu").await?;
    browser.press(ana.words.say("common.back")).await?;
    browser.see("Signez ici").await?;
    let inked = "const canvas = document.querySelector('canvas.paper'); if (!canvas) return false;
        const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        let dark = 0; for (let at = 0; at < pixels.length; at += 4) if (pixels[at] < 64 && pixels[at + 3]) dark += 1;
        return dark > 500;";
    browser.comes("the ink of before", inked).await?;
    browser.press(ana.words.say("form.clear")).await?;
    browser.gone(ana.words.say("form.drawing_kept")).await?;

    on_to(&ana, "Des fichiers").await?;
    let photo = vigie_e2e::root().join("public/icons/vigie-192.png");
    browser.upload("Une photo", &photo).await?;
    browser.comes(
        "the photo",
        "const photo = document.querySelector('img.preview'); return !!photo && photo.naturalWidth === 192",
    )
    .await?;
    ana.browser.close().await.map(drop)
}

#[tokio::test]
async fn what_the_form_shows_is_there_without_network_and_a_drawing_answers() -> Result<()> {
    let (mut server, ana) = open("controls-media").await?;
    let browser = &ana.browser;
    browser
        .comes(
            "what the note shows",
            "const [picture, sound] = document.querySelectorAll('.question .medium');
        return picture?.naturalWidth === 120 && sound?.duration > .3",
        )
        .await?;
    // Before the first answer there is no draft: its address begins the questionnaire again.
    browser.reload().await?;
    browser
        .fill(ana.words.say("door.passphrase"), &ana.passphrase)
        .await?;
    browser.press(ana.words.say("door.unlock")).await?;
    browser.see("Ce questionnaire montre").await?;
    on_to(&ana, "Acceptez-vous").await?;
    answer_required(&ana, "Acceptez-vous").await?;
    browser.see(&ana.words.start("common.saved_at")).await?;
    server.stop();
    browser.reload().await?;
    browser
        .fill(ana.words.say("door.passphrase"), &ana.passphrase)
        .await?;
    browser.press(ana.words.say("door.unlock")).await?;
    browser.see("Acceptez-vous de répondre ?").await?;
    browser.press(ana.words.say("common.back")).await?;
    browser.press(ana.words.say("form.larger_image")).await?;
    browser
        .comes(
            "the larger picture",
            "return document.querySelector('.question img.medium')?.naturalWidth === 480",
        )
        .await?;
    on_to(&ana, "Quel est le métier principal ?").await?;
    browser
        .comes(
            "a picture for each choice that has one",
            "const pictures = [...document.querySelectorAll('.choice img.medium')]; return pictures.length === 3 && pictures.every((one) => one.naturalWidth > 0)",
        )
        .await?;

    on_to(&ana, "Sur une image").await?;
    browser
        .comes(
            "the drawing",
            "return !!document.querySelector('.image-map svg [data-choice=sacs] rect')",
        )
        .await?;
    let tap = "document.querySelector('.image-map [data-choice=sacs] rect').dispatchEvent(new MouseEvent('click', { bubbles: true }))";
    browser.run(tap, vec![]).await?;
    browser
        .comes(
            "the part that was tapped, chosen in the drawing as in the list",
            "return document.querySelector('.image-map .is-chosen')?.dataset.choice === 'sacs' && document.querySelector('main input:checked')?.value === 'sacs'",
        )
        .await?;
    browser.choose("Jouets").await?;
    browser
        .comes(
            "the drawing to follow the list",
            "const chosen = [...document.querySelectorAll('.image-map .is-chosen')]; return chosen.length === 1 && chosen[0].dataset.choice === 'jouets'",
        )
        .await?;
    let acted = browser
        .run(
            "return !!window.drawingActed || !!document.querySelector('.image-map script, .image-map [onclick]')",
            vec![],
        )
        .await?;
    ensure!(
        acted == json!(false),
        "the drawing brought something that acts"
    );
    ana.browser.close().await.map(drop)
}

#[tokio::test]
async fn a_line_is_dragged_to_its_rank_and_a_place_is_the_devices() -> Result<()> {
    let (server, ana) = open("controls-hand").await?;
    let browser = &ana.browser;
    on_to(&ana, "Du plus important au moins important").await?;
    // By a real pointer: from the handle of the first line to the middle of the third.
    let handles = browser.driver().find_all(By::Css(".rank__handle")).await?;
    let (first, third) = (
        handles.first().context("a line")?,
        handles.get(2).context("a third")?,
    );
    browser
        .driver()
        .action_chain()
        .click_and_hold_element(first)
        .move_to_element_center(third)
        .move_by_offset(0, 20)
        .release()
        .perform()
        .await?;
    browser
        .comes(
            "the first to be third",
            "const said = [...document.querySelectorAll('.rank__label')].map((one) => one.textContent); return said.slice(0, 3).join() === 'Pantalons,Chaussures,Chemises'",
        )
        .await?;
    browser
        .comes(
            "the order kept",
            "return !document.querySelector('.saved--busy')",
        )
        .await?;

    let grant = json!({ "origin": server.url(), "permissions": ["geolocation"] });
    browser.devtools("Browser.grantPermissions", grant).await?;
    let here = json!({ "latitude": 19.55, "longitude": -71.725, "accuracy": 12 });
    browser
        .devtools("Emulation.setGeolocationOverride", here)
        .await?;
    on_to(&ana, "Des lieux").await?;
    browser.press(ana.words.say("form.use_my_place")).await?;
    browser
        .comes(
            "where the device is",
            "return [...document.querySelectorAll('main input')].some((one) => one.value === '19.550000, -71.725000')",
        )
        .await?;
    ana.browser.close().await.map(drop)
}

/// Keeps each picture from being read until `release()`, as a slow phone would.
const SLOW_PICTURES: &str = "const decode = HTMLImageElement.prototype.decode;
    const free = new Promise((done) => { window.release = done; });
    window.reading = 0;
    HTMLImageElement.prototype.decode = function () { window.reading += 1; return free.then(() => decode.call(this)); };";

#[tokio::test]
async fn a_photo_that_is_still_being_made_smaller_is_not_lost() -> Result<()> {
    let (_server, ana) = open("controls-photo").await?;
    let browser = &ana.browser;
    let photo = vigie_e2e::root().join("public/icons/vigie-192.png");
    on_to(&ana, "Des fichiers").await?;
    browser.run(SLOW_PICTURES, vec![]).await?;
    browser.upload("Une photo", &photo).await?;
    browser
        .comes("the photo being read", "return window.reading === 1")
        .await?;
    on(&ana).await?;
    browser.run("window.release()", vec![]).await?;
    browser.see("Le code de l’étiquette").await?;
    browser.press(ana.words.say("common.back")).await?;
    browser.see("vigie-192.jpg").await?;

    // The same when the questionnaire itself is left.
    browser.run(SLOW_PICTURES, vec![]).await?;
    browser
        .upload(
            "Une photo",
            &vigie_e2e::root().join("public/icons/vigie-512.png"),
        )
        .await?;
    browser
        .comes("the photo being read", "return window.reading === 1")
        .await?;
    browser
        .run("location.hash = '#/carnet'; return true", vec![])
        .await?;
    browser
        .find(Role::Button, ana.words.say("carnet.add"))
        .await?;
    browser.run("window.release()", vec![]).await?;
    browser.press(TITLE).await?;
    browser.see("vigie-512.jpg").await?;
    ana.browser.close().await.map(drop)
}

/// Answers with a photo in whose file its place is written, and keeps what the page then gives to its worker.
const PHOTO_WITH_A_PLACE: &str = r#"const done = arguments[arguments.length - 1];
    window.given = [];
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, ...rest) {
        if (message && message.bytes) window.given.push(new TextDecoder('latin1').decode(message.bytes));
        return post.call(this, message, ...rest);
    };
    const canvas = document.createElement('canvas');
    canvas.width = 40;
    canvas.height = 30;
    canvas.getContext('2d').fillRect(0, 0, 40, 30);
    canvas.toBlob(async (blob) => {
        const plain = new Uint8Array(await blob.arrayBuffer());
        const says = new TextEncoder().encode('Exif\0\0Ouanaminthe 19.55 -71.72');
        const bytes = new Uint8Array([...plain.slice(0, 2), 0xff, 0xe1, 0, says.length + 2, ...says, ...plain.slice(2)]);
        const files = new DataTransfer();
        files.items.add(new File([bytes], 'porte.jpg', { type: 'image/jpeg' }));
        const input = document.querySelector('main input[type=file][accept^="image"]');
        if (!input) return done(false);
        input.files = files.files;
        input.dispatchEvent(new Event('change', { bubbles: true }));
        done(true);
    }, 'image/jpeg');"#;

#[tokio::test]
async fn the_place_written_in_a_photo_is_out_of_it_before_it_is_kept() -> Result<()> {
    let (_server, ana) = open("controls-place").await?;
    let browser = &ana.browser;
    on_to(&ana, "Des fichiers").await?;
    browser.find(Role::Field, "Une photo").await?;
    let chosen = browser.run_async(PHOTO_WITH_A_PLACE, vec![]).await?;
    assert_eq!(chosen.as_bool(), Some(true), "no question takes a photo");
    browser
        .comes(
            "the photo in the worker",
            "return window.given.some((said) => said.includes('porte.jpg'))",
        )
        .await?;
    browser.see("porte.jpg").await?;
    let given = browser.run("return window.given", vec![]).await?;
    let given: Vec<String> = serde_json::from_value(given)?;
    let photo = given.iter().find(|said| said.contains("porte.jpg"));
    assert!(photo.is_some_and(|said| said.contains("ÿØÿ")), "no JPEG");
    let is_place_in = |said: &String| said.contains("Ouanaminthe");
    assert!(!given.iter().any(is_place_in), "the place is still in it");
    ana.browser.close().await.map(drop)
}

#[tokio::test]
async fn a_quick_question_goes_on_by_itself_for_a_finger_alone() -> Result<()> {
    let (_server, ana) = open("controls-quick").await?;
    let browser = &ana.browser;
    on_to(&ana, "Avance toute seule").await?;
    // The new question takes the focus first: a hand is never so quick.
    browser
        .comes(
            "the focus on the question",
            "return document.activeElement?.textContent === 'Avance toute seule'",
        )
        .await?;
    browser
        .run(
            "document.querySelector('main input[type=radio]').focus()",
            vec![],
        )
        .await?;
    browser.key(Key::Down).await?;
    browser
        .comes(
            "a choice by the keyboard",
            "return !!document.querySelector('main input:checked')",
        )
        .await?;
    ana.kept().await?;
    browser.see("Avance toute seule").await?;
    browser.choose("Ne sait pas").await?;
    browser.see("Sur une image").await?;
    ana.browser.close().await.map(drop)
}

#[tokio::test]
async fn one_long_page_holds_every_question_and_a_right_to_left_language_turns_it() -> Result<()> {
    let (_server, ana) = open("controls-long").await?;
    let browser = &ana.browser;
    browser.press(ana.words.say("form.list")).await?;
    browser.press(ana.words.say("form.all_on_one")).await?;
    for text in [
        "Acceptez-vous de répondre ?",
        "Signez ici",
        "Un mot pour finir",
    ] {
        // What is far below is on the page, and drawn when one comes near.
        browser.comes(
            text,
            &format!("return document.querySelector('main').textContent.replace(/\\s/g, ' ').includes('{text}')"),
        )
        .await?;
    }
    on(&ana).await?;
    browser.see("Fin du questionnaire").await?;
    browser.press("Un mot pour finir").await?;
    browser.comes(
        "the focus on the question that misses an answer",
        "return !!document.activeElement && document.activeElement.textContent.includes('Un mot pour finir')",
    )
    .await?;
    browser.press(ana.words.say("form.list")).await?;
    browser.choose("العربية").await?;
    browser.see("هل توافقون على الإجابة؟").await?;
    browser.press(ana.words.say("form.list")).await?;
    browser
        .comes(
            "the page turned",
            "return getComputedStyle(document.querySelector('main .question')).direction === 'rtl'",
        )
        .await?;
    ana.browser.close().await.map(drop)
}
