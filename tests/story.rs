//! The whole story: recorded with no network, sent when it returns, opened at the office.
//!
//! Two delegates' browsers and the office's, each with a profile of its own; a real server, really stopped.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use calamine::{DataType, Reader, Xlsx, open_workbook};
use serde_json::{Value, json};
use thirtyfour::Key;
use vigie_e2e::browser::{DESK, PHONE, Role};
use vigie_e2e::look::{contains, dump, readable_in};
use vigie_e2e::people::{Answer, Delegate, Office};
use vigie_e2e::{Browser, Kind, Profile, Server, zip};

#[path = "story/images.rs"]
mod images;
#[path = "story/printed.rs"]
mod printed;

const MISSION: &str = "Haïti – octobre 2026";
/// What a keyboard, a spreadsheet and an exporter stumble over.
const TITLE: &str = "=Réunion « sans témoins », 14 h";
const TEXT: &str = "Elle a dit: \"on n'a pas été payées\", puis مرحبا et zażółć.";
const PLACE: &str = "Zone franche, Ouanaminthe";
const HALF_TYPED: &str = "Le contremaître arrive, je";
const CONTACT: &str = "Rosalinde Desrameaux";
const REACH: &str = "Par sa sœur, jamais au travail";

#[tokio::test]
async fn recorded_offline_sent_when_the_network_returns_opened_at_the_office() -> Result<()> {
    let mut server = Server::start("story").await?;
    let office = Office::set_up(
        Browser::desk("story-office").await?,
        &server,
        "Centre de solidarité",
    )
    .await?;
    office
        .mission(MISSION, &workbook("conditions_travail_court.xlsx"))
        .await?;
    let (first, second) = (office.invite("Ana").await?, office.invite("Bruno").await?);
    let ana = Delegate::join(
        Kind::Chromium,
        Profile::new("story-ana")?,
        PHONE,
        "Ana",
        &first,
    )
    .await?;
    let bruno = Delegate::join(
        Kind::Chromium,
        Profile::new("story-bruno")?,
        PHONE,
        "Bruno",
        &second,
    )
    .await?;

    // The office learns of enrolments when it fetches.
    office.fetch().await?;
    server.stop();
    ana.note(TITLE, TEXT, PLACE).await?;
    ana.contact(CONTACT, "Atelier Caracol", REACH).await?;
    ana.respond("Conditions de travail", &answers()).await?;
    ana.type_note("Devant la porte", HALF_TYPED, "").await?;
    // In mid-typing, with no word to the page.
    let ana = ana.battery_dies(Kind::Chromium, PHONE).await?;
    ana.browser.press("Devant la porte").await?;
    let half = ana
        .browser
        .find(Role::Field, ana.words.say("kinds.note_text_ask"))
        .await?;
    assert_eq!(half.value().await?.as_deref(), Some(HALF_TYPED));
    ana.browser
        .type_on(ana.words.say("kinds.note_text_ask"), " dois partir.")
        .await?;
    ana.kept().await?;
    ana.browser
        .press(ana.words.say("kinds.note_finish"))
        .await?;
    bruno
        .note("Piquet à l’aube", "Une vingtaine de personnes.", "Codevi")
        .await?;
    bruno.tab("common.tab_sending").await?;
    bruno
        .browser
        .press(bruno.words.say("envoi.save_file"))
        .await?;
    let carried = bruno.browser.saved_file("").await?;

    // By hand first, then by the network: Bruno's note must be there once.
    office.import(&carried).await?;
    office
        .browser
        .see(office.words.say("desk.verdict_accepted"))
        .await?;
    server.restart().await?;
    ana.send().await?;
    ana.strip_says(4, "stored").await?;
    bruno.send().await?;
    office.fetch().await?;
    office.go("entries").await?;
    for title in [TITLE, CONTACT, "Devant la porte", "Piquet à l’aube"] {
        office.browser.see(title).await?;
    }
    // The mission records no time: what nobody dated herself has its day alone.
    let dated = format!(
        "const rows = [...document.querySelectorAll('.table--entries tbody tr')];
        const row = rows.find((row) => row.textContent.includes('{CONTACT}'));
        return !!row && !/\\d:\\d/.test(row.textContent)"
    );
    office
        .browser
        .comes("a day without an hour", &dated)
        .await?;
    office
        .browser
        .see(
            &office
                .words
                .fill("desk.of_total", &[("shown", "5"), ("all", "5")]),
        )
        .await?;

    ana.send().await?;
    ana.strip_says(4, "received").await?;
    bruno.send().await?;
    bruno.strip_says(1, "received").await?;

    json_equals_what_was_typed(&office.export("json").await?)?;
    csv_equals_what_was_typed(&office.export("csv").await?)?;
    workbook_equals_what_was_typed(&office.export("xlsx").await?)?;
    nothing_readable(&ana, &server).await?;
    for browser in [ana.browser, bruno.browser, office.browser] {
        browser.close().await?;
    }
    Ok(())
}

/// Both change the same contact without seeing the other: both values are kept, and shown on either side.
#[tokio::test]
async fn two_delegates_change_the_same_contact_and_both_values_stay() -> Result<()> {
    const ONE: &str = "+509 31 11 11 11";
    const OTHER: &str = "+509 42 22 22 22";
    let mut server = Server::start("conflict").await?;
    let office = Office::set_up(
        Browser::desk("conflict-office").await?,
        &server,
        "Centre de solidarité",
    )
    .await?;
    office.shared_mission(MISSION).await?;
    let (first, second) = (office.invite("Ana").await?, office.invite("Bruno").await?);
    let ana = Delegate::join(
        Kind::Chromium,
        Profile::new("conflict-ana")?,
        PHONE,
        "Ana",
        &first,
    )
    .await?;
    let bruno = Delegate::join(
        Kind::Chromium,
        Profile::new("conflict-bruno")?,
        PHONE,
        "Bruno",
        &second,
    )
    .await?;
    ana.contact(CONTACT, "Atelier Caracol", REACH).await?;
    ana.send().await?;
    ana.strip_says(1, "stored").await?;
    office.fetch().await?;
    bruno.contact_will_arrive(CONTACT).await?;

    server.stop();
    ana.change_contact(CONTACT, "kinds.contact_phone", ONE)
        .await?;
    bruno
        .change_contact(CONTACT, "kinds.contact_phone", OTHER)
        .await?;
    server.restart().await?;
    ana.send().await?;
    ana.strip_says(1, "stored").await?;
    bruno.send().await?;
    bruno.strip_says(1, "stored").await?;
    office.fetch().await?;
    office.go("entries").await?;
    office.browser.press(CONTACT).await?;
    let two = ana.words.start("note.two_versions");
    for value in [ONE, OTHER, &two] {
        office.browser.see(value).await?;
    }
    let has_focus = |tag: &str| {
        format!(
            "const on = document.activeElement; return on?.tagName === '{tag}' && on.textContent === '{CONTACT}'"
        )
    };
    office
        .browser
        .comes("the focus on the entry", &has_focus("H2"))
        .await?;
    office.browser.key(Key::Escape).await?;
    office
        .browser
        .comes("the focus on its row", &has_focus("BUTTON"))
        .await?;
    for person in [&ana, &bruno] {
        person
            .contact_will_say(CONTACT, &[ONE, OTHER, &two])
            .await?;
    }
    for browser in [ana.browser, bruno.browser, office.browser] {
        browser.close().await?;
    }
    Ok(())
}

/// The office comes back after its browser was closed, and finds everything.
#[tokio::test]
async fn the_office_opens_again_and_from_its_backup() -> Result<()> {
    let server = Server::start("office").await?;
    let office = Office::set_up(Browser::desk("office-one").await?, &server, "Bureau").await?;
    office
        .mission(MISSION, &workbook("note_observation.xlsx"))
        .await?;
    let Office {
        browser,
        words,
        passphrase,
        backup,
        ..
    } = office;
    let profile = browser.close().await?;
    let browser = Browser::open(Kind::Chromium, profile, DESK).await?;
    browser.goto(&format!("{}/#/bureau", server.url())).await?;
    browser
        .fill(words.say("door.passphrase"), &passphrase)
        .await?;
    browser.press(words.say("door.unlock")).await?;
    browser.press(words.say("desk.missions")).await?;
    browser.see(MISSION).await?;

    let other = Browser::desk("office-two").await?;
    other
        .goto(&format!("{}/#/bureau/reprendre", server.url()))
        .await?;
    other.upload(words.say("desk.file"), &backup).await?;
    other
        .fill(
            words.say("desk.file_passphrase"),
            vigie_e2e::people::BACKUP_PASSPHRASE,
        )
        .await?;
    vigie_e2e::people::five_words(&other, &words, "desk.restore_go").await?;
    other.press(words.say("desk.fetch")).await?;
    other.find(Role::Button, words.say("desk.fetch")).await?;
    other.press(words.say("desk.missions")).await?;
    other.see(MISSION).await?;
    browser.close().await?;
    other.close().await?;
    Ok(())
}

fn workbook(name: &str) -> PathBuf {
    vigie_e2e::root().join("forms").join(name)
}

fn answers() -> Vec<(&'static str, Answer<'static>)> {
    vec![
        ("Acceptez-vous de répondre ?", Answer::Choose(&["Oui"])),
        (
            "Dans quel pays travaillez-vous ?",
            Answer::Choose(&["Haïti"]),
        ),
        ("Quelle ville ou région ?", Answer::Type("Ouanaminthe")),
        ("Dans quel secteur ?", Answer::Choose(&["Vêtement"])),
        (
            "Depuis combien de mois travaillez-vous là ?",
            Answer::Type("30"),
        ),
        (
            "Quel contrat avez-vous ?",
            Answer::Choose(&["Contrat écrit, permanent"]),
        ),
        (
            "Comprenez-vous ce contrat, dans votre langue ?",
            Answer::Choose(&["Non"]),
        ),
        (
            "Combien d’heures travaillez-vous dans une journée normale ?",
            Answer::Type("10.5"),
        ),
        ("Combien de jours par semaine ?", Answer::Type("6")),
        (
            "Qu’est-ce qui devrait changer en premier ?",
            Answer::Type("La paie, à temps"),
        ),
    ]
}

/// What the response must say: the answers, by the paths of their questions.
fn answered() -> BTreeMap<&'static str, &'static str> {
    [
        ("consentement_groupe/consentement", "oui"),
        ("travail/pays", "HT"),
        ("travail/lieu", "Ouanaminthe"),
        ("travail/anciennete", "30"),
        ("contrat_paie/contrat_compris", "non"),
        ("heures/heures_jour", "10.5"),
        ("heures/jours_semaine", "6"),
        ("heures/semaine", "63"),
        ("heures/semaine_categorie", "plus_60"),
        ("fin/changer", "La paie, à temps"),
    ]
    .into()
}

fn json_equals_what_was_typed(file: &Path) -> Result<()> {
    let bytes = std::fs::read(file)?;
    let bytes = match zip::files(&bytes) {
        Ok(files) => files.into_values().next().context("an empty archive")?,
        Err(_) => bytes,
    };
    let export: Value = serde_json::from_slice(&bytes)?;
    let records = export["records"].as_array().context("records")?;
    assert_eq!(records.len(), 5, "each entry once");
    let of = |kind: &str, field: &str, value: &str| {
        let found = records
            .iter()
            .find(|one| one["kind"] == kind && one["fields"][field] == value);
        found
            .map(|one| one["fields"].clone())
            .with_context(|| format!("no {kind} whose {field} is {value}"))
    };
    let note = of("note", "title", TITLE)?;
    assert_eq!(note["text"], json!(TEXT));
    assert_eq!(note["place"], json!(PLACE));
    assert_eq!(
        of("note", "title", "Devant la porte")?["text"],
        json!(format!("{HALF_TYPED} dois partir."))
    );
    assert_eq!(
        of("note", "title", "Piquet à l’aube")?["place"],
        json!("Codevi")
    );
    let contact = of("contact", "name", CONTACT)?;
    assert_eq!(contact["reach"], json!(REACH));
    assert_eq!(contact["organisation"], json!("Atelier Caracol"));
    let response = of("response", "travail/lieu", "Ouanaminthe")?;
    for (path, value) in answered() {
        let found = &response[path];
        let text = found
            .as_str()
            .map_or_else(|| found.to_string(), str::to_owned);
        assert_eq!(text, value, "{path}");
    }
    Ok(())
}

fn csv_equals_what_was_typed(file: &Path) -> Result<()> {
    let files = zip::files(&std::fs::read(file)?)?;
    assert!(files.contains_key("codebook.csv"));
    let notes = rows(&files, "notes.csv")?;
    assert_eq!(notes.len(), 3);
    let note = notes
        .iter()
        .find(|row| row["place"] == PLACE)
        .context("the note")?;
    // Guarded, so that a spreadsheet does not run it.
    assert_eq!(note["title"], format!("'{TITLE}"));
    assert_eq!(note["text"], TEXT);
    let contacts = rows(&files, "contacts.csv")?;
    assert_eq!(contacts.len(), 1);
    assert_eq!(contacts[0]["name"], CONTACT);
    let name = files
        .keys()
        .find(|name| name.starts_with("responses_"))
        .context("the responses")?;
    let responses = rows(&files, name)?;
    assert_eq!(responses.len(), 1);
    for (path, value) in answered() {
        assert_eq!(
            responses[0].get(path).map(String::as_str),
            Some(value),
            "{path}"
        );
    }
    Ok(())
}

fn workbook_equals_what_was_typed(file: &Path) -> Result<()> {
    let mut book: Xlsx<_> = open_workbook(file)?;
    let names = book.sheet_names();
    assert_eq!(names.last().map(String::as_str), Some("codebook"));
    let notes = book.worksheet_range("notes")?;
    let header = notes.headers().context("a header")?;
    let place = header.iter().position(|name| name == "place");
    let place = place.context("a place")?;
    let note = notes
        .rows()
        .find(|row| row[place] == *PLACE)
        .context("the note")?;
    let cell = |name: &str| {
        let column = header.iter().position(|column| column == name);
        column.map(|at| &note[at])
    };
    assert_eq!(cell("title").and_then(DataType::get_string), Some(TITLE));
    let text = cell("text").and_then(DataType::get_string);
    assert_eq!(text, Some(TEXT));
    assert!(cell("_created").is_some_and(DataType::is_datetime));
    Ok(())
}

fn rows(files: &BTreeMap<String, Vec<u8>>, name: &str) -> Result<Vec<BTreeMap<String, String>>> {
    let bytes = files.get(name).with_context(|| format!("no {name}"))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    csv::Reader::from_reader(bytes)
        .deserialize()
        .map(|row| Ok(row?))
        .collect()
}

/// Neither the phone nor the server holds a word that can be read.
async fn nothing_readable(person: &Delegate, server: &Server) -> Result<()> {
    let kept = dump(&person.browser).await?;
    ensure!(
        kept.len() > 20,
        "the dump found next to nothing: {}",
        kept.len()
    );
    let stored = server.stored_bytes()?;
    let mut secrets = vec![
        TITLE,
        TEXT,
        PLACE,
        HALF_TYPED,
        CONTACT,
        REACH,
        "Ouanaminthe",
        "La paie, à temps",
        "Haïti – octobre",
    ];
    secrets.push(&person.passphrase);
    for secret in secrets {
        let places = readable_in(&kept, secret);
        assert!(places.is_empty(), "«{secret}» can be read in {places:?}");
        assert!(
            !contains(&stored, secret.as_bytes()),
            "the server holds «{secret}»"
        );
    }
    Ok(())
}
