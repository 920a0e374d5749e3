//! Selects of the survey sheet: where their choices come from, "other", and the header of a table-list.

use super::form::{Node, Source, What};
use super::kinds::{self, Control};
use super::names;
use super::problem::Kind;
use super::survey::{Reader, TableList};
use super::table::{Row, Table, Text};

impl Reader<'_, '_> {
    pub fn unknown_list(&mut self, survey: &Table, row: &Row, list: &str) {
        let column = survey.header(&["type"]);
        if self.sheets.choices.is_none() {
            if !self.choices_missed {
                let similar = self.sheets.similar_choices.clone();
                let kind = Kind::MissingSheet {
                    wanted: "choices".into(),
                    similar,
                };
                self.problems
                    .error(kind, survey.at(row.number, &column, list));
                self.choices_missed = true;
            }
        } else {
            self.problems.error(
                Kind::UnknownList(list.into()),
                survey.at(row.number, &column, list),
            );
        }
    }

    pub fn select(
        &mut self,
        survey: &Table,
        row: &Row,
        kind: kinds::Kind,
        source: &str,
        file: bool,
        other: bool,
    ) {
        let column = survey.header(&["type"]);
        let cell = survey.get(row, &["type"]).unwrap_or_default();
        let filter = survey.header(&["choice_filter"]);
        if other && let Some(text) = survey.get(row, &["choice_filter"]) {
            let fault = Kind::FilteredOther;
            self.problems
                .error(fault, survey.at(row.number, &filter, text));
        }
        let endings = [".csv", ".xml", ".geojson"];
        let ending = endings.iter().find(|ending| source.ends_with(**ending));
        let source =
            if let Some(ending) = ending.filter(|_| kind.control != Control::SelectExternal) {
                if other {
                    self.problems.error(
                        Kind::OtherWithoutChoices,
                        survey.at(row.number, &column, cell),
                    );
                }
                Source::File(source.trim_end_matches(ending).into(), (*ending).into())
            } else if file {
                self.problems
                    .error(Kind::FileExtension, survey.at(row.number, &column, cell));
                return;
            } else if source.starts_with("${") {
                let Some(name) = names::only_reference(source) else {
                    self.problems
                        .error(Kind::BadReference, survey.at(row.number, &column, cell));
                    return;
                };
                if other {
                    self.problems.error(
                        Kind::OtherWithoutChoices,
                        survey.at(row.number, &column, cell),
                    );
                }
                Source::Repeat(name.into())
            } else if kind.control == Control::SelectExternal
                && survey.get(row, &["choice_filter"]).is_some()
            {
                if self.sheets.external.is_none() && !self.external_missed {
                    let similar = self.sheets.similar_external.clone();
                    let fault = Kind::MissingSheet {
                        wanted: "external_choices".into(),
                        similar,
                    };
                    self.problems
                        .error(fault, survey.at(row.number, &column, source));
                    self.external_missed = true;
                }
                Source::List(source.into())
            } else {
                match self.form.lists.get_mut(source) {
                    Some(list) if other => list.add_other(),
                    Some(_) => {}
                    None if other && self.sheets.choices.is_some() => {
                        self.problems.error(
                            Kind::OtherWithoutChoices,
                            survey.at(row.number, &column, cell),
                        );
                    }
                    None => self.unknown_list(survey, row, source),
                }
                Source::List(source.into())
            };
        let kind = match kind.control {
            // Without a filter there is nothing to query: an ordinary select.
            Control::SelectExternal if survey.get(row, &["choice_filter"]).is_none() => {
                kinds::SELECT_ONE
            }
            _ => kind,
        };
        self.question(survey, row, kind, Some(source), other);
    }

    /// `or_other`: the text that asks which.
    pub fn other(&mut self, survey: &Table, row: &Row, name: &str) {
        let parent = self.parent();
        let mut node = Node::new(
            row.number,
            format!("{name}_other"),
            parent,
            What::Question(kinds::TEXT),
        );
        node.label = Text::plain("Specify other.");
        node.set_bind("relevant", format!("selected(../{name}, 'other')"));
        self.form.push(node);
        let translated =
            |table: &Table| table.columns.iter().any(|column| column.language.is_some());
        if !self.others && (translated(survey) || self.sheets.choices.is_some_and(translated)) {
            self.others = true;
            let column = survey.header(&["type"]);
            self.problems.warning(
                Kind::OtherUntranslated,
                survey.at(row.number, &column, name),
            );
        }
    }

    /// In a table-list: the header before the first select, and each select's appearance.
    pub fn table_header(&mut self, survey: &Table, row: &Row, kind: &kinds::Kind, node: &mut Node) {
        let parent = self.parent();
        let Some(open) = self
            .open
            .iter_mut()
            .rev()
            .find(|open| open.table != TableList::No)
        else {
            return;
        };
        let (Control::SelectOne | Control::SelectMultiple, Some(source)) =
            (kind.control, node.source.clone())
        else {
            return;
        };
        if let Some(filter) = survey.get(row, &["choice_filter"]) {
            let column = survey.header(&["choice_filter"]);
            self.problems.error(
                Kind::FilteredTableList,
                survey.at(row.number, &column, filter),
            );
        }
        node.set_control("appearance", "list-nolabel");
        match &open.table {
            TableList::HeaderGiven(header) if *header != source => {
                let column = survey.header(&["type"]);
                self.problems.error(
                    Kind::MixedTableList,
                    survey.at(row.number, &column, &node.name),
                );
            }
            TableList::HeaderGiven(_) | TableList::No => {}
            TableList::HeaderWanted => {
                open.table = TableList::HeaderGiven(source.clone());
                let name = format!("reserved_name_for_field_list_labels_{}", row.number);
                let mut header = Node::new(row.number, name, parent, What::Question(*kind));
                header.label = Text::plain(" ");
                header.set_control("appearance", "label");
                header.source = Some(source);
                self.form.push(header);
            }
        }
    }
}
