//! Letters that come together are written together.
//!
//! A durable commit costs the same for one letter as for a hundred. So whoever puts one hands it to a task, which takes
//! all that came while the commit before was under way, and makes one of them; nobody waits for others to come. Each
//! sender is answered once her letter is durable. A commit that fails refuses every letter in it, and each may be sent
//! again.

use std::collections::HashMap;

use sqlx::AssertSqlSafe;
use tokio::sync::{mpsc, oneshot};
use vigie_exchange::api::{KeyHex, Stored};
use vigie_model::{BundleId, MissionId, Timestamp};

use super::{
    Put,
    database::{Database, Value, places},
};
use crate::{
    clock::now,
    error::ApiError,
    reading::{count, read_back},
};

/// Letters of one commit, at most.
const AT_ONCE: usize = 64;

/// What the database says of a letter, whose file is durable already.
pub struct Letter {
    pub bundle: BundleId,
    pub sender: KeyHex,
    pub mission: MissionId,
    pub size: u64,
}

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

/// Writes letters in one commit, and tells each sender.
async fn write(database: &Database, together: Vec<Waiting>) {
    let letters: Vec<&Letter> = together.iter().map(|waiting| &waiting.letter).collect();
    let mut written = store(database, &letters).await;
    for Waiting { letter, answer } in together {
        let told = match &mut written {
            // The same letter twice in one commit is new once.
            Ok(stored) => match stored.get_mut(&letter.bundle) {
                Some((put, stored)) => Ok((std::mem::replace(put, Put::Again), stored.clone())),
                None => Err(ApiError::Damaged("a letter")),
            },
            Err(error) => Err(error.clone()),
        };
        // A sender who is gone asks again.
        drop(answer.send(told));
    }
}

async fn store(
    database: &Database,
    letters: &[&Letter],
) -> Result<HashMap<BundleId, (Put, Stored)>, ApiError> {
    let mut work = database.write().await?;
    let ids: Vec<Value<'_>> = letters
        .iter()
        .map(|letter| letter.bundle.to_string().into())
        .collect();
    let sql = format!(
        "SELECT id, stored, size FROM bundles WHERE id IN {}",
        places(1, ids.len())
    );
    let rows: Vec<(String, i64, i64)> = work.all(AssertSqlSafe(sql), &ids).await?;
    let mut stored = HashMap::new();
    for (id, at, size) in rows {
        let bundle = read_back(&id, "a bundle's id")?;
        let size = count(size, "a size")?;
        let stored_then = Stored {
            bundle,
            stored: Timestamp(at),
            size,
        };
        stored.insert(bundle, (Put::Again, stored_then));
    }
    let at = now();
    let mut new = Vec::new();
    for letter in letters {
        stored.entry(letter.bundle).or_insert_with(|| {
            new.push(*letter);
            let stored_now = Stored {
                bundle: letter.bundle,
                stored: at,
                size: letter.size,
            };
            (Put::New, stored_now)
        });
    }
    if new.is_empty() {
        return Ok(stored);
    }
    let sql = format!(
        "INSERT INTO feed (what) VALUES {} RETURNING n",
        vec!["('bundle')"; new.len()].join(", ")
    );
    let mut numbers: Vec<(i64,)> = work.all(AssertSqlSafe(sql), &[]).await?;
    numbers.sort_unstable();
    let values: Vec<Value<'_>> = new
        .iter()
        .zip(numbers)
        .flat_map(|(letter, (n,))| {
            [
                letter.bundle.to_string().into(),
                letter.sender.to_string().into(),
                letter.mission.to_string().into(),
                letter.size.into(),
                at.0.into(),
                n.into(),
            ]
        })
        .collect();
    let sql = format!(
        "INSERT INTO bundles (id, device, mission, size, stored, n) VALUES {}",
        places(new.len(), 6)
    );
    work.run(AssertSqlSafe(sql), &values).await?;
    work.commit().await?;
    crate::measures::letters_committed(new.len());
    Ok(stored)
}
