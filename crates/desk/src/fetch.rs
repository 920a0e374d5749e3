//! A round with the server: what came is fetched, what is owed is said.
//!
//! One bad item stops nothing: a bundle that the server can't give, or that is too large for the line, is listed as missing
//! and asked for again at the next round. Each step fails for itself; only a line that is down ends the round.

use std::collections::BTreeSet;

use futures::{StreamExt, stream};
use vigie_exchange::{
    Client,
    api::{BundleItem, FeedItem, OfficeState},
};
use vigie_model::{BundleId, QuarantineReason, Timestamp};
use vigie_notebook::{Host, error::of_server};
use vigie_office::fetch::{Away, FEED_ITEMS, Piece, SIDE_BY_SIDE, Told};
use vigie_protocol::{Event, Failure, InboxItem, ServerRoom, Task, VerdictView};

use crate::{
    desk::Desk,
    import::{Arrival, Arrivals},
    in_open::InOpen as _,
};

/// Why a bundle did not come.
enum NotHere {
    /// The server has not got it, or it does not pass the line: the others do.
    Missing(BundleId),
    /// Nothing passes.
    Line(Failure),
}

/// A bundle that is asked for, and what the server says of it.
struct Wanted {
    bundle: BundleId,
    stored: Timestamp,
    team: Option<u32>,
}

impl Wanted {
    fn of(item: &BundleItem) -> Wanted {
        Wanted {
            bundle: item.bundle,
            stored: item.stored,
            team: item.team,
        }
    }
}

/// What came of what was asked for.
#[derive(Default)]
struct Came {
    bundles: Vec<Arrival>,
    missing: BTreeSet<BundleId>,
    line: Option<Failure>,
}

impl<H: Host> Desk<H> {
    /// Fetches, opens, verifies and imports what the server holds, and says what is owed.
    pub(crate) async fn fetch(&self) -> Result<Vec<InboxItem>, Failure> {
        let fetched = self.fetch_all().await;
        // Whatever became of the rest: a device may be known by now whose file came before it.
        self.try_quarantine_again().await?;
        let said = if ends_round(&fetched) {
            Ok(())
        } else {
            self.say_all().await
        };
        fetched.and(said)?;
        self.inbox()
    }

    async fn fetch_all(&self) -> Result<(), Failure> {
        self.say_set_up().await?;
        self.read_again().await?;
        self.read_docs_again().await?;
        let docs = self.fetch_docs().await;
        self.erase().await?;
        if ends_round(&docs) {
            return docs;
        }
        self.open()?.desk_mut()?.believe_again();
        let shares = self.read_shares().await;
        if ends_round(&shares) {
            return shares;
        }
        let missing = self.fetch_missing().await;
        if ends_round(&missing) {
            return missing;
        }
        docs.and(shares).and(self.fetch_feed().await).and(missing)
    }

    /// Says what is owed; a step that fails keeps no other from being done.
    async fn say_all(&self) -> Result<(), Failure> {
        let mut all = Ok(());
        for step in 0..10 {
            let done = match step {
                0 => self.say_docs().await,
                1 => self.say_devices().await,
                2 => self.say_invites().await,
                3 => self.send_receipts().await,
                4 => self.say_own().await,
                5 => self.publish_what_waits().await,
                6 => self.say_answers().await,
                7 => self.tell_readers().await,
                8 => self.tell_missions().await,
                _ => self.give_letters().await,
            };
            let is_over = ends_round(&done);
            all = all.and(done);
            if is_over {
                break;
            }
        }
        all
    }

    /// How the office stands with whoever runs the server.
    pub(crate) async fn server_room(&self) -> Result<ServerRoom, Failure> {
        let client = self.office_client()?;
        let state = client.office_state(self.host().now()).await;
        let OfficeState {
            bytes,
            quota,
            keep_days,
            ..
        } = state.map_err(of_server)?;
        let open = self.open()?;
        let office = open.profile.office.as_ref();
        Ok(ServerRoom {
            bytes,
            quota,
            keep_days,
            gone: office.map(|office| office.gone).unwrap_or_default(),
        })
    }

    pub(crate) async fn fetch_feed(&self) -> Result<(), Failure> {
        let client = self.office_client()?;
        let mut done = 0;
        let is_past = {
            let open = self.open()?;
            let office = open.profile.office.as_ref();
            office.is_some_and(|office| office.cursor == 0) && open.desk()?.seen.is_empty()
        };
        loop {
            let cursor = {
                let open = self.open()?;
                let office = open.profile.office.as_ref();
                office.map(|office| office.cursor).unwrap_or_default()
            };
            let feed = client
                .feed(cursor, FEED_ITEMS, self.host().now())
                .await
                .map_err(of_server)?;
            if self.begin_again(feed.epoch, feed.last, cursor).await? {
                self.fetch_docs().await?;
                self.erase().await?;
                self.open()?.desk_mut()?.believe_again();
                continue;
            }
            if feed.items.is_empty() && feed.next == cursor {
                break;
            }
            let bundles = feed.items.iter();
            let bundles = bundles.filter(|item| matches!(item, FeedItem::Bundle(_)));
            let total = done + bundles.count() as u64;
            let mut items = feed.items.into_iter().peekable();
            while items.peek().is_some() {
                let Piece {
                    enrolments,
                    members,
                    wanted,
                    gone,
                    told,
                    cursor,
                    ..
                } = self.next_piece(&mut items)?;
                done += told;
                let ids = wanted.iter().map(Wanted::of);
                let Came {
                    bundles,
                    missing,
                    line,
                } = self.fetch_bundles(&client, ids.collect()).await;
                let mut arrivals = Arrivals {
                    enrolments,
                    members,
                    bundles,
                    missing: wanted,
                    gone,
                    cursor,
                    is_past,
                };
                arrivals
                    .missing
                    .retain(|item| missing.contains(&item.bundle));
                if items.peek().is_none() {
                    arrivals.cursor = Some(feed.next);
                }
                if line.is_some() {
                    // What came is kept; the feed is read from here again, and what is known then costs nothing.
                    arrivals.cursor = None;
                }
                self.import_arrivals(arrivals).await?;
                if let Some(failure) = line {
                    return Err(failure);
                }
                self.host().emit(Event::Progress {
                    task: Task::Fetching,
                    done,
                    total,
                });
            }
            self.keep_office_offset(client.clock_offset()).await?;
            self.send_receipts().await?;
            if !feed.more {
                break;
            }
        }
        Ok(())
    }

    /// The next items that are taken in at once.
    fn next_piece(
        &self,
        items: &mut std::iter::Peekable<std::vec::IntoIter<FeedItem>>,
    ) -> Result<Piece, Failure> {
        let piece = {
            let open = self.open()?;
            let desk = open.desk()?;
            Piece::next(items, |item| {
                if desk.seen.contains(&item.bundle) {
                    Told::Known
                } else if desk.waits(&item.bundle) {
                    Told::Waits
                } else {
                    Told::New
                }
            })
        };
        for item in &piece.known {
            self.queue_known(item.bundle)?;
        }
        Ok(piece)
    }

    /// Fetches bundles side by side. When the line is down, what came before that is answered too.
    async fn fetch_bundles(&self, client: &Client<&H::Transport>, wanted: Vec<Wanted>) -> Came {
        let mut came = Came::default();
        let mut coming = stream::iter(wanted)
            .map(|wanted| self.fetch_bundle(client, wanted))
            .buffered(SIDE_BY_SIDE);
        while let Some(one) = coming.next().await {
            match one {
                Ok(arrival) => came.bundles.push(arrival),
                Err(NotHere::Missing(bundle)) => {
                    came.missing.insert(bundle);
                }
                Err(NotHere::Line(failure)) => {
                    came.line = Some(failure);
                    break;
                }
            }
        }
        came
    }

    async fn fetch_bundle(
        &self,
        client: &Client<&H::Transport>,
        Wanted {
            bundle,
            stored,
            team,
        }: Wanted,
    ) -> Result<Arrival, NotHere> {
        let error = match client.bundle(&bundle, self.host().now()).await {
            Ok(sealed) => {
                return Ok(Arrival {
                    name: String::new(),
                    stored,
                    sealed,
                    team,
                    fetched: true,
                });
            }
            Err(error) => error,
        };
        let this_one = match Away::of(&error) {
            Away::Bundle => true,
            Away::BundleIfWell => client.health(self.host().now()).await.is_ok(),
            Away::Line => false,
        };
        if this_one {
            Err(NotHere::Missing(bundle))
        } else {
            Err(NotHere::Line(of_server(error)))
        }
    }

    /// Asks again for what the server could not give.
    async fn fetch_missing(&self) -> Result<(), Failure> {
        let client = self.office_client()?;
        let missing: Vec<Wanted> = {
            let open = self.open()?;
            let desk = open.desk()?;
            let waiting = desk.refused.values().filter_map(|at| desk.inbox.get(at));
            waiting.filter_map(missing_bundle).collect()
        };
        for item in missing {
            let Came { bundles, line, .. } = self.fetch_bundles(&client, vec![item]).await;
            if !bundles.is_empty() {
                self.import_arrivals(Arrivals {
                    bundles,
                    ..Arrivals::default()
                })
                .await?;
            }
            if let Some(failure) = line {
                return Err(failure);
            }
        }
        Ok(())
    }
}

/// Whether nothing else can be done now: no line, or no place to keep what comes.
fn ends_round(done: &Result<(), Failure>) -> bool {
    matches!(
        done,
        Err(Failure::Unreachable
            | Failure::Locked
            | Failure::Full
            | Failure::NoStorage
            | Failure::NotSaved(_))
    )
}

/// What a line of the inbox asks for again, when it says that a bundle is missing.
fn missing_bundle(item: &InboxItem) -> Option<Wanted> {
    match &item.verdict {
        VerdictView::Quarantined {
            reason: QuarantineReason::Missing,
        } => Some(Wanted {
            bundle: item.bundle,
            stored: Timestamp(item.stored),
            team: None,
        }),
        _ => None,
    }
}
