//! The door: the vault is made, opened, locked, put under another passphrase, destroyed.
//!
//! After a wrong passphrase the next try has to wait, twice as long each time and at most five minutes; nothing says
//! what was wrong, and nobody is locked out for good. The delay is stored before the passphrase is tried, so that
//! killing the app does not shorten it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use vigie_model::MissionId;
use vigie_seal::vault::{Kdf, NotOpened, VaultKey, WrappedKey};
use zeroize::Zeroizing;

use crate::{
    Host,
    backend::Backend,
    join::read_invite,
    notebook::{FIRST_PAGE, Notebook},
    open::{Keys, Open, put, read},
    profile::{Front, Member, MissionFacts, Profile, SecretSeed, Standing},
    protocol::{Failure, InviteProblem, InviteText, Millis, Status},
    sending::{BundleRow, Retry},
    store::{Change, Store, Table},
};

pub(crate) const VAULT: &str = "vault";
pub(crate) const DOOR: &str = "door";
pub(crate) const FORMAT: &str = "format";
/// What this version writes; a greater number is a newer version's.
pub(crate) const FORMAT_NOW: u32 = 1;
/// While rows are under two keys: a version that knows one only would take half of them for damaged.
pub(crate) const FORMAT_RENEWING: u32 = 2;
const FIRST_WAIT_MS: Millis = 1_000;
const LONGEST_WAIT_MS: Millis = 5 * 60_000;

/// How often a wrong passphrase was given in a row, and until when the next must wait. In the clear at `meta/door`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Door {
    wrong: u32,
    since: Millis,
    until: Millis,
}

impl Door {
    /// What is left to wait.
    fn left(self, now: Millis) -> Millis {
        // A clock set back below the last try neither helps nor locks out for longer than was due.
        if now < self.since {
            self.until - self.since
        } else {
            (self.until - now).max(0)
        }
    }

    fn after_one_more(self, now: Millis) -> Door {
        let wait = FIRST_WAIT_MS
            .checked_shl(self.wrong.min(20))
            .unwrap_or(LONGEST_WAIT_MS)
            .min(LONGEST_WAIT_MS);
        Door {
            wrong: self.wrong.saturating_add(1),
            since: now,
            until: now + wait,
        }
    }
}

impl<H: Host> Backend<H> {
    /// Words at random, each as likely as any other.
    pub(crate) fn pick_words(&self, list: &[String], count: usize) -> Result<Vec<String>, Failure> {
        let size = u32::try_from(list.len())
            .ok()
            .filter(|size| *size > 0)
            .ok_or(Failure::NotFound)?;
        // Numbers beyond the last whole multiple are drawn again, or the first words would come more often.
        let fair = u32::MAX - u32::MAX % size;
        let mut words = Vec::new();
        while words.len() < count.min(64) {
            let mut bytes = [0; 4];
            self.host().fill(&mut bytes);
            let drawn = u32::from_le_bytes(bytes);
            if drawn < fair {
                words.extend(list.get((drawn % size) as usize).cloned());
            }
        }
        Ok(words)
    }

    pub(crate) async fn create_vault(
        &self,
        passphrase: Zeroizing<String>,
        name: String,
        invite: Option<InviteText>,
        lang: String,
    ) -> Result<Status, Failure> {
        self.must_be_new().await?;
        let mut found = None;
        let standing = match &invite {
            None => Standing::Alone,
            Some(invite) => {
                let (code, server) = read_invite(&invite.text, &invite.origin)?;
                // An invite that is used or expired is said before anything is made; no network is no obstacle.
                match self.invite_secret(&code, &server).await {
                    Ok((_, true)) => return Err(Failure::Invite(InviteProblem::Used)),
                    Ok((secret, false)) => found = Some(secret),
                    Err(Failure::Unreachable) => {}
                    Err(failure) => return Err(failure),
                }
                Standing::Pending {
                    code: code.to_string(),
                    server,
                    secret: found.clone(),
                }
            }
        };
        let mut member = self.new_member(&name, standing);
        if let Some(secret) = &found {
            member.info.name.clone_from(&secret.mission_name);
        }
        let profile = Profile {
            v: 1,
            name,
            lang,
            auto_lock_minutes: 5,
            paused: false,
            members: vec![member],
            current: 0,
            office: None,
        };
        self.make_vault(&passphrase, profile).await?;
        if found.is_some() {
            // What fails here is tried again by the exchange, and its outcome says why.
            let _ = self.exchange(crate::sending::Trigger::Online).await;
        }
        self.status().await
    }

    pub(crate) fn new_member(&self, name: &str, standing: Standing) -> Member {
        Member {
            mission: MissionId::random(&mut self.random()),
            key: SecretSeed::random(&mut self.random()),
            by: name.to_owned(),
            standing,
            info: MissionFacts::trial(),
            revoked: false,
            media: Vec::new(),
        }
    }

    pub(crate) async fn must_be_new(&self) -> Result<(), Failure> {
        match self.host().store().get(Table::Meta, VAULT).await? {
            Some(_) => Err(Failure::Refused("vault-exists".into())),
            None => Ok(()),
        }
    }

    /// Makes the vault of `profile` and opens it: one commit.
    pub(crate) async fn make_vault(
        &self,
        passphrase: &str,
        profile: Profile,
    ) -> Result<(), Failure> {
        let key = VaultKey::random(&mut self.random());
        let wrapped = self.wrapped(&key, passphrase)?;
        let key = Keys::new(key, Vec::new());
        let front = Front::default();
        let changes = vec![
            clear(VAULT, &wrapped)?,
            clear(FORMAT, &FORMAT_NOW)?,
            put(&key, Table::Meta, "profile", &profile, &mut self.random()),
            put(&key, Table::Meta, "front", &front, &mut self.random()),
        ];
        self.commit(changes).await?;
        #[cfg(feature = "desk")]
        let desk = match &profile.office {
            Some(office) => Some(crate::desk::Desk::new(office)?),
            None => None,
        };
        let mut open = empty(key, profile, front);
        open.notebook.complete = true;
        #[cfg(feature = "desk")]
        {
            open.desk = desk;
        }
        self.opened(open);
        Ok(())
    }

    pub(crate) async fn unlock(&self, passphrase: Zeroizing<String>) -> Result<Status, Failure> {
        if self.is_open() {
            return self.status().await;
        }
        let key = self.try_passphrase(&passphrase).await?;
        self.load(key).await?;
        self.status().await
    }

    /// Takes the vault's key out from under a passphrase; a wrong one costs a delay.
    async fn try_passphrase(&self, passphrase: &str) -> Result<VaultKey, Failure> {
        let store = self.host().store();
        if let Some(format) = store.get(Table::Meta, FORMAT).await? {
            let format: u32 = serde_json::from_slice(&format).unwrap_or(u32::MAX);
            if format > FORMAT_RENEWING {
                return Err(Failure::NewerStore);
            }
        }
        let wrapped = store
            .get(Table::Meta, VAULT)
            .await?
            .ok_or(Failure::NotFound)?;
        let wrapped: WrappedKey =
            serde_json::from_slice(&wrapped).map_err(|_| Failure::Damaged("meta/vault".into()))?;
        let door = store.get(Table::Meta, DOOR).await?;
        let door: Door = door
            .and_then(|door| serde_json::from_slice(&door).ok())
            .unwrap_or_default();
        let now = self.host().now().0;
        let left = door.left(now);
        if left > 0 {
            return Err(Failure::WrongPassphrase { wait_ms: left });
        }
        let next = door.after_one_more(now);
        self.commit(vec![clear(DOOR, &next)?]).await?;
        match VaultKey::unwrap(&wrapped, passphrase) {
            Ok(key) => {
                self.commit(vec![crate::open::delete(Table::Meta, DOOR)])
                    .await?;
                Ok(key)
            }
            // Nobody was wrong: the wait is as it was.
            Err(NotOpened::NoMemory) => {
                self.commit(vec![clear(DOOR, &door)?]).await?;
                Err(Failure::NoMemory)
            }
            Err(NotOpened::WrongPassphrase) => {
                // The wait begins now: deriving took a second of its own.
                let now = self.host().now().0;
                let next = door.after_one_more(now);
                self.commit(vec![clear(DOOR, &next)?]).await?;
                Err(Failure::WrongPassphrase {
                    wait_ms: next.left(now),
                })
            }
        }
    }

    /// Opens what the first screen needs, whatever the number of entries.
    async fn load(&self, key: VaultKey) -> Result<(), Failure> {
        let store = self.host().store();
        let (key, renewing, lost) = self.keys(key).await?;
        let meta = async |row: &str| {
            store
                .get(Table::Meta, row)
                .await?
                .ok_or(Failure::Damaged(format!("meta/{row}")))
        };
        let profile: Profile = read(&key, Table::Meta, "profile", &meta("profile").await?)?;
        let front: Front = read(&key, Table::Meta, "front", &meta("front").await?)?;
        let lines = store.latest(Table::Index, None, FIRST_PAGE).await?;
        self.keep_held_drafts().await;
        let drafts = store.all(Table::Drafts).await?;
        let bundles = store.all(Table::Bundles).await?;
        let mut open = empty(key, profile, front);
        open.renewing = renewing;
        open.damaged.extend(lost);
        open.notebook.complete = lines.len() < FIRST_PAGE;
        open.take_lines(&lines);
        // A draft or a bundle that does not open stays where it is; the others are not lost with it.
        for (row, sealed) in drafts {
            match read::<crate::drafts::Draft>(&open.key, Table::Drafts, &row, &sealed) {
                Ok(draft) => {
                    open.drafts.insert(draft.rec, draft);
                }
                Err(_) => {
                    open.damaged
                        .insert(format!("{}/{row}", Table::Drafts.name()));
                }
            }
        }
        for change in self.held_drafts().drain(..) {
            if let Change::Put { table, key, bytes } = change
                && let Ok(mut draft) = read::<crate::drafts::Draft>(&open.key, table, &key, &bytes)
            {
                draft.unsaved = true;
                open.drafts.insert(draft.rec, draft);
            }
        }
        if open.profile.office.is_none() {
            for (row, sealed) in bundles {
                match read::<BundleRow>(&open.key, Table::Bundles, &row, &sealed) {
                    Ok(bundle) => {
                        open.bundles.insert(bundle.number, bundle);
                    }
                    Err(_) => {
                        open.damaged
                            .insert(format!("{}/{row}", Table::Bundles.name()));
                    }
                }
            }
            open.reopen_bundles(self.host().now(), &mut self.random());
            open.last_received = None;
        } else {
            #[cfg(feature = "desk")]
            {
                open.desk = Some(self.load_desk(&open).await?);
            }
            #[cfg(not(feature = "desk"))]
            return Err(Failure::Desk);
        }
        self.opened(open);
        Ok(())
    }

    pub(crate) async fn lock(&self) -> Result<Status, Failure> {
        if self.is_open() {
            let _writing = self.writing().await;
            // What the store does not take is kept in memory as it was sealed: nobody reads it there, and the next
            // opening finds it.
            let held = self.keep_drafts().await?;
            *self.held_drafts() = held;
            self.closed();
        }
        self.status().await
    }

    /// Another passphrase for the same key; or, to `renew`, for a new one: whoever copied the device and learns the old
    /// passphrase reads what was copied, and nothing that is copied once all is sealed again.
    pub(crate) async fn change_passphrase(
        &self,
        old: Zeroizing<String>,
        new: Zeroizing<String>,
        renew: bool,
    ) -> Result<(), Failure> {
        let key = self.try_passphrase(&old).await?;
        if !renew {
            let wrapped = self.wrapped(&key, &new)?;
            return self.commit(vec![clear(VAULT, &wrapped)?]).await;
        }
        let next = VaultKey::random(&mut self.random());
        let wrapped = self.wrapped(&next, &new)?;
        self.begin_renewing(next, clear(VAULT, &wrapped)?).await
    }

    /// Puts the key under a passphrase, at the cost that this device can bear.
    fn wrapped(&self, key: &VaultKey, passphrase: &str) -> Result<WrappedKey, Failure> {
        let cost = self.host().kdf_cost();
        let kdf = Kdf::new(cost.m_kib, cost.t, &mut self.random());
        let wrapped = key.wrap(passphrase, &kdf, &mut self.random());
        // Where there is less memory than was measured, the least that is safe, or nothing.
        wrapped
            .or_else(|_| {
                let kdf = Kdf::new(Kdf::MIN_M_KIB, cost.t.max(Kdf::MIN_T), &mut self.random());
                key.wrap(passphrase, &kdf, &mut self.random())
            })
            .map_err(|_| Failure::NoMemory)
    }

    /// Destroys the wrapped key first: from then on nothing here can be read. Then everything.
    pub(crate) async fn wipe(&self) -> Result<Status, Failure> {
        let _writing = self.writing().await;
        self.closed();
        self.held_drafts().clear();
        self.commit(vec![crate::open::delete(Table::Meta, VAULT)])
            .await?;
        self.host().store().destroy().await?;
        self.status().await
    }
}

/// A row in the clear.
pub(crate) fn clear(row: &str, value: &impl Serialize) -> Result<Change, Failure> {
    let bytes = serde_json::to_vec(value).map_err(crate::error::internal)?;
    Ok(Change::Put {
        table: Table::Meta,
        key: row.to_owned(),
        bytes,
    })
}

fn empty(key: Keys, profile: Profile, front: Front) -> Open {
    Open {
        key,
        renewing: None,
        profile,
        front,
        notebook: Notebook::default(),
        drafts: HashMap::new(),
        editing: HashMap::new(),
        responses: HashMap::new(),
        cards: HashMap::new(),
        bundles: BTreeMap::new(),
        retry: Retry::default(),
        troubles: Vec::new(),
        damaged: BTreeSet::new(),
        last: None,
        last_received: None,
        #[cfg(feature = "desk")]
        desk: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_five_minutes_and_survives_a_clock_set_back() {
        let mut door = Door::default();
        let mut waits = Vec::new();
        for _ in 0..12 {
            door = door.after_one_more(1_000);
            waits.push(door.left(1_000));
        }
        assert_eq!(waits[..4], [1_000, 2_000, 4_000, 8_000]);
        assert_eq!(waits[11], LONGEST_WAIT_MS);
        assert_eq!(door.left(1_000 + LONGEST_WAIT_MS), 0);
        assert_eq!(door.left(0), LONGEST_WAIT_MS);
    }
}
