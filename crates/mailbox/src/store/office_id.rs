//! Which office something is of.

use super::database::Value;

/// Which office of this mailbox; never another one's again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OfficeId(pub i64);

impl From<OfficeId> for Value<'_> {
    fn from(office: OfficeId) -> Self {
        office.0.into()
    }
}
