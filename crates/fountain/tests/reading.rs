//! Whatever is lost, doubled, disordered or forged, a reader has the content as it was shown, or nothing.

use std::collections::BTreeMap;

use proptest::prelude::*;
use vigie_fountain::{Frame, Heard, LIMIT, NotAFrame, PART_BYTES, Reader, Shown, TooLarge};

/// Numbers that differ from run to run only by their seed.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        // Knuth's multiplier: what is drawn need only differ.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }
}

/// How many texts of these numbers a new reader takes until it has `content`.
fn read_in(shown: &Shown, numbers: impl Iterator<Item = u32>, content: &[u8]) -> Option<usize> {
    let mut reader = Reader::default();
    for (count, number) in numbers.enumerate() {
        match reader.hear(&shown.text(number)) {
            Heard::Whole { content: read, .. } => {
                assert_eq!(read, content);
                return Some(count + 1);
            }
            Heard::Part(progress) => assert!(progress.gathered < progress.parts),
            Heard::Nothing(why) => panic!("{why}"),
        }
    }
    None
}

#[test]
fn with_nothing_lost_there_are_as_many_texts_as_parts() {
    let mut chance = Chance(1);
    for length in [0, 1, 31, 568, 569, 5_000, LIMIT] {
        let content = chance.bytes(length);
        let shown = Shown::new(&content, 600).expect("it fits");
        assert_eq!(read_in(&shown, 0.., &content), Some(shown.parts()));
    }
}

#[test]
fn whoever_comes_late_or_loses_a_third_needs_few_more() {
    let mut chance = Chance(2);
    let content = chance.bytes(60_000);
    let shown = Shown::new(&content, 600).expect("it fits");
    let parts = shown.parts();
    let runs = 60;
    let (mut late, mut lossy, mut longest) = (0, 0, 0);
    for run in 0..runs {
        let from = parts as u32 + run * 1_000;
        late += read_in(&shown, from.., &content).expect("it ends") - parts;
        let kept = (0u32..).filter(|_| chance.next() % 10 >= 3);
        let more = read_in(&shown, kept, &content).expect("it ends") - parts;
        lossy += more;
        longest = longest.max(more);
    }
    let mean = |sum: usize| sum as f64 / f64::from(runs);
    println!(
        "{parts} parts: {:.2} more when late, {:.2} when 30 % is lost, at most {longest}",
        mean(late),
        mean(lossy)
    );
    // A random square matrix over two elements lacks 1.6 rows on average.
    assert!(mean(late) < 3.0 && mean(lossy) < 3.0 && longest <= 14);
}

#[test]
fn what_is_too_large_is_not_shown() {
    let content = vec![0; LIMIT + 1];
    assert_eq!(Shown::new(&content, 600).err(), Some(TooLarge(LIMIT + 1)));
    assert!(Shown::new(&content[..LIMIT], 64).is_err(), "too many parts");
    assert!(Shown::new(b"a", PART_BYTES.end() + 1).is_err());
    assert!(Shown::new(b"a", PART_BYTES.start() - 1).is_err());
}

#[test]
fn two_shown_at_once_are_both_read_and_a_fifth_puts_out_the_first() {
    let mut chance = Chance(3);
    let contents: Vec<Vec<u8>> = (0..5).map(|_| chance.bytes(3_000)).collect();
    let all: Vec<Shown> = contents
        .iter()
        .map(|content| Shown::new(content, 300).expect("it fits"))
        .collect();
    let mut reader = Reader::default();
    for number in 0..20 {
        for (shown, content) in all.iter().zip(&contents).take(2) {
            if let Heard::Whole { content: read, .. } = reader.hear(&shown.text(number)) {
                assert_eq!(&read, content);
                assert_eq!(number as usize + 1, shown.parts());
            }
        }
    }
    let mut reader = Reader::default();
    let gathered = |heard| match heard {
        Heard::Part(progress) => progress.gathered,
        other => panic!("{other:?}"),
    };
    for shown in &all {
        assert_eq!(gathered(reader.hear(&shown.text(0))), 1);
    }
    assert_eq!(gathered(reader.hear(&all[4].text(1))), 2);
    assert_eq!(gathered(reader.hear(&all[0].text(1))), 1, "it began anew");
}

#[test]
fn the_same_content_cut_otherwise_is_another_transfer() {
    let content = Chance(4).bytes(2_000);
    let [coarse, fine] = [300, 600].map(|part| Shown::new(&content, part).expect("it fits"));
    let mut reader = Reader::default();
    reader.hear(&coarse.text(0));
    for number in 0..fine.parts() as u32 - 1 {
        assert!(matches!(reader.hear(&fine.text(number)), Heard::Part(_)));
    }
    let last = reader.hear(&fine.text(fine.parts() as u32 - 1));
    assert!(matches!(last, Heard::Whole { content: read, .. } if read == content));
}

#[test]
fn a_forged_part_spoils_its_transfer_and_the_true_one_is_read_after_it() {
    let content = Chance(5).bytes(2_000);
    let shown = Shown::new(&content, 600).expect("it fits");
    let mut forged = Frame::read(&shown.text(1)).expect("a frame");
    forged.sum[0] ^= 1;
    let mut reader = Reader::default();
    reader.hear(&forged.to_text());
    let mut heard: Vec<Heard> = (0..24)
        .map(|number| reader.hear(&shown.text(number)))
        .collect();
    assert_eq!(heard.remove(3), Heard::Nothing(NotAFrame::Damaged));
    let whole = heard.iter().find_map(|heard| match heard {
        Heard::Whole { content, .. } => Some(content),
        _ => None,
    });
    assert_eq!(whole, Some(&content));
}

#[test]
fn a_transfer_named_by_another_hash_is_never_handed_over() {
    let shown = Shown::new(b"content", 64).expect("it fits");
    assert_eq!(shown.parts(), 1);
    let mut frame = Frame::read(&shown.text(0)).expect("a frame");
    frame.transfer = *b"01234567";
    let heard = Reader::default().hear(&frame.to_text());
    assert_eq!(heard, Heard::Nothing(NotAFrame::Damaged));
}

/// `tests/vectors/frames.json`: a content and some of its texts. With `UPDATE_VECTORS=1` it is written instead: only for a new
/// version, never to make a test pass.
#[test]
fn another_programme_is_held_to_these_texts() {
    let numbers: Vec<String> = (0..5_000).map(|number| number.to_string()).collect();
    let content = numbers.join(",").into_bytes();
    let shown = Shown::new(&content, 64).expect("it fits");
    let numbers = [0, 1, 373, 374, 375, 1_000, u32::MAX];
    let made = serde_json::json!({
        "content": "the numbers from 0 to 4999 in decimal digits, a comma between each two",
        "bytes": content.len(),
        "part_bytes": 64,
        "parts": shown.parts(),
        "texts": numbers.map(|number| (number.to_string(), shown.text(number))).into_iter().collect::<BTreeMap<_, _>>(),
    });
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/vectors/frames.json"
    );
    if std::env::var_os("UPDATE_VECTORS").is_some_and(|value| value == "1") {
        let text = serde_json::to_string_pretty(&made).expect("it is JSON") + "\n";
        std::fs::write(file, text).expect("the vector");
    }
    let text = std::fs::read_to_string(file).expect("the vector");
    let kept: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(kept, made);
}

proptest! {
    #[test]
    fn any_texts_in_any_order_give_the_content_or_not_yet(
        length in 0usize..20_000,
        part in PART_BYTES,
        seed: u64,
        lost in 0u64..80,
    ) {
        let mut chance = Chance(seed);
        let content = chance.bytes(length);
        let Ok(shown) = Shown::new(&content, part) else {
            return Ok(());
        };
        let mut reader = Reader::default();
        let mut whole = false;
        let many = shown.parts() as u64 * 8 + 40;
        for _ in 0..many * 100 / (100 - lost) {
            // Any of them, again and again.
            let number = (chance.next() % many) as u32;
            if chance.next() % 100 < lost {
                continue;
            }
            match reader.hear(&shown.text(number)) {
                Heard::Whole { content: read, transfer } => {
                    prop_assert_eq!(&read, &content);
                    prop_assert_eq!(transfer, shown.transfer());
                    whole = true;
                    break;
                }
                Heard::Part(progress) => prop_assert!(progress.gathered < progress.parts),
                Heard::Nothing(why) => prop_assert!(false, "{}", why),
            }
        }
        prop_assert!(whole);
    }

    #[test]
    fn frames_that_say_anything_at_all_do_no_harm(
        frames in proptest::collection::vec(
            (any::<[u8; 8]>(), any::<u32>(), any::<u32>(), proptest::collection::vec(any::<u8>(), 0..1_100)),
            1..40,
        ),
    ) {
        let mut reader = Reader::default();
        for (transfer, length, number, sum) in frames {
            for length in [length, length % 2_000] {
                let frame = Frame { transfer, length, number, sum: sum.clone() };
                let heard = reader.hear(&frame.to_text());
                let is_whole = matches!(heard, Heard::Whole { .. });
                prop_assert!(!is_whole);
            }
        }
    }
}
