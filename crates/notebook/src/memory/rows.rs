//! What rows are called.

/// Key of a line of the notebook, and of a bundle row.
pub fn number_key(number: u64) -> String {
    format!("{number:010}")
}

/// Key of an op: its member's number and its `seq`.
pub fn op_key(member: usize, seq: u64) -> String {
    format!("{member:03}.{seq:010}")
}

/// Key of another person's op.
pub fn other_key(op: &vigie_model::OpId) -> String {
    format!("team.{op}")
}

/// Rows of `meta` in the clear.
pub const VAULT: &str = "vault";
pub const DOOR: &str = "door";
pub const FORMAT: &str = "format";

/// What this version writes; a greater number is a newer version's.
pub const FORMAT_NOW: u32 = 1;

/// While rows are under two keys: a version that knows one only would take half of them for damaged.
pub const FORMAT_RENEWING: u32 = 2;
