//! The desk in an open vault, and those of its parts that are one row each, whole in memory.

use vigie_exchange::api::Receipt;
use vigie_office::due::Due;
use vigie_vault::{Kept, Row, Table};

use super::{
    desk::{DUE, Desk, Owed, Receipts, TO_SEND},
    open::Open,
};
use crate::protocol::Failure;

impl Open {
    pub fn desk(&self) -> Result<&Desk, Failure> {
        self.desk.as_ref().ok_or(Failure::NotFound)
    }

    pub fn desk_mut(&mut self) -> Result<&mut Desk, Failure> {
        self.desk.as_mut().ok_or(Failure::NotFound)
    }
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
                Some(&open.desk.as_ref()?.$field)
            }

            fn keep(self, open: &mut Open) {
                if let Some(desk) = &mut open.desk {
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
