//! The tables of a mailbox, as the two databases have them alike, for whoever carries all rows from one to another.

#[derive(Clone, Copy)]
pub enum Kind {
    Number,
    Flag,
    Text,
    Bytes,
}

/// A table and its columns.
pub struct Table {
    pub name: &'static str,
    pub columns: &'static [(&'static str, Kind)],
}

use Kind::{Bytes, Flag, Number, Text};

/// Every table, those first that others speak of.
pub const TABLES: [Table; 17] = [
    table("epoch", &[("only_one", Number), ("epoch", Text)]),
    table(
        "offices",
        &[
            ("id", Number),
            ("key", Text),
            ("name", Text),
            ("token_hash", Text),
            ("since", Number),
            ("quota", Number),
            ("keep_days", Number),
            ("bytes", Number),
            ("fed", Number),
            ("papers", Number),
        ],
    ),
    table(
        "setups",
        &[
            ("token_hash", Text),
            ("made", Number),
            ("printed", Flag),
            ("expires", Number),
            ("quota", Number),
            ("keep_days", Number),
        ],
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
            ("office", Number),
        ],
    ),
    table("feed", &[("office", Number), ("n", Number), ("what", Text)]),
    table(
        "enrolments",
        &[
            ("invite", Text),
            ("device", Text),
            ("proof", Text),
            ("name_box", Bytes),
            ("at", Number),
            ("office", Number),
            ("n", Number),
        ],
    ),
    table(
        "bundles",
        &[
            ("office", Number),
            ("id", Text),
            ("device", Text),
            ("mission", Text),
            ("size", Number),
            ("stored", Number),
            ("n", Number),
            ("gone", Number),
        ],
    ),
    table(
        "members",
        &[
            ("office", Number),
            ("mission", Text),
            ("device", Text),
            ("recipient", Text),
            ("sig", Text),
            ("at", Number),
            ("since", Number),
            ("n", Number),
        ],
    ),
    table(
        "team",
        &[
            ("office", Number),
            ("mission", Text),
            ("n", Number),
            ("id", Text),
            ("device", Text),
            ("rev", Number),
            ("place", Text),
            ("reader", Text),
            ("size", Number),
            ("stored", Number),
            ("gone", Number),
        ],
    ),
    table(
        "cards",
        &[
            ("office", Number),
            ("mission", Text),
            ("rev", Number),
            ("sha256", Text),
        ],
    ),
    table(
        "receipts",
        &[
            ("device", Text),
            ("n", Number),
            ("office", Number),
            ("bundle", Text),
            ("mission", Text),
            ("kind", Text),
            ("at", Number),
            ("sig", Text),
            ("stored", Number),
        ],
    ),
    table("docs", &[("office", Number), ("n", Number), ("id", Text)]),
    table("seen_requests", &[("signature", Text), ("until", Number)]),
    table(
        "removed",
        &[("office", Number), ("device", Text), ("at", Number)],
    ),
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
    table(
        "shares",
        &[
            ("lead", Number),
            ("mission", Text),
            ("office", Number),
            ("id", Text),
            ("since", Number),
            ("accepted", Flag),
        ],
    ),
    table(
        "files",
        &[
            ("office", Number),
            ("path", Text),
            ("bytes", Number),
            ("going", Number),
        ],
    ),
];

const fn table(name: &'static str, columns: &'static [(&'static str, Kind)]) -> Table {
    Table { name, columns }
}
