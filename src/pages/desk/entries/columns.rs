//! Which questions of a questionnaire have their answers in columns.

use leptos::prelude::*;
use vigie_model::Column;
use vigie_protocol::AskedQuestion;

use crate::{
    components::dialog::{Dialog, Holds},
    i18n::{self, desk, t},
    markdown,
    pages::desk::{looking::Looking, narrowed::question_name},
};

/// Puts a question's column in, or takes it out, in the order in which the questionnaire asks.
fn turn(looking: &mut Looking, asked: &[AskedQuestion], path: &str) {
    match looking.columns.iter().position(|column| column == path) {
        Some(at) => drop(looking.columns.remove(at)),
        None => looking.columns.push(path.to_owned()),
    }
    let place = |path: &String| asked.iter().position(|question| question.path == *path);
    looking
        .columns
        .sort_by_key(|path| place(path).unwrap_or(usize::MAX));
    let order = looking.order.column.clone();
    if matches!(order, Column::Answer(column) if !looking.columns.contains(&column)) {
        looking.order = Default::default();
    }
}

#[component]
pub fn Columns(
    open: RwSignal<bool>,
    looking: RwSignal<Looking>,
    #[prop(into)] asked: Signal<Vec<AskedQuestion>>,
) -> impl IntoView {
    let group = move |questions: &[AskedQuestion]| {
        let heading = questions
            .first()
            .and_then(|first| i18n::pick(&first.asked.group));
        let heading = heading.map_or_else(String::new, markdown::plain);
        let rows = questions.iter().map(move |question| {
            let (mine, path) = (question.path.clone(), question.path.clone());
            view! {
                <label class="choice">
                    <input type="checkbox" autocomplete="off" prop:checked=move || looking.read().columns.contains(&mine)
                        on:change=move |_| looking.update(|looking| turn(looking, &asked.read_untracked(), &path))/>
                    <span>{question_name(questions, &question.path)}</span>
                </label>
            }
        });
        view! {
            <fieldset class="field">
                <legend>{heading}</legend>
                <div class="choices">{rows.collect_view()}</div>
            </fieldset>
        }
    };
    let groups = move || {
        let asked = asked.read();
        let groups = asked.chunk_by(|one, next| one.asked.group == next.asked.group);
        groups.map(group).collect_view()
    };
    view! {
        <Dialog open says=t(desk::COLUMNS).to_owned() holds=Holds::Form>
            <div class="stack">
                <h2>{t(desk::COLUMNS)}</h2>
                <p class="quiet">{t(desk::COLUMNS_HINT)}</p>
                {groups}
                <div class="buttons buttons--stay">
                    <button type="button" class="button" on:click=move |_| looking.update(|looking| {
                        let none = Looking { columns: Vec::new(), ..looking.clone() };
                        *looking = if matches!(none.order.column, Column::Answer(_)) { Looking { order: Default::default(), ..none } } else { none };
                    })>{t(desk::COLUMNS_NONE)}</button>
                    <button type="button" class="button button--main" on:click=move |_| open.set(false)>{t(desk::CLOSE)}</button>
                </div>
            </div>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_as_the_questionnaire_asks_and_no_order_is_by_one_that_is_gone() {
        let question = |path: &str| AskedQuestion {
            in_row: false,
            path: path.into(),
            asked: Default::default(),
            choices: Vec::new(),
        };
        let asked = [question("a"), question("b"), question("c")];
        let mut looking = Looking::read("colonne=c&tri-reponse=c");
        turn(&mut looking, &asked, "a");
        assert_eq!(looking.columns, ["a", "c"]);
        turn(&mut looking, &asked, "c");
        assert_eq!(looking, Looking::read("colonne=a"));
    }
}
