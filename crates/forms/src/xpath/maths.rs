//! Sines, powers and logarithms. A browser's own where there is a browser, which cost no bytes; elsewhere those of the standard
//! library. They may differ in the last digit.

#[cfg(target_arch = "wasm32")]
pub(super) use js_sys::Math::{
    acos, asin, atan, atan2, cos, exp, log as ln, log10, pow as powf, sin, tan,
};

#[cfg(not(target_arch = "wasm32"))]
pub(super) use here::*;

#[cfg(not(target_arch = "wasm32"))]
mod here {
    macro_rules! ours {
        ($($name:ident($($more:ident)?);)*) => {
            $(pub fn $name(number: f64 $(, $more: f64)?) -> f64 { number.$name($($more)?) })*
        };
    }

    ours! {
        acos(); asin(); atan(); atan2(other); cos(); exp(); ln(); log10(); powf(other); sin(); tan();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
    #[cfg_attr(not(target_arch = "wasm32"), test)]
    fn they_are_what_their_names_say_wherever_they_come_from() {
        let one = std::f64::consts::FRAC_PI_6;
        for (name, found, known) in [
            ("acos", acos(0.5), 2.0 * one),
            ("asin", asin(0.5), one),
            ("atan", atan(1.0), 1.5 * one),
            ("atan2", atan2(-1.0, -1.0), -4.5 * one),
            ("cos", cos(2.0 * one), 0.5),
            ("exp", exp(1.0), std::f64::consts::E),
            ("ln", ln(10.0), std::f64::consts::LN_10),
            ("log10", log10(1000.0), 3.0),
            ("powf", powf(2.0, 0.5), std::f64::consts::SQRT_2),
            ("sin", sin(one), 0.5),
            ("tan", tan(1.5 * one), 1.0),
        ] {
            assert!((found - known).abs() < 1e-12, "{name}: {found}");
        }
        assert!(ln(-1.0).is_nan() && acos(2.0).is_nan());
        assert_eq!(ln(0.0), f64::NEG_INFINITY);
        assert_eq!(powf(0.0, 0.0), 1.0);
    }
}
