//! Everything that a phone, a partner's phone and a desk do, each as a person does it who looks first at what is there:
//! done again after it broke, it comes to the same end.

use serde_json::{Value, json};
use vigie_model::{RecordId, Warning};
use vigie_protocol::{
    AddForm, AddRepeat, AssignForm, AttachFile, AutoLock, BackUpKey, CancelInvite,
    ChangePassphrase, ChooseMission, ChosenFile, ChosenForm, CloseLink, CloseMission,
    CreateInvites, CreateLink, CreateMission, CreateOffice, CreateVault, Delete, DeskRequest,
    DropCarried, DropDraft, Edit, EntryState, Erase, Failure, Fetch, Fields, File, Filter, Finish,
    FinishResponse, Finished, FormView, GetTable, ImportFiles, InboxItem, InviteView, Join,
    LeaveLink, LinkState, ListInbox, ListInvites, ListLibrary, ListLinks, ListMissions,
    ListOfficeMissions, Lock, MissionInfo, NewForm, NewLink, OfficeMission, OpenLink, OpenResponse,
    Packed, Pause, Phase, ProveBackup, PublishForm, PutFormAway, Question, ReadFile, RemoveDevice,
    RemoveRepeat, Restore, RestoreOffice, ReviseMission, Row, SaidMission, SendNow, SendWaiting,
    SetAnswer, Settle, StartLink, TableView, TakeCarried, TakenBundles, TakenCarried, Unlock,
    VerdictView, Wipe,
};

use super::{
    Copied, Planned, desk_views, phone_views,
    stage::{
        FILE_PASSPHRASE, OTHER_PASSPHRASE, REQUIRED, SECOND, Stage, draft_of, invite, open, phase,
        plain, say_link, say_mission, table, team_form, waiting,
    },
};
use crate::common::{EVERYTHING, PASSPHRASE};

pub type Done = Result<(), Failure>;

/// On which device an operation begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// A device that never had Vigie.
    Nothing,
    Phone,
    Partner,
    Desk,
    /// A browser for a server without an office.
    NewOffice,
}

/// One thing that a person does.
pub struct Operation {
    pub name: &'static str,
    pub start: Start,
    /// There is a server, and it answers.
    pub online: bool,
    pub act: fn(&Scene) -> Done,
}

/// One device where an operation is done, with its server.
pub struct Scene<'a> {
    pub me: Planned,
    pub stage: &'a Stage,
    pub server: Option<Copied>,
    pub operation: &'a Operation,
}

impl<'a> Scene<'a> {
    pub fn new(stage: &'a Stage, operation: &'a Operation) -> Scene<'a> {
        let server = match operation.start {
            Start::NewOffice => Some(stage.blank_server()),
            _ => operation.online.then(|| stage.server()),
        };
        let me = match operation.start {
            Start::Nothing | Start::NewOffice => stage.over(&Default::default()),
            Start::Phone => stage.over(&stage.phone),
            Start::Partner => stage.over(&stage.partner),
            Start::Desk => stage.over(&stage.desk),
        };
        match &server {
            Some(server) => me.plan.route(server.url()),
            None => me.plan.offline(true),
        }
        let scene = Scene {
            me,
            stage,
            server,
            operation,
        };
        scene.ready();
        scene
    }

    /// Opens what is there, and says again what every operation begins with.
    pub fn ready(&self) {
        self.me.plan.clear();
        self.me.plan.offline(true);
        open(&self.me);
        read_answers(&self.me);
        self.me.plan.clear();
        self.me.plan.offline(!self.has_line());
    }

    fn has_line(&self) -> bool {
        self.server.is_some()
    }

    pub fn act(&self) -> Done {
        (self.operation.act)(self)
    }

    /// The same device, its process gone and another begun.
    pub fn restarted(self) -> Scene<'a> {
        let scene = Scene {
            me: self.me.killed(),
            ..self
        };
        scene.ready();
        scene
    }

    /// All that the device shows now.
    pub fn views(&self) -> Value {
        match phase(&self.me) {
            Phase::Open => phone_views(&self.me),
            Phase::Office => desk_views(&self.me),
            other => {
                let waiting = waiting(&self.me);
                json!({ "phase": other, "waiting": waiting.waiting, "unsaved": waiting.unsaved, "rows": self.me.store.dump().len() })
            }
        }
    }

    /// All that it shows when it is opened again.
    pub fn views_again(&self) -> Value {
        let again = self.me.killed();
        again.plan.offline(true);
        open(&again);
        read_answers(&again);
        match phase(&again) {
            Phase::Open => phone_views(&again),
            Phase::Office => desk_views(&again),
            other => {
                let waiting = waiting(&again);
                json!({ "phase": other, "waiting": waiting.waiting, "unsaved": waiting.unsaved, "rows": again.store.dump().len() })
            }
        }
    }

    /// What it all came to: here, and at an office that reads what this device sends.
    pub fn end(&self) -> Value {
        let is_phone = !matches!(self.operation.start, Start::Desk | Start::NewOffice);
        let office = match (&self.server, is_phone) {
            (Some(server), true) => self.exchanged(server.url()),
            (None, true) => self.carried(),
            _ => Value::Null,
        };
        let views = match phase(&self.me) {
            Phase::Open | Phase::Office => self.views(),
            other => json!({ "phase": other, "waiting": waiting(&self.me).waiting }),
        };
        json!({ "here": plain(&views), "office": office })
    }

    /// Sends all, lets an office receive all, hears of it; answers what that office has then.
    fn exchanged(&self, url: &str) -> Value {
        let desk = self.stage.over(&self.stage.desk);
        desk.plan.route(url);
        open(&desk);
        let is_open = phase(&self.me) == Phase::Open;
        for _ in 0..2 {
            if is_open {
                self.me.ask(SendNow);
                self.me.ask(SendNow);
            }
            desk.ask(Fetch);
        }
        if is_open {
            self.me.ask(SendNow);
        }
        json!({ "table": table(&desk), "warnings": warnings(&desk) })
    }

    /// The table of an office that is brought all this as a file.
    fn carried(&self) -> Value {
        let desk = self.stage.over(&self.stage.desk);
        desk.plan.offline(true);
        open(&desk);
        if phase(&self.me) == Phase::Open
            && let Ok(Packed {
                file: Some(file), ..
            }) = self.me.try_ask(EVERYTHING)
        {
            import(&desk, &[(&file.name, &file.bytes)]).expect("a desk that imports");
        }
        json!({ "table": table(&desk), "warnings": warnings(&desk) })
    }
}

/// A partner's phone reads the answers that it keeps when it is asked to send them.
fn read_answers(device: &Planned) {
    if phase(device) == Phase::New {
        device.ask(SendWaiting);
    }
}

/// What the desk was warned of: gaps, forks.
fn warnings(desk: &Planned) -> Vec<Warning> {
    let accepted = |item: InboxItem| match item.verdict {
        VerdictView::Accepted { warnings, .. } => Some(warnings),
        _ => None,
    };
    let items = desk.ask(ListInbox).into_iter();
    items.filter_map(accepted).flatten().collect()
}

fn import(desk: &Planned, files: &[(&str, &[u8])]) -> Done {
    let files = files.iter().map(|(name, bytes)| ChosenFile {
        name: (*name).to_owned(),
        bytes: bytes.to_vec(),
    });
    let files = files.collect();
    desk.try_ask(ImportFiles { files }).map(drop)
}

fn ask<Q: Question<Family: Into<DeskRequest>>>(
    scene: &Scene,
    question: Q,
) -> Result<Q::Answer, Failure> {
    scene.me.try_ask(question)
}

fn has(scene: &Scene, title: &str) -> Option<EntryState> {
    scene.me.entry(title).map(|entry| entry.state)
}

fn edited(scene: &Scene, title: &str) -> Result<(RecordId, Fields, bool), Failure> {
    let rec = scene.me.entry(title).map(|entry| entry.rec);
    let kind = "note".into();
    let editing = ask(scene, Edit { rec, kind })?;
    Ok((editing.rec, editing.fields, editing.draft))
}

fn create_vault(scene: &Scene, text: Option<&str>) -> Done {
    if phase(&scene.me) == Phase::New {
        ask(
            scene,
            CreateVault {
                passphrase: PASSPHRASE.into(),
                name: "Zoé".into(),
                invite: text.map(invite),
                lang: "fr".into(),
            },
        )?;
    }
    if text.is_some() && scene.server.is_some() && missions(scene)?.iter().any(|one| one.pending) {
        ask(scene, SendNow)?;
        if missions(scene)?.iter().any(|one| one.pending) {
            return Err(Failure::Unreachable);
        }
    }
    Ok(())
}

fn missions(scene: &Scene) -> Result<Vec<MissionInfo>, Failure> {
    ask(scene, ListMissions)
}

fn join(scene: &Scene) -> Done {
    let takes_part = |mission: &MissionInfo| mission.name == SECOND || mission.pending;
    if !missions(scene)?.iter().any(takes_part) {
        ask(
            scene,
            Join {
                invite: invite(&scene.stage.second_invite),
                replace: None,
            },
        )?;
    }
    if scene.server.is_some() && missions(scene)?.iter().any(|one| one.pending) {
        ask(scene, SendNow)?;
    }
    if scene.server.is_some() && missions(scene)?.iter().any(|one| one.pending) {
        return Err(Failure::Unreachable);
    }
    Ok(())
}

fn send(scene: &Scene) -> Done {
    ask(scene, SendNow).map(drop)
}

fn response(scene: &Scene) -> Result<FormView, Failure> {
    let begun = scene.me.entries();
    let begun = begun
        .into_iter()
        .find(|entry| entry.form == Some("equipe".into()));
    let rec = begun.expect("the response begun").rec;
    ask(scene, OpenResponse { rec })
}

/// A row with its name and its file, the row removed and taken back, then the end.
fn fill_response(scene: &Scene, finishes: bool) -> Done {
    let mut view = response(scene)?;
    if finishes && view.finished {
        return Ok(());
    }
    let rec = view.rec;
    let has_node = |view: &FormView, path: &str| view.nodes.iter().any(|node| node.path == path);
    if !has_node(&view, "/data/membre[1]/prenom") {
        ask(
            scene,
            AddRepeat {
                rec,
                node: "/data/membre".into(),
            },
        )?;
    }
    ask(
        scene,
        SetAnswer {
            rec,
            node: "/data/membre[1]/prenom".into(),
            value: "Rosa".into(),
        },
    )?;
    let node = "/data/membre[1]/portrait".to_owned();
    let there = ask(
        scene,
        ReadFile {
            rec,
            node: node.clone(),
        },
    );
    if there.is_err() {
        let file = File::new("rosa.png", "image/png", vec![7; 2_000]);
        ask(scene, AttachFile { rec, node, file })?;
    }
    view = response(scene)?;
    if !has_node(&view, "/data/membre[2]/prenom") {
        ask(
            scene,
            AddRepeat {
                rec,
                node: "/data/membre".into(),
            },
        )?;
    }
    ask(
        scene,
        RemoveRepeat {
            rec,
            node: "/data/membre[2]".into(),
        },
    )?;
    if finishes {
        finish_response(scene, rec)?;
    }
    Ok(())
}

fn finish_response(scene: &Scene, rec: RecordId) -> Done {
    let finished = ask(scene, FinishResponse { rec })?;
    assert!(matches!(finished, Finished::Saved(_)), "{finished:?}");
    Ok(())
}

/// What Luc gave by a file, to be carried: read by Ana too, whose mission shares.
fn take_lucs(scene: &Scene) -> Done {
    let mission = Some(scene.stage.mission);
    let bytes = scene.stage.luc.clone();
    let taken = ask(scene, TakeCarried { mission, bytes })?;
    let is_taken = |taken: &TakenBundles| taken.new + taken.known == 2;
    assert!(
        matches!(taken, TakenCarried::Bundles(taken) if is_taken(&taken)),
        "{taken:?}"
    );
    Ok(())
}

pub const PHONE: &[Operation] = &[
    Operation {
        name: "make a vault without an office",
        start: Start::Nothing,
        online: false,
        act: |scene| create_vault(scene, None),
    },
    Operation {
        name: "make a vault by an invite, without network",
        start: Start::Nothing,
        online: false,
        act: |scene| create_vault(scene, Some(&scene.stage.invite)),
    },
    Operation {
        name: "make a vault by an invite",
        start: Start::Nothing,
        online: true,
        act: |scene| create_vault(scene, Some(&scene.stage.invite)),
    },
    Operation {
        name: "take part in one more mission, without network",
        start: Start::Phone,
        online: false,
        act: join,
    },
    Operation {
        name: "take part in one more mission",
        start: Start::Phone,
        online: true,
        act: join,
    },
    Operation {
        name: "save a draft",
        start: Start::Phone,
        online: false,
        act: |scene| {
            let (rec, ..) = edited(scene, "Neuve")?;
            ask(scene, draft_of(rec, &[("title", json!("Neuve"))])).map(drop)
        },
    },
    Operation {
        name: "write a note",
        start: Start::Phone,
        online: false,
        act: |scene| {
            let state = has(scene, "Neuve");
            if state.is_some_and(|state| state != EntryState::Draft) {
                return Ok(());
            }
            let (rec, ..) = edited(scene, "Neuve")?;
            if state.is_none() {
                ask(scene, draft_of(rec, &[("title", json!("Neuve"))]))?;
            }
            ask(scene, Finish { rec }).map(drop)
        },
    },
    Operation {
        name: "take what somebody else gives to be carried",
        start: Start::Phone,
        online: false,
        act: take_lucs,
    },
    Operation {
        name: "carry what somebody else gives to the server",
        start: Start::Phone,
        online: true,
        act: |scene| {
            take_lucs(scene)?;
            send(scene)
        },
    },
    Operation {
        name: "carry no more what somebody else gave",
        start: Start::Phone,
        online: false,
        act: |scene| {
            take_lucs(scene)?;
            ask(scene, DropCarried).map(drop)
        },
    },
    Operation {
        name: "finish a draft",
        start: Start::Phone,
        online: false,
        act: |scene| match has(scene, "Brouillon") {
            Some(EntryState::Draft) => {
                let (rec, ..) = edited(scene, "Brouillon")?;
                ask(scene, Finish { rec }).map(drop)
            }
            _ => Ok(()),
        },
    },
    Operation {
        name: "change a note",
        start: Start::Phone,
        online: false,
        act: |scene| {
            let (rec, fields, draft) = edited(scene, "Reçue")?;
            if fields.get("text") != Some(&json!("changée")) {
                ask(scene, draft_of(rec, &[("text", json!("changée"))]))?;
            } else if !draft {
                return Ok(());
            }
            ask(scene, Finish { rec }).map(drop)
        },
    },
    Operation {
        name: "drop a draft",
        start: Start::Phone,
        online: false,
        act: |scene| match scene.me.entry("Brouillon") {
            Some(entry) => ask(scene, DropDraft { rec: entry.rec }).map(drop),
            None => Ok(()),
        },
    },
    Operation {
        name: "delete a note",
        start: Start::Phone,
        online: false,
        act: |scene| match scene.me.entry("Ici") {
            Some(entry) if !entry.deleted => ask(scene, Delete { rec: entry.rec }).map(drop),
            _ => Ok(()),
        },
    },
    Operation {
        name: "bring a note back",
        start: Start::Phone,
        online: false,
        act: |scene| match scene.me.entry("Effacée") {
            Some(entry) if entry.deleted => ask(scene, Restore { rec: entry.rec }).map(drop),
            _ => Ok(()),
        },
    },
    Operation {
        name: "settle a conflict",
        start: Start::Phone,
        online: false,
        act: |scene| match scene.me.entry("Wilson") {
            Some(entry) if entry.conflict => {
                let settle = Settle {
                    rec: entry.rec,
                    field: "phone".into(),
                    value: json!("555-2222"),
                    reason: "appelé".into(),
                };
                ask(scene, settle).map(drop)
            }
            _ => Ok(()),
        },
    },
    Operation {
        name: "answer questions, with rows and a file",
        start: Start::Phone,
        online: false,
        act: |scene| fill_response(scene, false),
    },
    Operation {
        name: "answer and finish a response",
        start: Start::Phone,
        online: false,
        act: |scene| fill_response(scene, true),
    },
    Operation {
        name: "a round with the server",
        start: Start::Phone,
        online: true,
        act: send,
    },
    Operation {
        name: "a round that brings receipts, a new card and what the team wrote",
        start: Start::Phone,
        online: true,
        act: |scene| {
            // What the office did meanwhile, once.
            let stage = scene.stage;
            let desk = stage.over(&stage.desk);
            desk.plan
                .route(scene.server.as_ref().expect("a server").url());
            open(&desk);
            desk.ask(Fetch);
            send(scene)?;
            send(scene)
        },
    },
    Operation {
        name: "save a file to carry",
        start: Start::Phone,
        online: false,
        act: |scene| ask(scene, EVERYTHING).map(drop),
    },
    Operation {
        name: "change the passphrase",
        start: Start::Phone,
        online: false,
        act: |scene| change_passphrase(scene, false),
    },
    Operation {
        name: "change the passphrase and the key",
        start: Start::Phone,
        online: false,
        act: |scene| change_passphrase(scene, true),
    },
    Operation {
        name: "lock and unlock with a draft",
        start: Start::Phone,
        online: false,
        act: |scene| {
            if phase(&scene.me) == Phase::Open {
                let (rec, ..) = edited(scene, "Brouillon")?;
                ask(
                    scene,
                    draft_of(
                        rec,
                        &[("title", json!("Brouillon")), ("text", json!("plus"))],
                    ),
                )?;
                ask(scene, Lock)?;
            }
            let passphrase = PASSPHRASE.into();
            ask(scene, Unlock { passphrase }).map(drop)
        },
    },
    Operation {
        name: "settings: auto-lock, pause, mission",
        start: Start::Phone,
        online: false,
        act: |scene| {
            ask(scene, AutoLock { minutes: 7 })?;
            ask(scene, Pause { on: true })?;
            let mission = scene.stage.mission;
            ask(scene, ChooseMission { mission }).map(drop)
        },
    },
    Operation {
        name: "wipe",
        start: Start::Phone,
        online: false,
        act: |scene| ask(scene, Wipe).map(drop),
    },
    Operation {
        name: "a partner's answer, without network",
        start: Start::Partner,
        online: false,
        act: |scene| {
            let there = waiting(&scene.me);
            match (there.unsaved, there.waiting < 2) {
                // There may be room now: that is tried before anything is sent.
                (true, _) => ask(scene, SendWaiting).map(drop),
                (false, true) => partner_answers(scene),
                (false, false) => Ok(()),
            }
        },
    },
    Operation {
        name: "a partner's answer, sent",
        start: Start::Partner,
        online: true,
        act: |scene| {
            // What waited first: this person comes once it is gone.
            ask(scene, SendWaiting)?;
            match waiting(&scene.me).waiting {
                0 => Ok(()),
                _ => Err(Failure::Unreachable),
            }
        },
    },
    Operation {
        name: "a partner's link, followed",
        start: Start::Nothing,
        online: true,
        act: |scene| {
            follow(scene)?;
            ask(scene, LeaveLink).map(drop)
        },
    },
];

fn change_passphrase(scene: &Scene, renew: bool) -> Done {
    let change = ChangePassphrase {
        old: PASSPHRASE.into(),
        new: OTHER_PASSPHRASE.into(),
        renew,
    };
    match ask(scene, change) {
        // It was changed before it broke.
        Err(Failure::WrongPassphrase { wait_ms }) => {
            scene.me.clock.set(scene.me.clock.get() + wait_ms + 1);
            Ok(())
        }
        other => other.map(drop),
    }
}

fn follow(scene: &Scene) -> Done {
    let request = OpenLink {
        code: scene.stage.link.link.clone(),
        origin: String::new(),
    };
    ask(scene, request).map(drop)
}

fn partner_answers(scene: &Scene) -> Done {
    follow(scene)?;
    let rec = ask(scene, StartLink { lang: "fr".into() })?.rec;
    for (node, value) in REQUIRED {
        let (node, value) = (node.into(), value.into());
        ask(scene, SetAnswer { rec, node, value })?;
    }
    finish_response(scene, rec)
}

fn office_missions(scene: &Scene) -> Vec<OfficeMission> {
    scene.me.ask(ListOfficeMissions)
}

fn invites(scene: &Scene) -> Vec<InviteView> {
    let mission = scene.stage.mission;
    scene.me.ask(ListInvites { mission })
}

fn desk_fetch(scene: &Scene) -> Done {
    ask(scene, Fetch).map(drop)
}

fn new_form() -> NewForm {
    NewForm {
        compiled: team_form(),
        xform: String::new(),
        files: Vec::new(),
    }
}

/// Somebody takes part by this link, which only works when the server knows it.
fn takes_part(scene: &Scene, link: &str) -> Done {
    let phone = scene.stage.over(&Default::default());
    phone
        .plan
        .route(scene.server.as_ref().expect("a server").url());
    let status = phone.try_ask(CreateVault {
        passphrase: PASSPHRASE.into(),
        name: "Zoé".into(),
        invite: Some(invite(link)),
        lang: "fr".into(),
    })?;
    match status.enrolment_pending {
        true => Err(Failure::Unreachable),
        false => Ok(()),
    }
}

fn token(scene: &Scene) -> String {
    let server = &scene.server.as_ref().expect("a server").server;
    server.token.clone().expect("no office yet")
}

pub const DESK: &[Operation] = &[
    Operation {
        name: "make an office, prove its backup",
        start: Start::NewOffice,
        online: true,
        act: |scene| {
            if phase(&scene.me) == Phase::New {
                ask(
                    scene,
                    CreateOffice {
                        token: token(scene),
                        server: "http://127.0.0.1:9".into(),
                        name: "Bureau".into(),
                        passphrase: PASSPHRASE.into(),
                    },
                )?;
            }
            if phase(&scene.me) == Phase::OfficeUnproven {
                let file_passphrase = FILE_PASSPHRASE.to_owned();
                let make = BackUpKey {
                    file_passphrase: file_passphrase.clone(),
                };
                let backup = ask(scene, make)?.bytes;
                let prove = ProveBackup {
                    backup,
                    file_passphrase,
                };
                ask(scene, prove)?;
            }
            desk_fetch(scene)
        },
    },
    Operation {
        name: "restore an office, and read all",
        start: Start::Nothing,
        online: true,
        act: |scene| {
            if phase(&scene.me) == Phase::New {
                let restore = RestoreOffice {
                    backup: scene.stage.backup.clone(),
                    file_passphrase: FILE_PASSPHRASE.into(),
                    passphrase: PASSPHRASE.into(),
                };
                ask(scene, restore)?;
            }
            desk_fetch(scene)
        },
    },
    Operation {
        name: "make a mission",
        start: Start::Desk,
        online: true,
        act: |scene| {
            if !office_missions(scene)
                .iter()
                .any(|one| one.said.name == "Neuve")
            {
                let mission = say_mission("Neuve");
                ask(scene, CreateMission { mission })?;
            }
            desk_fetch(scene)
        },
    },
    Operation {
        name: "give a mission a questionnaire",
        start: Start::Desk,
        online: true,
        act: |scene| {
            let second = scene.stage.second;
            let known = office_missions(scene);
            let mission = known.iter().find(|one| one.id == second);
            if mission.expect("the mission").forms.len() < 2 {
                let assign = AssignForm {
                    mission: second,
                    form: ChosenForm::Compiled(team_form()),
                };
                ask(scene, assign)?;
            }
            desk_fetch(scene)
        },
    },
    Operation {
        name: "make an invite, and somebody takes part by it",
        start: Start::Desk,
        online: true,
        act: |scene| {
            let label = "Neuve";
            if !invites(scene).iter().any(|one| one.label == label) {
                let create = CreateInvites {
                    mission: scene.stage.mission,
                    labels: vec![label.into()],
                    days: 7,
                };
                ask(scene, create)?;
            }
            desk_fetch(scene)?;
            let made = invites(scene);
            let made = made
                .iter()
                .find(|one| one.label == label)
                .expect("it is listed");
            if made.used_by.is_none() {
                takes_part(scene, &made.link)?;
            }
            desk_fetch(scene)
        },
    },
    Operation {
        name: "cancel an invite",
        start: Start::Desk,
        online: true,
        act: |scene| {
            let listed = invites(scene);
            let free = listed
                .iter()
                .find(|one| one.label == "Libre")
                .expect("it is listed");
            if !free.cancelled {
                let cancel = CancelInvite {
                    mission: scene.stage.mission,
                    invite: free.id,
                };
                ask(scene, cancel)?;
            }
            desk_fetch(scene)?;
            match takes_part(scene, &free.link) {
                Ok(()) => panic!("a cancelled invite let somebody take part"),
                Err(_) => Ok(()),
            }
        },
    },
    Operation {
        name: "remove a device",
        start: Start::Desk,
        online: true,
        act: |scene| {
            let device = scene.stage.lucs_device;
            let known = office_missions(scene);
            let mut devices = known.iter().flat_map(|one| &one.devices);
            let is_removed = devices.any(|one| one.device == device && one.removed.is_some());
            if !is_removed {
                ask(scene, RemoveDevice { device })?;
            }
            desk_fetch(scene)
        },
    },
    Operation {
        name: "make a link",
        start: Start::Desk,
        online: true,
        act: |scene| {
            let mission = scene.stage.second;
            let links = |scene: &Scene| scene.me.ask(ListLinks { mission });
            if links(scene).is_empty() {
                let create = CreateLink {
                    mission,
                    link: say_link(),
                };
                ask(scene, create)?;
            }
            desk_fetch(scene)?;
            let phone = scene.stage.over(&Default::default());
            phone
                .plan
                .route(scene.server.as_ref().expect("a server").url());
            let code = links(scene)[0].link.clone();
            let origin = String::new();
            phone.try_ask(OpenLink { code, origin }).map(drop)
        },
    },
    Operation {
        name: "close a link",
        start: Start::Desk,
        online: true,
        act: |scene| {
            let mission = scene.stage.mission;
            let links = scene.me.ask(ListLinks { mission });
            if links[0].state != LinkState::Closed {
                let link = links[0].id;
                ask(scene, CloseLink { mission, link })?;
            }
            desk_fetch(scene)
        },
    },
    Operation {
        name: "make a sheet of codes, and close it",
        start: Start::Desk,
        online: true,
        act: |scene| {
            let mission = scene.stage.second;
            let made = |scene: &Scene| scene.me.ask(ListLinks { mission }).into_iter().next();
            if made(scene).is_none() {
                let link = NewLink {
                    codes: 2,
                    ..say_link()
                };
                ask(scene, CreateLink { mission, link })?;
            }
            desk_fetch(scene)?;
            let sheet = made(scene).expect("it is listed");
            if sheet.state != LinkState::Closed {
                let link = sheet.id;
                ask(scene, CloseLink { mission, link })?;
            }
            desk_fetch(scene)
        },
    },
    Operation {
        name: "say a mission anew, and close it",
        start: Start::Desk,
        online: true,
        act: |scene| {
            let mission = scene.stage.second;
            let known = |scene: &Scene| {
                let known = office_missions(scene).into_iter();
                let mut known = known.filter(|one| one.id == mission);
                known.next().expect("the mission")
            };
            let name = "Dite autrement";
            if known(scene).said.name != name {
                let said = SaidMission {
                    name: name.into(),
                    ..known(scene).said
                };
                ask(scene, ReviseMission { mission, said })?;
            }
            let closed = true;
            if !known(scene).closed {
                ask(scene, CloseMission { mission, closed })?;
            }
            desk_fetch(scene)
        },
    },
    Operation {
        name: "erase an entry for good",
        start: Start::Desk,
        online: true,
        act: |scene| {
            let table = GetTable {
                view: TableView::default(),
                filter: Filter::default(),
                offset: 0,
                limit: 1_000,
            };
            let rows = scene.me.ask(table).rows;
            // The same one when it is done again, whatever came in meanwhile.
            let is_meant = |row: &&Row| row.erased.is_some() || row.title == "Reçue";
            let rec = rows.iter().find(is_meant).expect("the note").rec;
            let reason = "à sa demande".to_owned();
            ask(scene, Erase { rec, reason })?;
            desk_fetch(scene)
        },
    },
    Operation {
        name: "fetch what came, give receipts, share with the team",
        start: Start::Desk,
        online: true,
        act: desk_fetch,
    },
    Operation {
        name: "import files, without network",
        start: Start::Desk,
        online: false,
        act: |scene| {
            let stage = scene.stage;
            import(
                &scene.me,
                &[("luc.age", &stage.luc), ("rosa.age", &stage.rosa)],
            )
        },
    },
    Operation {
        name: "import a file too early, then fetch",
        start: Start::Desk,
        online: true,
        act: |scene| {
            let stage = scene.stage;
            import(
                &scene.me,
                &[("luc.age", &stage.luc), ("rosa.age", &stage.rosa)],
            )?;
            desk_fetch(scene)
        },
    },
    Operation {
        name: "settle a conflict at the desk, and fetch",
        start: Start::Desk,
        online: true,
        act: |scene| {
            let rows = scene
                .me
                .ask(GetTable {
                    view: TableView::default(),
                    filter: Default::default(),
                    offset: 0,
                    limit: 100,
                })
                .rows;
            if let Some(row) = rows.into_iter().find(|row| row.conflict) {
                let settle = Settle {
                    rec: row.rec,
                    field: "phone".into(),
                    value: json!("555-2222"),
                    reason: "appelé".into(),
                };
                ask(scene, settle)?;
            }
            desk_fetch(scene)
        },
    },
    Operation {
        name: "keep a questionnaire, put it away, and take it back",
        start: Start::Desk,
        online: true,
        act: |scene| {
            ask(scene, AddForm { form: new_form() })?;
            let listed = ask(scene, ListLibrary)?;
            let form = listed.iter().find(|form| form.info.id.as_str() == "equipe");
            let hash = form.expect("it is listed").hash.clone();
            for away in [true, false] {
                let hash = hash.clone();
                ask(scene, PutFormAway { hash, away })?;
            }
            let missions = vec![scene.stage.second];
            ask(scene, PublishForm { hash, missions })?;
            desk_fetch(scene)
        },
    },
];
