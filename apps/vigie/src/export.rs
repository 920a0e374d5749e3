//! `vigie export`: what the office's folder holds, as files that any programme reads.

use std::{fs, path::Path};

use vigie_journal::{Journal, Record};
use vigie_mailbox::mailbox::now;
use vigie_model::{FormId, Standing};
use vigie_office::{
    Registry, Verdict,
    entries::{Filter, Index},
    export::{self, ExportFile},
    questions::Questions,
};
use vigie_sheets::xlsx;

use crate::{
    arguments::{ExportArgs, Format, Narrowed, StateArg},
    desk::Desk,
    failure::Failure,
    find,
    folder::{keep, short},
    progress,
};

/// `vigie export`
pub fn export(args: &ExportArgs) -> Result<(), Failure> {
    let mut desk = Desk::open(&args.desk)?;
    let registry = desk.registry()?;
    let opened = desk
        .folder
        .journal(&desk.keys, &registry, &mut desk.state)?;
    for (path, verdict) in &opened.verdicts {
        if let Verdict::Quarantined { reason, .. } = verdict {
            eprintln!("vigie: left out: {}: {reason}", name(path));
        }
    }
    let journal = &opened.journal;
    let (layout, questions) = (args.layout(), Questions::of(&registry));
    let records = narrowed(&args.narrowed, journal, &registry, &questions)?;
    let tabled = records.iter().copied();
    let mut files = match args.format {
        Format::Csv => export::csv::csv(tabled, &registry, &questions, &layout, args.separator()),
        Format::Xlsx => {
            let book = export::book(tabled, &registry, &questions, &layout);
            vec![ExportFile {
                name: "vigie.xlsx".to_owned(),
                bytes: xlsx(&book)?,
            }]
        }
        Format::Geojson => {
            let bytes = export::geojson::geojson(tabled, &registry, &questions, &args.lang);
            vec![ExportFile {
                name: "vigie.geojson".to_owned(),
                bytes,
            }]
        }
        Format::Vcard => {
            let bytes = export::vcard::vcards(tabled, &args.lang);
            vec![ExportFile {
                name: "vigie.vcf".to_owned(),
                bytes,
            }]
        }
        Format::Json => {
            let bytes = export::json::json(tabled, journal, &registry, now());
            vec![ExportFile {
                name: "vigie.json".to_owned(),
                bytes,
            }]
        }
    };
    files.extend(export::attachments(records.iter().copied(), &questions));
    let bar = progress::bar(files.len(), "writing");
    for file in &files {
        let path = args.out.join(&file.name);
        let folder = path.parent().unwrap_or(&args.out);
        fs::create_dir_all(folder).map_err(|source| Failure::File {
            path: folder.to_owned(),
            source,
        })?;
        keep(&path, &file.bytes)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    for file in &files {
        say!("{}", args.out.join(&file.name).display());
    }
    eprintln!(
        "{} records. These files can be read by whoever has them.",
        records.len()
    );
    Ok(())
}

/// The records that are asked for, with their files. Where nothing is, all that is there, and files whose entry never came.
fn narrowed<'j>(
    asked: &Narrowed,
    journal: &'j Journal,
    registry: &Registry,
    questions: &Questions,
) -> Result<Vec<&'j Record>, Failure> {
    if *asked == Narrowed::default() {
        return Ok(journal.records().collect());
    }
    let mission = asked.mission.as_ref();
    let mission = mission
        .map(|said| find::any_mission(registry, said))
        .transpose()?;
    let day = |said: &Option<String>| said.clone().filter(|day| !day.is_empty());
    let filter = Filter {
        search: asked.text.clone().unwrap_or_default(),
        kinds: asked.kind.iter().cloned().collect(),
        themes: asked.theme.clone(),
        from: day(&asked.from),
        to: day(&asked.to),
        mission,
        form: asked.form.as_deref().map(FormId::new),
        by: asked.person.clone(),
        standing: None,
        answers: asked.conditions.clone(),
        only: None,
    };
    let standings = match asked.state {
        None => vec![None, Some(Standing::Deleted)],
        Some(StateArg::Present) => vec![None],
        Some(StateArg::Conflict) => vec![Some(Standing::Conflict)],
        Some(StateArg::Survived) => vec![Some(Standing::Survived)],
        Some(StateArg::Deleted) => vec![Some(Standing::Deleted)],
        Some(StateArg::Erased) => vec![Some(Standing::Erased)],
    };
    let index = Index::of(journal, questions, "");
    let chosen = standings.into_iter().flat_map(|standing| {
        let filter = Filter {
            standing,
            ..filter.clone()
        };
        index.chosen(&filter, journal)
    });
    Ok(chosen.collect())
}

/// The beginning of a bundle's id, for a person.
fn name(path: &Path) -> String {
    let stem = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    format!("bundle {}", short(&stem))
}
