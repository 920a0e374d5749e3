//! The office's form library: what it keeps, where it went, what a new version does to what came back.

use std::collections::BTreeMap;

use serde_json::Value;
use vigie_exchange::api::Base64;
use vigie_forms::library::{Comparison, compare, languages};
use vigie_journal::Record;
use vigie_model::{CardForm, FormHash, Kind, MissionId, Timestamp, fields::is_reserved};
use vigie_notebook::Host;
use vigie_office::{
    OfficeDoc,
    docs::{FormDoc, FormFile},
    export::{ExportFile, zip::zip},
    registry::KnownForm,
};
use vigie_protocol::{ChosenForm, Failure, File, FormDetail, LibraryForm, NewForm};
use vigie_respondent::{compiled, form_info, language, media_file};

use crate::{desk::Desk, in_open::InOpen as _, memory::OpenDesk, missions::to_card_form};

impl<H: Host> Desk<H> {
    /// A file that a version shows.
    pub(crate) fn shown_file(&self, hash: &FormHash, name: &str) -> Result<File, Failure> {
        let open = self.open()?;
        let files = open.desk()?.registry.media(hash);
        let found = files.into_iter().find(|file| file.name == name);
        let bytes = found.ok_or(Failure::NotFound)?.data.0;
        media_file(name, bytes)
    }

    pub(crate) fn known_form(&self, hash: &FormHash) -> Result<CardForm, Failure> {
        self.open()?.desk()?.known_form(hash)
    }

    /// A form that a person chose, as it goes into a card.
    pub(crate) fn chosen_form(&self, form: ChosenForm) -> Result<CardForm, Failure> {
        self.open()?.desk()?.chosen_form(form)
    }

    pub(crate) fn library_forms(&self) -> Result<Vec<LibraryForm>, Failure> {
        let open = self.open()?;
        let desk = open.desk()?;
        let counts = desk.responses_by_form();
        desk.registry
            .forms()
            .into_iter()
            .map(|known| desk.library_form(known, &counts))
            .collect()
    }

    pub(crate) fn library_form(&self, hash: &FormHash) -> Result<FormDetail, Failure> {
        let form = compiled(&self.known_form(hash)?)?;
        let versions: Vec<LibraryForm> = self
            .library_forms()?
            .into_iter()
            .filter(|version| version.info.id.as_str() == form.id())
            .collect();
        let this = versions.iter().find(|version| version.hash == *hash);
        Ok(FormDetail {
            form: this.cloned().ok_or(Failure::NotFound)?,
            versions,
            languages: languages(form.source()),
        })
    }

    /// The same version again is not kept twice.
    pub(crate) async fn add_form(&self, form: NewForm) -> Result<(), Failure> {
        let card_form = to_card_form(form.compiled)?;
        let files = form.files.into_iter().map(|file| FormFile {
            name: file.name,
            data: Base64(file.bytes),
        });
        let doc = FormDoc {
            xform: form.xform,
            files: files.collect(),
            added: self.host().now(),
            put_away: false,
            form: card_form,
        };
        let known = {
            let open = self.open()?;
            let known = open.desk()?.registry.form(&doc.form.hash);
            known
                .and_then(KnownForm::kept)
                .is_some_and(|kept| !kept.put_away)
        };
        if known {
            return Ok(());
        }
        self.put_doc(OfficeDoc::Form(doc)).await
    }

    pub(crate) async fn put_form_away(&self, hash: &FormHash, away: bool) -> Result<(), Failure> {
        let now = self.host().now();
        let doc = {
            let open = self.open()?;
            let known = open.desk()?.registry.form(hash).ok_or(Failure::NotFound)?;
            let kept = known.kept().ok_or(Failure::NotFound)?;
            FormDoc {
                put_away: away,
                // Two clocks of one office may differ: the later word must count.
                added: now.max(Timestamp(kept.added.0 + 1)),
                ..kept.clone()
            }
        };
        self.put_doc(OfficeDoc::Form(doc)).await
    }

    pub(crate) async fn assign_known_form(
        &self,
        hash: &FormHash,
        missions: &[MissionId],
    ) -> Result<(), Failure> {
        let form = self.known_form(hash)?;
        for mission in missions {
            self.put_in_card(*mission, form.clone()).await?;
        }
        Ok(())
    }

    pub(crate) fn compare_forms(
        &self,
        before: &FormHash,
        after: &FormHash,
        lang: &str,
    ) -> Result<Comparison, Failure> {
        let (before, after) = (self.known_form(before)?, self.known_form(after)?);
        let (old, new) = (compiled(&before)?, compiled(&after)?);
        let open = self.open()?;
        let desk = open.desk()?;
        let responses: Vec<BTreeMap<String, String>> = desk
            .responses()
            .filter(|(_, hash)| **hash == before.hash)
            .map(|(record, _)| answers(record))
            .collect();
        Ok(compare(old.source(), new.source(), lang, &responses))
    }

    pub(crate) fn xform(&self, hash: &FormHash) -> Result<File, Failure> {
        let open = self.open()?;
        let known = open.desk()?.registry.form(hash).ok_or(Failure::NotFound)?;
        let doc = known.kept().ok_or(Failure::NotFound)?;
        let name: String = doc
            .form
            .id
            .as_str()
            .chars()
            .map(|letter| match letter {
                letter if letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.') => letter,
                _ => '_',
            })
            .collect();
        if doc.files.is_empty() {
            let bytes = doc.xform.clone().into_bytes();
            return Ok(File::new(format!("{name}.xml"), "application/xml", bytes));
        }
        // As other tools hold them: the form, and beside it a folder of its files.
        let mut files = vec![ExportFile {
            name: format!("{name}.xml"),
            bytes: doc.xform.clone().into_bytes(),
        }];
        files.extend(doc.files.iter().map(|file| ExportFile {
            name: format!("{name}-media/{}", file.name),
            bytes: file.data.0.clone(),
        }));
        let bytes = zip(&files).map_err(|error| Failure::Internal(error.to_string()))?;
        Ok(File::new(format!("{name}.zip"), "application/zip", bytes))
    }
}

/// The answers of a response, by path below the root.
fn answers(record: &Record) -> BTreeMap<String, String> {
    record
        .values()
        .filter(|(field, _)| !is_reserved(field))
        .filter_map(|(field, value)| match value {
            Value::String(text) => Some((field.to_owned(), text.clone())),
            Value::Null => None,
            other => Some((field.to_owned(), other.to_string())),
        })
        .collect()
}

impl OpenDesk {
    fn known_form(&self, hash: &FormHash) -> Result<CardForm, Failure> {
        let known = self.registry.form(hash).ok_or(Failure::NotFound)?;
        Ok(known.form().clone())
    }

    pub(crate) fn chosen_form(&self, form: ChosenForm) -> Result<CardForm, Failure> {
        match form {
            ChosenForm::Known(hash) => self.known_form(&hash),
            ChosenForm::Compiled(compiled) => to_card_form(compiled),
        }
    }

    /// Responses that are not deleted, each with the hash of the version it was filled with.
    fn responses(&self) -> impl Iterator<Item = (&Record, &FormHash)> {
        self.journal
            .records()
            .filter(|record| record.kind == Kind::RESPONSE && !record.is_deleted())
            .filter_map(|record| Some((record, &record.form.as_ref()?.hash)))
    }

    fn responses_by_form(&self) -> BTreeMap<FormHash, usize> {
        let mut counts = BTreeMap::new();
        for (_, hash) in self.responses() {
            *counts.entry(hash.clone()).or_default() += 1;
        }
        counts
    }

    fn library_form(
        &self,
        known: &KnownForm,
        counts: &BTreeMap<FormHash, usize>,
    ) -> Result<LibraryForm, Failure> {
        let card_form = known.form();
        let form = compiled(card_form)?;
        let complete = languages(form.source());
        let missions = self.registry.missions().filter(|doc| {
            let here = doc.card.form(&card_form.id);
            here.is_some_and(|here| here.hash == card_form.hash)
        });
        let newest = self.registry.newest_form(&card_form.id);
        Ok(LibraryForm {
            info: form_info(card_form)?,
            hash: card_form.hash.clone(),
            added: known.kept().map(|doc| doc.added.0),
            newest: newest.is_some_and(|newest| newest.form().hash == card_form.hash),
            put_away: known.kept().is_some_and(|doc| doc.put_away),
            has_xform: known.kept().is_some_and(|doc| !doc.xform.is_empty()),
            complete: complete
                .iter()
                .map(|one| (language(&one.language).0, one.percent()))
                .collect(),
            missions: missions
                .map(|doc| (doc.id(), doc.card.mission.name.clone()))
                .collect(),
            responses: counts.get(&card_form.hash).copied().unwrap_or_default(),
        })
    }
}
