//! Several bundles in one answer, in the order in which they were asked for.
//!
//! Each is four bytes of its length (big-endian) and its bytes; a length of 0 says that the server can't give it. The answer
//! ends before the first that would make it too long. Whatever is not in it is asked for alone.

/// How much is added to each.
const LENGTH: usize = 4;

/// An answer that is being written.
#[derive(Default)]
pub struct Batch(Vec<u8>);

impl Batch {
    /// The next one, or that it can't be given.
    pub fn add(&mut self, bundle: Option<&[u8]>) {
        let bundle = bundle.unwrap_or_default();
        // One that is longer than any can be is not given.
        let length = u32::try_from(bundle.len()).unwrap_or_default();
        self.0.extend(length.to_be_bytes());
        self.0.extend(bundle.iter().take(length as usize));
    }

    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// What an answer has, for each that was asked for: nothing of those that it could not give or that came after its end.
pub fn read(mut answer: &[u8], asked: usize) -> Vec<Option<&[u8]>> {
    let mut bundles = Vec::with_capacity(asked);
    while bundles.len() < asked {
        let Some((length, rest)) = answer.split_first_chunk::<LENGTH>() else {
            break;
        };
        let length = u32::from_be_bytes(*length) as usize;
        let Some((bundle, rest)) = rest.split_at_checked(length) else {
            break;
        };
        answer = rest;
        bundles.push((length > 0).then_some(bundle));
    }
    bundles.resize(asked, None);
    bundles
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_not_there_is_nothing() {
        let mut batch = Batch::default();
        for bundle in [Some(&b"one"[..]), None, Some(b"two")] {
            batch.add(bundle);
        }
        let answer = batch.finish();
        let expected = [Some(&b"one"[..]), None, Some(b"two"), None, None];
        assert_eq!(read(&answer, 5), expected);
        // Asked for fewer, what is behind them is nothing.
        assert_eq!(read(&answer, 1), [Some(&b"one"[..])]);
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_as_parts_of_it(answer: Vec<u8>, asked in 0_usize..100) {
            let read = read(&answer, asked);
            prop_assert_eq!(read.len(), asked);
            let bytes: usize = read.iter().flatten().map(|bundle| bundle.len() + LENGTH).sum();
            prop_assert!(bytes <= answer.len());
        }

        #[test]
        fn a_cut_answer_has_the_ones_before_the_cut(cut in 0_usize..40) {
            let bundles = [&b"first"[..], b"second", b"third", b"fourth"];
            let mut batch = Batch::default();
            for bundle in bundles {
                batch.add(Some(bundle));
            }
            let answer = batch.finish();
            let read = read(answer.get(..cut).unwrap_or(&answer), 4);
            let came = read.iter().take_while(|bundle| bundle.is_some()).count();
            prop_assert!(read[..came].iter().flatten().eq(bundles[..came].iter()));
            prop_assert!(read[came..].iter().all(Option::is_none));
        }
    }
}
