//! Numbers, as people and questionnaires write them.

/// The number that a text is: digits, a point, an exponent, with a sign or without. Words (`NaN`, `inf`) are none.
pub fn number(text: &str) -> Option<f64> {
    let rest = unsigned(text);
    let (rest, power) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let power = unsigned(power);
    let (whole, part) = rest.split_once('.').unwrap_or((rest, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = is_digits(whole) && is_digits(part) && is_digits(power);
    let is_said = whole.len() + part.len() > 0 && !power.is_empty();
    (is_number && is_said).then(|| read(text))
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

/// As the standard library reads it, whose tables are 15 kB to download: what is no short whole number is read by the browser, where
/// there is one.
fn read(text: &str) -> f64 {
    #[cfg(target_arch = "wasm32")]
    return match text.parse::<i64>() {
        // A nought may have a sign.
        Ok(whole) if text.len() < 16 && (whole != 0 || !text.starts_with('-')) => whole as f64,
        _ => js_sys::Number::parse_float(text),
    };
    #[cfg(not(target_arch = "wasm32"))]
    return text.parse().unwrap_or(f64::NAN);
}

/// A finite number as XPath writes it, in as few digits as are read as the same number again: no exponent, no trailing zero.
///
/// What is no whole number is written by the browser, where there is one: the standard library's way is 3 kB to download.
pub(crate) fn written(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return (number as i64).to_string();
    }
    #[cfg(target_arch = "wasm32")]
    return js_sys::Number::from(number)
        .to_string_with_radix(10)
        .map_or_else(
            |_| "NaN".into(),
            |text| without_exponent(&String::from(text)),
        );
    #[cfg(not(target_arch = "wasm32"))]
    return number.to_string();
}

/// A number with so many digits after the point.
pub(crate) fn fixed(number: f64, decimals: u32) -> String {
    #[cfg(target_arch = "wasm32")]
    return js_sys::Number::from(number)
        .to_fixed(decimals.min(100) as u8)
        .map_or_else(|_| "NaN".into(), String::from);
    #[cfg(not(target_arch = "wasm32"))]
    return format!("{number:.*}", decimals as usize);
}

/// JavaScript has an exponent in numbers from 10²¹ on, and below 10⁻⁶.
#[cfg(any(test, target_arch = "wasm32"))]
fn without_exponent(text: &str) -> String {
    let said = text.split_once('e').and_then(|(digits, exponent)| {
        let power: i32 = exponent.trim_start_matches('+').parse().ok()?;
        Some((digits, power))
    });
    let Some((digits, power)) = said else {
        return text.to_owned();
    };
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", digits),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let noughts = |count: usize| "0".repeat(count);
    let far = power.unsigned_abs() as usize;
    match power < 0 {
        true => format!("{sign}0.{}{whole}{part}", noughts(far.saturating_sub(1))),
        false => format!(
            "{sign}{whole}{part}{}",
            noughts(far.saturating_sub(part.len()))
        ),
    }
}

#[cfg(test)]
mod everywhere {
    use super::*;

    pub fn is_read_as_ever(text: &str) {
        let parsed = text.parse::<f64>().ok();
        let read = number(text);
        assert_eq!(read.map(f64::to_bits), parsed.map(f64::to_bits), "{text:?}");
    }

    #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
    #[cfg_attr(not(target_arch = "wasm32"), test)]
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
            "-0.0",
            "+12.25",
            "999999999999999",
            "-99999999999999",
            "9999999999999999",
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

    #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
    #[cfg_attr(not(target_arch = "wasm32"), test)]
    fn numbers_are_written_the_same_wherever_they_are() {
        for (number, text) in [
            (0.5, "0.5"),
            (-12.0, "-12"),
            (1e14, "100000000000000"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e21, "1000000000000000000000"),
            (-1.25e22, "-12500000000000000000000"),
            (1e-7, "0.0000001"),
            (-1.5e-10, "-0.00000000015"),
            (123456789012345680.0, "123456789012345680"),
            (5e-324, &format!("0.{}5", "0".repeat(323))),
        ] {
            assert_eq!(written(number), text);
        }
        assert_eq!(fixed(0.1 * 3.0, 1), "0.3");
        assert_eq!(fixed(-2.0, 2), "-2.00");
        assert_eq!(fixed(1000.0, 0), "1000");
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::{everywhere::is_read_as_ever, *};

    proptest! {
        #[test]
        fn an_exponent_is_written_out(number in prop_oneof![
            any::<f64>().prop_filter("finite", |number| number.is_finite()),
            -1e-5f64..1e-5,
        ]) {
            prop_assert_eq!(written(number), if number == 0.0 { "0".into() } else { number.to_string() });
            if number.abs() >= 1e21 || number.abs() < 1e-6 {
                prop_assert_eq!(without_exponent(&format!("{number:e}")), number.to_string());
            }
        }

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
