//! What is in memory of an open vault, and the rows it is made of: the data that everything else here works on. Nothing in here
//! waits, draws chance or asks the network.

#[cfg(feature = "desk")]
pub(crate) mod desk;
#[cfg(feature = "desk")]
mod desk_in_open;
mod draft;
mod files;
mod letter;
mod line;
mod open;
pub(crate) mod partner;
mod profile;
mod record;
mod renewing;
mod rows;

pub(crate) use self::{
    draft::{Draft, EditBase, FormDraft},
    files::InVault,
    letter::{BundleRow, Retry, Trigger},
    line::{FIRST_PAGE, Line, Notebook, Shown, iso_day, shown, values},
    open::Open,
    profile::{Front, Medium, Member, MissionFacts, Profile, SecretSeed, Standing},
    record::{RecordRow, ResponsePart, tally},
    renewing::{RENEWING, Renewing},
    rows::{DOOR, FORMAT, FORMAT_NOW, FORMAT_RENEWING, VAULT, op_key, other_key},
};
#[cfg(feature = "desk")]
pub(crate) use self::{
    profile::{OfficeProfile, SecretText},
    rows::number_key,
};
