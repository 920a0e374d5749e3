//! A round with the server: what came is fetched, what is owed is said.
//!
//! One bad item stops nothing: a bundle that the server can't give, or that is too large for the line, is listed as missing
//! and asked for again at the next round. Each step fails for itself; only a line that is down ends the round.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter::Peekable,
    pin::pin,
    vec::IntoIter,
};

use futures::{
    StreamExt,
    future::{join, join3},
    stream,
};
use vigie_exchange::{
    Client,
    api::{Epoch, Feed, FeedItem, OfficeState},
};
use vigie_model::{BundleId, QuarantineReason, Timestamp};
use vigie_notebook::{Host, error::of_server};
use vigie_office::{
    due::Numbers,
    fetch::{Came, FEED_ITEMS, Piece, SIDE_BY_SIDE, Told, ask, requests},
};
use vigie_protocol::{Event, Failure, InboxItem, ServerRoom, Task, VerdictView};

use crate::{
    desk::Desk,
    import::{Arrival, Arrivals},
    in_open::InOpen as _,
};

/// Bundles that one commit takes in.
const TAKEN_IN_AT_ONCE: usize = 50;

/// Items of a page, and what came of the bundles among them.
struct Fetched {
    piece: Piece,
    bundles: Vec<Arrival>,
    missing: BTreeSet<BundleId>,
    line: Option<Failure>,
}

/// A feed that is being read.
struct Reading {
    /// Told of, and not fetched yet.
    items: Peekable<IntoIter<FeedItem>>,
    /// How far the feed is read with them.
    next: u64,
    more: bool,
    /// The page after these, which was asked for while their bundles were fetched.
    asked: Option<Result<Feed, Failure>>,
    /// How many bundles were told of.
    told: u64,
    /// The server's numbers, where they are others than ours.
    others: Option<(Option<Epoch>, Option<u64>)>,
}

impl Reading {
    fn from(cursor: u64) -> Reading {
        Reading {
            items: Vec::new().into_iter().peekable(),
            next: cursor,
            more: true,
            asked: None,
            told: 0,
            others: None,
        }
    }

    fn take(&mut self, page: Feed) {
        let bundles = page.items.iter();
        let bundles = bundles.filter(|item| matches!(item, FeedItem::Bundle(_)));
        self.told += bundles.count() as u64;
        // A page that brings the reading no further is the last one, whatever it says.
        self.more = page.more && page.next > self.next;
        self.next = page.next;
        self.items = page.items.into_iter().peekable();
    }
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
        let (docs, may_be_shares) = match self.fetch_docs().await {
            Ok(may_be_shares) => (Ok(()), may_be_shares),
            Err(failure) => (Err(failure), true),
        };
        self.erase().await?;
        if ends_round(&docs) {
            return docs;
        }
        self.open()?.desk_mut()?.believe_again();
        let shares = self.read_shares(may_be_shares).await;
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

    /// Reads the feed to its end by pieces. While one is opened and stored, the next is fetched, and the receipts of those
    /// before are said.
    pub(crate) async fn fetch_feed(&self) -> Result<(), Failure> {
        let client = self.office_client()?;
        let mut done = 0;
        let is_past = {
            let open = self.open()?;
            let office = open.profile.office.as_ref();
            office.is_some_and(|office| office.cursor == 0) && open.desk()?.seen.is_empty()
        };
        loop {
            let mut reading = {
                let open = self.open()?;
                let office = open.profile.office.as_ref();
                Reading::from(office.map(|office| office.cursor).unwrap_or_default())
            };
            let mut fetched = self.fetch_next(&client, &mut reading).await?;
            while let Some(piece) = fetched {
                done += piece.piece.told;
                let is_line_down = piece.line.is_some();
                // What is asked for is under way before the work begins.
                let next = async {
                    match is_line_down {
                        true => Ok(None),
                        false => self.fetch_next(&client, &mut reading).await,
                    }
                };
                let (next, taken, said) =
                    join3(next, self.take_in(piece, is_past), self.send_receipts()).await;
                // First of all: where memory is read again meanwhile, the others find it locked.
                taken?;
                said?;
                self.keep_office_offset(client.clock_offset()).await?;
                self.host().emit(Event::Progress {
                    task: Task::Fetching,
                    done,
                    total: reading.told,
                });
                fetched = next?;
            }
            self.send_receipts().await?;
            let Some((epoch, last)) = reading.others else {
                return self.keep_office_offset(client.clock_offset()).await;
            };
            if self.begin_again(epoch, last, reading.next).await? {
                self.fetch_docs().await?;
                self.erase().await?;
                self.open()?.desk_mut()?.believe_again();
            }
        }
    }

    /// The next piece of the feed, with its bundles; nothing at its end, or where its numbers are others than ours.
    async fn fetch_next(
        &self,
        client: &Client<&H::Transport>,
        reading: &mut Reading,
    ) -> Result<Option<Fetched>, Failure> {
        if reading.items.peek().is_none() && reading.more {
            let page = match reading.asked.take() {
                Some(page) => page?,
                None => self.ask_feed(client, reading.next).await?,
            };
            if self.numbers(page.epoch, page.last, reading.next)? != Numbers::Same {
                reading.others = Some((page.epoch, page.last));
                reading.more = false;
                return Ok(None);
            }
            reading.take(page);
        }
        if reading.items.peek().is_none() {
            return Ok(None);
        }
        let piece = self.next_piece(&mut reading.items)?;
        let coming = self.fetch_piece(client, piece);
        if reading.items.peek().is_some() {
            return Ok(Some(coming.await));
        }
        let next = async {
            match reading.more {
                true => Some(self.ask_feed(client, reading.next).await),
                false => None,
            }
        };
        let (mut fetched, asked) = join(coming, next).await;
        reading.asked = asked;
        fetched.piece.cursor = Some(reading.next);
        Ok(Some(fetched))
    }

    async fn ask_feed(&self, client: &Client<&H::Transport>, cursor: u64) -> Result<Feed, Failure> {
        let page = client.feed(cursor, FEED_ITEMS, self.host().now());
        page.await.map_err(of_server)
    }

    /// Takes in what came of a piece, some at a time: what is asked of the desk meanwhile waits for no more than those.
    async fn take_in(&self, fetched: Fetched, is_past: bool) -> Result<(), Failure> {
        let Fetched {
            piece,
            mut bundles,
            missing,
            line,
        } = fetched;
        let (mut enrolments, mut members) = (piece.enrolments, piece.members);
        while bundles.len() > TAKEN_IN_AT_ONCE {
            let rest = bundles.split_off(TAKEN_IN_AT_ONCE);
            self.import_arrivals(Arrivals {
                enrolments: std::mem::take(&mut enrolments),
                members: std::mem::take(&mut members),
                bundles,
                is_past,
                ..Arrivals::default()
            })
            .await?;
            bundles = rest;
            self.host().delay(0).await;
        }
        let away = piece.wanted.into_iter();
        self.import_arrivals(Arrivals {
            enrolments,
            members,
            bundles,
            missing: away.filter(|item| missing.contains(&item.bundle)).collect(),
            gone: piece.gone,
            // Where the line is down, what came is kept; the feed is read from here again, and what is known then costs
            // nothing.
            cursor: piece.cursor.filter(|_| line.is_none()),
            is_past,
        })
        .await?;
        line.map_or(Ok(()), Err)
    }

    /// The next items whose bundles are fetched at once.
    fn next_piece(&self, items: &mut Peekable<IntoIter<FeedItem>>) -> Result<Piece, Failure> {
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

    /// Fetches a piece's bundles, several requests side by side. When the line is down, what came before that is answered too.
    async fn fetch_piece(&self, client: &Client<&H::Transport>, piece: Piece) -> Fetched {
        let wanted = piece.wanted.iter();
        let told: BTreeMap<BundleId, (Timestamp, Option<u32>)> = wanted
            .map(|item| (item.bundle, (item.stored, item.team)))
            .collect();
        let mut coming = pin!(
            stream::iter(requests(&piece.wanted))
                .map(async |bundles| ask(client, &bundles, || self.host().now()).await)
                .buffered(SIDE_BY_SIDE)
        );
        let mut fetched = Fetched {
            piece,
            bundles: Vec::new(),
            missing: BTreeSet::new(),
            line: None,
        };
        'all: while let Some(several) = coming.next().await {
            for (bundle, one) in several {
                match one {
                    Came::Here(sealed) => {
                        let (stored, team) = told.get(&bundle).copied().unwrap_or_default();
                        fetched.bundles.push(Arrival {
                            name: String::new(),
                            stored,
                            sealed,
                            team,
                            fetched: true,
                        });
                    }
                    Came::Missing(_) => {
                        fetched.missing.insert(bundle);
                    }
                    Came::Line(error) => {
                        fetched.line = Some(of_server(error));
                        break 'all;
                    }
                }
            }
        }
        fetched
    }

    /// Asks again for what the server could not give.
    async fn fetch_missing(&self) -> Result<(), Failure> {
        let client = self.office_client()?;
        let missing: Vec<(BundleId, Timestamp)> = {
            let open = self.open()?;
            let desk = open.desk()?;
            let waiting = desk.refused.values().filter_map(|at| desk.inbox.get(at));
            waiting.filter_map(missing_bundle).collect()
        };
        for (bundle, stored) in missing {
            for (_, one) in ask(&client, &[bundle], || self.host().now()).await {
                match one {
                    Came::Here(sealed) => {
                        let arrival = Arrival {
                            name: String::new(),
                            stored,
                            sealed,
                            team: None,
                            fetched: true,
                        };
                        self.import_arrivals(Arrivals {
                            bundles: vec![arrival],
                            ..Arrivals::default()
                        })
                        .await?;
                    }
                    Came::Missing(_) => {}
                    Came::Line(error) => return Err(of_server(error)),
                }
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
fn missing_bundle(item: &InboxItem) -> Option<(BundleId, Timestamp)> {
    match &item.verdict {
        VerdictView::Quarantined {
            reason: QuarantineReason::Missing,
        } => Some((item.bundle, Timestamp(item.stored))),
        _ => None,
    }
}
