//! What is exported, which entries of it, and how it is laid out.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use vigie_model::{
    Answers, Condition, Kind, Layout, Rows, Separator,
    kinds::{KINDS, List, Listed},
};

use super::{date::date, office::DeskArgs};

#[derive(Args)]
pub struct ExportArgs {
    #[command(flatten)]
    pub desk: DeskArgs,
    #[arg(long, value_enum)]
    pub format: Format,
    /// Folder for the files, made when missing. They are readable: guard them.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Where the rows of a repeat stand: each in a table of its own with the key of its response (long), or in columns of the
    /// response (wide). Unless said: long in a workbook, wide in CSV.
    #[arg(long, value_enum)]
    pub rows: Option<RowsArg>,
    /// What stands for an answer chosen from a list, in a workbook and in CSV.
    #[arg(long, value_enum, default_value_t = AnswersArg::Codes)]
    pub answers: AnswersArg,
    /// The language of labels, and of what a map or a card says.
    #[arg(long, default_value = "fr")]
    pub lang: String,
    /// What parts the cells of CSV: a comma, or a semicolon as spreadsheets in French and Spanish expect it.
    #[arg(long, value_enum, default_value_t = SeparatorArg::Comma)]
    pub separator: SeparatorArg,
    #[command(flatten)]
    pub narrowed: Narrowed,
}

/// Which entries, in the words of the desk's table: all that are asked for at once hold. Files go with their entry.
#[derive(Args, Default, PartialEq)]
#[command(next_help_heading = "Which entries (all, unless said)")]
pub struct Narrowed {
    /// Of this mission: its id, the beginning of its id, or its name.
    #[arg(long)]
    pub mission: Option<String>,
    /// Of this kind: note, response, contact, workplace, organisation.
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub kind: Option<Kind>,
    /// Answers to this questionnaire, by its id.
    #[arg(long, value_name = "ID")]
    pub form: Option<String>,
    /// Whose answer is so: QUESTION=CODE, QUESTION~WORDS or QUESTION:FROM..TO, the question by its path; may be given several
    /// times.
    #[arg(long = "where", value_name = "CONDITION")]
    pub conditions: Vec<Condition>,
    /// Begun by this person, as she calls herself.
    #[arg(long, value_name = "NAME")]
    pub person: Option<String>,
    /// From this day on, YYYY-MM-DD: the day that the person wrote, else the day it was begun.
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub from: Option<String>,
    /// Until this day, YYYY-MM-DD.
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub to: Option<String>,
    /// On this theme, by its code, such as decent_wages; may be given several times: any of them.
    #[arg(long, value_name = "CODE", value_parser = theme)]
    pub theme: Vec<String>,
    /// Of these, only such. Unless said, deleted entries are there, and say so.
    #[arg(long, value_enum)]
    pub state: Option<StateArg>,
    /// With all of these words, whatever their accents and case.
    #[arg(long, value_name = "WORDS")]
    pub text: Option<String>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum StateArg {
    /// Not deleted.
    Present,
    /// With something to settle.
    Conflict,
    /// Deleted by somebody who had not seen a later change: still there.
    Survived,
    Deleted,
    /// Erased for good by the office.
    Erased,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Format {
    /// One workbook, with a sheet for each kind, questionnaire and repeat, and its codebook.
    Xlsx,
    Csv,
    Json,
    /// The places that were answered with, on a map.
    Geojson,
    /// People and organisations, for an address book.
    Vcard,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum RowsArg {
    Long,
    Wide,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum AnswersArg {
    Codes,
    Labels,
    /// Codes, with labels in a column beside.
    Both,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum SeparatorArg {
    Comma,
    Semicolon,
}

impl ExportArgs {
    pub fn layout(&self) -> Layout {
        let is_long = match self.rows {
            Some(RowsArg::Long) => true,
            Some(RowsArg::Wide) => false,
            None => matches!(self.format, Format::Xlsx),
        };
        Layout {
            rows: if is_long { Rows::Long } else { Rows::Wide },
            answers: match self.answers {
                AnswersArg::Codes => Answers::Codes,
                AnswersArg::Labels => Answers::Labels,
                AnswersArg::Both => Answers::Both,
            },
            lang: self.lang.clone(),
        }
    }

    pub fn separator(&self) -> Separator {
        match self.separator {
            SeparatorArg::Comma => Separator::Comma,
            SeparatorArg::Semicolon => Separator::Semicolon,
        }
    }
}

/// A kind that entries have.
fn kind(text: &str) -> Result<Kind, String> {
    let known = KINDS.iter().filter(|of| of.listed != Listed::Nowhere);
    let known: Vec<&str> = known.map(|of| of.kind.as_str()).collect();
    match known.contains(&text) {
        true => Ok(Kind::new(text)),
        false => Err(format!("one of {}", known.join(", "))),
    }
}

fn theme(text: &str) -> Result<String, String> {
    let known = List::Themes.codes();
    match known.contains(&text) {
        true => Ok(text.to_owned()),
        false => Err(format!("one of {}", known.join(", "))),
    }
}
