//! How the table of entries is looked at: what is searched, what it is narrowed to, which answers stand in columns, in which
//! order. All of it stands in the address, so that a page loaded again, or a colleague who is given the link, sees the same.

use vigie_model::{Column, Condition, FormId, Kind, MissionId, Order, RecordId, Standing};
use vigie_protocol::{Chosen, Filter, TableView};

use crate::route::Route;

/// What a person chose; empty is everything, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looking {
    pub search: String,
    pub kind: String,
    pub mission: String,
    pub form: String,
    pub by: String,
    pub theme: String,
    pub from: String,
    pub to: String,
    pub standing: Option<Standing>,
    /// What came in this bundle.
    pub bundle: String,
    /// What answers to the questions of `form` must be: all of it.
    pub answers: Vec<Condition>,
    /// The questions of `form` whose answers stand in columns.
    pub columns: Vec<String>,
    pub order: Order,
    /// The first row in sight.
    pub offset: usize,
}

/// As the columns are called in an address.
const COLUMNS: [&str; 6] = ["titre", "type", "lieu", "quand", "par", "etat"];
/// As standings are.
const STANDINGS: [&str; 4] = ["conflit", "gardee", "supprimee", "effacee"];

fn standing_of(written: &str) -> Option<Standing> {
    let at = STANDINGS.iter().position(|name| *name == written)?;
    Some(Standing::ALL[at])
}

/// As one choice of several is written: the place among them gives the word.
fn standing_name(standing: Standing) -> &'static str {
    let at = Standing::ALL.iter().position(|one| *one == standing);
    at.map_or("", |at| STANDINGS[at])
}

impl Looking {
    /// As one part of an address: `q=usine&type=note`; empty when nothing was chosen.
    pub fn written(&self) -> String {
        let said = |text: &str| text.to_owned();
        let order = Some(&self.order).filter(|order| **order != Order::default());
        let (mut column, mut answer) = (String::new(), String::new());
        match order.map(|order| &order.column) {
            Some(Column::Answer(question)) => answer.clone_from(question),
            Some(of_any) => {
                let at = Column::ALL.iter().position(|column| column == of_any);
                column = at.map_or("", |at| COLUMNS[at]).to_owned();
            }
            None => {}
        }
        let offset = Some(self.offset).filter(|offset| *offset > 0);
        let mut parts = vec![
            ("q", self.search.clone()),
            ("type", self.kind.clone()),
            ("mission", self.mission.clone()),
            ("questionnaire", self.form.clone()),
            ("par", self.by.clone()),
            ("theme", self.theme.clone()),
            ("du", self.from.clone()),
            ("au", self.to.clone()),
            ("etat", said(self.standing.map_or("", standing_name))),
            ("envoi", self.bundle.clone()),
        ];
        parts.extend(
            self.answers
                .iter()
                .map(|asked| ("reponse", asked.to_string())),
        );
        parts.extend(self.columns.iter().map(|path| ("colonne", path.clone())));
        parts.extend([
            ("tri", column),
            ("tri-reponse", answer),
            ("envers", said(if self.order.reversed { "oui" } else { "" })),
            (
                "depuis",
                offset.map_or_else(String::new, |offset| offset.to_string()),
            ),
        ]);
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
                "theme" => looking.theme = value,
                "du" => looking.from = value,
                "au" => looking.to = value,
                "etat" => looking.standing = standing_of(&value),
                // As addresses said it before there were more than two.
                "conflits" => looking.standing = Some(Standing::Conflict),
                "supprimees" => looking.standing = Some(Standing::Deleted),
                "envoi" => looking.bundle = value,
                "reponse" => looking.answers.extend(value.parse::<Condition>()),
                "colonne" => looking.columns.push(value),
                "tri" => {
                    let column = COLUMNS.iter().position(|column| *column == value);
                    looking.order.column =
                        column.map_or_else(Column::default, |at| Column::ALL[at].clone());
                }
                "tri-reponse" => looking.order.column = Column::Answer(value),
                "envers" => looking.order.reversed = true,
                "depuis" => looking.offset = value.parse().unwrap_or_default(),
                _ => {}
            }
        }
        looking
    }

    /// As it is kept under a name: wherever somebody was in it.
    pub fn to_keep(&self) -> String {
        let from_the_first = Looking {
            offset: 0,
            ..self.clone()
        };
        from_the_first.written()
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

    /// Another choice of what is shown begins at the first row; without a questionnaire, or of another, nothing is asked of
    /// its answers.
    pub fn choose(&mut self, change: impl FnOnce(&mut Looking)) {
        let form = self.form.clone();
        change(self);
        self.offset = 0;
        if self.form != form {
            self.answers.clear();
            self.columns.clear();
            if matches!(self.order.column, Column::Answer(_)) {
                self.order = Order::default();
            }
        }
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
            themes: said(&self.theme).into_iter().collect(),
            mission: self.mission.parse::<MissionId>().ok(),
            form: said(&self.form).map(FormId::new),
            from: said(&self.from),
            to: said(&self.to),
            ..Filter::default()
        }
    }

    pub fn view(&self) -> TableView {
        TableView {
            by: Some(self.by.clone()).filter(|by| !by.is_empty()),
            bundle: self.bundle.parse().ok(),
            standing: self.standing,
            answers: self.answers.clone(),
            columns: self.columns.clone(),
            order: self.order.clone(),
        }
    }

    /// What is exported of it: all that the table would show.
    pub fn chosen(&self) -> Chosen {
        Chosen {
            filter: self.filter(),
            view: self.view(),
        }
    }

    /// The same, showing everything.
    pub fn widened(&self) -> Looking {
        Looking {
            order: match self.order.column {
                Column::Answer(_) => Order::default(),
                _ => self.order.clone(),
            },
            ..Looking::default()
        }
    }

    /// Whether anything is left out that is there.
    pub fn is_narrowed(&self) -> bool {
        let everything = Looking {
            columns: self.columns.clone(),
            order: self.order.clone(),
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
            theme: "decent_wages".into(),
            standing: Some(Standing::Survived),
            bundle: "0a".into(),
            answers: vec![
                "travail/pays=HT".parse().expect("a condition"),
                "suite~chaleur & bruit".parse().expect("a condition"),
                "heures:40..".parse().expect("a condition"),
            ],
            columns: vec!["travail/pays".into(), "heures".into()],
            order: Order {
                column: Column::Place,
                reversed: true,
            },
            offset: 100,
        };
        assert_eq!(Looking::read(&all.written()), all);
        assert_eq!(
            Looking::read(&all.to_keep()),
            Looking {
                offset: 0,
                ..all.clone()
            }
        );
        let by_answer = Looking {
            order: Order {
                // Named as a column that any entry has.
                column: Column::Answer("titre".into()),
                reversed: false,
            },
            ..Looking::default()
        };
        assert_eq!(Looking::read(&by_answer.written()), by_answer);
        for standing in Standing::ALL {
            let looking = Looking {
                standing: Some(standing),
                ..Looking::default()
            };
            assert_eq!(Looking::read(&looking.written()), looking);
        }
        // A link from before there were more states than two.
        assert_eq!(
            Looking::read("conflits=oui").standing,
            Some(Standing::Conflict)
        );
        assert_eq!(Looking::read("reponse=rien&etat=autre"), Looking::default());
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

    #[test]
    fn another_questionnaire_asks_nothing_of_the_answers_to_the_one_before() {
        let mut looking = Looking::read("questionnaire=a&reponse=x~y&colonne=x&tri-reponse=x");
        looking.choose(|looking| looking.by = "Ana".into());
        assert_eq!((looking.answers.len(), looking.columns.len()), (1, 1));
        looking.choose(|looking| looking.form = "b".into());
        assert_eq!(looking, Looking::read("questionnaire=b&par=Ana"));
    }
}
