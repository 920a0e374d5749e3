//! The passphrase judge: zxcvbn in a worker of its own, downloaded by the passphrase screen only.
//!
//! Started and spoken to like the notebook's worker, from `/vigie-strength_loader.js`: a `StrengthQuestion` in, its
//! answer out.

fn main() {
    #[cfg(target_arch = "wasm32")]
    serve();
}

/// zxcvbn looks at no more than this: its time grows with the square of the length, and such a text is strong.
#[cfg(any(target_arch = "wasm32", test))]
const LOOKED_AT: usize = 100;

#[cfg(any(target_arch = "wasm32", test))]
fn judge(passphrase: &str) -> (u8, f64) {
    let end = passphrase.floor_char_boundary(LOOKED_AT);
    let judged = zxcvbn::zxcvbn(&passphrase[..end], &[]);
    (u8::from(judged.score()), judged.guesses_log10())
}

#[cfg(target_arch = "wasm32")]
fn serve() {
    use vigie_protocol::{
        Answers, Failure, Judge, Strength, StrengthQuestion,
        codec::{decode, encode},
    };

    struct Zxcvbn;

    impl Answers<Judge> for Zxcvbn {
        async fn answer(&self, question: Judge) -> Result<Strength, Failure> {
            let (score, guesses_log10) = judge(&question.passphrase);
            Ok(Strength {
                score,
                guesses_log10,
            })
        }
    }

    vigie_device::Inbox::of_this_worker().serve(async |bytes| {
        match decode::<StrengthQuestion>(&bytes) {
            Ok(question) => question.answered_by(&Zxcvbn).await,
            Err(failure) => encode(&Err::<(), _>(failure)),
        }
    });
}

#[cfg(test)]
mod tests {
    use super::judge;

    #[test]
    fn five_words_are_strong_and_a_common_one_is_not() {
        assert!(judge("password").0 <= 1);
        assert!(judge("cabane lundi tortue marée vernis").0 >= 4);
        assert!(judge(&"é".repeat(5_000)).1.is_finite());
    }
}
