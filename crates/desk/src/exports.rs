//! What came, as files. What the table is narrowed to is what is exported.
//!
//! A desk writes no workbook: it fills one ([`FillBook`](vigie_protocol::FillBook)), the page hands that as it is to the
//! module that writes workbooks, and gives the workbook back to be packed where files go with it.

use std::collections::BTreeSet;

use vigie_journal::Record;
use vigie_model::{Kind, Layout, RecordId, fields::attachment};
use vigie_notebook::Host;
use vigie_office::export::{
    ExportFile, attachments, book,
    csv::csv,
    geojson::{geojson, place_count},
    json::json as to_json,
    table_sizes,
    vcard::{contact_count, vcards},
    zip::zip,
};
use vigie_protocol::{
    Chosen, Encoded, Export, ExportCounts, ExportFormat, Failure, File, codec::encode,
};

use crate::{desk::Desk, in_open::InOpen as _};

impl<H: Host> Desk<H> {
    pub(crate) async fn export_counts(
        &self,
        chosen: &Chosen,
        layout: &Layout,
    ) -> Result<ExportCounts, Failure> {
        let filter = self.filter(&chosen.filter, &chosen.view).await?;
        let open = self.open()?;
        let desk = open.desk()?;
        let chosen = desk.index.chosen(&filter, &desk.journal);
        let files = chosen
            .iter()
            .filter(|record| record.kind == Kind::ATTACHMENT && !record.is_deleted());
        let sizes = files.map(|file| file.value(attachment::SIZE).and_then(|size| size.as_u64()));
        let sizes: Vec<u64> = sizes.map(Option::unwrap_or_default).collect();
        Ok(ExportCounts {
            entries: desk.index.matching(&filter, &desk.journal).len(),
            tables: table_sizes(chosen.iter().copied(), &desk.questions, layout),
            files: sizes.len(),
            bytes: sizes.iter().sum(),
            places: place_count(chosen.iter().copied(), &desk.questions),
            contacts: contact_count(chosen.iter().copied()),
        })
    }

    pub(crate) async fn fill_book(
        &self,
        chosen: &Chosen,
        layout: &Layout,
    ) -> Result<Encoded, Failure> {
        let filter = self.filter(&chosen.filter, &chosen.view).await?;
        let open = self.open()?;
        let desk = open.desk()?;
        let chosen = desk.index.chosen(&filter, &desk.journal).into_iter();
        let book = book(chosen, &desk.registry, &desk.questions, layout);
        Ok(Encoded(encode(&book)))
    }

    /// The chosen entries as an archive; files attached beside, where they are asked for.
    pub(crate) async fn export(&self, export: Export) -> Result<File, Failure> {
        let made = self.host().now();
        let filter = &export.chosen.filter;
        let filter = self.filter(filter, &export.chosen.view).await?;
        let recs: BTreeSet<RecordId> = {
            let open = self.open()?;
            let desk = open.desk()?;
            let chosen = desk.index.chosen(&filter, &desk.journal).into_iter();
            let wanted = chosen.filter(|_| export.files);
            wanted.map(|record| record.rec).collect()
        };
        let whole = self.whole_files(&recs).await?;
        let open = self.open()?;
        let desk = open.desk()?;
        let chosen = desk.index.chosen(&filter, &desk.journal).into_iter();
        let chosen: Vec<&Record> = chosen
            .filter_map(
                |record| match export.files && record.kind == Kind::ATTACHMENT {
                    true => whole.record(&record.rec),
                    false => Some(record),
                },
            )
            .collect();
        let (kind, mut files) = match export.format {
            ExportFormat::Json => {
                let bytes = to_json(chosen.iter().copied(), &desk.journal, &desk.registry, made);
                let name = "vigie.json".to_owned();
                ("json", vec![ExportFile { name, bytes }])
            }
            ExportFormat::Csv { layout, separator } => {
                let records = chosen.iter().copied();
                let files = csv(records, &desk.registry, &desk.questions, &layout, separator);
                ("csv", files)
            }
            ExportFormat::GeoJson { lang } => {
                let records = chosen.iter().copied();
                let bytes = geojson(records, &desk.registry, &desk.questions, &lang);
                let name = "vigie.geojson".to_owned();
                ("geojson", vec![ExportFile { name, bytes }])
            }
            ExportFormat::VCard { lang } => {
                let bytes = vcards(chosen.iter().copied(), &lang);
                let name = "vigie.vcf".to_owned();
                ("vcard", vec![ExportFile { name, bytes }])
            }
            ExportFormat::Workbook(bytes) => {
                let name = "vigie.xlsx".to_owned();
                ("xlsx", vec![ExportFile { name, bytes }])
            }
        };
        if export.files {
            files.extend(attachments(chosen.iter().copied(), &desk.questions));
        }
        let bytes = zip(&files).map_err(|_| Failure::TooLarge {
            size: u64::from(u32::MAX) + 1,
            limit: u64::from(u32::MAX),
        })?;
        let day = made.day();
        Ok(File::new(
            format!("vigie-{kind}-{day}.zip"),
            "application/zip",
            bytes,
        ))
    }
}
