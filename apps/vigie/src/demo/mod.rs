//! A demonstration made by the real protocol: an office, a mission, three delegates whose devices are this program.
//!
//! Nothing is put into the database by hand. The office sets itself up with the token; each delegate enrols with an
//! invite, fetches the card, writes ops, seals and sends bundles, exactly as a phone does. All that is said is invented.

mod delegate;
mod story;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use vigie_mailbox::mailbox::now;
use vigie_model::{FormId, Lang, Link, LinkOptions, MissionKind, Policy};
use vigie_office::{
    docs::FormDoc,
    mission::{NewLink, NewMission},
    questions::asks_consent,
};

pub use delegate::Delegate;

use crate::{
    desk::{Desk, Lock, begin, read_key_with},
    failure::Failure,
    folder::keep,
    form,
    import::fetch_new,
    invite::{self, DAY_MS},
    link::{self, default_consent},
    mission::publish,
};

/// The passphrase of the demonstration's key file. It guards nothing but invented entries, so it is the same everywhere.
pub const PASSPHRASE: &str = "brume rivage lanterne tilleul cortège";
const MISSION: &str = "Haïti – octobre 2026";
/// The questionnaire that its partner link opens.
const PARTNER_FORM: &str = "conditions_travail_court";
const KEY_FILE: &str = "office.key";
const FOLDER: &str = "office";

/// What a person needs to look around.
pub struct Demo {
    /// The office's key, sealed by [`PASSPHRASE`].
    pub key: PathBuf,
    pub office: PathBuf,
    pub server: String,
    /// For a phone: a fresh invite's link and code.
    pub link: String,
    pub code: String,
    /// For a worker's phone: a partner link.
    pub partner: String,
}

impl Demo {
    /// What is printed, and kept beside the key in `demo.txt`.
    pub fn text(&self) -> String {
        let Demo {
            key,
            office,
            server,
            link,
            code,
            partner,
        } = self;
        let (key, office) = (key.display(), office.display());
        format!(
            "\nDemonstration: everything in it is invented.\n\
             \n  The office, in a browser on this machine\n    \
               1. open      {server}/#/bureau/reprendre\n    \
               2. choose    {key}  (restore from a key backup)\n    \
               3. type      {PASSPHRASE}\n\
             \n  A delegate's phone\n    \
               open         {link}\n    \
               or type      {code}  at {server}\n\
             \n  A worker's phone: one questionnaire, no notebook\n    \
               open         {partner}\n\
             \n  The office, on the command line\n    \
               VIGIE_PASSPHRASE='{PASSPHRASE}' vigie export --format csv --out export --key {key} --office {office}\n"
        )
    }
}

/// Fills a server that has no office yet.
pub fn make(data: &Path, server: &str, token: &str, forms: &Path) -> Result<Demo, Failure> {
    let key = data.join(KEY_FILE);
    fs::create_dir_all(data).map_err(|source| Failure::File {
        path: data.to_owned(),
        source,
    })?;
    let forms = questionnaires(forms)?;
    let keys = begin(
        server,
        token,
        "Bureau de démonstration",
        &key,
        Lock::Passphrase(PASSPHRASE),
    )?;
    let mut desk = Desk::of(keys, &data.join(FOLDER))?;
    let registry = desk.registry()?;
    for doc in &forms {
        form::keep(&mut desk, &registry, doc)?;
    }
    let mission = NewMission {
        name: MISSION.to_owned(),
        kind: MissionKind::Observation,
        starts: "2026-10-12".to_owned(),
        ends: "2026-10-23".to_owned(),
        languages: vigie_words::complete().map(Lang::from).collect(),
        policy: Policy::default(),
        forms: forms.into_iter().map(|doc| doc.form).collect(),
    };
    let mission = publish(&mut desk, mission)?;
    let mut delegates = Vec::new();
    for name in story::DELEGATES {
        let invite = invite::make(&mut desk, &mission, name, 60)?;
        delegates.push(Delegate::join(server, &invite.code, name)?);
    }
    story::tell(&mut delegates)?;
    fetch_new(&mut desk)?;
    ready(data, &mut desk, &mission)
}

/// Says again how to open a demonstration that was made before, with a fresh invite. Its devices know one address, so
/// it is served there or not at all.
pub fn again(data: &Path, server: &str) -> Result<Demo, Failure> {
    let keys = read_key_with(&data.join(KEY_FILE), PASSPHRASE)?;
    if keys.server != server {
        return Err(Failure::Demo(format!(
            "it was made for {}: serve it there, or in another folder",
            keys.server
        )));
    }
    let mut desk = Desk::of(keys, &data.join(FOLDER))?;
    let registry = desk.registry()?;
    let mission = registry
        .missions()
        .next()
        .ok_or_else(|| Failure::NoSuchMission(MISSION.to_owned()))?;
    ready(data, &mut desk, mission)
}

fn ready(
    data: &Path,
    desk: &mut Desk,
    mission: &vigie_office::docs::MissionDoc,
) -> Result<Demo, Failure> {
    let invite = invite::make(desk, mission, "démonstration", 30)?;
    let partner = partner_link(desk, mission)?;
    let absolute = |path: PathBuf| fs::canonicalize(&path).unwrap_or(path);
    let demo = Demo {
        key: absolute(data.join(KEY_FILE)),
        office: absolute(data.join(FOLDER)),
        server: desk.keys.server.clone(),
        link: vigie_join::link(&desk.keys.server, &invite.code),
        code: invite.code,
        partner,
    };
    keep(&data.join("demo.txt"), demo.text().as_bytes())?;
    Ok(demo)
}

/// The partner link of the demonstration: the one made before, or a new one.
fn partner_link(
    desk: &mut Desk,
    mission: &vigie_office::docs::MissionDoc,
) -> Result<String, Failure> {
    let now = now();
    let registry = desk.registry()?;
    let links = registry.links(&mission.id());
    if let Some(link) = links
        .iter()
        .find(|link| !link.doc.closed && link.doc.expires > now)
    {
        return Ok(vigie_join::partner_link(&desk.keys.server, &link.doc.code));
    }
    let forms = &mission.card.forms;
    let form = mission
        .card
        .form(&FormId::new(PARTNER_FORM))
        .or(forms.first());
    let Some(form) = form else {
        return Ok("(no questionnaire)".to_owned());
    };
    let link = NewLink {
        form: form.id.clone(),
        label: "Affiche de la cafétéria".to_owned(),
        consent: match asks_consent(form) {
            true => BTreeMap::new(),
            false => default_consent(),
        },
        uses: 0,
        kiosk: true,
        codes: 0,
        later_days: Link::LATER_DAYS,
        options: LinkOptions::default(),
        expires: now.plus(60 * DAY_MS),
    };
    let made = link::make(desk, mission, link)?;
    Ok(vigie_join::partner_link(&desk.keys.server, &made.code))
}

/// The questionnaires of the folder; one that can't be used is told and left out.
fn questionnaires(folder: &Path) -> Result<Vec<FormDoc>, Failure> {
    let bad = |source| Failure::File {
        path: folder.to_owned(),
        source,
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(bad)? {
        let path = entry.map_err(bad)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "xlsx")
        {
            paths.push(path);
        }
    }
    paths.sort();
    let mut forms = Vec::new();
    for path in paths {
        match form::document(&path) {
            Ok(form) => forms.push(form),
            Err(failure) => eprintln!("vigie: left out: {failure}"),
        }
    }
    Ok(forms)
}
