//! All of a response that somebody goes on with elsewhere: a partner's draft, as it waits at the server (`vigie_seal::draft`).
//!
//! A notebook's own drafts hold the same answers and leave the files beside them, in its vault. Here they travel with the
//! answers, as far as there is room: whoever goes on is asked again for what was left out.

use std::{collections::BTreeMap, rc::Rc};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use vigie_forms::Draft as Answers;
use vigie_model::{CardForm, FormHash, RecordId};
use vigie_protocol::{Failure, Millis};

use crate::{FileChosen, InMemory, Keep, Moment, Respondent};

/// A response as it stands, with its files. The language and the page are in the answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The questionnaire that was being answered.
    pub form: FormHash,
    /// When the person agreed to answer, where she was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consented: Option<Millis>,
    pub answers: Answers,
    /// Files, by their question's path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, KeptFile>,
    /// Paths of the questions whose file found no room, and which have no answer here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

/// A file that was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    pub name: String,
    pub mime: String,
    /// Its bytes, in base64.
    pub data: String,
}

impl Kept {
    /// How many bytes of files fit into the largest draft that a server takes (2 MiB once compressed and padded), beside the
    /// answers of a long questionnaire.
    pub const FILES_BYTES: usize = 1_700_000;
}

impl Respondent<InMemory> {
    /// All that is needed to go on elsewhere, with files of at most `room` bytes together: of many, the smallest.
    pub fn kept(&self, room: usize) -> Kept {
        let mut answers = self.snapshot();
        let answer_of = |path: &str| {
            let found = answers.answers.iter().find(|(asked, _)| asked == path);
            found.map(|(_, value)| value.as_str())
        };
        let mut chosen: Vec<(&String, &FileChosen)> = self
            .files
            .iter()
            .filter(|(path, file)| answer_of(path) == Some(file.name.as_str()))
            .collect();
        chosen.sort_by_key(|(_, file)| file.size);
        let (mut files, mut left_out) = (BTreeMap::new(), Vec::new());
        let mut room = room;
        for (path, file) in chosen {
            let bytes = self.keep.bytes(file);
            match bytes.and_then(|bytes| Some((bytes, room.checked_sub(bytes.len())?))) {
                Some((bytes, left)) => {
                    room = left;
                    let kept = KeptFile {
                        name: file.name.clone(),
                        mime: file.mime.clone(),
                        data: STANDARD.encode(bytes),
                    };
                    files.insert(path.clone(), kept);
                }
                None => left_out.push(path.clone()),
            }
        }
        left_out.sort();
        answers
            .answers
            .retain(|(path, _)| left_out.binary_search(path).is_err());
        Kept {
            form: self.form.hash.clone(),
            consented: None,
            answers,
            files,
            left_out,
        }
    }

    /// Goes on with a response, as a new one: in `lang`, or in the language in which it was left.
    pub fn go_on(
        rec: RecordId,
        card_form: &CardForm,
        lang: Option<&str>,
        moment: Rc<Moment>,
        kept: Kept,
    ) -> Result<Respondent<InMemory>, Failure> {
        let (mut keep, mut chosen) = (InMemory::default(), BTreeMap::new());
        let mut answers = kept.answers;
        for (number, (path, file)) in kept.files.into_iter().enumerate() {
            let Ok(bytes) = STANDARD.decode(&file.data) else {
                // As one that found no room.
                answers.answers.retain(|(asked, _)| *asked != path);
                continue;
            };
            let file = FileChosen {
                name: file.name,
                mime: file.mime,
                size: bytes.len() as u64,
                blob: format!("kept.{number}"),
            };
            keep.keep(&file, bytes);
            chosen.insert(path, file);
        }
        let lang = lang.unwrap_or_default();
        let mut respondent = Respondent::begin(rec, card_form, lang, moment, Some(answers), keep)?;
        respondent.files = chosen;
        Ok(respondent)
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "what a test takes for granted is what it tests"
)]
mod tests {
    use vigie_forms::Now;
    use vigie_model::ExactJson;
    use vigie_protocol::File;

    use super::*;

    const XFORM: &str = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
<h:head><h:title>Équipe</h:title><model>
<itext><translation lang="Français (fr)"><text id="lieu"><value>Lieu</value></text></translation><translation lang="Español (es)"><text id="lieu"><value>Lugar</value></text></translation></itext>
<instance><data id="equipe" version="1"><lieu/><membre jr:template=""><prenom/><portrait/></membre><meta><instanceID/></meta></data></instance>
<bind nodeset="/data/lieu" type="string" required="true()"/><bind nodeset="/data/membre/prenom" type="string"/><bind nodeset="/data/membre/portrait" type="binary"/>
<bind nodeset="/data/meta/instanceID" type="string" readonly="true()" jr:preload="uid"/></model></h:head>
<h:body><input ref="/data/lieu"><label ref="jr:itext('lieu')"/></input><group ref="/data/membre"><label>Membre</label><repeat nodeset="/data/membre"><input ref="/data/membre/prenom"><label>Prénom</label></input><upload ref="/data/membre/portrait" mediatype="image/*"><label>Portrait</label></upload></repeat></group></h:body></h:html>"#;

    fn card_form() -> CardForm {
        let form = vigie_forms::xform::read(XFORM, &|_| None).form.unwrap();
        CardForm {
            id: "equipe".into(),
            version: "1".into(),
            title: BTreeMap::new(),
            hash: FormHash::from_sha256(&[7; 32]),
            compiled: ExactJson::in_order(&form.to_json()).unwrap(),
            files: Vec::new(),
        }
    }

    fn moment() -> Rc<Moment> {
        let now = Now {
            millis: 1_795_000_000_000,
            offset: 0,
        };
        Moment::new(now, [1; 8], "Affiche".into(), "device".into(), None)
    }

    fn rec(n: u8) -> RecordId {
        RecordId::random(&mut |bytes: &mut [u8]| bytes.fill(n))
    }

    /// A place, two rows, a portrait in each.
    fn answered() -> Respondent<InMemory> {
        let form = card_form();
        let keep = InMemory::default();
        let begun = Respondent::begin(rec(1), &form, "es", moment(), None, keep);
        let mut response = begun.unwrap();
        response.answer("/data/lieu", "Ouanaminthe", 1).unwrap();
        for (n, name, size) in [(1, "grand.jpg", 500), (2, "petit.jpg", 40)] {
            while !response
                .snapshot()
                .rows
                .iter()
                .any(|(path, count)| path == "/data/membre" && *count >= n)
            {
                response.add_row("/data/membre", 1).unwrap();
            }
            let row = format!("/data/membre[{n}]");
            response.answer(&format!("{row}/prenom"), name, 1).unwrap();
            let portrait = File::new(name, "image/jpeg", vec![n as u8; size]);
            response
                .attach(&format!("{row}/portrait"), portrait, format!("blob {n}"), 1)
                .unwrap();
        }
        response
    }

    fn went_on(kept: &Kept) -> Respondent<InMemory> {
        // As it comes out of the box.
        let kept = serde_json::from_str(&serde_json::to_string(kept).unwrap()).unwrap();
        Respondent::go_on(rec(2), &card_form(), None, moment(), kept).unwrap()
    }

    #[test]
    fn a_response_goes_on_elsewhere_with_its_answers_files_and_language() {
        let before = answered();
        let kept = before.kept(Kept::FILES_BYTES);
        assert!(kept.left_out.is_empty());
        let mut after = went_on(&kept);
        assert_eq!((after.rec, after.lang().as_str()), (rec(2), "es"));
        assert_eq!(after.answers(), before.answers());
        for path in ["/data/membre[1]/portrait", "/data/membre[2]/portrait"] {
            assert_eq!(after.file(path).unwrap(), before.file(path).unwrap());
        }
        // Kept again, nothing was lost on the way; and it can be finished.
        assert_eq!(after.kept(Kept::FILES_BYTES), kept);
        assert!(after.finish().is_ok());
    }

    #[test]
    fn a_file_without_room_is_left_out_and_asked_for_again() {
        let kept = answered().kept(499);
        assert_eq!(kept.left_out, ["/data/membre[1]/portrait"]);
        let after = went_on(&kept);
        assert!(after.file("/data/membre[1]/portrait").is_err());
        assert!(!after.answers().contains_key("membre[1]/portrait"));
        assert_eq!(
            after.file("/data/membre[2]/portrait").unwrap().name,
            "petit.jpg"
        );
        assert_eq!(
            answered().kept(39).left_out.len(),
            2,
            "one byte less than the smallest"
        );
    }

    #[test]
    fn a_file_that_was_taken_back_is_not_kept_and_a_damaged_one_is_asked_for_again() {
        let mut response = answered();
        response.answer("/data/membre[1]/portrait", "", 1).unwrap();
        let mut kept = response.kept(Kept::FILES_BYTES);
        assert_eq!(kept.files.len(), 1);
        for file in kept.files.values_mut() {
            file.data.push('*');
        }
        let after = went_on(&kept);
        assert!(after.files.is_empty());
        assert!(!after.answers().contains_key("membre[2]/portrait"));
    }
}
