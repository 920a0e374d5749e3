//! How fast the office's table is with fifty thousand entries, in Chromium: what `cargo xtask bench` puts beside the sizes.
//!
//! The entries are answers and notes that the office's own key signed, sealed in bundles and dropped into *Réception*.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use vigie_e2e::people::BACKUP_PASSPHRASE;
use vigie_e2e::{Browser, Office, Server, root};
use vigie_journal::bundle::Bundle;
use vigie_journal::{Chain, Clock, FormRef, Op, StoredOp};
use vigie_model::{FormHash, Kind, MissionId, RecordId, Timestamp};
use vigie_office::OfficeKeys;
use vigie_seal::{envelope, passfile::open_with_passphrase};

const ENTRIES: usize = 50_000;
const BUNDLES: usize = 10;
const NOW: i64 = 1_790_000_000_000;
const FRAMES: usize = 600;
const PIXELS: usize = 200;
/// One frame at sixty a second, as a browser's clock tells it.
const FRAME_MS: f64 = 16.8;
const SEARCH_MS: f64 = 100.0;
/// Large enough for any backup.
const BACKUP_BYTES: usize = 1 << 20;
const TABLE: &str = include_str!("src/table.js");

#[tokio::test]
#[ignore = "takes minutes; `cargo xtask bench` runs it"]
async fn the_offices_table_scrolls_and_searches_with_fifty_thousand_entries() -> Result<()> {
    let folder = std::env::var_os("VIGIE_MEASURES").context("VIGIE_MEASURES names no folder")?;
    let server = Server::start("measures-table").await?;
    let browser = Browser::desk("measures-table").await?;
    let office = Office::set_up(browser, &server, "Bureau").await?;
    let form = root().join("forms/conditions_travail_court.xlsx");
    office.mission("Mesures", &form).await?;
    let browser = &office.browser;
    let address = browser.run("return location.hash", vec![]).await?;
    let mission = address.as_str().and_then(|hash| hash.rsplit('/').next());
    let mission: MissionId = mission.context("no address")?.parse()?;
    let backup = std::fs::read(&office.backup)?;
    let key = open_with_passphrase(&backup, BACKUP_PASSPHRASE, BACKUP_BYTES)?;
    let keys = OfficeKeys::from_text(std::str::from_utf8(&key)?)?;
    for (n, bytes) in bundles(&keys, mission).into_iter().enumerate() {
        let file = server.data().join(format!("{n}.age"));
        std::fs::write(&file, bytes)?;
        office.import(&file).await?;
        let came = format!(
            "return document.querySelectorAll('.work .state--received').length === {}",
            n + 1
        );
        browser.comes("an imported bundle", &came).await?;
    }
    office.go("entries").await?;
    let all = format!(
        "return document.querySelector('table')?.getAttribute('aria-rowcount') === '{}'",
        ENTRIES + 1
    );
    browser.comes("all entries", &all).await?;
    browser.run(TABLE, vec![]).await?;

    let scroll = format!("table.scroll({FRAMES}, {PIXELS})");
    let mut rows = Vec::new();
    let mut measured = |name: &str, value: f64, goal: f64| {
        rows.push(json!({ "name": name, "value": value, "unit": "ms", "goal": goal }));
    };
    let scrolled = times(browser, &scroll).await?;
    measured(
        "a frame while 50,000 entries are scrolled by 12,000 pixels a second, 95th of 100",
        nearest(scrolled, 0.95),
        FRAME_MS,
    );
    let words = ["usine", "salaire", "ouanaminthe", "comite", "atelier 77"];
    let searched = times(browser, &format!("table.search({})", json!(words))).await?;
    measured(
        "search as typed over 50,000 entries until it is drawn, 95th of 100",
        nearest(searched, 0.95),
        SEARCH_MS,
    );

    // Narrowed to a questionnaire, by two of its questions, with answers in columns, in order of one.
    let narrowed = "questionnaire=conditions_travail_court&reponse=travail%2Fpays%3DHT&reponse=heures%2Fheures_jour%3A8..12\
        &colonne=travail%2Fpays&colonne=heures%2Fheures_jour&tri-reponse=heures%2Fheures_jour";
    browser
        .run(
            "location.hash = `#/bureau/entrees/-/${encodeURIComponent(arguments[0])}`",
            vec![json!(narrowed)],
        )
        .await?;
    browser
        .comes(
            "answers in columns",
            "return document.querySelectorAll('td.col-answer').length > 20",
        )
        .await?;
    let scrolled = times(browser, &scroll).await?;
    measured(
        "the same, narrowed by two answers and in order of one",
        nearest(scrolled, 0.95),
        FRAME_MS,
    );
    let searched = times(browser, &format!("table.search({})", json!(words))).await?;
    measured(
        "search in that, 95th of 100",
        nearest(searched, 0.95),
        SEARCH_MS,
    );

    let file = PathBuf::from(folder).join("table.json");
    std::fs::write(file, Value::from(rows).to_string())?;
    office.browser.close().await.map(drop)
}

async fn times(browser: &Browser, promise: &str) -> Result<Vec<f64>> {
    // It takes longer than a driver waits for a script.
    let start = format!("window.told = null; {promise}.then((times) => (window.told = times));");
    browser.run(&start, vec![]).await?;
    browser
        .comes("what was measured", "return window.told !== null")
        .await?;
    let told: Vec<f64> = serde_json::from_value(browser.run("return window.told", vec![]).await?)?;
    ensure!(told.len() >= 10, "too few to say anything: {told:?}");
    Ok(told)
}

/// What so large a part of `times` does not exceed.
fn nearest(mut times: Vec<f64>, part: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    times[((times.len() as f64 * part).ceil() as usize).max(1) - 1]
}

/// Half of them answers to the questionnaire, half notes.
fn bundles(keys: &OfficeKeys, mission: MissionId) -> Vec<Vec<u8>> {
    let mut next = 7u64;
    let mut random = move |bytes: &mut [u8]| {
        for byte in bytes {
            // Knuth's multiplier: what is drawn need only differ.
            next = next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *byte = (next >> 56) as u8;
        }
    };
    let device = keys.signing.device();
    let (mut chain, mut clock) = (Chain::default(), Clock::default());
    let mut sealed = Vec::new();
    for _ in 0..BUNDLES {
        let mut ops = Vec::with_capacity(ENTRIES / BUNDLES);
        for _ in 0..ENTRIES / BUNDLES {
            let n = chain.seq;
            let is_answer = n % 2 == 0;
            let op = StoredOp::new(Op {
                v: Op::VERSION,
                dev: device,
                seq: n,
                prev: chain.prev,
                hlc: clock.tick(Timestamp(NOW + n as i64 * 60_000)),
                by: format!("Délégué·e {}", n % 7),
                rec: RecordId::random(&mut random),
                kind: if is_answer {
                    Kind::RESPONSE
                } else {
                    Kind::NOTE
                },
                mission,
                form: is_answer.then(|| FormRef {
                    id: "conditions_travail_court".into(),
                    version: "1".into(),
                    hash: FormHash::named("another"),
                }),
                set: if is_answer { answer(n) } else { note(n) },
                over: BTreeMap::new(),
                more: BTreeMap::new(),
            });
            chain = Chain::after(&op);
            ops.push(op);
        }
        let unsigned = Bundle::compose(mission, device, Timestamp(NOW), &ops);
        let signature = keys.signing.sign(&unsigned.message());
        let bundle = unsigned.sign(signature.to_bytes());
        let recipients = [keys.recipient()];
        sealed.push(envelope::seal(&bundle.to_json(), &recipients).expect("there is a recipient"));
    }
    sealed
}

fn answer(n: u64) -> BTreeMap<String, Value> {
    let country = ["HT", "MX", "BD"][n as usize % 3];
    [
        ("travail/pays", json!(country)),
        ("heures/heures_jour", json!((6 + n % 9).to_string())),
        ("heures/jours_semaine", json!((4 + n % 4).to_string())),
        (
            "suite/remarque",
            json!(format!("Atelier {}: la paie arrive en retard.", n % 500)),
        ),
        ("_finished", json!(NOW + n as i64)),
    ]
    .map(|(field, value)| (field.to_owned(), value))
    .into()
}

fn note(n: u64) -> BTreeMap<String, Value> {
    let text = format!(
        "Rencontre {n} avec le comité de l’atelier {}. Les heures supplémentaires ne sont pas payées depuis mars; deux personnes \
         disent avoir été menacées de renvoi. À vérifier auprès de l’inspection du travail.",
        n % 500
    );
    [
        ("title", json!(format!("Rencontre syndicale {n}"))),
        ("text", json!(text)),
        ("at", json!("2026-10-14T16:20")),
        (
            "place",
            json!(["Ouanaminthe", "Dhaka", "Puebla"][n as usize % 3]),
        ),
        ("themes", json!(["decent_wages"])),
    ]
    .map(|(field, value)| (field.to_owned(), value))
    .into()
}
