//! The door: the vault is made, opened, locked, put under another passphrase, destroyed.
//!
//! After a wrong passphrase the next try has to wait, twice as long each time and at most five minutes; nothing says
//! what was wrong, and nobody is locked out for good. The delay is stored before the passphrase is tried, so that
//! killing the app does not shorten it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
};

use serde::{Deserialize, Serialize};
use vigie_exchange::sending::Trigger;
use vigie_model::{MissionId, from_json};
use vigie_seal::{
    SecretSeed,
    vault::{Kdf, NotOpened, VaultKey, WrappedKey},
};
use vigie_vault::{Keys, Memory, Store, Table};
use zeroize::Zeroizing;

use crate::{
    Host,
    error::of_store,
    join::read,
    memory::{
        Beside, BundleRow, Counters, DOOR, Draft, Enrolment, FIRST_PAGE, FORMAT, FORMAT_NOW,
        FORMAT_RENEWING, Index, Member, MissionFacts, Open, Profile, Retry, VAULT,
    },
    notebook::{Notebook, Tx},
    protocol::{Failure, InviteProblem, InviteText, Millis, Refusal, Status},
};

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

impl<H: Host> Notebook<H> {
    pub(crate) async fn create_vault(
        &self,
        passphrase: Zeroizing<String>,
        name: String,
        invite: Option<InviteText>,
        lang: String,
    ) -> Result<Status, Failure> {
        self.must_be_new().await?;
        let mut found = None;
        let enrolment = match &invite {
            None => Enrolment::Alone,
            Some(invite) => {
                let (code, server) = read(&invite.text, &invite.origin)?;
                // An invite that is used or expired is said before anything is made; no network is no obstacle.
                match self.invite_secret(&code, &server).await {
                    Ok((_, true)) => return Err(Failure::from(InviteProblem::Used)),
                    Ok((secret, false)) => found = Some(secret),
                    Err(Failure::Unreachable) => {}
                    Err(failure) => return Err(failure),
                }
                Enrolment::Pending {
                    code: code.to_string(),
                    server,
                    secret: found.clone(),
                }
            }
        };
        let mut member = self.new_member(&name, enrolment);
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
        self.make_vault(&passphrase, profile, None).await?;
        if found.is_some() {
            // What fails here is tried again by the exchange, and its outcome says why.
            let _ = self.exchange(Trigger::Online).await;
        }
        self.status().await
    }

    pub(crate) fn new_member(&self, name: &str, enrolment: Enrolment) -> Member {
        Member {
            mission: self.vault.draw(|random| MissionId::random(random)),
            key: self.vault.draw(|random| SecretSeed::random(random)),
            by: name.to_owned(),
            enrolment,
            info: MissionFacts::trial(),
            revoked: false,
            media: Vec::new(),
        }
    }

    pub async fn must_be_new(&self) -> Result<(), Failure> {
        match self
            .host()
            .store()
            .get(Table::Meta, VAULT)
            .await
            .map_err(of_store)?
        {
            Some(_) => Err(Failure::Refused(Refusal::VaultThere)),
            None => Ok(()),
        }
    }

    /// Makes the vault of `profile` and opens it: one commit.
    pub async fn make_vault(
        &self,
        passphrase: &str,
        profile: Profile,
        beside: Option<Box<dyn Beside>>,
    ) -> Result<(), Failure> {
        let key = self.vault.draw(|random| VaultKey::random(random));
        let wrapped = self.wrapped(&key, passphrase).await?;
        let keys = Rc::new(Keys::new(key, Vec::new()));
        let counters = Counters::default();
        let mut tx = self.vault.transaction().await;
        tx.seal_under(Rc::clone(&keys));
        put_clear(&mut tx, VAULT, &wrapped)?;
        put_clear(&mut tx, FORMAT, &FORMAT_NOW)?;
        tx.put_as(&(), &profile);
        tx.put_as(&(), &counters);
        tx.commit().await?;
        let mut open = empty(profile, counters);
        open.index.complete = true;
        open.beside = beside;
        self.vault.open(keys, open);
        self.touch();
        Ok(())
    }

    /// Opens the vault; where it is an office's, `office` reads what the desk has in it.
    pub async fn unlock(
        &self,
        passphrase: Zeroizing<String>,
        office: impl AsyncFnOnce(&Keys, &Open) -> Result<Box<dyn Beside>, Failure>,
    ) -> Result<Status, Failure> {
        if self.vault.is_open() {
            return self.status().await;
        }
        let key = self.try_passphrase(&passphrase).await?;
        self.load(key, office).await?;
        self.status().await
    }

    async fn unwrapped(
        &self,
        wrapped: &WrappedKey,
        passphrase: &str,
    ) -> Result<VaultKey, NotOpened> {
        let derived = self.host().derive(&wrapped.kdf, passphrase).await?;
        VaultKey::unwrap(wrapped, &derived)
    }

    /// Takes the vault's key out from under a passphrase; a wrong one costs a delay.
    async fn try_passphrase(&self, passphrase: &str) -> Result<VaultKey, Failure> {
        let store = self.host().store();
        if let Some(format) = store.get(Table::Meta, FORMAT).await.map_err(of_store)? {
            let format: u32 = from_json(&format).unwrap_or(u32::MAX);
            if format > FORMAT_RENEWING {
                return Err(Failure::NewerStore);
            }
        }
        let wrapped = store
            .get(Table::Meta, VAULT)
            .await
            .map_err(of_store)?
            .ok_or(Failure::NotFound)?;
        let wrapped: WrappedKey =
            from_json(&wrapped).map_err(|_| Failure::Damaged("meta/vault".into()))?;
        let door = store.get(Table::Meta, DOOR).await.map_err(of_store)?;
        let door: Door = door
            .and_then(|door| from_json(&door).ok())
            .unwrap_or_default();
        let now = self.host().now().0;
        let left = door.left(now);
        if left > 0 {
            return Err(Failure::WrongPassphrase { wait_ms: left });
        }
        let next = door.after_one_more(now);
        self.keep_door(&next).await?;
        let mut opened = self.unwrapped(&wrapped, passphrase).await;
        // The five words are offered in small letters, and a phone's keyboard begins a field with a capital.
        let small = Zeroizing::new(passphrase.to_lowercase());
        if matches!(opened, Err(NotOpened::WrongPassphrase)) && *small != passphrase {
            opened = self.unwrapped(&wrapped, &small).await;
        }
        match opened {
            Ok(key) => {
                let mut tx = self.vault.transaction().await;
                tx.delete_at(Table::Meta, DOOR);
                tx.commit().await?;
                Ok(key)
            }
            // Nobody was wrong: the wait is as it was.
            Err(NotOpened::NoMemory) => {
                self.keep_door(&door).await?;
                Err(Failure::NoMemory)
            }
            Err(NotOpened::WrongPassphrase) => {
                // The wait begins now: deriving took a second of its own.
                let now = self.host().now().0;
                let next = door.after_one_more(now);
                self.keep_door(&next).await?;
                Err(Failure::WrongPassphrase {
                    wait_ms: next.left(now),
                })
            }
        }
    }

    async fn keep_door(&self, door: &Door) -> Result<(), Failure> {
        let mut tx = self.vault.transaction().await;
        put_clear(&mut tx, DOOR, door)?;
        tx.commit().await
    }

    /// Opens what the first screen needs, whatever the number of entries.
    async fn load(
        &self,
        key: VaultKey,
        office: impl AsyncFnOnce(&Keys, &Open) -> Result<Box<dyn Beside>, Failure>,
    ) -> Result<(), Failure> {
        let store = self.host().store();
        let (keys, renewing, lost) = self.keys(key).await?;
        let meta = async |row: &str| {
            store
                .get(Table::Meta, row)
                .await
                .map_err(of_store)?
                .ok_or(Failure::Damaged(format!("meta/{row}")))
        };
        let profile = keys.read(Table::Meta, "profile", &meta("profile").await?);
        let profile: Profile = profile.map_err(Open::failed)?;
        let counters = keys.read(Table::Meta, "front", &meta("front").await?);
        let counters: Counters = counters.map_err(Open::failed)?;
        let lines = store.latest(Table::Index, None, FIRST_PAGE).await;
        let lines = lines.map_err(of_store)?;
        self.vault.keep_held().await;
        let drafts = store.all(Table::Drafts).await.map_err(of_store)?;
        let bundles = store.all(Table::Bundles).await.map_err(of_store)?;
        let mut open = empty(profile, counters);
        open.renewing = renewing;
        open.damaged.extend(lost);
        open.index.complete = lines.len() < FIRST_PAGE;
        open.take_lines(&keys, &lines);
        // A draft or a bundle that does not open stays where it is; the others are not lost with it.
        for (row, sealed) in drafts {
            match keys.read::<Draft>(Table::Drafts, &row, &sealed) {
                Ok(draft) => {
                    open.drafts.insert(draft.rec, draft);
                }
                Err(_) => {
                    open.damaged.insert(Table::Drafts.row_name(&row));
                }
            }
        }
        for mut draft in self.vault.take_held::<Draft>(&keys) {
            draft.unsaved = true;
            open.drafts.insert(draft.rec, draft);
        }
        if open.profile.office.is_none() {
            for (row, sealed) in bundles {
                match keys.read::<BundleRow>(Table::Bundles, &row, &sealed) {
                    Ok(bundle) => {
                        open.bundles.insert(bundle.number, bundle);
                    }
                    Err(_) => {
                        open.damaged.insert(Table::Bundles.row_name(&row));
                    }
                }
            }
            let now = self.host().now();
            self.vault.draw(|random| open.reopen_bundles(now, random));
            open.last_received = None;
        } else {
            open.beside = Some(office(&keys, &open).await?);
        }
        self.vault.open(Rc::new(keys), open);
        self.touch();
        Ok(())
    }

    pub(crate) async fn lock(&self) -> Result<Status, Failure> {
        if self.vault.is_open() {
            let mut tx = self.vault.transaction().await;
            // What the store does not take is kept in memory as it was sealed: nobody reads it there, and the next
            // opening finds it.
            if let Err(held) = self.keep_drafts(&mut tx).await? {
                self.vault.hold(held);
            }
            self.vault.close();
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
            let wrapped = self.wrapped(&key, &new).await?;
            let mut tx = self.vault.transaction().await;
            put_clear(&mut tx, VAULT, &wrapped)?;
            return tx.commit().await;
        }
        let next = self.vault.draw(|random| VaultKey::random(random));
        let wrapped = self.wrapped(&next, &new).await?;
        self.begin_renewing(next, &wrapped).await
    }

    /// Puts the key under a passphrase, at the cost that this device can bear.
    async fn wrapped(&self, key: &VaultKey, passphrase: &str) -> Result<WrappedKey, Failure> {
        let cost = self.host().kdf_cost().await;
        // Where there is less memory than was measured, the least that is safe, or nothing.
        let least = (Kdf::MIN_M_KIB, cost.t.max(Kdf::MIN_T));
        for (m_kib, t) in [(cost.m_kib, cost.t), least] {
            let kdf = self.vault.draw(|random| Kdf::new(m_kib, t, random));
            if let Ok(derived) = self.host().derive(&kdf, passphrase).await {
                return Ok(self.vault.draw(|random| key.wrap(&derived, &kdf, random)));
            }
        }
        Err(Failure::NoMemory)
    }

    /// Destroys the wrapped key first: from then on nothing here can be read. Then everything.
    pub async fn wipe(&self) -> Result<Status, Failure> {
        let mut tx = self.vault.transaction().await;
        self.vault.close();
        self.vault.forget_held();
        tx.delete_at(Table::Meta, VAULT);
        tx.commit().await?;
        self.host().store().destroy().await.map_err(of_store)?;
        self.status().await
    }
}

/// Keeps a row in the clear.
pub(crate) fn put_clear<H: Host>(
    tx: &mut Tx<'_, H>,
    row: &str,
    value: &impl Serialize,
) -> Result<(), Failure> {
    let bytes = serde_json::to_vec(value).map_err(crate::error::internal)?;
    tx.put_clear(Table::Meta, row, bytes);
    Ok(())
}

fn empty(profile: Profile, counters: Counters) -> Open {
    Open {
        renewing: None,
        profile,
        counters,
        index: Index::default(),
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
        beside: None,
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
