//! Every screen, on a phone and on a laptop, in light and in dark: drawn into `docs/captures/`, and found without fault by axe.

use std::time::Duration;

use anyhow::{Result, ensure};
use vigie_e2e::browser::{DESK, PHONE, Role};
use vigie_e2e::camera::{self, hold_before};
use vigie_e2e::people::{Answer, CommandLineOffice, Delegate, Guest, Office};
use vigie_e2e::wait::within;
use vigie_e2e::words::mirrored;
use vigie_e2e::workbook::workbook;
use vigie_e2e::{Browser, Kind, Profile, Server, Words};
use vigie_seal::{Identity, envelope};

#[path = "captures/drawing.rs"]
mod drawing;

use drawing::{Captures, in_each_language};

#[tokio::test]
async fn the_partner_link() -> Result<()> {
    in_each_language(partner_link).await
}

async fn partner_link(lang: &str) -> Result<()> {
    const MISSION: &str = "Haïti – octobre 2026";
    let mut captures = Captures::of(lang);
    let server = Server::start("captures-partner").await?;
    let office = CommandLineOffice::set_up(&server).await?;
    let form = vigie_e2e::root().join("forms/conditions_travail_court.xlsx");
    office.mission_and_invite_with(&form, MISSION, "Ana")?;
    let link = office.partner_link(MISSION, "Affiche")?;
    let words = Words::read(lang)?;
    let browser = Browser::phone("captures-partner").await?;
    prefer(&browser, &server, lang).await?;
    let consent = server.data().join("accord.txt");
    std::fs::write(&consent, words.say("desk.link_consent_default"))?;
    let consent = format!("{lang}={}", consent.display());
    let asking = office.partner_link_asking(MISSION, "Atelier", &consent)?;
    browser.goto(&asking).await?;
    browser.press(words.title()).await?;
    browser
        .find(Role::Button, words.say("partner.agree"))
        .await?;
    captures.screen(&browser, "61-lien-accord").await?;
    browser.goto(&link).await?;
    browser.find(Role::Button, words.title()).await?;
    captures.screen(&browser, "60-lien-langue").await?;
    browser.press(words.title()).await?;
    browser.find(Role::Button, words.say("form.next")).await?;
    captures.screen(&browser, "62-lien-question").await?;
    browser.press(words.say("later.later")).await?;
    browser.see(words.say("later.kept")).await?;
    captures.screen(&browser, "67-lien-plus-tard").await?;
    browser.press(words.say("later.noted")).await?;
    browser.press(words.say("later.have")).await?;
    browser.find(Role::Field, words.say("later.code")).await?;
    captures.screen(&browser, "68-lien-code").await?;
    browser.press(words.say("common.back")).await?;
    browser.press(words.title()).await?;
    browser.find(Role::Button, words.say("form.next")).await?;
    let guest = Guest {
        browser: &browser,
        words,
    };
    let no = [asked("Non", lang)];
    let no = [(
        asked("Acceptez-vous de répondre ?", lang),
        Answer::Choose(&no),
    )];
    guest.answer_all(&no).await?;
    captures.screen(&browser, "63-lien-fin").await?;
    guest.finish().await?;
    browser.see(guest.words.say("partner.arrived")).await?;
    captures.screen(&browser, "64-lien-merci").await?;
    office.close_link(MISSION, "Affiche")?;
    browser.goto(&link).await?;
    browser.see(guest.words.say("partner.expired")).await?;
    captures.screen(&browser, "65-lien-ferme").await?;
    browser.reload().await?;
    browser.see(guest.words.say("partner.link_again")).await?;
    captures.screen(&browser, "66-lien-a-rouvrir").await?;
    browser.close().await?;
    captures.end()
}

#[tokio::test]
async fn in_haitian_creole() -> Result<()> {
    let server = Server::start("captures-ht").await?;
    main_screens(&server, Words::read("ht")?, Words::read("fr")?, "70-ht").await
}

/// French, mirrored: it shows what a language would find that is written from right to left.
#[tokio::test]
async fn from_right_to_left() -> Result<()> {
    let mut server = Server::start("captures-rtl").await?;
    let form = |form: (usize, &str)| match form {
        (place, category) if place % 2 == 0 => category.to_owned(),
        (_, form) => mirrored(form),
    };
    let text = |text: &str| match text.contains(FORMS) {
        true => text
            .split(FORMS)
            .enumerate()
            .map(form)
            .collect::<Vec<_>>()
            .join(FORMS),
        false => mirrored(text),
    };
    for file in ["lang/fr.txt", "lang/fr.phone.txt"] {
        server
            .change_app(file, |file| {
                let (head, texts) = file.split_once('\n').unwrap_or_default();
                let texts: Vec<String> = texts.split(TEXTS).map(text).collect();
                format!("{}\n{}", head.replace(" ltr ", " rtl "), texts.join(TEXTS))
            })
            .await?;
    }
    let words = Words::read("fr")?.mirrored();
    main_screens(&server, words.clone(), words, "80-rtl").await
}

/// What stands between the texts of a language's file, and between the forms of one that counts.
const TEXTS: &str = "\u{1f}";
const FORMS: &str = "\u{1e}";

/// The door, the menus, a question: in another language.
/// `spoken` while a response is filled: in the language of its questionnaire.
async fn main_screens(server: &Server, words: Words, spoken: Words, name: &str) -> Result<()> {
    let mut captures = Captures::of("fr");
    let office = CommandLineOffice::set_up(server).await?;
    let form = vigie_e2e::root().join("forms/conditions_travail_court.xlsx");
    let link = office.mission_and_invite_with(&form, "Haïti – octobre 2026", "Ana")?;
    let browser = Browser::open(Kind::Chromium, Profile::new(name)?, PHONE).await?;
    browser.goto(&link).await?;
    browser.press(words.title()).await?;
    browser.find(Role::Field, words.say("door.name")).await?;
    browser.reload().await?;
    browser.see(words.say("door.what")).await?;
    captures.screen(&browser, &format!("{name}-langue")).await?;
    browser.goto(&link).await?;
    browser.press(words.title()).await?;
    browser.fill(words.say("door.name"), "Ana").await?;
    captures
        .screen(&browser, &format!("{name}-rejoindre"))
        .await?;
    browser.press(words.say("common.continue")).await?;
    browser.find(Role::Choice, words.say("door.noted")).await?;
    captures
        .screen(&browser, &format!("{name}-phrase-de-passe"))
        .await?;
    let ana = Delegate::with_five_words(words.clone(), browser, "Ana", &link).await?;
    let browser = &ana.browser;
    browser.resize(PHONE).await?;
    ana.contact("Rosa D.", "Atelier Caracol", "Par sa sœur.")
        .await?;
    ana.tab("common.tab_carnet").await?;
    browser.see("Rosa D.").await?;
    captures.screen(browser, &format!("{name}-carnet")).await?;
    browser.resize(PHONE).await?;
    ana.add("kinds.response_add").await?;
    browser.press("Conditions de travail").await?;
    browser.find(Role::Button, spoken.say("form.next")).await?;
    browser
        .choose_for("Acceptez-vous de répondre ?", "Oui")
        .await?;
    browser.see(&spoken.start("common.saved_at")).await?;
    captures
        .screen(browser, &format!("{name}-question"))
        .await?;
    browser.press(spoken.say("form.list")).await?;
    browser
        .find(Role::Button, spoken.say("form.to_end"))
        .await?;
    captures
        .screen(browser, &format!("{name}-liste-des-questions"))
        .await?;
    for place in ["envoi", "plus", "plus/affichage", "note"] {
        go(browser, place).await?;
        let place = place.replace('/', "-");
        captures.screen(browser, &format!("{name}-{place}")).await?;
    }
    ana.browser.close().await?;
    captures.end()
}

/// Turns one bit of the op written last, as a failing memory does.
const DAMAGE: &str = "const done = arguments[arguments.length - 1];
    const hear = (asked) => new Promise((came, failed) => { asked.onsuccess = () => came(asked.result); asked.onerror = () => failed(asked.error); });
    (async () => {
        for (const { name } of await indexedDB.databases()) {
            const store = await hear(indexedDB.open(name));
            if (!store.objectStoreNames.contains('ops')) { store.close(); continue; }
            const ops = store.transaction('ops', 'readwrite').objectStore('ops');
            const keys = (await hear(ops.getAllKeys())).filter((key) => !String(key).startsWith('team.'));
            const key = keys.pop();
            const row = key === undefined ? undefined : await hear(ops.get(key));
            if (row) {
                const bytes = new Uint8Array(row.buffer ? row.buffer.slice(row.byteOffset, row.byteOffset + row.byteLength) : row);
                bytes[bytes.length - 1] ^= 1;
                await hear(ops.put(bytes, key));
            }
            store.close();
            return !!row;
        }
        return false;
    })().then(done, () => done(false));";

#[tokio::test]
async fn the_phone() -> Result<()> {
    in_each_language(phone).await
}

async fn phone(lang: &str) -> Result<()> {
    let mut captures = Captures::of(lang);
    let server = Server::start("captures-phone").await?;
    let office = CommandLineOffice::set_up(&server).await?;
    let forms = vigie_e2e::root().join("forms");
    let link = office.mission_and_invite_with(
        &forms.join("conditions_travail_court.xlsx"),
        "Haïti – octobre 2026",
        "Ana",
    )?;
    let words = Words::read(lang)?;
    let browser = Browser::open(Kind::Chromium, Profile::new("captures-phone")?, PHONE).await?;

    browser.goto(&link).await?;
    browser.find(Role::Button, words.title()).await?;
    captures.screen(&browser, "01-langue").await?;
    browser.press(words.title()).await?;
    browser.fill(words.say("door.name"), "Ana").await?;
    captures.screen(&browser, "02-rejoindre").await?;
    browser.press(words.say("common.continue")).await?;
    browser
        .find(Role::Button, words.say("door.other_words"))
        .await?;
    browser.find(Role::Choice, words.say("door.noted")).await?;
    captures.screen(&browser, "03-phrase-de-passe").await?;
    browser.press(words.say("door.ones_own")).await?;
    browser
        .fill(words.say("door.own"), "quatre chevaux jaunes sous la pluie")
        .await?;
    browser.see(words.say("door.very_good")).await?;
    captures.screen(&browser, "04-la-mienne").await?;
    browser.press(words.say("door.five_words")).await?;
    let ana = Delegate::with_five_words(words.clone(), browser, "Ana", &link).await?;
    let browser = &ana.browser;
    captures.screen(browser, "05-carnet-vide").await?;

    browser.resize(PHONE).await?;
    ana.note(
        "Rencontre syndicale",
        "Les heures supplémentaires ne sont pas payées depuis mars.",
        "Ouanaminthe",
    )
    .await?;
    ana.contact(
        "Rosa D.",
        "Atelier Caracol",
        "Par sa sœur, jamais au travail.",
    )
    .await?;
    ana.type_note(
        "Devant la porte 3",
        "Une vingtaine de personnes attendent",
        "Codevi",
    )
    .await?;
    captures.screen(browser, "06-note").await?;
    browser.resize(PHONE).await?;
    browser.press(words.say("common.later_draft")).await?;
    ana.tab("common.tab_carnet").await?;
    browser.see("Rencontre syndicale").await?;
    captures.screen(browser, "07-carnet").await?;
    browser.press(words.say("carnet.add")).await?;
    browser
        .find(Role::Button, words.say("kinds.note_add"))
        .await?;
    captures.screen(browser, "08-ajouter").await?;
    browser.press(words.say("kinds.response_add")).await?;
    browser
        .find(Role::Button, asked("Conditions de travail", lang))
        .await?;
    captures.screen(browser, "09-questionnaires").await?;
    // Opened on a phone, a question at a time; a desk would open one long page.
    browser.resize(PHONE).await?;
    browser.press(asked("Conditions de travail", lang)).await?;
    browser.find(Role::Button, words.say("form.next")).await?;
    browser
        .choose_for(
            asked("Acceptez-vous de répondre ?", lang),
            asked("Oui", lang),
        )
        .await?;
    ana.kept().await?;
    captures.screen(browser, "10-question").await?;
    browser.press(words.say("form.next")).await?;
    browser
        .see(asked("Dans quel pays travaillez-vous ?", lang))
        .await?;
    captures.screen(browser, "11-question-liste").await?;
    browser.press(words.say("form.list")).await?;
    browser.find(Role::Button, words.say("form.to_end")).await?;
    captures.screen(browser, "12-liste-des-questions").await?;
    browser.press(words.say("form.to_end")).await?;
    browser.see(words.say("form.end")).await?;
    captures.screen(browser, "13-fin").await?;
    browser.press(words.say("form.print")).await?;
    browser
        .find(Role::Button, words.say("form.print_now"))
        .await?;
    captures.screen(browser, "13b-reponse-papier").await?;

    let places = [
        ("14-repertoire", "repertoire"),
        ("15-envoi", "envoi"),
        ("16-plus", "plus"),
        ("17-missions", "plus/missions"),
        ("18-rejoindre-une-autre", "plus/rejoindre"),
        ("19-affichage", "plus/affichage"),
        ("20-securite", "plus/securite"),
        ("21-espace", "plus/espace"),
        ("22-installer", "plus/installer"),
        ("23-exporter", "plus/exporter"),
        ("24-aide", "plus/aide"),
        ("25-version", "plus/version"),
        ("30-ce-que-vigie-protege", "plus/protege"),
        ("39-lire-un-autre-appareil", "envoi/lire"),
        ("37-montrer-en-images", "envoi/images"),
    ];
    for (name, place) in places {
        go(browser, place).await?;
        captures.screen(browser, name).await?;
    }
    browser.resize(PHONE).await?;
    browser.press(words.say("images.begin")).await?;
    browser
        .comes(
            "a code",
            "return document.querySelector('.codes__picture')?.width > 50 && document.querySelector('.codes__picture').width < 120",
        )
        .await?;
    captures.screen(browser, "38-images").await?;
    go(browser, "carnet").await?;
    browser.press("Rencontre syndicale").await?;
    browser.press(&words.count("note.n_versions", 1)).await?;
    browser.see(words.say("note.history")).await?;
    captures.screen(browser, "26-historique").await?;
    go(browser, "repertoire").await?;
    browser.press("Rosa D.").await?;
    browser
        .find(Role::Field, words.say("kinds.contact_name"))
        .await?;
    captures.screen(browser, "27-contact").await?;
    go(browser, "carnet").await?;
    ana.workplace("Maquila La Esperanza", "Choloma").await?;
    ana.tab("common.tab_directory").await?;
    browser.see("Rosa D.").await?;
    captures.screen(browser, "35-repertoire-et-lieux").await?;
    browser.press("Maquila La Esperanza").await?;
    browser
        .find(Role::Field, words.say("kinds.workplace_buyers"))
        .await?;
    captures.screen(browser, "36-lieu-de-travail").await?;
    browser.press(words.say("common.back")).await?;
    // The same passphrase's page, with a new key asked for.
    go(browser, "plus/securite").await?;
    browser.press(words.say("more.change_passphrase")).await?;
    browser.choose(words.say("more.renew")).await?;
    captures.screen(browser, "31-nouvelle-cle").await?;

    // A note that is not sealed yet, and whose row is damaged on the disk.
    browser.resize(PHONE).await?;
    ana.tab("common.tab_sending").await?;
    browser.press(words.say("envoi.pause")).await?;
    browser
        .find(Role::Button, words.say("envoi.resume"))
        .await?;
    // Somebody else's bundle, for nobody here to read.
    let file = server.data().join("de-luc.age");
    let reader = [Identity::generate().recipient()];
    std::fs::write(&file, envelope::seal(&[7; 4_000], &reader)?)?;
    go(browser, "envoi/lire").await?;
    browser.upload(words.say("images.take_file"), &file).await?;
    browser.see(&words.count("images.n_taken", 1)).await?;
    captures.screen(browser, "39b-envoi-pris").await?;
    ana.tab("common.tab_sending").await?;
    browser.see(words.say("envoi.carried")).await?;
    captures.screen(browser, "15b-envoi-porte").await?;
    browser.press(words.say("envoi.drop")).await?;
    browser.see(words.say("common.cancel")).await?;
    captures.screen(browser, "15c-ne-plus-porter").await?;
    browser.run(AGREE, vec![]).await?;
    browser.gone(words.say("envoi.drop")).await?;
    browser.resize(PHONE).await?;
    ana.note("Dernier atelier", "Fermé depuis lundi.", "Ouanaminthe")
        .await?;
    ensure!(
        browser.run_async(DAMAGE, vec![]).await?.as_bool() == Some(true),
        "no row was there to damage"
    );
    ana.send().await?;
    browser.see(words.say("envoi.step_composing")).await?;
    captures.screen(browser, "32-envoi-abime").await?;
    go(browser, "plus/espace").await?;
    browser.press(words.say("more.damaged_names")).await?;
    captures.screen(browser, "33-espace-abime").await?;
    browser.resize(PHONE).await?;

    go(browser, "carnet").await?;
    browser.press(words.say("common.lock")).await?;
    browser
        .find(Role::Field, words.say("door.passphrase"))
        .await?;
    captures.screen(browser, "28-ouvrir").await?;
    browser
        .fill(words.say("door.passphrase"), "pas la bonne")
        .await?;
    browser.press(words.say("door.unlock")).await?;
    browser.find(Role::Button, words.say("door.unlock")).await?;
    captures.screen(browser, "29-mauvaise-phrase").await?;
    ana.browser.close().await?;
    captures.end()
}

/// The act of the question on the screen.
const CONFIRM: &str = "document.querySelector('[role=alertdialog] .button--danger').click()";
/// The same where it undoes nothing.
const AGREE: &str = "document.querySelector('[role=alertdialog] .button--main').click()";

#[tokio::test]
async fn the_desk() -> Result<()> {
    in_each_language(desk).await
}

async fn desk(lang: &str) -> Result<()> {
    let mut captures = Captures::of(lang);
    let server = Server::start("captures-desk").await?;
    let browser = Browser::desk("captures-desk").await?;
    let words = Words::read(lang)?;
    prefer(&browser, &server, lang).await?;
    browser.goto(&server.setup_link().await?).await?;
    browser
        .find(Role::Field, words.say("desk.office_name"))
        .await?;
    captures
        .screen(&browser, "40-bureau-mise-en-service")
        .await?;
    browser.resize(DESK).await?;
    let office = Office::begin(words.clone(), browser, &server, "Centre de solidarité").await?;
    captures
        .screen(&office.browser, "41-bureau-copie-de-la-cle")
        .await?;
    office.browser.resize(DESK).await?;
    let office = office.prove().await?;
    let browser = &office.browser;
    office.go("missions").await?;
    captures.screen(browser, "42-bureau-missions-vide").await?;
    browser.press(words.say("desk.mission_new")).await?;
    browser
        .find(Role::Field, words.say("desk.mission_name"))
        .await?;
    captures
        .screen(browser, "43-bureau-nouvelle-mission")
        .await?;
    browser.resize(DESK).await?;
    office
        .mission(
            "Haïti – octobre 2026",
            &vigie_e2e::root().join("forms/conditions_travail_court.xlsx"),
        )
        .await?;
    let link = office.invite("Ana").await?;
    captures.screen(browser, "44-bureau-invitation").await?;

    let ana = Browser::phone("captures-desk-ana").await?;
    let ana = Delegate::join_in(lang, ana, "Ana", &link).await?;
    ana.note(
        "Rencontre syndicale",
        "Les heures supplémentaires ne sont pas payées depuis mars.",
        "Ouanaminthe",
    )
    .await?;
    ana.contact(
        "Rosa D.",
        "Atelier Caracol",
        "Par sa sœur, jamais au travail.",
    )
    .await?;
    ana.send().await?;
    ana.strip_says(2, "stored").await?;
    // Shown from now on: once her phone hears that it was received, nothing waits that it could show.
    ana.tab("common.tab_sending").await?;
    ana.browser.press(words.say("images.show")).await?;
    ana.browser.press(words.say("images.begin")).await?;

    browser.resize(DESK).await?;
    office.fetch().await?;
    browser.see(words.say("desk.verdict_accepted")).await?;
    captures.screen(browser, "45-bureau-reception").await?;
    browser.resize(DESK).await?;
    camera::connect(browser).await?;
    browser.press(words.say("images.read")).await?;
    browser
        .comes(
            "a picture",
            "return document.querySelector('.codes__seen')?.videoWidth > 0",
        )
        .await?;
    captures.screen(browser, "45b-bureau-images").await?;
    browser.resize(DESK).await?;
    let read = words.count("images.n_read", 1);
    let is_read = async || Ok(browser.has(Role::Text, &read).await);
    hold_before(&ana.browser, browser, is_read).await?;
    ana.tab("common.tab_carnet").await?;
    captures.screen(browser, "45c-bureau-images-lues").await?;
    browser.resize(DESK).await?;
    office.go("entries").await?;
    browser.see("Rencontre syndicale").await?;
    captures.screen(browser, "46-bureau-entrees").await?;
    browser.resize(DESK).await?;
    browser.press("Rencontre syndicale").await?;
    browser.see(words.say("desk.history")).await?;
    captures.screen(browser, "47-bureau-entree").await?;
    browser.resize(DESK).await?;
    office.go("exports").await?;
    captures.screen(browser, "48-bureau-exports").await?;
    browser.resize(DESK).await?;
    office.go("missions").await?;
    browser.see("Haïti – octobre 2026").await?;
    captures.screen(browser, "49-bureau-missions").await?;

    let survey: &[&[&str]] = &[
        &["type", "name", "label", "relevant"],
        &["texte", "lieu", "Lieu", ""],
        &["integer", "le salaire", "Salaire", ""],
        &["select_one pays", "pays", "Pays", "${inconnue} > 1"],
    ];
    let broken = workbook(server.data(), "visite.xlsx", &[("survey", survey)])?;
    browser.resize(DESK).await?;
    browser.press(words.say("library.title")).await?;
    browser.see(words.say("library.drop")).await?;
    for form in ["evaluation_activite.xlsx", "conditions_travail_long.xlsx"] {
        let file = vigie_e2e::root().join("forms").join(form);
        browser
            .upload(words.say("library.choose_files"), &file)
            .await?;
        browser.see(&words.start("library.added")).await?;
    }
    browser
        .upload(words.say("library.choose_files"), &broken)
        .await?;
    browser.see(words.say("library.refused")).await?;
    captures.screen(browser, "50-bureau-questionnaires").await?;
    browser.resize(DESK).await?;
    browser.press(asked("Conditions de travail", lang)).await?;
    browser.see(words.say("library.assign_why")).await?;
    captures.screen(browser, "51-bureau-questionnaire").await?;
    browser.resize(DESK).await?;
    browser.press(words.say("library.tab_phone")).await?;
    browser.see(words.say("library.preview_why")).await?;
    captures
        .screen(browser, "52-bureau-questionnaire-telephone")
        .await?;
    browser.resize(DESK).await?;
    browser.press(words.say("library.tab_paper")).await?;
    browser.see(words.say("library.paper_who")).await?;
    captures
        .screen(browser, "53-bureau-questionnaire-papier")
        .await?;
    browser.resize(DESK).await?;
    for version in ["1", "2"] {
        let survey: &[&[&str]] = match version {
            "1" => &[
                &["type", "name", "label"],
                &["text", "lieu", "Lieu"],
                &["text", "remarque", "Remarque"],
            ],
            _ => &[
                &["type", "name", "label"],
                &["text", "lieu", "Lieu de travail"],
                &["integer", "salaire", "Salaire"],
            ],
        };
        let row = ["Visite d’atelier", "visite", version];
        let settings: &[&[&str]] = &[&["form_title", "form_id", "version"], &row];
        let sheets = [("survey", survey), ("settings", settings)];
        let file = workbook(server.data(), "visite.xlsx", &sheets)?;
        browser.press(words.say("library.title")).await?;
        browser.see(words.say("library.drop")).await?;
        browser
            .upload(words.say("library.choose_files"), &file)
            .await?;
        browser.see(&words.start("library.added")).await?;
    }
    browser.press("Visite d’atelier").await?;
    browser.press(words.say("library.tab_versions")).await?;
    browser.see(words.say("library.effect_title")).await?;
    captures
        .screen(browser, "54-bureau-questionnaire-versions")
        .await?;
    browser.resize(DESK).await?;
    office.go("entries").await?;
    browser.press("Rencontre syndicale").await?;
    browser.press(words.say("library.print_entry")).await?;
    browser
        .find(Role::Button, words.say("library.print"))
        .await?;
    captures.screen(browser, "55-bureau-entree-papier").await?;

    // An invite too many, and a phone that is lost.
    browser.resize(DESK).await?;
    office.go("missions").await?;
    browser.press("Haïti – octobre 2026").await?;
    office.invite("Rosa").await?;
    browser
        .press(&format!("Rosa {}", words.say("desk.invite_cancel")))
        .await?;
    browser
        .see(&words.fill("desk.invite_cancel_ask", &[("name", "Rosa")]))
        .await?;
    browser.run(CONFIRM, vec![]).await?;
    browser.see(words.say("desk.invite_cancelled")).await?;
    browser
        .press(&format!("Ana {}", words.say("desk.remove_device")))
        .await?;
    browser
        .see(&words.fill("desk.remove_ask", &[("name", "Ana")]))
        .await?;
    captures.screen(browser, "56-bureau-retirer").await?;
    browser.run(CONFIRM, vec![]).await?;
    browser.see(&words.start("desk.removed")).await?;
    captures.screen(browser, "57-bureau-retire").await?;

    // That phone hears of it, and what it carries to the office by hand is put aside.
    ana.browser.resize(PHONE).await?;
    ana.unlock().await?;
    ana.note("Après", "Écrite sur un téléphone retiré.", "Ouanaminthe")
        .await?;
    // It hears of it at its next exchange, which nobody need ask for.
    ana.tab("common.tab_sending").await?;
    ana.browser
        .see(&words.fill("envoi.revoked", &[("mission", "Haïti – octobre 2026")]))
        .await?;
    captures.screen(&ana.browser, "34-envoi-retire").await?;
    ana.browser.resize(PHONE).await?;
    ana.browser.press(words.say("envoi.save_file")).await?;
    let carried = ana.browser.saved_file("").await?;
    browser.resize(DESK).await?;
    office.import(&carried).await?;
    browser.see(words.say("desk.reason_revoked")).await?;
    let broken = server.data().join("photo.age");
    std::fs::write(&broken, b"not what Vigie sends")?;
    office.import(&broken).await?;
    browser.see(words.say("desk.reason_not_sealed")).await?;
    captures.screen(browser, "58-bureau-quarantaine").await?;

    // Somebody asks that what was said of her disappear.
    browser.resize(DESK).await?;
    office.go("entries").await?;
    browser.press("Rosa D.").await?;
    browser.press(words.say("desk.erase")).await?;
    let goes = words.fill("desk.erase_what", &[("name", "Rosa D.")]);
    browser.see(&goes).await?;
    captures.screen(browser, "59-bureau-effacer").await?;
    browser.resize(DESK).await?;
    browser.run(CONFIRM, vec![]).await?;
    browser.see(words.say("desk.why_asked")).await?;
    browser
        .fill(words.say("desk.erase_reason"), "à sa demande")
        .await?;
    browser.run(CONFIRM, vec![]).await?;
    browser.see(&words.start("desk.erased_on")).await?;
    captures.screen(browser, "60-bureau-efface").await?;
    ana.browser.close().await?;
    office.browser.close().await?;
    captures.end()
}

/// Has the app speak this language from its first page on.
async fn prefer(browser: &Browser, server: &Server, lang: &str) -> Result<()> {
    browser
        .goto(&format!("{}/icons/vigie.svg", server.url()))
        .await?;
    let script = "localStorage.setItem('vigie.lang', JSON.stringify(arguments[0]))";
    browser.run(script, vec![lang.into()]).await.map(drop)
}

/// What our questionnaire says, as it says it in this language.
fn asked<'a>(french: &'a str, lang: &str) -> &'a str {
    const SAID: [[&str; 3]; 5] = [
        [
            "Conditions de travail",
            "Working conditions",
            "Condiciones de trabajo",
        ],
        [
            "Acceptez-vous de répondre ?",
            "Do you agree to answer?",
            "¿Acepta responder?",
        ],
        [
            "Dans quel pays travaillez-vous ?",
            "Which country do you work in?",
            "¿En qué país trabaja?",
        ],
        ["Oui", "Yes", "Sí"],
        ["Non", "No", "No"],
    ];
    let said = SAID.iter().find(|[known, ..]| *known == french);
    match (said, lang) {
        (Some([_, english, _]), "en") => english,
        (Some([.., spanish]), "es") => spanish,
        _ => french,
    }
}

/// Goes to an address of the app, and waits for its heading.
async fn go(browser: &Browser, place: &str) -> Result<()> {
    browser
        .run(
            "location.hash = arguments[0]; window.scrollTo(0, 0);",
            vec![format!("#/{place}").into()],
        )
        .await?;
    within(Duration::from_secs(10), place, async || {
        let script = "return !!document.querySelector('h1') && !document.querySelector('main [aria-busy=true]')";
        Ok(browser.run(script, vec![]).await?.as_bool().filter(|there| *there))
    })
    .await
    .map(drop)
}
