//! `vigie export`: what the office's folder holds, as files that any programme reads.

use std::{fs, path::Path};

use vigie_journal::Record;
use vigie_mailbox::mailbox::now;
use vigie_office::{
    Verdict,
    export::{self, ExportFile},
    questions::Questions,
};
use vigie_sheets::xlsx;

use crate::{
    arguments::{ExportArgs, Format},
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
    let only = args
        .mission
        .as_ref()
        .map(|said| find::mission(&registry, said))
        .transpose()?
        .map(|doc| doc.id());
    let opened = desk
        .folder
        .journal(&desk.keys, &registry, &mut desk.state)?;
    for (path, verdict) in &opened.verdicts {
        if let Verdict::Quarantined { reason, .. } = verdict {
            eprintln!("vigie: left out: {}: {reason}", name(path));
        }
    }
    let journal = &opened.journal;
    let records: Vec<&Record> = journal
        .records()
        .filter(|record| only.is_none_or(|mission| record.mission == mission))
        .collect();
    let (layout, questions) = (args.layout(), Questions::of(&registry));
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

/// The beginning of a bundle's id, for a person.
fn name(path: &Path) -> String {
    let stem = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    format!("bundle {}", short(&stem))
}
