//! The partner link: on a shared phone, with no network, one person after the other, and nothing readable left behind.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use vigie_e2e::browser::{PHONE, Role};
use vigie_e2e::look::{contains, dump, readable_in, violations};
use vigie_e2e::people::{Answer, CommandLineOffice, Delegate, Guest, Office};
use vigie_e2e::wait::until;
use vigie_e2e::{Browser, Kind, Profile, Server, Words, zip};

const MISSION: &str = "Haïti – octobre 2026";
const LABEL: &str = "Affiche de la cafétéria";
/// What the command line calls an office that says no name.
const OFFICE: &str = "Bureau";
const FIRST: &str = "La paie arrive toujours trois semaines trop tard";
const SECOND: &str = "Le contremaître ferme la porte à clé";

#[tokio::test]
async fn two_people_answer_in_a_row_offline_and_nothing_readable_stays() -> Result<()> {
    let mut server = Server::start("partner").await?;
    let office = office(&server, "partner-office").await?;
    let link = office.partner_link(MISSION, LABEL, 2, &[]).await?;
    let phone = Browser::phone("partner-phone").await?;
    phone.goto(&link).await?;
    phone.find(Role::Button, "Français").await?;
    well(&phone).await?;
    says_nothing_of(&phone, &link).await?;
    // Asked for before the programme was there, which found the answer and asked no second time.
    let asked = "return performance.getEntriesByType('resource').filter((one) => one.name.includes('/v1/invites/')).length";
    assert_eq!(phone.run(asked, vec![]).await?, 1);
    phone.kept_for_offline().await?;

    // The phone leaves for where there is no network, and starts there from nothing.
    server.stop();
    phone.goto("about:blank").await?;
    phone.goto(&link).await?;
    let first = Guest::begin(&phone, "Français", "fr").await?;
    well(&phone).await?;
    first.answer_all(&answers(FIRST)).await?;
    nothing_readable(&phone, &[FIRST]).await?;
    first.finish().await?;
    well(&phone).await?;
    // Ten hours and a half, six days: what the questionnaire says of it is hers to read, until the next person comes.
    phone.see("63").await?;
    phone.see("conventions 1 et 30").await?;
    phone.see(first.words.say("partner.will_go")).await?;
    says_nothing_of(&phone, &link).await?;
    nothing_readable(&phone, &[FIRST]).await?;

    phone.press(first.words.say("partner.next_person")).await?;
    phone.find(Role::Button, "Español").await?;
    let shown = phone.text().await?;
    ensure!(
        !shown.contains(FIRST) && !shown.contains("conventions 1"),
        "the next person reads: {shown}"
    );
    let second = Guest::begin(&phone, "Français", "fr").await?;
    let filled = "return Array.from(document.querySelectorAll('input:checked, select'), (one) => one.value).filter((one) => one && one !== 'fr').length";
    ensure!(
        phone.run(filled, vec![]).await? == 0,
        "the next person finds answers"
    );
    second.answer_all(&answers(SECOND)).await?;
    second.finish().await?;
    phone.press(second.words.say("partner.next_person")).await?;
    phone
        .see(&second.words.count("partner.n_waiting", 2))
        .await?;
    nothing_readable(&phone, &[FIRST, SECOND]).await?;

    // The network returns; what waits leaves by itself, once, however often the page is opened.
    server.restart().await?;
    let fr = Words::read("fr")?;
    phone.reload().await?;
    phone.see(fr.say("partner.link_again")).await?;
    well(&phone).await?;
    office_has(&office, 2).await?;
    phone.goto(&link).await?;
    let es = Words::read("es")?;
    phone.press("Español").await?;
    phone.see(es.say("partner.used")).await?;
    well(&phone).await?;
    office_has(&office, 2).await?;
    nothing_readable(&phone, &[FIRST, SECOND]).await?;
    let kept = dump(&phone).await?;
    let left = kept
        .iter()
        .filter(|piece| contains(&piece.bytes, b"answer."));
    ensure!(left.count() == 0, "a sealed answer is still there");
    let stored = server.stored_bytes()?;
    for secret in [FIRST, SECOND, LABEL] {
        ensure!(
            !contains(&stored, secret.as_bytes()),
            "the server reads «{secret}»"
        );
    }

    let export = std::fs::read(office.export("json").await?)?;
    let export = match zip::files(&export) {
        Ok(files) => files.into_values().next().unwrap_or_default(),
        Err(_) => export,
    };
    let export: Value = serde_json::from_slice(&export)?;
    let records = export["records"].as_array().cloned().unwrap_or_default();
    let mut said: Vec<&str> = records
        .iter()
        .filter_map(|record| record["fields"]["fin/changer"].as_str())
        .collect();
    said.sort_unstable();
    assert_eq!(said, [FIRST, SECOND]);
    assert!(export.to_string().contains(LABEL));
    office.go("missions").await?;
    office.browser.press(MISSION).await?;
    let came = [("n", "2"), ("total", "2")];
    office
        .browser
        .see(&office.words.fill("desk.link_came", &came))
        .await?;
    phone.close().await?;
    office.browser.close().await?;
    Ok(())
}

#[tokio::test]
async fn a_delegates_notebook_on_the_same_phone_stays_as_it_was_and_a_closed_link_says_so()
-> Result<()> {
    let server = Server::start("guest").await?;
    let office = office(&server, "guest-office").await?;
    let days = "Combien de jours par semaine ?";
    let link = office
        .partner_link(MISSION, LABEL, 5, &[(days, "6")])
        .await?;
    office.go("missions").await?;
    office.browser.press(MISSION).await?;
    let invite = office.invite("Ana").await?;
    let ana = Delegate::join(
        Kind::Chromium,
        Profile::new("guest-ana")?,
        PHONE,
        "Ana",
        &invite,
    )
    .await?;
    ana.note("À moi seule", "Rien pour la personne suivante.", "")
        .await?;
    // Followed in another tab, the link locks the notebook; then in its own.
    let script = "window.open(arguments[0])";
    ana.browser
        .run(script, vec![Value::from(link.clone())])
        .await?;
    ana.browser
        .find(Role::Button, ana.words.say("door.unlock"))
        .await?;
    ana.browser.goto(&link).await?;
    let guest = Guest::begin(&ana.browser, "Français", "fr").await?;
    // One that she must answer, and that is answered already.
    let mut asked = answers(FIRST);
    asked.retain(|(question, _)| *question != days);
    guest.answer_all(&asked).await?;
    guest.finish().await?;
    // Ten hours and a half, six days.
    ana.browser.see("63").await?;
    ana.browser.see(guest.words.say("partner.arrived")).await?;
    nothing_readable(&ana.browser, &[FIRST, "À moi seule"]).await?;
    ana.unlock().await?;
    ana.browser.see("À moi seule").await?;

    office.go("missions").await?;
    office.browser.press(MISSION).await?;
    office
        .browser
        .press(office.words.say("desk.link_close"))
        .await?;
    office
        .browser
        .see(office.words.say("desk.link_close_ask"))
        .await?;
    let confirm = "document.querySelector('[role=alertdialog] .button--danger').click()";
    office.browser.run(confirm, vec![]).await?;
    office
        .browser
        .see(office.words.say("desk.link_closed"))
        .await?;
    ana.browser.goto(&link).await?;
    ana.browser.see(ana.words.say("partner.expired")).await?;
    // Ana's note, and one answer.
    office_has(&office, 2).await?;
    for browser in [ana.browser, office.browser] {
        browser.close().await?;
    }
    Ok(())
}

async fn office(server: &Server, name: &str) -> Result<Office> {
    let office = Office::set_up(Browser::desk(name).await?, server, "Centre de solidarité").await?;
    office.mission(MISSION, &workbook()).await?;
    Ok(office)
}

fn workbook() -> PathBuf {
    vigie_e2e::root().join("forms/conditions_travail_court.xlsx")
}

fn answers(last: &str) -> Vec<(&'static str, Answer<'_>)> {
    vec![
        ("Acceptez-vous de répondre ?", Answer::Choose(&["Oui"])),
        (
            "Dans quel pays travaillez-vous ?",
            Answer::Choose(&["Haïti"]),
        ),
        ("Dans quel secteur ?", Answer::Choose(&["Vêtement"])),
        (
            "Quel contrat avez-vous ?",
            Answer::Choose(&["Contrat écrit, permanent"]),
        ),
        (
            "Combien d’heures travaillez-vous dans une journée normale ?",
            Answer::Type("10.5"),
        ),
        ("Combien de jours par semaine ?", Answer::Type("6")),
        (
            "Qu’est-ce qui devrait changer en premier ?",
            Answer::Type(last),
        ),
    ]
}

/// Fetches until the office has this many entries, answers under the link's name among them, and no more.
async fn office_has(office: &Office, count: usize) -> Result<()> {
    let number = count.to_string();
    let all = office
        .words
        .fill("desk.of_total", &[("shown", &number), ("all", &number)]);
    until(&format!("{count} answers at the office"), async || {
        office.fetch().await?;
        office.go("entries").await?;
        office
            .browser
            .find(Role::Field, office.words.say("desk.search"))
            .await?;
        let there = office.browser.has(Role::Text, &all).await;
        Ok((there && office.browser.has(Role::Text, LABEL).await).then_some(()))
    })
    .await
}

/// Nothing that this phone keeps says what was answered, asked, or by what link.
async fn nothing_readable(browser: &Browser, secrets: &[&str]) -> Result<()> {
    let kept = dump(browser).await?;
    ensure!(kept.len() > 5, "the dump found next to nothing");
    let also = [LABEL, MISSION, "Qu’est-ce qui devrait changer", "Vêtement"];
    for secret in secrets.iter().chain(&also) {
        let places = readable_in(&kept, secret);
        ensure!(places.is_empty(), "«{secret}» can be read in {places:?}");
    }
    Ok(())
}

/// Neither the address nor the tab says which link this is, or what it asks.
async fn says_nothing_of(browser: &Browser, link: &str) -> Result<()> {
    let code = link.rsplit('#').next().unwrap_or_default();
    let said = browser
        .run("return location.href + ' ' + document.title", vec![])
        .await?;
    let said = said.as_str().unwrap_or_default();
    ensure!(!said.contains(code), "the code stays in {said}");
    ensure!(said.ends_with("/q Vigie"), "{said}");
    Ok(())
}

async fn well(browser: &Browser) -> Result<()> {
    let found = violations(browser).await?;
    ensure!(found.is_empty(), "{}", found.join("\n"));
    Ok(())
}

#[tokio::test]
async fn what_does_not_come_behind_the_first_question_is_said_and_asked_for_again() -> Result<()> {
    let server = Server::start("behind").await?;
    let office = CommandLineOffice::set_up(&server).await?;
    office.mission(MISSION, &[&workbook()])?;
    let link = office.partner_link_for_one(MISSION, LABEL)?;
    let phone = Browser::phone("behind").await?;
    phone.devtools("Network.enable", json!({})).await?;
    // It would fetch what the page may not.
    let bypass = json!({ "bypass": true });
    phone
        .devtools("Network.setBypassServiceWorker", bypass)
        .await?;
    // Before any code has come, the page says whose questionnaire it is.
    let blocked = json!({ "urls": ["*_bg.wasm"] });
    phone.devtools("Network.setBlockedURLs", blocked).await?;
    phone.goto(&link).await?;
    phone.see(OFFICE).await?;
    phone.find(Role::Button, "Español").await?;
    let blocked = json!({ "urls": ["*_behind.wasm"] });
    phone.devtools("Network.setBlockedURLs", blocked).await?;
    phone.goto("about:blank").await?;
    phone.goto(&link).await?;
    let guest = Guest::begin(&phone, "Français", "fr").await?;
    phone
        .choose_for("Acceptez-vous de répondre ?", "Oui")
        .await?;
    phone.press(guest.words.say("form.list")).await?;
    phone.see(guest.words.say("form.late")).await?;
    well(&phone).await?;
    let none = json!({ "urls": [] });
    phone.devtools("Network.setBlockedURLs", none).await?;
    phone
        .find(Role::Button, guest.words.say("form.to_end"))
        .await?;
    phone.press(guest.words.say("form.list")).await?;
    guest.answer_all(&answers(FIRST)[1..]).await?;
    guest.finish().await?;
    phone.see(guest.words.say("partner.arrived")).await?;
    phone.close().await?;
    Ok(())
}

/// It says the MD5 of what is typed: a function that comes behind.
const PRINTS: &str = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>Empreinte</h:title><model><instance><data id="empreinte" version="1"><mot/></data></instance><bind nodeset="/data/mot" type="string"/></model></h:head><h:body><input ref="/data/mot"><label>Un mot</label><hint>Empreinte : <output value="digest(/data/mot, 'MD5', 'hex')"/></hint></input></h:body></h:html>"#;

#[tokio::test]
async fn a_questionnaire_that_calls_what_comes_behind_waits_for_it() -> Result<()> {
    let mut server = Server::start("rare").await?;
    let office = CommandLineOffice::set_up(&server).await?;
    let (form, consent) = (
        server.data().join("empreinte.xml"),
        server.data().join("accord.txt"),
    );
    std::fs::write(&form, PRINTS)?;
    std::fs::write(&consent, "Vos réponses vont au bureau.")?;
    office.mission(MISSION, &[&form])?;
    let consent = format!("fr={}", consent.display());
    let link = office.partner_link_asking(MISSION, LABEL, &consent)?;
    let phone = Browser::phone("rare").await?;
    let fr = Words::read("fr")?;
    server.withhold(&["vigie-"]).await?;
    phone.goto(&link).await?;
    phone.see(fr.say("errors.absent")).await?;
    server.withhold(&[]).await?;
    phone.press(fr.say("common.retry")).await?;
    phone.press("Français").await?;
    phone.press(fr.say("partner.agree")).await?;
    phone.fill("Un mot", "abc").await?;
    phone.see("900150983cd24fb0d6963f7d28e17f72").await?;
    phone.close().await?;
    Ok(())
}

#[tokio::test]
async fn an_answer_leaves_once_there_is_a_network_though_its_page_is_closed() -> Result<()> {
    let mut server = Server::start("background").await?;
    let office = CommandLineOffice::set_up(&server).await?;
    office.mission(MISSION, &[&workbook()])?;
    let link = office.partner_link_for_one(MISSION, LABEL)?;
    let phone = Browser::phone("background").await?;
    phone.goto(&link).await?;
    let guest = Guest::begin(&phone, "Français", "fr").await?;
    guest.answer_all(&answers(FIRST)).await?;
    phone.kept_for_offline().await?;
    server.stop();
    guest.finish().await?;
    phone.see(guest.words.say("partner.will_go")).await?;
    phone.see(guest.words.say("partner.may_close")).await?;
    phone.goto("about:blank").await?;
    let sealed = server.data().join("sealed/bundles");
    let arrived = || std::fs::read_dir(&sealed).is_ok_and(|mut files| files.next().is_some());
    ensure!(!arrived(), "it left before");
    server.restart().await?;
    phone.devtools("ServiceWorker.enable", json!({})).await?;
    until("the answer at the server", async || {
        // After a first failure the browser waits for minutes, unless it is told. It numbers whom it knows by itself.
        for registration in 0..3 {
            let sync = json!({ "origin": server.url(), "registrationId": registration.to_string(), "tag": "send", "lastChance": false });
            drop(phone.devtools("ServiceWorker.dispatchSyncEvent", sync).await);
        }
        Ok(arrived().then_some(()))
    })
    .await?;
    phone.close().await?;
    Ok(())
}

#[tokio::test]
async fn somebody_stops_on_one_phone_and_ends_on_another() -> Result<()> {
    const PLACE: &str = "Quelle ville ou région ?";
    const TOWN: &str = "Ouanaminthe, près de la rivière";
    let mut server = Server::start("later").await?;
    let office = CommandLineOffice::set_up(&server).await?;
    office.mission(MISSION, &[&workbook()])?;
    let link = office.partner_link_for_one(MISSION, LABEL)?;
    let first = Browser::phone("later-first").await?;
    first.goto(&link).await?;
    let guest = Guest::begin(&first, "Français", "fr").await?;
    let words = &guest.words;
    first.kept_for_offline().await?;
    first
        .choose_for("Acceptez-vous de répondre ?", "Oui")
        .await?;
    first.press(words.say("form.next")).await?;
    first
        .choose_for("Dans quel pays travaillez-vous ?", "Haïti")
        .await?;
    // With the server away she is told so, and loses nothing.
    server.stop();
    first.press(words.say("later.later")).await?;
    first.see(words.say("later.not_kept_silent")).await?;
    well(&first).await?;
    first.press(words.say("later.resume")).await?;
    first.press(words.say("form.next")).await?;
    first.fill(PLACE, TOWN).await?;
    server.restart().await?;
    first.press(words.say("later.later")).await?;
    first.see(words.say("later.kept")).await?;
    well(&first).await?;
    says_nothing_of(&first, &link).await?;
    let code = "return document.querySelector('.code').textContent";
    let code = first.run(code, vec![]).await?;
    let code = code.as_str().unwrap_or_default().to_owned();
    ensure!(code.len() == 24, "no code: {code}");
    nothing_readable(&first, &[TOWN, &code]).await?;
    first.press(words.say("later.noted")).await?;
    first.find(Role::Button, words.say("later.have")).await?;
    let shown = first.text().await?;
    ensure!(!shown.contains(&code), "the next person reads: {shown}");
    let stored = server.stored_bytes()?;
    for secret in [TOWN, &code] {
        let reads = contains(&stored, secret.as_bytes());
        ensure!(!reads, "the server reads «{secret}»");
    }

    // Another phone, on the page that the paper names: what is mistyped opens nothing, however it is spelt it opens hers.
    let second = Browser::phone("later-second").await?;
    let page = link.split('#').next().unwrap_or_default();
    second.goto(page).await?;
    second.press(words.say("later.have")).await?;
    well(&second).await?;
    for (typed, refused) in [
        (&code[..19], "errors.draft_unreadable"),
        ("0123-4567-89AB-CDEF-GHJK", "errors.draft_absent"),
    ] {
        second.fill(words.say("later.code"), typed).await?;
        second.press(words.say("later.go_on")).await?;
        second.see(words.say(refused)).await?;
    }
    well(&second).await?;
    let typed = code.to_lowercase().replace('-', " ");
    second.fill(words.say("later.code"), &typed).await?;
    second.press(words.say("later.go_on")).await?;
    let there = second.find(Role::Field, PLACE).await?;
    assert_eq!(there.prop("value").await?.as_deref(), Some(TOWN));
    let rest = Guest {
        browser: &second,
        words: Words::read("fr")?,
    };
    rest.answer_all(&answers(FIRST)[2..]).await?;
    rest.finish().await?;
    second.see(words.say("partner.arrived")).await?;
    nothing_readable(&second, &[TOWN, FIRST, &code]).await?;
    until("a second phone that keeps nothing of it", async || {
        let kept = dump(&second).await?;
        let left = kept.iter().any(|piece| contains(&piece.bytes, b"answer."));
        Ok((!left).then_some(()))
    })
    .await?;

    // The draft is gone from the server; the office has one answer.
    first.press(words.say("later.have")).await?;
    first.fill(words.say("later.code"), &code).await?;
    first.press(words.say("later.go_on")).await?;
    first.see(words.say("errors.draft_absent")).await?;
    office.fetch()?;
    let export = office.export_json()?;
    let answers = export.matches("\"kind\": \"response\"").count();
    ensure!(answers == 1, "{answers} answers: {export}");
    for said in [FIRST, TOWN] {
        ensure!(export.contains(said), "{export}");
    }
    for browser in [first, second] {
        browser.close().await?;
    }
    Ok(())
}
