//! What is in memory of an open vault, and the rows it is made of: the data that everything else here works on. Nothing in here
//! waits, draws chance or asks the network.

mod draft;
mod files;
mod letter;
mod line;
mod open;
mod profile;
mod record;
mod renewing;
mod rows;

pub use self::{
    draft::{Draft, EditBase, FormDraft},
    files::InVault,
    letter::{Brought, BundleRow, Retry},
    line::{FIRST_PAGE, Index, Line, Shown, called, shown, values},
    open::{Beside, Open},
    profile::{
        Counters, Enrolment, Medium, Member, MissionFacts, OfficeProfile, Profile, SecretText,
    },
    record::{RecordRow, ResponsePart, tally},
    renewing::{RENEWING, Renewing},
    rows::{DOOR, FORMAT, FORMAT_NOW, FORMAT_RENEWING, VAULT, number_key, op_key, other_key},
};
