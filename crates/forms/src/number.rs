//! Numbers, as people and questionnaires write them.

/// The number that a text is: digits, a point, an exponent, with a sign or without. Words (`NaN`, `inf`) are none.
///
/// As the standard library's own `parse`, and read by the reader of JSON, which every module holds: with a second one, a phone would
/// download 15 kB more.
pub fn number(text: &str) -> Option<f64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (rest, exponent) = match rest.split_once(['e', 'E']) {
        Some((rest, exponent)) => (rest, exponent),
        None => (rest, "0"),
    };
    let (whole, part) = rest.split_once('.').unwrap_or((rest, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let power = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    let is_number = is_digits(whole) && is_digits(part) && is_digits(power);
    if !is_number || whole.len() + part.len() == 0 || power.is_empty() {
        return None;
    }
    // JSON asks for a digit on either side of the point, and for no nought before another digit.
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let json = format!("{sign}{whole}.{part}0e{exponent}");
    // What is too large for a number is all that is refused of such a text.
    let infinite = if sign.is_empty() {
        f64::INFINITY
    } else {
        f64::NEG_INFINITY
    };
    Some(serde_json::from_str(&json).unwrap_or(infinite))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_read_as_ever(text: &str) {
        let parsed = text.parse::<f64>().ok();
        let read = number(text);
        assert_eq!(read.map(f64::to_bits), parsed.map(f64::to_bits), "{text:?}");
    }

    #[test]
    fn numbers_are_those_of_the_standard_library() {
        for text in [
            "",
            "0",
            "-0",
            "+0",
            "00",
            "007",
            "-007.50",
            ".5",
            "5.",
            ".",
            "-",
            "+",
            "-.",
            "1e3",
            "1E+3",
            "1e-3",
            "1e",
            "1e+",
            "e1",
            ".e1",
            "1e400",
            "-1e400",
            "1e-400",
            "0e999999999999999999999",
            "1.2.3",
            "1 000",
            " 1",
            "1,5",
            "--1",
            "+-1",
            "1e1.5",
            "9007199254740993",
            "123456789012345678901234567890",
            "2.2250738585072011e-308",
            "4.9e-324",
            "1.7976931348623157e308",
            "0.1",
            "100000000000000000000000000000000000000000000000000",
            "１",
            "0x10",
            "1_000",
        ] {
            is_read_as_ever(text);
        }
        assert_eq!(
            [number("NaN"), number("inf"), number("-Infinity")],
            [None; 3]
        );
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_as_the_standard_library_does(text in r"[-+]?[0-9]{0,25}\.?[0-9]{0,25}([eE][-+]?[0-9]{0,4})?") {
            is_read_as_ever(&text);
        }

        #[test]
        fn every_number_comes_back(bits: u64) {
            let any = f64::from_bits(bits);
            if any.is_finite() {
                is_read_as_ever(&any.to_string());
                is_read_as_ever(&format!("{any:e}"));
            }
        }
    }
}
