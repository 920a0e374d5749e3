//! The readers of [`vigie_fuzz::inside`] without libFuzzer: `shake SECONDS FOLDER [READER]` changes the files of a folder
//! by chance and hands them over, and prints how many. What breaks a reader is written to `FOLDER/../broke-READER`.
//!
//! It sees nothing of the code that runs, so it finds less in an hour than libFuzzer does in a minute; it runs anywhere.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    time::{Duration, Instant},
};

use vigie_fuzz::inside::READERS;

/// Longer for one input is a hang.
const HANG: Duration = Duration::from_secs(20);
const LONGEST: usize = 64 * 1024;

/// xorshift64*, begun from the clock: no two runs are alike.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let mixed = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d);
        (mixed >> 33) as usize % sides.max(1)
    }
}

const WORDS: [&str; 16] = [
    "null",
    "true",
    "-1",
    "1e999",
    "18446744073709551615",
    "9223372036854775807",
    "\"\"",
    "{}",
    "[]",
    "\"_deleted\"",
    "\\u0000",
    "\\ud800",
    "\u{202e}",
    ",",
    "\n",
    "[[[[[[[[[[[[[[[[",
];

fn changed(seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seeds[dice.roll(seeds.len())].clone();
    for _ in 0..=dice.roll(6) {
        let at = dice.roll(bytes.len() + 1);
        let end = (at + dice.roll(40)).min(bytes.len());
        match dice.roll(8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.roll(8),
            1 if at < bytes.len() => bytes[at] = dice.roll(256) as u8,
            2 => drop(bytes.drain(at..end)),
            3 => {
                let word = WORDS[dice.roll(WORDS.len())];
                bytes.splice(at..end, word.bytes());
            }
            4 => {
                let again = bytes[at..end].to_vec();
                let to = dice.roll(bytes.len() + 1);
                bytes.splice(to..to, again);
            }
            5 => {
                let other = &seeds[dice.roll(seeds.len())];
                let from = dice.roll(other.len() + 1);
                let to = (from + dice.roll(400)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            6 => {
                // One value for another, where JSON has them.
                if let Some(colon) = bytes[at..].iter().position(|byte| *byte == b':') {
                    let from = at + colon + 1;
                    let length = bytes[from..].iter().position(|byte| b",}]".contains(byte));
                    let to = from + length.unwrap_or(0);
                    bytes.splice(from..to, WORDS[dice.roll(10)].bytes());
                }
            }
            _ => bytes.truncate(LONGEST - dice.roll(LONGEST / 2)),
        }
    }
    bytes.truncate(LONGEST);
    bytes
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let seconds: u64 = arguments.next().ok_or("no seconds")?.parse()?;
    let folder = arguments.next().ok_or("no folder of seeds")?;
    let only = arguments.next();
    let mut seeds = vec![Vec::new()];
    for entry in fs::read_dir(&folder)? {
        seeds.push(fs::read(entry?.path())?);
    }
    let begun = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let mut dice = Dice(begun.as_nanos() as u64 | 1);
    let mut broken = 0;
    for (name, reader) in READERS {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        let until = Instant::now() + Duration::from_secs(seconds);
        let (mut inputs, mut longest) = (0_u64, Duration::ZERO);
        while Instant::now() < until {
            let bytes = changed(&seeds, &mut dice);
            let begun = Instant::now();
            let held = catch_unwind(AssertUnwindSafe(|| reader(&bytes))).is_ok();
            longest = longest.max(begun.elapsed());
            inputs += 1;
            if !held || begun.elapsed() > HANG {
                broken += 1;
                let path = Path::new(&folder).with_file_name(format!("broke-{name}"));
                fs::write(&path, &bytes)?;
                println!("{name}: what broke it is in {}", path.display());
                break;
            }
        }
        println!("{name}: {inputs} inputs, the longest took {longest:?}");
    }
    match broken {
        0 => Ok(()),
        many => Err(format!("{many} readers broke").into()),
    }
}
