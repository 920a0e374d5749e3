//! `vigie check`: is everything there, and what it says?

use vigie_mailbox::checking::{self, Checked};

use crate::{
    arguments::CheckArgs,
    failure::Failure,
    place::{place, shelf},
    serve::runtime,
};

/// `vigie check`
pub fn check(args: CheckArgs) -> Result<(), Failure> {
    let checked = match args.backup {
        Some(backup) => {
            let shelf = shelf(backup, None)?;
            runtime()?.block_on(checking::check_backup(&shelf))?
        }
        None => {
            let place = place(args.place)?;
            runtime()?.block_on(checking::check(&place))?
        }
    };
    tell(&checked)
}

/// Says what was counted and what is wrong; ends in failure then.
pub fn tell(checked: &Checked) -> Result<(), Failure> {
    let Checked {
        letters,
        cards,
        docs,
        receipts,
        files,
        bytes,
        faults,
    } = checked;
    say!("{letters} letters, {cards} cards, {docs} documents, {receipts} receipts");
    say!("{files} sealed files of {bytes} bytes, all read");
    for fault in faults {
        say!("wrong: {fault}");
    }
    match faults.len() {
        0 => {
            say!("all is there, and whole");
            Ok(())
        }
        several => Err(Failure::Faults(several)),
    }
}
