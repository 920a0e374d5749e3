//! What was read, until it is whole.

use std::collections::VecDeque;

use sha2::{Digest, Sha256};

use crate::{
    DIGEST, Frame, NotAFrame, Transfer,
    mixture::{self, Mixture},
};

/// Of so many transfers something is kept at a time; the one heard of longest ago gives its place. With the sizes that a frame
/// may say, that is less than two megabytes.
const AT_ONCE: usize = 4;

/// What a text brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Nothing that could be used.
    Nothing(NotAFrame),
    Part(Progress),
    /// The content, as it was shown.
    Whole {
        transfer: Transfer,
        content: Vec<u8>,
    },
}

/// How far one transfer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub transfer: Transfer,
    /// So many parts' worth.
    pub gathered: usize,
    pub parts: usize,
    /// How long a part is.
    pub part: usize,
    /// The text said nothing that was not known.
    pub known: bool,
}

/// Takes texts in any order, as often as they come, and of several transfers.
#[derive(Debug, Default)]
pub struct Reader {
    /// The one heard of last is in front.
    transfers: VecDeque<Gathering>,
}

impl Reader {
    pub fn hear(&mut self, text: &str) -> Heard {
        let frame = match Frame::read(text) {
            Ok(frame) => frame,
            Err(why) => return Heard::Nothing(why),
        };
        let same = self.transfers.iter().position(|known| known.is_of(&frame));
        let gathering = same
            .and_then(|at| self.transfers.remove(at))
            .unwrap_or_else(|| Gathering::of(&frame));
        self.transfers.truncate(AT_ONCE - 1);
        self.transfers.push_front(gathering);
        let Some(gathering) = self.transfers.front_mut() else {
            return Heard::Nothing(NotAFrame::Damaged);
        };
        let known = !gathering.take(&frame);
        if gathering.gathered < gathering.rows.len() {
            return Heard::Part(gathering.progress(known));
        }
        let transfer = gathering.transfer;
        let content = self.transfers.pop_front().and_then(Gathering::solved);
        match content {
            Some(content) => Heard::Whole { transfer, content },
            // Some text said what its transfer never showed: it begins anew.
            None => Heard::Nothing(NotAFrame::Damaged),
        }
    }
}

/// Sums that are independent of each other: of each, the first part is no other's first.
#[derive(Debug)]
struct Gathering {
    transfer: Transfer,
    length: u32,
    part: usize,
    rows: Vec<Option<(Mixture, Vec<u8>)>>,
    gathered: usize,
}

impl Gathering {
    fn of(frame: &Frame) -> Gathering {
        Gathering {
            transfer: frame.transfer,
            length: frame.length,
            part: frame.sum.len(),
            rows: vec![None; frame.parts()],
            gathered: 0,
        }
    }

    fn is_of(&self, frame: &Frame) -> bool {
        (self.transfer, self.length, self.part) == (frame.transfer, frame.length, frame.sum.len())
    }

    fn progress(&self, known: bool) -> Progress {
        Progress {
            transfer: self.transfer,
            gathered: self.gathered,
            parts: self.rows.len(),
            part: self.part,
            known,
        }
    }

    /// False when the frame says nothing new.
    fn take(&mut self, frame: &Frame) -> bool {
        let mut mixture = Mixture::of(&frame.transfer, frame.number, self.rows.len());
        let mut sum = frame.sum.clone();
        while let Some(first) = mixture.first() {
            let Some(row) = self.rows.get_mut(first) else {
                return false;
            };
            match row {
                Some((of, known)) => {
                    mixture.add(of);
                    mixture::add(&mut sum, known);
                }
                None => {
                    *row = Some((mixture, sum));
                    self.gathered += 1;
                    return true;
                }
            }
        }
        false
    }

    /// The content, when every row is there and it is what its hash says.
    fn solved(self) -> Option<Vec<u8>> {
        let mut rows = self.rows.into_iter().collect::<Option<Vec<_>>>()?;
        // From the last on, a row's other parts are solved before it.
        for at in (0..rows.len()).rev() {
            let (unsolved, solved) = rows.split_at_mut(at + 1);
            let (mixture, sum) = unsolved.last_mut()?;
            for (part, (_, bytes)) in solved.iter().enumerate() {
                if mixture.has(at + 1 + part) {
                    mixture::add(sum, bytes);
                }
            }
        }
        let mut whole: Vec<u8> = rows.into_iter().flat_map(|(_, sum)| sum).collect();
        let end = DIGEST + usize::try_from(self.length).ok()?;
        if whole.len() < end || whole.drain(end..).any(|filling| filling != 0) {
            return None;
        }
        let content = whole.split_off(DIGEST);
        let digest = Sha256::digest(&content);
        let is_whole = *digest == *whole && digest.starts_with(&self.transfer);
        is_whole.then_some(content)
    }
}
