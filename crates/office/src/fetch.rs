//! What a desk fetches at once, and what it makes of an answer that did not come.

use std::iter::Peekable;

use vigie_exchange::{
    Client, ExchangeError, Transport,
    api::{BATCH_BUNDLES, BATCH_BYTES, BundleItem, Code, EnrolledItem, FeedItem, MemberItem},
};
use vigie_model::{BundleId, Timestamp};

/// Items of the feed asked for at a time.
pub const FEED_ITEMS: u32 = 500;
/// Sealed bytes fetched at once: memory is bounded by twice as much, for the next are fetched while these are taken in, and by
/// the largest bundle.
const BYTES_AT_ONCE: u64 = 8 * 1024 * 1024;
/// Requests for bundles side by side: as many as a browser has with one server.
pub const SIDE_BY_SIDE: usize = 6;

/// Whose fault it is that a bundle did not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Away {
    /// Its own: the server has not got it, or not whole. The others do come.
    Bundle,
    /// Its own if the server is well, else the line's: ask the server for its health.
    BundleIfWell,
    /// The line's, or the office's standing with the server: nothing comes.
    Line,
}

impl Away {
    pub fn of(error: &ExchangeError) -> Away {
        match error {
            // Other bytes than those asked for.
            ExchangeError::Foreign {
                status: 200..=299, ..
            } => Away::Bundle,
            // Too large for the line, unless nothing passes.
            ExchangeError::Unreachable(_) | ExchangeError::Foreign { .. } => Away::BundleIfWell,
            ExchangeError::Problem { problem, .. } => match problem.code {
                Code::NotFound | Code::Internal | Code::TooLarge | Code::Malformed => Away::Bundle,
                _ => Away::Line,
            },
        }
    }
}

/// Items of the feed whose bundles are fetched at once.
#[derive(Debug, Default)]
pub struct Piece {
    pub enrolments: Vec<EnrolledItem>,
    pub members: Vec<MemberItem>,
    /// Told of, and here already.
    pub known: Vec<BundleItem>,
    /// To be fetched.
    pub wanted: Vec<BundleItem>,
    /// How many the server has let go of before they came here.
    pub gone: u64,
    /// How many bundles are told of.
    pub told: u64,
    /// How far the feed is read once all of it is taken in.
    pub cursor: Option<u64>,
}

/// What is to be done with a bundle that the feed tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    New,
    /// Accepted before: its device may still wait for the receipt.
    Known,
    /// Kept in quarantine, or asked for again in any case.
    Waits,
}

impl Piece {
    /// The next piece of a page, bounded in bytes.
    pub fn next(
        items: &mut Peekable<impl Iterator<Item = FeedItem>>,
        told: impl Fn(&BundleItem) -> Told,
    ) -> Piece {
        let mut piece = Piece::default();
        let mut bytes = 0_u64;
        while let Some(item) = items.next_if(|item| match item {
            FeedItem::Bundle(item) => {
                let more = bytes.saturating_add(item.size);
                piece.wanted.is_empty() || more <= BYTES_AT_ONCE
            }
            _ => true,
        }) {
            match item {
                FeedItem::Enrolled(item) => {
                    piece.cursor = Some(item.n);
                    piece.enrolments.push(item);
                }
                FeedItem::Member(item) => {
                    piece.cursor = Some(item.n);
                    piece.members.push(item);
                }
                FeedItem::Bundle(item) => {
                    piece.cursor = Some(item.n);
                    piece.told += 1;
                    match told(&item) {
                        Told::New if item.gone => piece.gone += 1,
                        Told::New => {
                            bytes = bytes.saturating_add(item.size);
                            piece.wanted.push(item);
                        }
                        Told::Known => piece.known.push(item),
                        Told::Waits => {}
                    }
                }
                FeedItem::Unknown => {}
            }
        }
        piece
    }
}

/// Which of the wanted bundles are asked for by one request, in their order: several where they are small, so that a far
/// line is not waited for once a bundle; a large one alone, so that a line that is cut loses no more than that.
pub fn requests(wanted: &[BundleItem]) -> Vec<Vec<BundleId>> {
    let mut requests: Vec<Vec<BundleId>> = Vec::new();
    let mut room = 0;
    for item in wanted {
        let left = usize::try_from(item.size)
            .ok()
            .and_then(|size| usize::checked_sub(room, size));
        match (requests.last_mut(), left) {
            (Some(several), Some(left)) if several.len() < BATCH_BUNDLES => {
                several.push(item.bundle);
                room = left;
            }
            _ => {
                requests.push(vec![item.bundle]);
                let size = usize::try_from(item.size).unwrap_or(BATCH_BYTES);
                room = BATCH_BYTES.saturating_sub(size);
            }
        }
    }
    requests
}

/// What became of a bundle that was asked for.
#[derive(Debug)]
pub enum Came {
    Here(Vec<u8>),
    /// The server can't give it, or it does not pass the line: the others do.
    Missing(ExchangeError),
    /// Nothing passes.
    Line(ExchangeError),
}

/// Asks for these bundles by one request, and for each that it did not bring alone, in their order; ends where nothing
/// passes. A server of before knows no such request: then each is asked for alone.
pub async fn ask<T: Transport>(
    client: &Client<T>,
    bundles: &[BundleId],
    now: impl Fn() -> Timestamp,
) -> Vec<(BundleId, Came)> {
    let together = match bundles {
        [_] => None,
        several => client.bundles(several, now()).await.ok(),
    };
    let mut together = together.unwrap_or_default().into_iter();
    let mut came = Vec::with_capacity(bundles.len());
    for bundle in bundles {
        let one = match together.next().flatten() {
            Some(sealed) => Came::Here(sealed),
            None => ask_alone(client, bundle, &now).await,
        };
        let is_over = matches!(one, Came::Line(_));
        came.push((*bundle, one));
        if is_over {
            break;
        }
    }
    came
}

async fn ask_alone<T: Transport>(
    client: &Client<T>,
    bundle: &BundleId,
    now: impl Fn() -> Timestamp,
) -> Came {
    let error = match client.bundle(bundle, now()).await {
        Ok(sealed) => return Came::Here(sealed),
        Err(error) => error,
    };
    let is_its_own = match Away::of(&error) {
        Away::Bundle => true,
        Away::BundleIfWell => client.health(now()).await.is_ok(),
        Away::Line => false,
    };
    match is_its_own {
        true => Came::Missing(error),
        false => Came::Line(error),
    }
}
