//! What befalls a request on its way, drawn from a seed.

use crate::rig::Seeded;

/// A place in bytes whose number is not known yet: so many of 65,536 parts of them.
#[derive(Debug, Clone, Copy)]
pub struct Part(u16);

impl Part {
    fn draw(chance: &mut Seeded) -> Part {
        Part(chance.draw() as u16)
    }

    /// How many of `all` come before it: never all.
    pub fn of(self, all: usize) -> usize {
        all * usize::from(self.0) / 65_536
    }
}

/// What becomes of one request and its answer.
#[derive(Debug, Clone, Copy)]
pub enum Fate {
    Passes,
    /// The server gets the beginning, and the line is gone.
    RequestCut(Part),
    /// The server does it; of its answer the beginning comes back.
    AnswerCut(Part),
    /// A few bytes at a time, both ways.
    Trickles,
    /// One bit of what is asked is another.
    RequestAltered(Part, u8),
    /// One bit of the answer is another.
    AnswerAltered(Part, u8),
    /// The same bytes come twice: the copy first, or at the same moment.
    Twice {
        first: bool,
    },
    /// Waits until a later one has passed.
    HeldBack,
    /// The server is killed so long after it was given that much of the request.
    Killed {
        after: Part,
        micros: u64,
    },
    /// All servers stop for a backup.
    BackedUp,
    /// The last backup is put back.
    SetBack,
    /// The database is stopped without a word while the request is under way, and started again.
    DatabaseRestarted {
        micros: u64,
    },
}

/// How much of what may happen in one run, as its seed says.
#[derive(Debug, Clone)]
pub struct Weather {
    /// Out of a hundred requests, so many meet something on the line.
    pub storm: usize,
    pub kills: usize,
    pub set_backs: usize,
    pub database_restarts: usize,
}

impl Weather {
    pub fn draw(chance: &mut Seeded, on_servers: bool) -> Weather {
        Weather {
            storm: 10 + chance.below(50),
            kills: chance.below(4),
            set_backs: usize::from(chance.below(3) == 0),
            database_restarts: usize::from(on_servers && chance.below(6) == 0),
        }
    }
}

/// What the line of one person does to her requests.
pub struct Sky {
    chance: Seeded,
    storm: usize,
}

impl Sky {
    pub fn over(weather: &Weather, chance: Seeded) -> Sky {
        Sky {
            chance,
            storm: weather.storm,
        }
    }

    /// What becomes of the next request. The rarer kinds are those that the run still has, at most.
    pub fn next(&mut self, rare: &[Rare]) -> Fate {
        let chance = &mut self.chance;
        if chance.below(12) == 0 {
            let micros = chance.below(30_000) as u64;
            let after = Part::draw(chance);
            match rare.get(chance.below(rare.len().max(1))) {
                Some(Rare::Kill) => return Fate::Killed { after, micros },
                Some(Rare::BackUp) => return Fate::BackedUp,
                Some(Rare::SetBack) => return Fate::SetBack,
                Some(Rare::Database) => return Fate::DatabaseRestarted { micros },
                None => {}
            }
        }
        if chance.below(100) >= self.storm {
            return Fate::Passes;
        }
        let part = Part::draw(chance);
        let bit = 1 << chance.below(8);
        match chance.below(12) {
            0 | 1 => Fate::RequestCut(part),
            2 | 3 => Fate::AnswerCut(part),
            4 => Fate::Trickles,
            5 | 6 => Fate::RequestAltered(part, bit),
            7 => Fate::AnswerAltered(part, bit),
            8 | 9 => Fate::Twice {
                first: chance.below(2) == 0,
            },
            _ => Fate::HeldBack,
        }
    }
}

/// What happens a few times in a run, if at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rare {
    Kill,
    BackUp,
    SetBack,
    Database,
}
