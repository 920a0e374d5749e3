//! Moving codes, drawn and read: a worker of its own, downloaded by whoever shows or reads one.
//!
//! Started and spoken to like the notebook's worker, from `/vigie-codes_loader.js`: a `CodesQuestion` in, its answer out.
//! It ends with the screen that asked, and what it was given to show with it.

mod draw;
mod look;

fn main() {
    #[cfg(target_arch = "wasm32")]
    serve();
}

#[cfg(target_arch = "wasm32")]
fn serve() {
    use std::rc::Rc;

    use vigie_protocol::{
        CodesQuestion,
        codec::{decode, encode},
    };

    let codes = Rc::new(Codes::default());
    vigie_device::Inbox::of_this_worker().serve(move |bytes| {
        let codes = Rc::clone(&codes);
        async move {
            match decode::<CodesQuestion>(&bytes) {
                Ok(question) => question.answered_by(&*codes).await,
                Err(failure) => encode(&Err::<(), _>(failure)),
            }
        }
    });
}

/// What is shown, and what was read so far.
#[cfg(any(target_arch = "wasm32", test))]
#[derive(Default)]
struct Codes {
    shown: std::cell::RefCell<Option<(vigie_fountain::Shown, vigie_protocol::Squares)>>,
    reader: std::cell::RefCell<vigie_fountain::Reader>,
}

#[cfg(any(target_arch = "wasm32", test))]
mod answers {
    use vigie_fountain::Shown;
    use vigie_protocol::{
        Answers, Code, DrawCode, Failure, ReadPicture, ReadText, ShowBytes, Showing, Sight,
    };

    use super::{Codes, draw, look};

    impl Answers<ShowBytes> for Codes {
        async fn answer(&self, question: ShowBytes) -> Result<Showing, Failure> {
            let ShowBytes { bytes, squares } = question;
            let shown = Shown::new(&bytes, draw::part(squares));
            let shown = shown.map_err(|too_large| Failure::TooLarge {
                size: too_large.0 as u64,
                limit: vigie_fountain::LIMIT as u64,
            })?;
            let codes = shown.parts() as u32;
            self.shown.replace(Some((shown, squares)));
            Ok(Showing { codes })
        }
    }

    impl Answers<DrawCode> for Codes {
        async fn answer(&self, question: DrawCode) -> Result<Code, Failure> {
            let shown = self.shown.borrow();
            let (shown, squares) = shown.as_ref().ok_or(Failure::NotFound)?;
            draw::code(&shown.text(question.number), *squares)
        }
    }

    impl Answers<ReadText> for Codes {
        async fn answer(&self, question: ReadText) -> Result<Sight, Failure> {
            Ok(look::heard(self.reader.borrow_mut().hear(&question.text)))
        }
    }

    impl Answers<ReadPicture> for Codes {
        async fn answer(&self, question: ReadPicture) -> Result<Sight, Failure> {
            let ReadPicture { width, light } = question;
            let mut reader = self.reader.borrow_mut();
            let seen = look::texts(width, light)
                .into_iter()
                .map(|text| look::heard(reader.hear(&text)));
            Ok(look::best(seen))
        }
    }
}

#[cfg(test)]
mod tests {
    use vigie_protocol::{
        Answers, Code, DrawCode, Failure, Question, ReadPicture, ReadText, ShowBytes, Sight,
        Squares,
    };

    use super::Codes;

    const SIZES: [Squares; 3] = [Squares::Large, Squares::Medium, Squares::Small];

    fn ask<Q: Question>(codes: &Codes, question: Q) -> Result<Q::Answer, Failure>
    where
        Codes: Answers<Q>,
    {
        futures::executor::block_on(codes.answer(question))
    }

    /// A code as a camera has it: `scale` points wide a square, on a grey table, not quite in focus.
    fn picture(code: &Code, scale: f64) -> (u32, Vec<u8>) {
        let side = code.side as usize;
        let width = (side as f64 * scale).ceil() as usize + 40;
        let at = |x: f64, y: f64| {
            let (x, y) = ((x - 20.0) / scale, (y - 20.0) / scale);
            let inside = (0.0..side as f64).contains(&x) && (0.0..side as f64).contains(&y);
            match inside {
                true => 40.0 + f64::from(code.squares[y as usize * side + x as usize]) * 0.7,
                false => 120.0,
            }
        };
        let mut light = Vec::with_capacity(width * width);
        for y in 0..width {
            for x in 0..width {
                let around = [-0.9, 0.0, 0.9];
                let sum: f64 = around
                    .iter()
                    .flat_map(|dy| around.map(|dx| at(x as f64 + dx, y as f64 + dy)))
                    .sum();
                light.push((sum / 9.0) as u8);
            }
        }
        (width as u32, light)
    }

    #[test]
    fn what_one_device_shows_another_reads() {
        let bytes: Vec<u8> = (0..4_000u32).map(|at| (at * at) as u8).collect();
        for squares in SIZES {
            let (phone, desk) = (Codes::default(), Codes::default());
            let shown = ShowBytes {
                bytes: bytes.clone(),
                squares,
            };
            let codes = ask(&phone, shown).expect("it fits").codes;
            let mut last = Sight::Nothing;
            // The first is lost.
            for number in 1..codes + 8 {
                let code = ask(&phone, DrawCode { number }).expect("a code");
                let (width, light) = picture(&code, 4.0);
                last = ask(&desk, ReadPicture { width, light }).expect("a look");
                match &last {
                    Sight::Part(gathered) => assert_eq!(gathered.of, codes),
                    Sight::Whole(_) => break,
                    other => panic!("{squares:?}, code {number}: {other:?}"),
                }
            }
            let Sight::Whole(file) = last else {
                panic!("{squares:?}: {last:?}");
            };
            assert!(
                file.bytes == bytes && file.name.ends_with(".age"),
                "{}",
                file.name
            );
        }
    }

    #[test]
    fn the_largest_content_fits_every_size_and_no_more() {
        assert_eq!(vigie_fountain::LIMIT as u64, vigie_protocol::SHOWN_BYTES);
        let codes = Codes::default();
        for squares in SIZES {
            let mut bytes = vec![7; vigie_fountain::LIMIT];
            let show = |bytes: &[u8]| ShowBytes {
                bytes: bytes.to_vec(),
                squares,
            };
            let showing = ask(&codes, show(&bytes)).expect("it fits");
            for number in [0, showing.codes, u32::MAX] {
                let code = ask(&codes, DrawCode { number }).expect("a code");
                assert!(code.side <= 105);
            }
            bytes.push(7);
            let refused = ask(&codes, show(&bytes));
            assert!(matches!(refused, Err(Failure::TooLarge { .. })));
        }
    }

    #[test]
    fn nothing_is_drawn_before_something_is_shown() {
        let drawn = ask(&Codes::default(), DrawCode { number: 0 });
        assert_eq!(drawn, Err(Failure::NotFound));
    }

    #[test]
    fn pictures_without_a_code_and_codes_of_others_are_said() {
        let codes = Codes::default();
        for (width, light) in [
            (0, vec![]),
            (0, vec![1; 9]),
            (40, vec![]),
            (7, vec![128; 30]),
        ] {
            assert_eq!(
                ask(&codes, ReadPicture { width, light }),
                Ok(Sight::Nothing)
            );
        }
        for (text, sight) in [
            ("https://vigie.example/j#CODE", Sight::Foreign),
            ("VIGIE2:A", Sight::Newer),
            ("VIGIE1:A", Sight::Nothing),
        ] {
            let text = text.to_owned();
            assert_eq!(ask(&codes, ReadText { text }), Ok(sight));
        }
        let drawn = super::draw::code("HELLO", Squares::Large).expect("a code");
        let (width, light) = picture(&drawn, 5.0);
        assert_eq!(
            ask(&codes, ReadPicture { width, light }),
            Ok(Sight::Foreign)
        );
    }
}
