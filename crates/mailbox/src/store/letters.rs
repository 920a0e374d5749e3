//! Letters that come together are written together.
//!
//! A durable commit costs the same for one letter as for a hundred. So whoever puts one hands it to a task, which takes
//! all that came while the commit before was under way, and makes one of them; nobody waits for others to come. Each
//! sender is answered once her letter is durable. A commit that fails refuses every letter in it, and each may be sent
//! again; one for which its office has no room is refused alone.

use std::collections::{BTreeMap, HashMap};

use sqlx::AssertSqlSafe;
use tokio::sync::{mpsc, oneshot};
use vigie_exchange::api::Stored;
use vigie_model::{BundleId, Timestamp};

use super::{
    OfficeId, Put,
    database::{Database, Value, Work, places},
    giving,
    letter::{self, Letter},
    room,
};
use crate::{
    clock::now,
    error::ApiError,
    measures,
    reading::{count, read_back},
};

/// Letters of one commit, at most.
const AT_ONCE: usize = 64;

pub type Answer = Result<(Put, Stored), ApiError>;

struct Waiting {
    letter: Letter,
    answer: oneshot::Sender<Answer>,
}

/// The way to the task that writes. Cheap to clone.
#[derive(Clone)]
pub struct Letters(mpsc::Sender<Waiting>);

impl Letters {
    /// Starts the task, which ends with the last clone.
    pub fn to(database: Database) -> Letters {
        let (to, mut letters) = mpsc::channel(AT_ONCE);
        tokio::spawn(async move {
            let mut together = Vec::new();
            while letters.recv_many(&mut together, AT_ONCE).await > 0 {
                write(&database, std::mem::take(&mut together)).await;
            }
        });
        Letters(to)
    }

    /// Puts a letter; the same again, from whomever, is the one that is here.
    pub async fn put(&self, letter: Letter) -> Answer {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { letter, answer };
        // Nobody listens any more: the server is ending.
        let ending = ApiError::Busy;
        if self.0.send(waiting).await.is_err() {
            return Err(ending);
        }
        answered.await.unwrap_or(Err(ending))
    }
}

/// Letters of one commit, each of one office, and what came of each.
type Written = HashMap<(OfficeId, BundleId), Answer>;

/// Writes letters in one commit, and tells each sender.
async fn write(database: &Database, together: Vec<Waiting>) {
    let letters: Vec<&Letter> = together.iter().map(|waiting| &waiting.letter).collect();
    let mut written = store(database, &letters).await;
    for Waiting { letter, answer } in together {
        let told = match &mut written {
            Ok(written) => match written.get_mut(&(letter.office, letter.bundle)) {
                Some(Ok((put, stored))) => {
                    // The same letter twice in one commit is new once.
                    Ok((std::mem::replace(put, Put::Again), stored.clone()))
                }
                Some(Err(refused)) => Err(refused.clone()),
                None => Err(ApiError::Damaged("a letter")),
            },
            Err(error) => Err(error.clone()),
        };
        // A sender who is gone asks again.
        drop(answer.send(told));
    }
}

async fn store(database: &Database, letters: &[&Letter]) -> Result<Written, ApiError> {
    let mut work = database.write().await?;
    let mut written = here(&mut work, letters).await?;
    let at = now();
    let mut new: BTreeMap<OfficeId, Vec<&Letter>> = BTreeMap::new();
    for letter in letters {
        written
            .entry((letter.office, letter.bundle))
            .or_insert_with(|| {
                new.entry(letter.office).or_default().push(letter);
                let stored = Stored {
                    bundle: letter.bundle,
                    stored: at,
                    size: letter.size,
                };
                Ok((Put::New, stored))
            });
    }
    for (office, letters) in &mut new {
        refuse_without_room(&mut work, *office, letters, &mut written).await?;
        if !letters.is_empty() {
            letter::add(&mut work, *office, letters, at).await?;
            giving::share(&mut work, *office, letters, at).await?;
        }
    }
    let many = new.values().map(Vec::len).sum();
    if many > 0 {
        work.commit().await?;
        measures::letters_committed(many);
    }
    Ok(written)
}

/// Those that are here already.
async fn here(work: &mut Work, letters: &[&Letter]) -> Result<Written, ApiError> {
    let ids: Vec<Value<'_>> = letters
        .iter()
        .map(|letter| letter.bundle.to_string().into())
        .collect();
    let sql = format!(
        "SELECT office, id, stored, size FROM bundles WHERE id IN {}",
        places(1, ids.len())
    );
    let rows: Vec<(i64, String, i64, i64)> = work.all(AssertSqlSafe(sql), &ids).await?;
    rows.into_iter()
        .map(|(office, id, at, size)| {
            let bundle = read_back(&id, "a bundle's id")?;
            let stored = Stored {
                bundle,
                stored: Timestamp(at),
                size: count(size, "a size")?,
            };
            Ok(((OfficeId(office), bundle), Ok((Put::Again, stored))))
        })
        .collect()
}

/// Leaves those for which their office has room, in the order in which they came.
async fn refuse_without_room(
    work: &mut Work,
    office: OfficeId,
    letters: &mut Vec<&Letter>,
    written: &mut Written,
) -> Result<(), ApiError> {
    let all: u64 = letters.iter().map(|letter| letter.size).sum();
    match room::room(work, office, all).await {
        Err(ApiError::OverQuota) => {}
        room => return room,
    }
    let mut taken = 0;
    let mut kept = Vec::new();
    for letter in letters.drain(..) {
        match room::room(work, office, taken + letter.size).await {
            Ok(()) => {
                taken += letter.size;
                kept.push(letter);
            }
            Err(refused) => drop(written.insert((office, letter.bundle), Err(refused))),
        }
    }
    *letters = kept;
    Ok(())
}
