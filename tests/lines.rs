//! A line of 20 kB a second, cut again and again, and silent for half a minute: what was recorded leaves whole, once, and the
//! mission's new card comes.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use flate2::{Compression, Crc, write::ZlibEncoder};
use vigie_e2e::browser::{PHONE, Role};
use vigie_e2e::line::{Line, Weather};
use vigie_e2e::people::{Answer, CommandLineOffice, Delegate};
use vigie_e2e::wait::within;
use vigie_e2e::workbook::workbook;
use vigie_e2e::{Kind, Profile, Server};

const PHOTOS: usize = 24;
/// So many that the card has some 900 kB.
const PLACES: usize = 30_000;
const ROUGH: Weather = Weather {
    bytes_a_second: 20_000,
    cut_of_hundred: 10,
    stall: Duration::from_secs(30),
    ..Weather::CLEAR
};
/// What 24 photos take at that rate, three times over, with waits between tries.
const LONG: Duration = Duration::from_secs(300);

#[tokio::test]
async fn photos_leave_and_a_card_comes_over_a_line_that_is_slow_cut_and_silent() -> Result<()> {
    let server = Server::start("lines").await?;
    let line = Line::to(&server.url())?;
    let office = CommandLineOffice::set_up(&server).await?;
    let folder = server.data().join("forms");
    std::fs::create_dir_all(&folder)?;
    let album = album(&folder)?;
    let link = office
        .mission_and_invite_with(&album, "Tournée", "Ana")?
        .replace(&server.url(), &line.url());
    let ana = Delegate::join(Kind::Chromium, Profile::new("lines")?, PHONE, "Ana", &link).await?;
    let photos: Vec<PathBuf> = (1..=PHOTOS)
        .map(|number| photo(&folder, number))
        .collect::<Result<_>>()?;
    let labels: Vec<String> = (1..=PHOTOS)
        .map(|number| format!("Photo {number:02}"))
        .collect();
    let answers: Vec<(&str, Answer<'_>)> = labels
        .iter()
        .zip(&photos)
        .map(|(label, photo)| (label.as_str(), Answer::Attach(photo)))
        .collect();

    // A new card waits at the server before anything leaves; at this rate it takes longer than a short patience has.
    office.assign("Tournée", &second(&folder)?)?;
    line.set(ROUGH);
    ana.respond("Album", &answers).await?;
    ana.strip_will_say(LONG, 1, "stored").await?;
    within(LONG, "the second questionnaire", async || {
        ana.add("kinds.response_add").await?;
        ana.browser.find(Role::Button, "Album").await?;
        let there = ana.browser.has(Role::Button, "Deuxième").await;
        ana.browser.press(ana.words.say("common.back")).await?;
        if !there {
            ana.send().await?;
        }
        Ok(there.then_some(()))
    })
    .await?;
    let passed = line.passed();
    ensure!(
        passed.cuts > 0 && passed.stalls == 1,
        "the line was kind: {passed:?}"
    );
    line.set(Weather::CLEAR);

    office.fetch()?;
    let export = office.export_json()?;
    let export: serde_json::Value = serde_json::from_str(&export)?;
    let records = export["records"].as_array().context("records")?;
    let responses = records.iter().filter(|one| one["kind"] == "response");
    ensure!(responses.count() == 1, "the response is there once");
    let files = office.exported_files()?;
    ensure!(files == PHOTOS, "{files} of {PHOTOS} photos at the office");
    println!("the line: {:?}", line.passed());
    ana.browser.close().await.map(drop)
}

/// A questionnaire with a question for each photo.
fn album(folder: &Path) -> Result<PathBuf> {
    let cells: Vec<[String; 3]> = (1..=PHOTOS)
        .map(|number| {
            [
                "image".into(),
                format!("photo_{number}"),
                format!("Photo {number:02}"),
            ]
        })
        .collect();
    let rows: Vec<Vec<&str>> = cells
        .iter()
        .map(|row| row.iter().map(String::as_str).collect())
        .collect();
    let head: &[&str] = &["type", "name", "label"];
    let survey: Vec<&[&str]> = std::iter::once(head)
        .chain(rows.iter().map(Vec::as_slice))
        .collect();
    form(folder, "album", "Album", &survey)
}

fn second(folder: &Path) -> Result<PathBuf> {
    let mut noise = 1_u32;
    let places: Vec<[String; 3]> = (0..PLACES)
        .map(|number| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            [
                "lieux".into(),
                format!("l{number}"),
                format!("Lieu {noise:x}"),
            ]
        })
        .collect();
    let rows: Vec<Vec<&str>> = places
        .iter()
        .map(|row| row.iter().map(String::as_str).collect())
        .collect();
    let head: &[&str] = &["list_name", "name", "label"];
    let choices: Vec<&[&str]> = std::iter::once(head)
        .chain(rows.iter().map(Vec::as_slice))
        .collect();
    let survey: [&[&str]; 2] = [
        &["type", "name", "label"],
        &["select_one lieux", "lieu", "Où"],
    ];
    let settings: [&[&str]; 2] = [&["form_id", "form_title"], &["deuxieme", "Deuxième"]];
    let sheets = [
        ("survey", &survey[..]),
        ("choices", &choices[..]),
        ("settings", &settings[..]),
    ];
    workbook(folder, "deuxieme.xlsx", &sheets)
}

fn form(folder: &Path, id: &str, title: &str, survey: &[&[&str]]) -> Result<PathBuf> {
    let settings: [&[&str]; 2] = [&["form_id", "form_title"], &[id, title]];
    workbook(
        folder,
        &format!("{id}.xlsx"),
        &[("survey", survey), ("settings", &settings)],
    )
}

/// A picture of noise, that no encoder makes much smaller.
fn photo(folder: &Path, number: usize) -> Result<PathBuf> {
    const SIDE: usize = 72;
    let mut noise = number as u32;
    let mut next = || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (noise >> 24) as u8
    };
    // Each line begins with its filter: none.
    let line = 1 + SIDE * 3;
    let pixels: Vec<u8> = (0..SIDE * line)
        .map(|at| if at % line == 0 { 0 } else { next() })
        .collect();
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    zlib.write_all(&pixels)?;
    let side = (SIDE as u32).to_be_bytes();
    let header = [&side[..], &side[..], &[8, 2, 0, 0, 0]].concat();
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [
        (b"IHDR", header),
        (b"IDAT", zlib.finish()?),
        (b"IEND", Vec::new()),
    ] {
        png.extend((data.len() as u32).to_be_bytes());
        let mut crc = Crc::new();
        crc.update(kind);
        crc.update(&data);
        png.extend(kind);
        png.extend(&data);
        png.extend(crc.sum().to_be_bytes());
    }
    let path = folder.join(format!("photo-{number}.png"));
    std::fs::write(&path, png)?;
    Ok(path)
}
