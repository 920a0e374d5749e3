//! What only the desk asks: the office's keys, missions and invites, reception, entries, exports. A phone's worker knows
//! none of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vigie_model::{
    AppVersion, BundleId, Condition, DeviceId, FormId, InviteId, Kind, Layout, LinkOptions,
    MissionId, MissionKind, Order, QuarantineReason, RecordId, Separator, Standing, ViewId,
    Warning,
};

use crate::{
    Asked, ChosenFile, ChosenForm, Conflict, Encoded, File, Filter, FormInfo, Millis, Said, Status,
    Version, question::questions,
};

questions! {
    /// What is asked of the desk.
    pub enum DeskQuestion;

    /// Makes the office's keys and vault from the one-time set-up token.
    Write CreateOffice { token: String, server: String, name: String, passphrase: String } -> Status;
    /// Opens an office on this browser from its key backup.
    Write RestoreOffice { #[serde(with = "serde_bytes")] backup: Vec<u8>, file_passphrase: String, passphrase: String } -> Status;
    /// The key as an `age` passphrase file.
    Write BackUpKey { file_passphrase: String } -> File;
    /// Proves that a backup opens: the office may be used from then on.
    Write ProveBackup { #[serde(with = "serde_bytes")] backup: Vec<u8>, file_passphrase: String } -> Status;
    /// What the printable sheet shows.
    Read GetKeySheet -> KeySheet;
    Read ListOfficeMissions -> Vec<OfficeMission>;
    /// Answers the id of the mission made.
    Network CreateMission { mission: NewMission } -> MissionId;
    /// Another name, other dates, languages or rules; its phones learn them with the card.
    Network ReviseMission { mission: MissionId, said: SaidMission } -> Vec<OfficeMission>;
    /// Closes a mission, which takes back its unused invites and open links, or opens it again, which gives none of them back.
    Network CloseMission { mission: MissionId, closed: bool } -> Vec<OfficeMission>;
    /// Adds or replaces a questionnaire in a mission's card and publishes the card.
    Network AssignForm { mission: MissionId, form: ChosenForm } -> ();
    /// What another office needs to let this one read its missions.
    Read GetCallingCard -> CallingCardView;
    /// Another office reads the mission too, from its next card on.
    Network OpenMissionTo { mission: MissionId, calling_card: String } -> Vec<OfficeMission>;
    /// It reads the mission no more. `office`: its key.
    Network CloseMissionTo { mission: MissionId, office: String } -> Vec<OfficeMission>;
    /// Missions that other offices open to this one, and that wait for its answer.
    Read ListOffered -> Vec<OfferedMission>;
    /// Takes one, refuses it, or gives up one that was taken.
    Network AnswerOffer { mission: MissionId, accept: bool } -> Vec<OfferedMission>;
    Read ListInvites { mission: MissionId } -> Vec<InviteView>;
    /// One for each label, which may be empty; the new ones are first, in the order of their labels.
    Network CreateInvites { mission: MissionId, labels: Vec<String>, days: u32 } -> Vec<InviteView>;
    /// Nobody takes part by it any more, and who did stays.
    Network CancelInvite { mission: MissionId, invite: InviteId } -> Vec<InviteView>;
    /// A lost phone: from now on the server refuses it, and what it signs later is put aside.
    Network RemoveDevice { device: DeviceId } -> Vec<OfficeMission>;
    /// The mission's partner links.
    Read ListLinks { mission: MissionId } -> Vec<DeskLink>;
    /// The new one is first.
    Network CreateLink { mission: MissionId, link: NewLink } -> Vec<DeskLink>;
    /// Nobody begins by it any more; of a sheet, by none of its codes.
    Network CloseLink { mission: MissionId, link: InviteId } -> Vec<DeskLink>;
    /// Fetches, opens, verifies and imports what the server holds, sends receipts. Progress comes as events.
    Network Fetch -> Vec<InboxItem>;
    /// Imports dropped files.
    Write ImportFiles { files: Vec<ChosenFile> } -> Vec<InboxItem>;
    /// The office's word that it has these bundles, as a file for devices that have no network; of those that it has.
    Read GiveReceipts { bundles: Vec<BundleId> } -> File;
    Read ListInbox -> Vec<InboxItem>;
    /// What the server keeps for the office, and for how long.
    Network GetServerRoom -> ServerRoom;
    /// Puts a bundle in quarantine out of the way, with the reason, or, without one, back in sight. It is kept and tried again
    /// all the same.
    Write SetAside { bundle: BundleId, reason: Option<String> } -> Vec<InboxItem>;
    /// What waits for somebody at the desk.
    Read CountAwaiting -> Awaiting;
    Read GetTable { filter: Filter, view: TableView, offset: usize, limit: usize } -> Table;
    /// What a questionnaire asks, in any of its versions: what its entries may be narrowed to, and which columns they may have.
    Read ListAsked { form: FormId } -> Vec<AskedQuestion>;
    /// The tables that somebody gave a name to, by it.
    Read ListViews -> Vec<SavedView>;
    /// Keeps a table under a name, in place of one that has it; or gives the one of this id another name, or another table.
    Network SaveView { id: Option<ViewId>, name: String, looking: String } -> Vec<SavedView>;
    Network RemoveView { id: ViewId } -> Vec<SavedView>;
    Read GetEntry { rec: RecordId } -> EntryView;
    /// The file that answers a question of an entry.
    Read GetAttachment { rec: RecordId, field: String } -> File;
    /// Erases for good, everywhere, all that an entry ever said, and the files that go with it.
    Network Erase { rec: RecordId, reason: String } -> EntryView;
    /// The office's signed word on what was erased of an entry.
    Read GetErasureProof { rec: RecordId } -> File;
    /// How much an export would hold.
    Read CountExport { chosen: Chosen, layout: Layout } -> ExportCounts;
    /// What a workbook would hold, for the desk's module to write ([`WriteBook`](crate::WriteBook)).
    Read FillBook { chosen: Chosen, layout: Layout } -> Encoded;
    /// Entries as files, in one archive; with those attached to them, or not.
    Write Export { format: ExportFormat, chosen: Chosen, files: bool } -> File;
}

/// Which entries are exported: those that the table would show.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    pub filter: Filter,
    pub view: TableView,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ExportFormat {
    Json,
    Csv {
        layout: Layout,
        separator: Separator,
    },
    /// The places that were answered with, on a map.
    GeoJson {
        lang: String,
    },
    /// People and organisations, for an address book.
    VCard {
        lang: String,
    },
    /// The workbook that the desk's module wrote.
    Workbook(#[serde(with = "serde_bytes")] Vec<u8>),
}

/// How much an export would hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportCounts {
    pub entries: usize,
    /// The name and the lines of each table.
    pub tables: Vec<(String, usize)>,
    /// The files attached, and their bytes.
    pub files: usize,
    pub bytes: u64,
    /// Points, paths and areas for a map.
    pub places: usize,
    /// People and organisations for an address book.
    pub contacts: usize,
}

/// What the server keeps for the office, and for how long.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerRoom {
    pub bytes: u64,
    /// How many it may keep, when that is bounded.
    pub quota: Option<u64>,
    /// For how many days a letter stays once it was received; `None`: for ever.
    pub keep_days: Option<u32>,
    /// Letters that were gone before this desk read them.
    pub gone: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeySheet {
    pub name: String,
    pub recipient: String,
    pub fingerprint: String,
    pub secret: String,
    pub made: Millis,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewMission {
    pub said: SaidMission,
    pub forms: Vec<ChosenForm>,
}

/// What the office says of a mission, and may say anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SaidMission {
    pub name: String,
    pub kind: MissionKind,
    pub starts: String,
    pub ends: String,
    pub languages: Vec<String>,
    pub keep_readable: bool,
    pub share_with_team: bool,
    pub record_time: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfficeMission {
    pub id: MissionId,
    pub said: SaidMission,
    /// It is over: nobody begins anything in it.
    pub closed: bool,
    /// Of a mission that another office has and opened to this one.
    pub lead: Option<LeadView>,
    /// Every office that reads it, its own first; none: it alone.
    pub readers: Vec<ReaderView>,
    pub forms: Vec<FormInfo>,
    /// Those of them that ask by themselves whether somebody agrees to answer.
    pub asking: Vec<FormId>,
    pub devices: Vec<DeviceView>,
    pub invites: usize,
    pub entries: usize,
}

/// Whose mission it is that this office reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadView {
    pub name: String,
    /// Nothing comes of it any more: the lead closed it to this office, or this office gave it up.
    pub left: bool,
}

/// An office that reads a mission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReaderView {
    pub name: String,
    /// Its key.
    pub office: String,
    pub fingerprint: String,
}

/// Who this office is, for another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallingCardView {
    pub text: String,
    pub fingerprint: String,
}

/// A mission that another office opens to this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedMission {
    pub mission: MissionId,
    pub name: String,
    pub lead: String,
    pub fingerprint: String,
    pub people: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceView {
    pub device: DeviceId,
    pub name: String,
    pub enrolled: Millis,
    pub last_bundle: Option<Millis>,
    /// The version of the app that wrote what it sent last; `None` where it did not say so.
    pub app: Option<AppVersion>,
    /// How many entries of the mission it began.
    pub entries: usize,
    /// Since when the office takes nothing from it.
    pub removed: Option<Millis>,
    /// The mission shares with its team, and the card does not name it: it did not say yet what is sealed for it.
    pub outside_team: bool,
    /// The mission's key turned, and the card does not bring it for this device: it did not say yet what is sealed for it.
    pub keyless: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InviteView {
    pub id: InviteId,
    pub label: String,
    /// As it is read out, or printed.
    pub code: String,
    pub link: String,
    pub expires: Millis,
    pub made: Millis,
    pub used_by: Option<String>,
    pub expired: bool,
    pub cancelled: bool,
}

/// What the office says of a partner link to make it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewLink {
    pub form: FormId,
    pub label: String,
    pub days: u32,
    /// How many people may answer; 0: any number.
    pub uses: u32,
    pub kiosk: bool,
    /// How many codes are printed on a sheet, each good for one answer; 0: one link, no sheet.
    pub codes: u32,
    /// For how many days the server keeps an answer that a person means to go on with; 0: not at all.
    pub later_days: u32,
    /// By language; nothing, where the questionnaire asks that itself.
    pub consent: BTreeMap<String, String>,
    pub options: LinkOptions,
}

/// A partner link, or a printed sheet of them, as the office sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeskLink {
    pub id: InviteId,
    pub label: String,
    pub form: FormId,
    /// As it is read out, or printed; of a sheet, its first.
    pub code: String,
    pub link: String,
    /// The codes of a sheet; none: it is one link.
    pub sheet: Vec<SheetCode>,
    pub made: Millis,
    pub expires: Millis,
    /// 0: any number.
    pub uses: u32,
    /// How many answers came in.
    pub came: usize,
    pub kiosk: bool,
    /// 0: nobody goes on later.
    pub later_days: u32,
    pub state: LinkState,
}

/// One code of a printed sheet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SheetCode {
    /// From 1.
    pub number: u32,
    pub code: String,
    pub link: String,
    pub state: LinkState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    Open,
    /// As many answered as may.
    Full,
    Expired,
    Closed,
}

/// What waits for somebody at the desk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaiting {
    /// Bundles in quarantine that nobody set aside.
    pub quarantined: usize,
    /// Entries with something to settle.
    pub conflicts: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InboxItem {
    /// SHA-256 of the sealed bytes.
    pub bundle: BundleId,
    /// File name when dropped, else empty.
    pub name: String,
    pub from: String,
    pub mission: String,
    pub size: u64,
    pub stored: Millis,
    pub imported: Millis,
    pub verdict: VerdictView,
    /// Somebody at the desk looked at it, and put it out of the way.
    #[serde(default)]
    pub aside: Option<Aside>,
}

/// When a bundle in quarantine was set aside, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Aside {
    pub at: Millis,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictView {
    Accepted {
        ops: usize,
        new: usize,
        known: usize,
        warnings: Vec<Warning>,
    },
    AlreadyThere,
    Quarantined {
        reason: QuarantineReason,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    pub rows: Vec<Row>,
    pub total: usize,
    pub all: usize,
    pub conflicts: usize,
    /// Whoever wrote an entry, and the questionnaires that were answered: what the table may be narrowed to.
    pub people: Vec<String>,
    pub forms: Vec<(FormId, String)>,
}

/// How the table is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableView {
    /// Entries of one person.
    pub by: Option<String>,
    /// What came in one bundle.
    pub bundle: Option<BundleId>,
    /// What is said of them; none: whatever is not deleted.
    pub standing: Option<Standing>,
    /// All of these hold.
    pub answers: Vec<Condition>,
    /// The questions whose answers stand in columns, by their paths.
    pub columns: Vec<String>,
    pub order: Order,
}

/// A question of a questionnaire, as it is looked for and shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AskedQuestion {
    pub path: String,
    pub asked: Asked,
    /// Asked once for each row of a repeat.
    pub in_row: bool,
    /// The codes of its list, with their labels by language; none where it is no list.
    pub choices: Vec<(String, BTreeMap<String, String>)>,
}

/// A table that somebody gave a name to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    pub id: ViewId,
    pub name: String,
    /// What its address says.
    pub looking: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub rec: RecordId,
    pub kind: Kind,
    pub title: String,
    pub place: String,
    pub at: String,
    pub created: Millis,
    pub updated: Millis,
    pub received: Millis,
    pub by: String,
    pub mission: String,
    pub form: Option<FormId>,
    pub conflict: bool,
    pub deleted: bool,
    pub versions: usize,
    /// Nothing is left of it.
    pub erased: Option<Erasure>,
    /// For each column of answers, what was answered: once, or in each row of its repeat.
    pub answers: Vec<Vec<Said>>,
}

/// When something was erased for good, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Erasure {
    pub at: Millis,
    pub reason: String,
}

/// One entry at the desk, with labels from its questionnaire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntryView {
    pub row: Row,
    pub facts: Vec<Fact>,
    /// The questions that have no answer: left out, or not asked.
    pub unanswered: Vec<BTreeMap<String, String>>,
    pub conflicts: Vec<Conflict>,
    pub history: Vec<Version>,
    pub survived_deletion: bool,
    /// The latest first.
    pub erasures: Vec<Erasure>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    pub field: String,
    pub asked: Asked,
    pub said: Said,
    pub sensitive: bool,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_desk_keeps_of_a_bundle_is_written_as_it_always_was() {
        let accepted = VerdictView::Accepted {
            ops: 3,
            new: 2,
            known: 1,
            warnings: vec![Warning::Gap { from: 4, to: 6 }, Warning::Fork { seq: 9 }],
        };
        let reason = QuarantineReason::BadSignature;
        for (verdict, kept) in [
            (
                accepted,
                json!({"accepted": {"ops": 3, "new": 2, "known": 1, "warnings": ["gap 4-6", "fork 9"]}}),
            ),
            (
                VerdictView::Quarantined { reason },
                json!({"quarantined": {"reason": "bad_signature"}}),
            ),
            (VerdictView::AlreadyThere, json!("already_there")),
        ] {
            assert_eq!(serde_json::to_value(&verdict).expect("JSON"), kept);
            let read: VerdictView = serde_json::from_value(kept).expect("a verdict");
            assert_eq!(read, verdict);
        }
    }
}
