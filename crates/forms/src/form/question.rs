//! What a question may be, and what its answer.

use serde::{Deserialize, Serialize};

/// The control of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Control {
    /// Typed: text, number, date, place, barcode, by `data_type`.
    Input,
    /// Read only, without an answer of its own.
    Note,
    /// One choice.
    SelectOne,
    /// Several choices.
    SelectMultiple,
    /// Choices put in order.
    Rank,
    /// A number between two bounds; `parameters` has `start`, `end`, `step`.
    Range,
    /// A file: `parameters` has `mediatype`.
    Upload,
    /// An acknowledgement: `OK` or nothing.
    Trigger,
}

/// The type of a value, by its bind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DataType {
    /// Any text.
    #[default]
    String,
    /// A whole number.
    Int,
    /// A number.
    Decimal,
    /// True or false.
    Boolean,
    /// `2026-11-24`.
    Date,
    /// `14:05:00.000-05:00`.
    Time,
    /// Both, joined by `T`.
    DateTime,
    /// Latitude, longitude, altitude, accuracy.
    Geopoint,
    /// Points along a line.
    Geotrace,
    /// Points around a shape, the last being the first.
    Geoshape,
    /// A file's name.
    Binary,
    /// A code read by a camera.
    Barcode,
    /// The URI of an app or a page.
    Intent,
}
