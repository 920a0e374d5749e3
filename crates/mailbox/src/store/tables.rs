//! The tables of a mailbox, as the two databases have them alike, for whoever carries all rows from one to another.

#[derive(Clone, Copy)]
pub enum Kind {
    Number,
    Flag,
    Text,
    Bytes,
}

/// A table, its columns, and whether the database gives its rows numbers.
pub struct Table {
    pub name: &'static str,
    pub columns: &'static [(&'static str, Kind)],
    pub numbered: bool,
}

use Kind::{Bytes, Flag, Number, Text};

/// Every table, those first that others speak of.
pub const TABLES: [Table; 13] = [
    table("epoch", &[("only_one", Number), ("epoch", Text)]),
    table(
        "office",
        &[
            ("only_one", Number),
            ("key", Text),
            ("name", Text),
            ("token_hash", Text),
            ("since", Number),
        ],
    ),
    table(
        "setup",
        &[("only_one", Number), ("token_hash", Text), ("made", Number)],
    ),
    table(
        "invites",
        &[
            ("id", Text),
            ("box", Bytes),
            ("expires", Number),
            ("uses", Number),
            ("closed", Flag),
            ("mission", Text),
            ("partner", Flag),
            ("guessed", Flag),
        ],
    ),
    numbered("feed", &[("n", Number), ("what", Text)]),
    table(
        "enrolments",
        &[
            ("invite", Text),
            ("device", Text),
            ("proof", Text),
            ("name_box", Bytes),
            ("at", Number),
            ("n", Number),
        ],
    ),
    table(
        "bundles",
        &[
            ("id", Text),
            ("device", Text),
            ("mission", Text),
            ("size", Number),
            ("stored", Number),
            ("n", Number),
        ],
    ),
    table(
        "cards",
        &[("mission", Text), ("rev", Number), ("sha256", Text)],
    ),
    numbered(
        "receipts",
        &[
            ("n", Number),
            ("bundle", Text),
            ("device", Text),
            ("mission", Text),
            ("kind", Text),
            ("at", Number),
            ("sig", Text),
        ],
    ),
    numbered("docs", &[("n", Number), ("id", Text)]),
    table("seen_requests", &[("signature", Text), ("until", Number)]),
    table("removed", &[("device", Text), ("at", Number)]),
    table(
        "drafts",
        &[
            ("id", Text),
            ("invite", Text),
            ("rev", Number),
            ("expires", Number),
            ("box", Bytes),
        ],
    ),
];

const fn table(name: &'static str, columns: &'static [(&'static str, Kind)]) -> Table {
    Table {
        name,
        columns,
        numbered: false,
    }
}

const fn numbered(name: &'static str, columns: &'static [(&'static str, Kind)]) -> Table {
    Table {
        name,
        columns,
        numbered: true,
    }
}
