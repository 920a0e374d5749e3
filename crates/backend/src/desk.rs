//! The office at its desk.
use zeroize::Zeroizing;

use crate::{Host, backend::Backend, open::Open, profile::OfficeProfile, protocol::*};

pub(crate) struct Desk {}

impl Desk {
    pub fn new(_office: &OfficeProfile) -> Result<Desk, Failure> { Err(Failure::NotFound) }
}

impl<H: Host> Backend<H> {
    pub(crate) fn desk_must_prove(&self, _request: &Request) -> bool { false }
    pub(crate) async fn load_desk(&self, _open: &Open) -> Result<Desk, Failure> { Err(Failure::NotFound) }
    pub(crate) fn desk_export(&self, _format: ExportFormat, _filter: &Filter) -> Result<(String, String, Vec<u8>), Failure> { Err(Failure::NotFound) }
    pub(crate) fn office_backup(&self, _p: &str) -> Result<(String, Vec<u8>), Failure> { Err(Failure::NotFound) }
    pub(crate) async fn office_create(&self, _t: &str, _s: &str, _n: &str, _p: Zeroizing<String>) -> Result<Status, Failure> { Err(Failure::NotFound) }
    pub(crate) async fn office_restore(&self, _b: &[u8], _f: &str, _p: Zeroizing<String>) -> Result<Status, Failure> { Err(Failure::NotFound) }
    pub(crate) async fn office_trial(&self, _b: &[u8], _f: &str) -> Result<Status, Failure> { Err(Failure::NotFound) }
    pub(crate) fn key_sheet(&self) -> Result<KeySheet, Failure> { Err(Failure::NotFound) }
    pub(crate) fn office_missions(&self) -> Result<Vec<OfficeMission>, Failure> { Err(Failure::NotFound) }
    pub(crate) async fn create_mission(&self, _m: NewMission) -> Result<Vec<OfficeMission>, Failure> { Err(Failure::NotFound) }
    pub(crate) async fn assign_form(&self, _m: &str, _f: serde_json::Value) -> Result<Vec<OfficeMission>, Failure> { Err(Failure::NotFound) }
    pub(crate) fn invites(&self, _m: &str) -> Result<Vec<InviteView>, Failure> { Err(Failure::NotFound) }
    pub(crate) async fn create_invite(&self, _m: &str, _l: &str, _d: u32) -> Result<Vec<InviteView>, Failure> { Err(Failure::NotFound) }
    pub(crate) async fn fetch(&self) -> Result<Vec<InboxItem>, Failure> { Err(Failure::NotFound) }
    pub(crate) async fn import_files(&self, _n: &[String], _s: &[usize], _b: &[u8]) -> Result<Vec<InboxItem>, Failure> { Err(Failure::NotFound) }
    pub(crate) fn inbox(&self) -> Result<Vec<InboxItem>, Failure> { Err(Failure::NotFound) }
    pub(crate) fn table(&self, _f: &Filter, _o: usize, _l: usize) -> Result<Table, Failure> { Err(Failure::NotFound) }
    pub(crate) fn entry(&self, _r: vigie_model::RecordId) -> Result<EntryView, Failure> { Err(Failure::NotFound) }
}
