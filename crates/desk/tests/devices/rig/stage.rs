//! A mission under way, from which every operation begins: kept once, copied for each point where something breaks.

use serde_json::{Value, json};
use vigie_model::{DeviceId, ExactJson, LinkOptions, MissionId, MissionKind, RecordId};
use vigie_protocol::{
    BackUpKey, ChosenForm, CreateInvites, CreateLink, CreateMission, Delete, DeskLink, Failure,
    Fetch, Filter, FinishResponse, GetStatus, GetTable, GetWaiting, InviteText, ListOfficeMissions,
    NewLink, NewMission, OpenLink, Phase, SaidMission, SaveDraft, SetAnswer, StartLink,
    StartResponse, TableView, Unlock, Waiting,
};
use vigie_vault::MemoryStore;

use super::{Copied, Planned};
use crate::common::{Device, PASSPHRASE, World, fields, short_form};

pub const OTHER_PASSPHRASE: &str = "un autre lundi sans marée ni vernis";
pub const FILE_PASSPHRASE: &str = "clé de papier";
pub const SECOND: &str = "Stage Codevi";

/// Stores and a data folder, as they were at one moment, and what people know of them.
pub struct Stage {
    pub phone: MemoryStore,
    pub partner: MemoryStore,
    pub desk: MemoryStore,
    /// The server's folder, stopped.
    data: tempfile::TempDir,
    /// A server without an office yet.
    blank: tempfile::TempDir,
    pub mission: MissionId,
    pub second: MissionId,
    pub invite: String,
    pub second_invite: String,
    pub link: DeskLink,
    pub backup: Vec<u8>,
    /// A file from a device that the desk has not heard of.
    pub rosa: Vec<u8>,
    pub lucs_device: DeviceId,
    /// A file from Luc, who is known.
    pub luc: Vec<u8>,
    now: std::cell::Cell<i64>,
}

/// One invented form, with a row that repeats and a file.
pub fn team_form() -> ExactJson {
    let xml = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
<h:head><h:title>Équipe</h:title><model><instance><data id="equipe" version="1"><lieu/><membre jr:template=""><prenom/><portrait/></membre><meta><instanceID/></meta></data></instance>
<bind nodeset="/data/lieu" type="string" required="true()"/><bind nodeset="/data/membre/prenom" type="string"/><bind nodeset="/data/membre/portrait" type="binary"/>
<bind nodeset="/data/meta/instanceID" type="string" readonly="true()" jr:preload="uid"/></model></h:head>
<h:body><input ref="/data/lieu"><label>Lieu</label></input><group ref="/data/membre"><label>Membre</label><repeat nodeset="/data/membre"><input ref="/data/membre/prenom"><label>Prénom</label></input><upload ref="/data/membre/portrait" mediatype="image/*"><label>Portrait</label></upload></repeat></group></h:body></h:html>"#;
    let form = vigie_forms::xform::read(xml, &|_| None).form;
    let form = form.expect("a form that compiles");
    ExactJson::in_order(&form.to_json()).expect("JSON")
}

pub fn say_link() -> NewLink {
    NewLink {
        form: "conditions_travail_court".into(),
        label: "Affiche".into(),
        days: 30,
        uses: 0,
        kiosk: true,
        codes: 0,
        later_days: 7,
        options: LinkOptions::default(),
        consent: [("fr".to_owned(), "Acceptez-vous ?".to_owned())].into(),
    }
}

pub fn say_mission(name: &str) -> NewMission {
    NewMission {
        said: SaidMission {
            name: name.into(),
            kind: MissionKind::Internship,
            starts: "2026-11-01".into(),
            ends: "2026-11-20".into(),
            languages: vec!["fr".into()],
            keep_readable: true,
            share_with_team: false,
            record_time: true,
        },
        forms: vec![ChosenForm::Compiled(short_form())],
    }
}

/// What a partner's form asks for.
pub const REQUIRED: [(&str, &str); 7] = [
    ("/data/consentement_groupe/consentement", "oui"),
    ("/data/travail/pays", "HT"),
    ("/data/travail/lieu", "Ouanaminthe"),
    ("/data/travail/secteur", "C14"),
    ("/data/contrat_paie/contrat", "ecrit_perm"),
    ("/data/heures/heures_jour", "10"),
    ("/data/heures/jours_semaine", "6"),
];

impl Stage {
    pub fn new() -> Stage {
        let mut world = World::with(|mission| {
            mission.said.share_with_team = true;
            mission.forms = [short_form(), team_form()].map(ChosenForm::Compiled).into();
        });
        let office = &world.office;
        let mission = say_mission(SECOND);
        let second = office.ask(CreateMission { mission });
        let invite = |mission: MissionId, label: &str| {
            let (labels, days) = (vec![label.into()], 7);
            let invites = office.ask(CreateInvites {
                mission,
                labels,
                days,
            });
            invites[0].link.clone()
        };
        let (ana, luc) = (world.delegate("Ana"), world.delegate("Luc"));
        let free = invite(world.mission, "Libre");
        let second_invite = invite(second, "Ana");
        let link = office.ask(CreateLink {
            mission: world.mission,
            link: say_link(),
        })[0]
            .clone();

        // A conflict, something received, something deleted.
        let phone = |number: &str| vec![("name", json!("Wilson")), ("phone", json!(number))];
        let contact = ana.write("contact", &phone("555-0000"));
        ana.write("note", &[("title", json!("Reçue"))]);
        ana.send();
        office.ask(Fetch);
        luc.send();
        ana.change(contact, &[("phone", json!("555-1111"))]);
        luc.change(contact, &[("phone", json!("555-2222"))]);
        for device in [&ana, &luc] {
            device.send();
        }
        office.ask(Fetch);
        ana.send();
        // At the server, and the desk has not fetched it; then here; then begun.
        ana.write("note", &[("title", json!("Stockée"))]);
        ana.send();
        ana.write("note", &[("title", json!("Ici"))]);
        let deleted = ana.write("note", &[("title", json!("Effacée"))]);
        ana.ask(Delete { rec: deleted });
        let draft = ana.edit(None, "note").rec;
        ana.draft(draft, &[("title", json!("Brouillon"))]);
        let response = begin(&ana, "equipe");
        ana.ask(SetAnswer {
            rec: response,
            node: "/data/lieu".into(),
            value: "Codevi".into(),
        });

        let partner = Device::new();
        partner.ask(OpenLink {
            code: link.link.clone(),
            origin: String::new(),
        });
        partner.online.set(false);
        let answer = partner.ask(StartLink { lang: "fr".into() }).rec;
        for (node, value) in REQUIRED {
            partner.ask(SetAnswer {
                rec: answer,
                node: node.into(),
                value: value.into(),
            });
        }
        partner.ask(FinishResponse { rec: answer });

        // Luc's file is known; Rosa's comes before her device is.
        luc.write("note", &[("title", json!("De Luc, par clé"))]);
        luc.online.set(false);
        let (_, luc_file) = luc.packed();
        let rosa = world.delegate("Rosa");
        rosa.write("note", &[("title", json!("De Rosa, trop tôt"))]);
        rosa.online.set(false);
        let (_, rosa_file) = rosa.packed();
        let (_, backup) = office.file(BackUpKey {
            file_passphrase: FILE_PASSPHRASE.into(),
        });
        let missions = office.ask(ListOfficeMissions);
        let mut devices = missions.iter().flat_map(|mission| &mission.devices);
        let lucs = devices.find(|device| device.name == "Luc");
        let lucs = lucs.expect("Luc's phone").device;

        let blank = tempfile::TempDir::new().expect("a folder");
        let any = "127.0.0.1:0".parse().expect("an address");
        let unset = crate::common::Running::on(blank.path(), any);
        drop(unset);
        let now = ana.clock.get() + 60_000;
        let stage = Stage {
            phone: ana.store.snapshot(),
            partner: partner.store.snapshot(),
            desk: world.office.store.snapshot(),
            mission: world.mission,
            second,
            invite: free,
            second_invite,
            link,
            backup,
            rosa: rosa_file,
            lucs_device: lucs,
            luc: luc_file,
            now: std::cell::Cell::new(now),
            blank,
            data: tempfile::TempDir::new().expect("a folder"),
        };
        world.stop_server();
        super::copy_folder(world.data.path(), stage.data.path());
        stage
    }

    /// The server as it was, running again on a folder of its own.
    pub fn server(&self) -> Copied {
        Copied::of(self.data.path())
    }

    pub fn blank_server(&self) -> Copied {
        Copied::of(self.blank.path())
    }

    pub fn over(&self, store: &MemoryStore) -> Planned {
        // No two at one moment: the same request signed twice at once is refused.
        self.now.set(self.now.get() + 1_000);
        Planned::at(store.snapshot(), self.now.get())
    }
}

fn begin(device: &Device, form: &str) -> RecordId {
    device
        .ask(StartResponse {
            form: form.into(),
            lang: "fr".into(),
        })
        .rec
}

/// Opens what is there with whichever of the two passphrases it takes now.
#[track_caller]
pub fn open(device: &Planned) {
    if phase(device) != Phase::Locked {
        return;
    }
    // Twice each: after a wrong one the next is not even tried before its time.
    for passphrase in [PASSPHRASE, PASSPHRASE, OTHER_PASSPHRASE, OTHER_PASSPHRASE] {
        let unlock = Unlock {
            passphrase: passphrase.into(),
        };
        match device.try_ask(unlock) {
            Ok(_) => return,
            Err(Failure::WrongPassphrase { wait_ms }) => {
                device.clock.set(device.clock.get() + wait_ms + 1);
            }
            Err(failure) => panic!("{failure:?}"),
        }
    }
    panic!("neither passphrase opens it");
}

#[track_caller]
pub fn phase(device: &Planned) -> Phase {
    device.ask(GetStatus).phase
}

/// What waits on a partner's phone; a vault that is open or locked has none to show.
pub fn waiting(device: &Planned) -> Waiting {
    device.try_ask(GetWaiting).unwrap_or_default()
}

pub fn invite(text: &str) -> InviteText {
    InviteText {
        text: text.into(),
        origin: String::new(),
    }
}

/// What a desk's table shows, whoever reads it.
#[track_caller]
pub fn table(desk: &Planned) -> Vec<Value> {
    let request = GetTable {
        view: TableView::default(),
        filter: Filter::default(),
        offset: 0,
        limit: 1_000,
    };
    let mut rows: Vec<Value> = desk
        .ask(request)
        .rows
        .iter()
        .map(|row| {
            json!([
                row.kind,
                row.title,
                row.by,
                row.conflict,
                row.deleted,
                row.versions
            ])
        })
        .collect();
    rows.sort_by_key(ToString::to_string);
    rows
}

pub fn draft_of(rec: RecordId, of: &[(&str, Value)]) -> SaveDraft {
    SaveDraft {
        rec,
        fields: fields(of),
    }
}

/// Takes out of a view what differs from one run to the next: ids, moments, sizes; and puts lists in one order.
pub fn plain(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map
                .iter()
                .filter(|(key, _)| !matches!(key.as_str(), "size" | "sent" | "link" | "code"))
                .map(|(key, value)| {
                    let key = if is_id(key) {
                        "id".to_owned()
                    } else {
                        key.clone()
                    };
                    (key, plain(value))
                });
            Value::Object(kept.collect())
        }
        Value::Array(list) => {
            let mut list: Vec<Value> = list.iter().map(plain).collect();
            list.sort_by_key(ToString::to_string);
            Value::Array(list)
        }
        Value::String(text) if is_id(text) => json!("id"),
        Value::Number(number) if number.as_f64().is_some_and(|n| n > 1e12) => json!("moment"),
        other => other.clone(),
    }
}

/// A UUID, a hash, or one of them after a prefix, such as `uuid:…`.
fn is_id(text: &str) -> bool {
    let text = text.trim_start_matches("uuid:");
    let dashed = text.len() == 36 && text.matches('-').count() == 4;
    let hash = text.len() == 64;
    (dashed || hash)
        && text
            .chars()
            .all(|one| one.is_ascii_hexdigit() || one == '-')
}
