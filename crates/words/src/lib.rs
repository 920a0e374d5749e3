//! Every sentence of Vigie, from `locales/`.
//!
//! A key is a place in the table of a language, and is typed: a text that is missing does not compile. The page loads the
//! table of its language from a file ([`Table`]), so that nobody downloads the words of another; who has no page to load it
//! with (exports, the command line, the module that reads workbooks) carries the namespaces that it says, in every language
//! ([`Embedded`]). `build.rs` makes all of this, and `locales.rs` says what it refuses.
//!
//! No code names a language: [`LANGUAGES`] are the folders.

#[cfg(test)]
mod locales;
#[cfg(test)]
mod tests;

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
    dir: &'static str,
    /// Tags for `Intl`, between commas.
    locales: &'static str,
    description: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/keys.rs"));

const BETWEEN: &str = "\u{1f}";
const BETWEEN_FORMS: &str = "\u{1e}";

fn place(tag: &str) -> Option<usize> {
    let family = tag.split(['-', '_']).next()?;
    LANGUAGES
        .iter()
        .position(|language| language.code == family)
}

/// The language of this tag (`es-MX` → `es`).
pub fn language(tag: &str) -> Option<&'static Language> {
    LANGUAGES.get(place(tag)?)
}

/// The language that the others are compared with, and that stands in for one that is not here.
pub fn reference() -> &'static Language {
    &LANGUAGES[0]
}

/// The codes of the languages that every text is translated into, in the order in which one replaces another.
pub fn complete() -> impl Iterator<Item = &'static str> {
    let complete = LANGUAGES.iter().filter(|language| language.complete);
    complete.map(|language| language.code)
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
        let mut texts = self.texts[place(lang).unwrap_or(0)].split(BETWEEN);
        texts
            .nth(usize::from(key.0.saturating_sub(self.first)))
            .unwrap_or_default()
    }
}

/// Which of its files a language's texts stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What every page says, a partner's too.
    Shared,
    /// What a notebook's pages say.
    Phone,
    /// What only the office's pages say.
    Desk,
}

impl Part {
    pub const ALL: [Part; 3] = [Part::Shared, Part::Phone, Part::Desk];
}

/// Where the page finds the texts of a language.
pub fn path(code: &str, part: Part) -> String {
    match part {
        Part::Shared => format!("/lang/{code}.txt"),
        Part::Phone => format!("/lang/{code}.phone.txt"),
        Part::Desk => format!("/lang/{code}.desk.txt"),
    }
}

/// The file of a language: a line that says which keys it is for, its direction and its tags, then the texts.
pub fn file(language: &Language, part: Part) -> String {
    let place = place(language.code).unwrap_or(0);
    let Site { dir, locales, .. } = &SITES[place];
    let texts: Vec<&str> = FILES[part as usize]
        .iter()
        .map(|of| of.texts[place])
        .collect();
    let print = PRINTS[part as usize];
    format!("{print} {dir} {locales}\n{}", texts.join(BETWEEN))
}

/// What a web manifest says in a language.
pub fn manifest(language: &Language) -> [(&'static str, &'static str); 3] {
    let site = &SITES[place(language.code).unwrap_or(0)];
    [
        ("lang", site.locales.split(',').next().unwrap_or_default()),
        ("dir", site.dir),
        ("description", site.description),
    ]
}

/// The texts of one language, as its files hold them.
#[derive(Debug)]
pub struct Table {
    dir: &'static str,
    locales: Vec<&'static str>,
    texts: Vec<&'static str>,
}

impl Table {
    /// Of the file that every page loads; none when it was made for other keys, by another version of Vigie.
    pub fn read(file: &'static str) -> Option<Table> {
        let (head, texts) = opened(file, Part::Shared)?;
        let (dir, locales) = head.split_once(' ')?;
        Some(Table {
            dir,
            locales: locales.split(',').collect(),
            texts: texts.split(BETWEEN).collect(),
        })
    }

    /// With the file of the next part after it; none as for [`Self::read`].
    pub fn with(mut self, part: Part, file: &'static str) -> Option<Table> {
        let (_, texts) = opened(file, part)?;
        self.texts.extend(texts.split(BETWEEN));
        Some(self)
    }

    /// The text of a key.
    pub fn say(&self, key: Key) -> &'static str {
        self.texts
            .get(usize::from(key.0))
            .copied()
            .unwrap_or_default()
    }

    /// The form of a text for a plural category, or else its form for all others.
    pub fn form(&self, plural: Plural, category: &str) -> &'static str {
        let forms: Vec<&str> = self.say(Key(plural.0)).split(BETWEEN_FORMS).collect();
        let of = |wanted: &str| forms.chunks_exact(2).find(|form| form[0] == wanted);
        of(category)
            .or_else(|| of("other"))
            .map_or("", |form| form[1])
    }

    /// `ltr`, or `rtl` where it is written from right to left.
    pub fn dir(&self) -> &'static str {
        self.dir
    }

    /// The tags that `Intl` is given; the first is the page's.
    pub fn locales(&self) -> &[&'static str] {
        &self.locales
    }
}

/// The rest of a file's first line, and its texts.
fn opened(file: &'static str, part: Part) -> Option<(&'static str, &'static str)> {
    let (head, texts) = file.split_once('\n')?;
    let rest = head.strip_prefix(PRINTS[part as usize])?;
    Some((rest.trim_start(), texts))
}

/// A text with its `{names}` filled in.
pub fn put_in(text: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}
