//! The form library: a broken workbook and all that is wrong with it, a good one tried, given to a mission, filled on a
//! phone, and its newer version beside the answers that came in.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use vigie_e2e::browser::{PHONE, Role};
use vigie_e2e::people::{Answer, Delegate, Office};
use vigie_e2e::wait::{until, within};
use vigie_e2e::workbook::{Sheet, workbook};
use vigie_e2e::{Browser, Kind, Profile, Server, Words};

const HEAD: &[&str] = &[
    "type",
    "name",
    "label::Français (fr)",
    "label::Español (es)",
    "relevant",
];
const CHOICES: Sheet<'static> = (
    "choices",
    &[
        &[
            "list_name",
            "name",
            "label::Français (fr)",
            "label::Español (es)",
        ],
        &["ouinon", "oui", "Oui", "Sí"],
        &["ouinon", "non", "Non", ""],
    ],
);
const TITLE: &str = "Visite d’atelier";

fn settings(version: &'static str) -> Vec<Vec<&'static str>> {
    vec![
        vec!["form_title", "form_id", "version", "default_language"],
        vec![TITLE, "visite", version, "Français (fr)"],
    ]
}

fn visit(
    server: &Server,
    name: &str,
    version: &'static str,
    survey: &[&[&str]],
) -> Result<PathBuf> {
    let settings = settings(version);
    let settings: Vec<&[&str]> = settings.iter().map(Vec::as_slice).collect();
    let sheets = [
        ("survey", survey),
        CHOICES,
        ("settings", settings.as_slice()),
    ];
    workbook(server.data(), name, &sheets)
}

async fn drop_file(browser: &Browser, file: &Path) -> Result<()> {
    drop_files(browser, &[file.to_owned()]).await
}

/// Drops files where the library takes them, as a hand would.
async fn drop_files(browser: &Browser, files: &[PathBuf]) -> Result<()> {
    let script = "const carried = new DataTransfer();
        for (const [name, data] of arguments[0]) {
            const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
            carried.items.add(new File([bytes], name));
        }
        document.querySelector('.drop').dispatchEvent(new DragEvent('drop', { dataTransfer: carried, bubbles: true, cancelable: true }));";
    let mut named = Vec::new();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        named.push(json!([name, STANDARD.encode(std::fs::read(file)?)]));
    }
    browser.run(script, vec![json!(named)]).await.map(drop)
}

/// The lines of the table of problems, cells joined by bars.
async fn problems(browser: &Browser) -> Result<Vec<String>> {
    let script = "return Array.from(document.querySelectorAll('.table tbody tr'), (row) => Array.from(row.cells, (cell) => cell.innerText.trim()).join('|'));";
    let lines = browser.run(script, vec![]).await?;
    let lines = lines.as_array().cloned().unwrap_or_default();
    Ok(lines
        .iter()
        .filter_map(|line| line.as_str().map(vigie_e2e::words::plain))
        .collect())
}

#[tokio::test]
async fn a_form_goes_from_a_file_to_a_phone_and_its_next_version_loses_nothing() -> Result<()> {
    let server = Server::start("library").await?;
    let words = Words::read("fr")?;
    let office = Office::set_up(Browser::desk("library").await?, &server, "Centre").await?;
    let browser = &office.browser;
    office
        .mission(
            "Haïti – octobre 2026",
            &vigie_e2e::root().join("forms/conditions_travail_court.xlsx"),
        )
        .await?;
    let link = office.invite("Ana").await?;

    // Everything that is wrong with a workbook, by cell, in French.
    browser.press(words.say("library.title")).await?;
    browser.see(words.say("library.drop")).await?;
    let broken = visit(
        &server,
        "visite-brouillon.xlsx",
        "1",
        &[
            HEAD,
            &["texte", "lieu", "Lieu", "Lugar", ""],
            &["integer", "le salaire", "Salaire", "Salario", ""],
            &["select_one pays", "pays", "Pays", "País", ""],
            &["text", "remarque", "Remarque", "Nota", "${inconnue} > 1"],
        ],
    )?;
    drop_file(browser, &broken).await?;
    browser.see(words.say("library.refused")).await?;
    let found = problems(browser).await?;
    for wanted in [
        "survey|2|type|texte|ce type de question n'existe pas.",
        "survey|3|name|le salaire|un nom commence par une lettre",
        "la liste « pays » n'est pas dans le questionnaire.",
        "survey|5|relevant|${inconnue} > 1|aucune question ne s'appelle « inconnue ».",
    ] {
        ensure!(
            found.iter().any(|line| line.contains(wanted)),
            "{wanted} in {found:#?}"
        );
    }

    // A good one is kept, and tried on a phone: the real page, and nothing of it stored.
    let first = visit(
        &server,
        "visite.xlsx",
        "1",
        &[
            HEAD,
            &["text", "lieu", "Lieu", "Lugar", ""],
            &[
                "select_one ouinon",
                "syndicat",
                "Y a-t-il un syndicat ?",
                "¿Hay sindicato?",
                "",
            ],
            &[
                "text",
                "remarque",
                "Remarque",
                "Nota",
                "selected(${syndicat}, 'oui')",
            ],
        ],
    )?;
    drop_file(browser, &first).await?;
    browser.see(&words.start("library.added")).await?;
    browser.press(TITLE).await?;
    browser.see("Español (es)").await?;
    browser
        .see(&words.fill(
            "library.complete",
            &[("language", "Español (es)"), ("n", "80")],
        ))
        .await?;
    browser.press(words.say("library.tab_phone")).await?;
    try_on_phone(browser, &words).await?;
    browser.press(words.say("library.tab_paper")).await?;
    browser
        .see("Si « Oui » est coché à la réponse 2 (Y a-t-il un syndicat ?)")
        .await?;
    browser.press(words.say("library.tab_about")).await?;
    browser.press(words.say("library.assign_go")).await?;
    browser.see(words.say("library.assign_none")).await?;
    browser.choose("Haïti – octobre 2026").await?;
    browser.press(words.say("library.assign_go")).await?;
    browser.see(words.say("library.assigned")).await?;

    // It reaches a delegate's phone, and comes back filled.
    let ana = Delegate::join(
        Kind::Chromium,
        Profile::new("library-ana")?,
        PHONE,
        "Ana",
        &link,
    )
    .await?;
    ana.respond(
        TITLE,
        &[
            ("Lieu", Answer::Type("Caracol")),
            ("Y a-t-il un syndicat ?", Answer::Choose(&["Oui"])),
            ("Remarque", Answer::Type("Porte fermée à clé")),
        ],
    )
    .await?;
    ana.send().await?;
    ana.strip_says(1, "stored").await?;
    office.fetch().await?;
    browser.see(words.say("desk.verdict_accepted")).await?;

    // The next version, beside the one that was answered.
    let second = visit(
        &server,
        "visite.xlsx",
        "2",
        &[
            HEAD,
            &["text", "lieu", "Lieu de travail", "Lugar", ""],
            &[
                "select_one ouinon",
                "syndicat",
                "Y a-t-il un syndicat ?",
                "¿Hay sindicato?",
                "",
            ],
        ],
    )?;
    browser.press(words.say("library.title")).await?;
    browser.see(words.say("library.drop")).await?;
    drop_file(browser, &second).await?;
    browser.see(&words.start("library.added")).await?;
    browser.press(TITLE).await?;
    browser.press(words.say("library.tab_versions")).await?;
    browser
        .see(&words.fill("library.effect_touched", &[("touched", "1"), ("n", "1")]))
        .await?;
    browser.see(words.say("library.what_removed")).await?;
    browser
        .see(&words.fill("library.touched_apart", &[("n", "1")]))
        .await?;
    browser.press(words.say("library.tab_about")).await?;
    browser.choose("Haïti – octobre 2026").await?;
    browser.press(words.say("library.assign_go")).await?;
    browser.see(words.say("library.assigned")).await?;

    // On the phone, the answer that has no question any more is still there.
    until("the new version on the phone", async || {
        ana.send().await?;
        ana.tab("common.tab_carnet").await?;
        ana.browser.press(TITLE).await?;
        let asked = within(Duration::from_secs(4), "the new words", async || {
            Ok(ana
                .browser
                .has(Role::Text, "Lieu de travail")
                .await
                .then_some(()))
        });
        Ok(asked.await.ok())
    })
    .await?;
    // It is there to read, and at the end of a correction.
    ana.browser.see("Porte fermée à clé").await?;
    ana.browser.press(words.say("form.correct")).await?;
    ana.browser.press(words.say("form.list")).await?;
    ana.browser.press(words.say("form.to_end")).await?;
    ana.browser.see(words.say("form.orphans")).await?;
    ana.browser.see("Porte fermée à clé").await?;
    // And the response is a page to print.
    ana.browser.press(words.say("form.print")).await?;
    ana.browser
        .find(Role::Button, words.say("form.print_now"))
        .await?;
    ana.browser.see("Porte fermée à clé").await?;
    ana.browser.see("Caracol").await?;
    ana.browser.close().await?;
    office.browser.close().await?;
    Ok(())
}

/// Answers in the phone's frame, to the end, and begins again with nothing kept.
async fn try_on_phone(browser: &Browser, words: &Words) -> Result<()> {
    let driver = browser.driver();
    let frame = until("the phone", async || {
        Ok(driver.find(thirtyfour::By::Css("iframe")).await.ok())
    })
    .await?;
    frame.enter_frame().await?;
    browser.fill("Lieu", "Port-au-Prince").await?;
    browser.press(words.say("form.next")).await?;
    browser.choose_for("Y a-t-il un syndicat ?", "Non").await?;
    browser.press(words.say("form.next")).await?;
    browser.see(words.say("form.end")).await?;
    browser.press(words.say("form.finish")).await?;
    browser.see(words.say("form.finish_ask")).await?;
    browser.press(words.say("form.finish")).await?;
    browser.see(words.say("form.preview_end")).await?;
    browser.press(words.say("form.preview_again")).await?;
    browser.find(Role::Field, "Lieu").await?;
    let typed = browser
        .run("return document.querySelector('main input').value", vec![])
        .await?;
    ensure!(typed == "", "{typed}");
    driver.enter_default_frame().await?;
    Ok(())
}

#[tokio::test]
async fn a_form_dropped_with_its_pictures_shows_them_at_the_desk_and_on_a_phone() -> Result<()> {
    let server = Server::start("library-media").await?;
    let words = Words::read("fr")?;
    let office = Office::set_up(Browser::desk("library-media").await?, &server, "Centre").await?;
    let browser = &office.browser;
    let short = vigie_e2e::root().join("forms/conditions_travail_court.xlsx");
    office.mission("Haïti – octobre 2026", &short).await?;
    let link = office.invite("Ana").await?;
    browser.press(words.say("library.title")).await?;
    browser.see(words.say("library.drop")).await?;
    let mut files = vec![vigie_e2e::root().join("tests/controles.xlsx")];
    for file in std::fs::read_dir(vigie_e2e::root().join("tests/controles-media"))? {
        files.push(file?.path());
    }
    drop_files(browser, &files).await?;
    browser.see(&words.start("library.added")).await?;
    browser.press("Toutes les façons de répondre").await?;
    browser.press(words.say("library.tab_phone")).await?;
    browser
        .comes(
            "the picture on the desk's phone",
            "return document.querySelector('iframe')?.contentDocument?.querySelector('.question img.medium')?.naturalWidth === 120",
        )
        .await?;
    browser.press(words.say("library.tab_about")).await?;
    browser.choose("Haïti – octobre 2026").await?;
    browser.press(words.say("library.assign_go")).await?;
    browser.see(words.say("library.assigned")).await?;

    let profile = Profile::new("library-media-ana")?;
    let ana = Delegate::join(Kind::Chromium, profile, PHONE, "Ana", &link).await?;
    ana.add("kinds.response_add").await?;
    ana.browser.press("Toutes les façons de répondre").await?;
    ana.browser
        .comes(
            "the picture on the delegate's phone",
            "return document.querySelector('.question img.medium')?.naturalWidth === 120",
        )
        .await?;
    ana.browser.close().await?;
    office.browser.close().await.map(drop)
}
