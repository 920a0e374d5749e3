//! Every sentence of Vigie, from `locales/`.
//!
//! A key is a place in the table of a language, and is typed: a text that is missing does not compile. The page loads the
//! table of its language from a file ([`Table::read`]), so that nobody downloads the words of another; who has no page to
//! load it with (exports, the command line, the module that reads workbooks) carries the namespaces that it says in every
//! language ([`Embedded`]). `build.rs` makes all of this, and [`locales`] says what it refuses.
//!
//! No code names a language: [`LANGUAGES`] are the folders.

#[cfg(test)]
mod locales;

/// One text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(u16);

/// One text that counts something: a form for each plural category of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plural(u16);

/// A language, as the page must know it before its words are here.
#[derive(Debug, PartialEq, Eq)]
pub struct Language {
    /// The folder's name.
    pub code: &'static str,
    /// What it calls itself.
    pub name: &'static str,
    /// What is to be known of its translation, in its own words; empty when there is nothing.
    pub review: &'static str,
    /// "Choose your language", in its own words.
    pub choose: &'static str,
    /// The language whose list of words passphrases are drawn from.
    pub passphrases: &'static str,
    /// Whether every text is its own; otherwise some are another language's.
    pub complete: bool,
}

impl Language {
    /// Its name, and what is to be known of its translation: what is shown to who chooses.
    pub fn title(&self) -> String {
        match self.review {
            "" => self.name.to_owned(),
            review => format!("{} ({review})", self.name),
        }
    }
}

/// What only its files say of a language.
struct Site {
    rtl: bool,
    /// Tags for `Intl`, between commas.
    locales: &'static str,
    description: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/keys.rs"));

const BETWEEN: char = '\u{1f}';
const BETWEEN_FORMS: char = '\u{1e}';

/// The language of this tag (`es-MX` → `es`).
pub fn language(tag: &str) -> Option<&'static Language> {
    let family = tag.split(['-', '_']).next().unwrap_or_default();
    LANGUAGES.iter().find(|language| language.code == family)
}

/// The language that the others are compared with, and that stands in for one that is not here.
pub fn reference() -> &'static Language {
    &LANGUAGES[0]
}

/// The codes of the languages that every text is translated into, in the order in which one replaces another.
pub fn complete() -> impl Iterator<Item = &'static str> {
    LANGUAGES
        .iter()
        .filter(|language| language.complete)
        .map(|language| language.code)
}

fn place(tag: &str) -> usize {
    let wanted = language(tag);
    LANGUAGES
        .iter()
        .position(|language| Some(language) == wanted)
        .unwrap_or(0)
}

fn find(names: &[&str], first: u16, name: &str) -> Option<Key> {
    let place = names.binary_search(&name).ok()?;
    Some(Key(first + u16::try_from(place).ok()?))
}

/// The texts of one namespace in every language.
pub struct Embedded {
    first: u16,
    texts: &'static [&'static str],
}

impl Embedded {
    /// The text of a key of this namespace; in the reference language where this one is not spoken.
    pub fn say(&self, lang: &str, key: Key) -> &'static str {
        let text = self.texts.get(place(lang)).copied().unwrap_or_default();
        let place = key.0.saturating_sub(self.first);
        text.split(BETWEEN)
            .nth(usize::from(place))
            .unwrap_or_default()
    }
}

/// Which of its files a language's texts stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What a phone says.
    Phone,
    /// What only the office's pages say.
    Desk,
}

impl Part {
    /// Of the keys, in their order: a file made for other keys has another.
    fn print(self) -> &'static str {
        PRINTS[self as usize]
    }
}

/// Where the page finds the texts of a language.
pub fn path(code: &str, part: Part) -> String {
    match part {
        Part::Phone => format!("/lang/{code}.txt"),
        Part::Desk => format!("/lang/{code}.desk.txt"),
    }
}

/// The file of a language: a line that says which keys it is for, its direction and its tags, then the texts.
pub fn file(language: &Language, part: Part) -> String {
    let place = place(language.code);
    let site = &SITES[place];
    let namespaces: &[&Embedded] = match part {
        Part::Phone => &PHONE,
        Part::Desk => &DESK,
    };
    let texts: Vec<&str> = namespaces.iter().map(|of| of.texts[place]).collect();
    format!(
        "{} {} {}\n{}",
        part.print(),
        if site.rtl { "rtl" } else { "ltr" },
        site.locales,
        texts.join(&BETWEEN.to_string())
    )
}

/// What a web manifest says in a language: its tag, its direction, the description of the app.
pub fn manifest(language: &Language) -> [(&'static str, &'static str); 3] {
    let site = &SITES[place(language.code)];
    [
        ("lang", language.code),
        ("dir", if site.rtl { "rtl" } else { "ltr" }),
        ("description", site.description),
    ]
}

/// A file that was made for other keys: of another version of Vigie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherVersion;

impl std::fmt::Display for OtherVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the words of another version")
    }
}

impl std::error::Error for OtherVersion {}

/// The texts of one language, as its files hold them.
#[derive(Debug, Default)]
pub struct Table {
    rtl: bool,
    locales: Vec<&'static str>,
    texts: Vec<&'static str>,
    /// The texts of the office's pages.
    desk: Vec<&'static str>,
}

impl Table {
    /// Of a phone's file.
    pub fn read(file: &'static str) -> Result<Table, OtherVersion> {
        let (head, texts) = opened(file, Part::Phone)?;
        let (dir, locales) = head.split_once(' ').ok_or(OtherVersion)?;
        Ok(Table {
            rtl: dir == "rtl",
            locales: locales.split(',').collect(),
            texts,
            desk: Vec::new(),
        })
    }

    /// With a desk's file beside it.
    pub fn with_desk(self, file: &'static str) -> Result<Table, OtherVersion> {
        let (_, desk) = opened(file, Part::Desk)?;
        Ok(Table { desk, ..self })
    }

    fn text(&self, place: u16) -> &'static str {
        let text = match place.checked_sub(FIRST_OF_DESK) {
            None => self.texts.get(usize::from(place)),
            Some(place) => self.desk.get(usize::from(place)),
        };
        text.copied().unwrap_or_default()
    }

    /// The text of a key.
    pub fn say(&self, key: Key) -> &'static str {
        self.text(key.0)
    }

    /// The form of a text for a plural category, or else its form for all others.
    pub fn form(&self, plural: Plural, category: &str) -> &'static str {
        let mut other = "";
        let mut parts = self.text(plural.0).split(BETWEEN_FORMS);
        while let (Some(of), Some(form)) = (parts.next(), parts.next()) {
            if of == category {
                return form;
            }
            if of == "other" {
                other = form;
            }
        }
        other
    }

    /// Whether it is written from right to left.
    pub fn is_rtl(&self) -> bool {
        self.rtl
    }

    /// The tags that `Intl` is given; the first is the page's.
    pub fn locales(&self) -> &[&'static str] {
        &self.locales
    }
}

/// The rest of a file's first line, and its texts.
fn opened(
    file: &'static str,
    part: Part,
) -> Result<(&'static str, Vec<&'static str>), OtherVersion> {
    let (head, texts) = file.split_once('\n').ok_or(OtherVersion)?;
    let (print, rest) = head.split_once(' ').ok_or(OtherVersion)?;
    if print != part.print() {
        return Err(OtherVersion);
    }
    Ok((rest, texts.split(BETWEEN).collect()))
}

/// A text with its `{names}` filled in.
pub fn put_in(text: &str, values: &[(&str, &str)]) -> String {
    let mut text = text.to_owned();
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

#[cfg(test)]
mod tests;
