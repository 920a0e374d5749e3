//! XForm XML, read into a form and written from one.

pub mod xml;
