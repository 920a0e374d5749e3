//! How a question asks to be shown: the words of its `appearance`, read once, when the form is loaded.
//!
//! Words that exclude each other become one choice, the first below winning; a word that nobody knows is left out.

use serde::{Deserialize, Serialize};

/// How a question asks to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Appearance {
    /// How choices stand beside each other.
    pub choices: ChoiceLayout,
    /// The choices are folded away until they are asked for.
    pub folded: bool,
    /// A choice made goes on to the next page.
    pub quick: bool,
    /// Choices have no mark to tick.
    pub no_buttons: bool,
    /// Choices are shown as their words are typed.
    pub autocomplete: bool,
    /// Choices are parts of a drawing.
    pub image_map: bool,
    /// How a number between two bounds is chosen.
    pub scale: ScaleLook,
    /// How much of a date is asked.
    pub date: DatePart,
    /// A text is typed with a keyboard of digits.
    pub numbers: bool,
    /// A text has several lines.
    pub multiline: bool,
    /// A number is also shown with its thousands apart.
    pub thousands: bool,
    /// A picture is drawn here.
    pub drawing: Option<Drawing>,
    /// A photo is taken now, by this camera.
    pub camera: Option<Camera>,
    /// A file is kept as it is, with all that is written in it.
    pub original: bool,
    /// A group is one page.
    pub field_list: bool,
}

/// How choices stand beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChoiceLayout {
    /// One under the other.
    #[default]
    Stacked,
    /// Their labels alone, over the columns of the questions that follow.
    TableHead,
    /// Without labels, in the columns of the question that heads the table.
    TableRow,
    /// Along a scale.
    Likert,
    /// As close as they fit.
    Packed,
    /// Beside each other.
    Beside,
    /// In two columns.
    Two,
    /// In three columns.
    Three,
    /// In four columns.
    Four,
}

/// How a number between two bounds is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScaleLook {
    /// On a slider.
    #[default]
    Slider,
    /// On a slider that stands upright.
    Upright,
    /// By stars.
    Stars,
    /// From a list.
    List,
}

/// How much of a date is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DatePart {
    /// The day.
    #[default]
    Day,
    /// The month.
    Month,
    /// The year.
    Year,
}

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drawing {
    /// A signature.
    Signature,
    /// Anything.
    Free,
    /// Marks on a picture.
    Marks,
}

/// Which camera of a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Camera {
    /// The one that looks away from the person.
    Back,
    /// The one that looks at her.
    Front,
}

impl Appearance {
    /// Reads the words of an `appearance`.
    pub fn read(words: &[String]) -> Appearance {
        let has = |word: &str| words.iter().any(|said| said == word);
        Appearance {
            choices: ChoiceLayout::read(words),
            folded: has("minimal"),
            quick: words.iter().any(|word| word.starts_with("quick")),
            no_buttons: has("no-buttons"),
            autocomplete: has("autocomplete") || has("search") || has("query"),
            image_map: has("image-map"),
            scale: match () {
                () if has("rating") => ScaleLook::Stars,
                () if has("picker") => ScaleLook::List,
                () if has("vertical") => ScaleLook::Upright,
                () => ScaleLook::Slider,
            },
            date: match () {
                () if has("year") => DatePart::Year,
                () if has("month-year") => DatePart::Month,
                () => DatePart::Day,
            },
            numbers: has("numbers"),
            multiline: has("multiline"),
            thousands: has("thousands-sep"),
            drawing: match () {
                () if has("annotate") => Some(Drawing::Marks),
                () if has("signature") => Some(Drawing::Signature),
                () if has("draw") => Some(Drawing::Free),
                () => None,
            },
            camera: match () {
                () if has("new") => Some(Camera::Back),
                () if has("new-front") => Some(Camera::Front),
                () => None,
            },
            original: has("original"),
            field_list: has("field-list"),
        }
    }

    /// Whether it is a line of a table.
    pub fn is_of_table(&self) -> bool {
        matches!(
            self.choices,
            ChoiceLayout::TableHead | ChoiceLayout::TableRow
        )
    }
}

impl ChoiceLayout {
    fn read(words: &[String]) -> ChoiceLayout {
        let any = |of: &[&str]| words.iter().any(|said| of.contains(&said.as_str()));
        let columns = words.iter().find_map(|word| word.strip_prefix("columns"));
        match columns {
            _ if any(&["label"]) => ChoiceLayout::TableHead,
            _ if any(&["list-nolabel"]) => ChoiceLayout::TableRow,
            _ if any(&["likert"]) => ChoiceLayout::Likert,
            _ if any(&["columns-pack", "horizontal-compact", "quickcompact"]) => {
                ChoiceLayout::Packed
            }
            _ if any(&["horizontal", "list", "compact"]) => ChoiceLayout::Beside,
            Some("-1") | None => ChoiceLayout::Stacked,
            Some("-2") => ChoiceLayout::Two,
            Some("-3") => ChoiceLayout::Three,
            Some("-4" | "-5") => ChoiceLayout::Four,
            Some(_) => ChoiceLayout::Beside,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &str) -> Appearance {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        Appearance::read(&words)
    }

    #[test]
    fn of_words_that_exclude_each_other_the_stronger_is_taken() {
        assert_eq!(read("columns-2 label").choices, ChoiceLayout::TableHead);
        assert_eq!(read("horizontal likert").choices, ChoiceLayout::Likert);
        assert_eq!(read("columns").choices, ChoiceLayout::Beside);
        assert_eq!(read("columns-1").choices, ChoiceLayout::Stacked);
        assert_eq!(read("vertical rating").scale, ScaleLook::Stars);
    }

    #[test]
    fn a_word_that_nobody_knows_says_nothing() {
        assert_eq!(read("w4 sparkling"), Appearance::default());
    }
}
