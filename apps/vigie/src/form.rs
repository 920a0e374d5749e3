//! Questionnaires on the command line: `vigie form check|add|list|assign`.

use std::{cell::RefCell, collections::BTreeMap, path::Path};

use vigie_exchange::api::Base64;
use vigie_forms::{
    Severity,
    library::import::{Imported, import},
};
use vigie_mailbox::mailbox::now;
use vigie_model::{ExactJson, FormId, Lang};
use vigie_office::{
    OfficeDoc, Registry,
    docs::{FormDoc, FormFile},
    due::Publish,
    mission::card_form,
    registry::KnownForm,
};

use crate::{
    arguments::{AddFormArgs, AssignFormArgs, CheckFormArgs, DeskArgs},
    desk::Desk,
    failure::Failure,
    find, folder,
};

/// `vigie form check`: every problem of every file on standard output.
pub fn check(args: &CheckFormArgs) -> Result<(), Failure> {
    let mut refused = 0;
    for path in &args.files {
        let (read, _) = read(path)?;
        let count = |severity: Severity| {
            let of = read.problems.iter().map(|found| found.severity());
            of.filter(|found| *found == severity).count()
        };
        for (severity, said) in [(Severity::Error, "error"), (Severity::Warning, "warning")] {
            let of = read
                .problems
                .iter()
                .filter(|found| found.severity() == severity);
            for found in of {
                say!("{}: {said}: {found}", path.display());
            }
        }
        match &read.form {
            Some(form) => say!(
                "{}: {} {}: good, {} warnings",
                path.display(),
                form.id(),
                form.version(),
                count(Severity::Warning)
            ),
            None => {
                say!(
                    "{}: {} errors, {} warnings",
                    path.display(),
                    count(Severity::Error),
                    count(Severity::Warning)
                );
                refused += 1;
            }
        }
    }
    if refused == 0 {
        Ok(())
    } else {
        Err(Failure::Refused(refused))
    }
}

/// `vigie form add`: nothing is added unless every file can be.
pub fn add(args: &AddFormArgs) -> Result<(), Failure> {
    let docs = args
        .files
        .iter()
        .map(|path| document(path))
        .collect::<Result<Vec<_>, _>>()?;
    let mut desk = Desk::open(&args.desk)?;
    desk.fetch_docs()?;
    let registry = desk.registry()?;
    for doc in docs {
        let added = keep(&mut desk, &registry, &doc)?;
        let word = if added { "added" } else { "there already" };
        say!("{} {}  {word}", doc.form.id, doc.form.version);
    }
    Ok(())
}

/// Keeps a form in the library, unless this very version is there. Says whether it was new.
pub fn keep(desk: &mut Desk, registry: &Registry, doc: &FormDoc) -> Result<bool, Failure> {
    let known = registry.form(&doc.form.hash).and_then(KnownForm::kept);
    if known.is_some_and(|known| !known.put_away) {
        return Ok(false);
    }
    desk.put_doc(&OfficeDoc::Form(doc.clone()))?;
    Ok(true)
}

/// `vigie form list`
pub fn list(args: &DeskArgs) -> Result<(), Failure> {
    let mut desk = Desk::open(args)?;
    if let Err(error) = desk.fetch_docs() {
        eprintln!("vigie: showing what is here: {error}");
    }
    let registry = desk.registry()?;
    for known in registry.forms() {
        let form = known.form();
        let missions: Vec<&str> = registry
            .missions()
            .filter(|doc| {
                let here = doc.card.form(&form.id);
                here.is_some_and(|here| here.hash == form.hash)
            })
            .map(|doc| doc.card.mission.name.as_str())
            .collect();
        let title = form.title.values().next().map_or("", String::as_str);
        let away = known.kept().is_some_and(|doc| doc.put_away);
        say!("{} {}  {title}", form.id, form.version);
        say!(
            "    {}{}",
            if away { "put away · " } else { "" },
            if missions.is_empty() {
                "in no mission".to_owned()
            } else {
                missions.join(" · ")
            }
        );
    }
    Ok(())
}

/// `vigie form assign`
pub fn assign(args: &AssignFormArgs) -> Result<(), Failure> {
    let mut desk = Desk::open(&args.desk)?;
    desk.fetch_docs()?;
    let registry = desk.registry()?;
    let id = FormId::new(args.form.as_str());
    let known = match &args.version {
        Some(version) => registry
            .forms()
            .into_iter()
            .find(|known| known.form().id == id && known.form().version == *version),
        None => registry.newest_form(&id),
    };
    let form = known
        .ok_or_else(|| Failure::NoSuchForm(args.form.clone()))?
        .form();
    let doc = find::mission(&registry, &args.mission)?.with_form(&desk.keys, form.clone());
    let doc = desk.publish_mission(doc, Publish::forms([form.id.clone()].into()))?;
    say!("{} {}  {}", form.id, form.version, doc.card.mission.name);
    Ok(())
}

/// Reads a file; the lists that it names are looked for beside it, and in `<name>-media/`.
fn read(path: &Path) -> Result<(Imported, Vec<FormFile>), Failure> {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let stem = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let files = RefCell::new(BTreeMap::new());
    let beside = |wanted: &str| {
        // A name, never a way out of the folder.
        let wanted = Path::new(wanted).file_name()?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let places = [
            folder.join(wanted),
            folder.join(format!("{stem}-media")).join(wanted),
        ];
        let bytes = places.iter().find_map(|place| std::fs::read(place).ok())?;
        let name = wanted.to_string_lossy().into_owned();
        files.borrow_mut().insert(name, bytes.clone());
        Some(bytes)
    };
    let read = import(&name, &folder::read(path)?, &beside);
    let mut files = files.into_inner();
    if let Some(itemsets) = &read.itemsets {
        files.insert("itemsets.csv".into(), itemsets.clone().into_bytes());
    }
    let files = files.into_iter().map(|(name, data)| FormFile {
        name,
        data: Base64(data),
    });
    Ok((read, files.collect()))
}

/// A file as the library keeps it. What is wrong with it is told all at once; what is only doubtful goes to standard
/// error.
pub fn document(path: &Path) -> Result<FormDoc, Failure> {
    let refused = |problems: Vec<String>| Failure::Form {
        path: path.to_owned(),
        problems: problems.join("\n"),
    };
    let (read, files) = read(path)?;
    let Some(form) = read.form else {
        let problems = read.problems.iter().map(|found| format!("  {found}"));
        return Err(refused(problems.collect()));
    };
    for doubt in &read.problems {
        eprintln!("vigie: {}: {doubt}", path.display());
    }
    let compiled =
        ExactJson::in_order(&form.to_json()).map_err(|error| refused(vec![error.to_string()]))?;
    let titles = form.titles().into_iter();
    let title = titles
        .map(|(lang, title)| (Lang::new(lang), title))
        .collect();
    Ok(FormDoc {
        form: card_form(form.id(), form.version(), title, compiled),
        xform: read.xform,
        files,
        added: now(),
        put_away: false,
    })
}
