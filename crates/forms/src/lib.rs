//! Questionnaires: what they are, and the live session of someone answering one.
//!
//! An XLSForm workbook becomes XForm XML ([`xlsform`], desk only); XForm XML becomes a [`Form`] ([`xform`], desk and
//! tests); a [`Form`] is serde, travels to phones inside the mission's card, and is all that a [`Session`] needs.
//! Nothing here reads a clock, a file or chance: an [`Env`] says the time, the device and the dice.
//!
//! # Reading a form
//! ```text
//! let read = vigie_forms::xform::read(&xml, &attachments);  // every problem at once, errors and warnings
//! let form = read.form?;                                     // absent when a problem is an error
//! let sent = form.to_json();                                 // compact; what a card carries
//! let form = Arc::new(Form::from_json(&sent)?);              // on the phone: no XML, expressions compiled here
//! ```
//!
//! # Answering it
//! ```text
//! let mut session = Session::new(form, Box::new(env));       // first-load actions run, everything calculated
//! for page in session.pages() { … session.view(page.nodes[0]) … }
//! let changes = session.answer(id, "42")?;                   // only what must be redrawn
//! let changes = session.add_repeat(range)?;                  // remove_repeat(row), move_repeat(row, to)
//! let changes = session.set_language("Français (fr)");
//! let draft = session.snapshot();                            // serde; reopened by Session::restore(form, draft, env)
//! let problems = session.validate();                         // missing, violated, wrong type: by node, in order
//! let submission = session.finish()?;                        // runs the last calculations; answers, rows
//! ```
//! - A node is a [`NodeId`]: stable for the life of a session, never reused, not stored. A path such as
//!   `/data/ouvrieres[2]/age` names the same node across sessions.
//! - A value is a string in XForms lexical form: `2026-11-24`, `14:05:00.000-05:00`, `a b c` for several choices,
//!   `45.5 -73.6 20 5` for a place, `;` between places, `OK` for an acknowledgement, a file's name for a photo.
//!   A value that does not fit its type is kept, and is a [`ViolationKind::Type`].
//! - [`Changes`] lists nodes whose [`NodeView`] differs from before; `structure` says that pages must be asked again.
//! - `${last-saved#name}` reads what [`Env::last_saved`] gives.
//! - Long choice lists: a view carries at most [`CHOICES_SHOWN`] choices; [`Session::search_choices`] gives the rest.

pub mod form;
pub mod library;
mod lower;
pub mod media;
mod number;
pub mod problem;
pub mod session;
pub mod xpath;

#[cfg(feature = "xform")]
pub mod bench_forms;
#[cfg(feature = "xform")]
pub mod xform;
#[cfg(feature = "xlsform")]
pub mod xlsform;

pub use form::{
    Appearance, Camera, ChoiceLayout, Control, DataType, DatePart, Drawing, Form, Parameters,
    Scale, ScaleLook,
};
pub use number::number;
pub use problem::{Place, Problem, Severity};
pub use session::{
    Answered, CHOICES_SHOWN, Changes, Choice, ChoicePage, Counts, Draft, Env, Invalid, Media,
    NodeId, NodeKind, NodeView, OutlineNode, Page, PageKind, Refused, Row, Session, Submission,
    Text, Violation, ViolationKind,
};
pub use xpath::Now;
