//! How the table of entries is looked at: what is searched, what it is narrowed to, in which order. All of it stands in the
//! address, so that a page loaded again, or a colleague who is given the link, sees the same.

use vigie_model::{Column, FormId, Kind, MissionId, Order, RecordId};
use vigie_protocol::{Filter, TableView};

use crate::route::Route;

/// What a person chose; empty is everything, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looking {
    pub search: String,
    pub kind: String,
    pub mission: String,
    pub form: String,
    pub by: String,
    pub from: String,
    pub to: String,
    pub conflicts: bool,
    pub deleted: bool,
    /// What came in this bundle.
    pub bundle: String,
    pub order: Order,
    /// The first row of the page shown.
    pub offset: usize,
}

/// As the columns are called in an address.
const COLUMNS: [&str; 6] = ["titre", "type", "lieu", "quand", "par", "etat"];

impl Looking {
    /// As one part of an address: `q=usine&type=note`; empty when nothing was chosen.
    pub fn written(&self) -> String {
        let yes = |on: bool| if on { "oui" } else { "" }.to_owned();
        let column = Column::ALL
            .iter()
            .position(|column| *column == self.order.column);
        let column = column.filter(|_| self.order != Order::default());
        let offset = Some(self.offset).filter(|offset| *offset > 0);
        let parts = [
            ("q", self.search.clone()),
            ("type", self.kind.clone()),
            ("mission", self.mission.clone()),
            ("questionnaire", self.form.clone()),
            ("par", self.by.clone()),
            ("du", self.from.clone()),
            ("au", self.to.clone()),
            ("conflits", yes(self.conflicts)),
            ("supprimees", yes(self.deleted)),
            ("envoi", self.bundle.clone()),
            ("tri", column.map_or("", |at| COLUMNS[at]).to_owned()),
            ("envers", yes(self.order.reversed)),
            (
                "depuis",
                offset.map_or_else(String::new, |offset| offset.to_string()),
            ),
        ];
        let said = parts.iter().filter(|(_, value)| !value.is_empty());
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(said)
            .finish()
    }

    /// What an address says; what is not known in it counts for nothing.
    pub fn read(written: &str) -> Looking {
        let mut looking = Looking::default();
        for (name, value) in form_urlencoded::parse(written.as_bytes()).into_owned() {
            match name.as_str() {
                "q" => looking.search = value,
                "type" => looking.kind = value,
                "mission" => looking.mission = value,
                "questionnaire" => looking.form = value,
                "par" => looking.by = value,
                "du" => looking.from = value,
                "au" => looking.to = value,
                "conflits" => looking.conflicts = true,
                "supprimees" => looking.deleted = true,
                "envoi" => looking.bundle = value,
                "tri" => {
                    let column = COLUMNS.iter().position(|column| *column == value);
                    looking.order.column =
                        column.map_or_else(Column::default, |at| Column::ALL[at]);
                }
                "envers" => looking.order.reversed = true,
                "depuis" => looking.offset = value.parse().unwrap_or_default(),
                _ => {}
            }
        }
        looking
    }

    /// The address of an entry beside the table, or of the table alone, looked at like this.
    pub fn entries(&self, rec: Option<RecordId>) -> Route {
        let written = self.written();
        let mut path = vec!["entrees".to_owned()];
        match rec {
            Some(rec) => path.push(rec.to_string()),
            None if !written.is_empty() => path.push("-".to_owned()),
            None => {}
        }
        if !written.is_empty() {
            path.push(written);
        }
        Route::Desk(path)
    }

    /// The address of the exports of what is looked at like this.
    pub fn exports(&self) -> Route {
        let written = self.written();
        let mut path = vec!["exports".to_owned()];
        path.extend((!written.is_empty()).then_some(written));
        Route::Desk(path)
    }

    /// Another choice of what is shown begins at the first row.
    pub fn choose(&mut self, change: impl FnOnce(&mut Looking)) {
        change(self);
        self.offset = 0;
    }

    /// By this column; by the one that it is in order of already, from the other end.
    pub fn by_column(&mut self, column: Column) {
        self.choose(|looking| {
            let order = &mut looking.order;
            order.reversed = order.column == column && !order.reversed;
            order.column = column;
        });
    }

    pub fn filter(&self) -> Filter {
        let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Filter {
            search: self.search.clone(),
            kinds: said(&self.kind).map(Kind::new).into_iter().collect(),
            mission: self.mission.parse::<MissionId>().ok(),
            form: said(&self.form).map(FormId::new),
            from: said(&self.from),
            to: said(&self.to),
            deleted: self.deleted,
            conflicts_only: self.conflicts,
            ..Filter::default()
        }
    }

    pub fn view(&self) -> TableView {
        TableView {
            by: Some(self.by.clone()).filter(|by| !by.is_empty()),
            bundle: self.bundle.parse().ok(),
            order: self.order,
        }
    }

    /// Whether anything is left out that is there.
    pub fn is_narrowed(&self) -> bool {
        let everything = Looking {
            order: self.order,
            offset: self.offset,
            ..Looking::default()
        };
        *self != everything
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_is_read_back_from_its_address() {
        let all = Looking {
            search: "à 5 & plus = ~1".into(),
            kind: "note".into(),
            mission: "m".into(),
            form: "court".into(),
            by: "Ana".into(),
            from: "2026-01-01".into(),
            to: "2026-12-31".into(),
            conflicts: true,
            deleted: true,
            bundle: "0a".into(),
            order: Order {
                column: Column::Place,
                reversed: true,
            },
            offset: 100,
        };
        assert_eq!(Looking::read(&all.written()), all);
        assert_eq!(Looking::default().written(), "");
        let desk =
            |parts: &[&str]| Route::Desk(parts.iter().map(|&part| part.to_owned()).collect());
        let dawn = Looking::read("q=aube&type=note");
        assert_eq!(dawn.exports(), desk(&["exports", "q=aube&type=note"]));
        assert_eq!(
            dawn.entries(None),
            desk(&["entrees", "-", "q=aube&type=note"])
        );
        assert_eq!(Looking::default().exports(), desk(&["exports"]));
        assert_eq!(Looking::read("tri=rien&inconnu=1&q"), Looking::default());
    }

    #[test]
    fn a_column_asked_twice_turns_round_and_another_choice_begins_at_the_first_row() {
        let mut looking = Looking {
            offset: 200,
            ..Looking::default()
        };
        looking.by_column(Column::Title);
        assert_eq!((looking.offset, looking.order.reversed), (0, false));
        looking.by_column(Column::Title);
        assert!(looking.order.reversed && !looking.is_narrowed());
        looking.choose(|looking| looking.by = "Ana".into());
        assert!(looking.is_narrowed());
    }
}
