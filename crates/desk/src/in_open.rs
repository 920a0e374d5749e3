//! The desk in an open vault, and those of its parts that are one row each, whole in memory.

use std::{any::Any, collections::BTreeSet};

use vigie_exchange::api::Receipt;
use vigie_notebook::{
    Host, Tx,
    memory::{Beside, Open},
};
use vigie_office::due::Due;
use vigie_protocol::Failure;
use vigie_seal::SigningKey;
use vigie_vault::{Kept, Row, Table};

use crate::memory::{DUE, OpenDesk, Owed, Receipts, TO_SEND};

impl Beside for OpenDesk {
    fn damaged(&self) -> &BTreeSet<String> {
        &self.damaged
    }
}

pub(crate) trait InOpen {
    fn desk(&self) -> Result<&OpenDesk, Failure>;
    fn desk_mut(&mut self) -> Result<&mut OpenDesk, Failure>;
    /// This desk's device key.
    fn desk_key(&self) -> Result<SigningKey, Failure>;
}

impl InOpen for Open {
    fn desk(&self) -> Result<&OpenDesk, Failure> {
        let beside = self.beside.as_deref().map(|beside| beside as &dyn Any);
        let desk = beside.and_then(|beside| beside.downcast_ref());
        desk.ok_or(Failure::NotFound)
    }

    fn desk_mut(&mut self) -> Result<&mut OpenDesk, Failure> {
        let beside = self
            .beside
            .as_deref_mut()
            .map(|beside| beside as &mut dyn Any);
        let desk = beside.and_then(|beside| beside.downcast_mut());
        desk.ok_or(Failure::NotFound)
    }

    fn desk_key(&self) -> Result<SigningKey, Failure> {
        let office = self.profile.office.as_ref().ok_or(Failure::NotFound)?;
        let seed = office.desk.as_ref().ok_or(Failure::NotFound)?;
        Ok(seed.signing())
    }
}

/// What the desk does once the store has taken all of a change.
pub(crate) fn then_desk<'v, H: Host>(tx: &mut Tx<'v, H>, change: impl FnOnce(&mut OpenDesk) + 'v) {
    tx.then(|open| open.desk_mut().map(change));
}

/// A part of the desk that is one row, and is whole in memory.
macro_rules! kept {
    ($name:ident($inner:ty), $row:expr, $field:ident) => {
        impl Row for $name {
            const TABLE: Table = Table::Meta;
            type Key = ();

            fn row((): &()) -> String {
                $row.into()
            }
        }

        impl Kept<Open> for $name {
            fn of(open: &Open) -> Option<&$name> {
                Some(&open.desk().ok()?.$field)
            }

            fn keep(self, open: &mut Open) {
                if let Ok(desk) = open.desk_mut() {
                    desk.$field = self;
                }
            }
        }

        impl std::ops::Deref for $name {
            type Target = $inner;

            fn deref(&self) -> &$inner {
                &self.0
            }
        }

        impl std::ops::DerefMut for $name {
            fn deref_mut(&mut self) -> &mut $inner {
                &mut self.0
            }
        }
    };
}

kept!(Owed(Due), DUE, due);
kept!(Receipts(Vec<Receipt>), TO_SEND, receipts);
