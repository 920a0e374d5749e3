//! What a desk fetches at once, and what it makes of an answer that did not come.

use std::iter::Peekable;

use vigie_exchange::{
    ExchangeError,
    api::{BundleItem, Code, EnrolledItem, FeedItem, MemberItem},
};

/// Items of the feed asked for at a time.
pub const FEED_ITEMS: u32 = 200;
/// Sealed bytes fetched before they are taken in: memory is bounded by it, and by the largest bundle.
const BYTES_AT_ONCE: u64 = 8 * 1024 * 1024;
/// Bundles taken in at once.
const BUNDLES_AT_ONCE: usize = 50;
/// Bundles fetched side by side.
pub const SIDE_BY_SIDE: usize = 4;

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

/// Items of the feed that are taken in at once.
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
    /// The next piece of a page, bounded in bundles and in bytes.
    pub fn next(
        items: &mut Peekable<impl Iterator<Item = FeedItem>>,
        told: impl Fn(&BundleItem) -> Told,
    ) -> Piece {
        let mut piece = Piece::default();
        let mut bytes = 0_u64;
        while let Some(item) = items.next_if(|item| match item {
            FeedItem::Bundle(item) => {
                let more = bytes.saturating_add(item.size);
                piece.wanted.is_empty()
                    || more <= BYTES_AT_ONCE && piece.wanted.len() < BUNDLES_AT_ONCE
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
