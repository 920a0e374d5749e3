//! The settings of a question, read once when the form is loaded.

use super::Control;
use super::source::{BodyKind, BodyNode, Def};
use crate::number::fixed;
use serde::{Deserialize, Serialize};

/// The settings of a question; a setting that can't be read is as none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Parameters {
    /// Of a number between two bounds.
    pub scale: Option<Scale>,
    /// How many lines a text has.
    pub rows: Option<u32>,
    /// What files answer, as a browser's field for files takes it: `image/*`.
    pub files: Option<String>,
    /// The longer side of a picture, in pixels.
    pub max_pixels: Option<u32>,
}

impl Parameters {
    /// Reads those of a control, and of the node that it answers.
    pub fn read(body: &BodyNode, def: Option<&Def>) -> Parameters {
        let said = |name: &str| {
            let beside = || def.and_then(|def| def.bind.extra.get(name));
            let said = body.parameters.get(name).or_else(beside);
            said.map(|text| text.trim())
        };
        let whole = |name: &str| said(name).and_then(|text| text.parse().ok());
        Parameters {
            scale: (body.kind == BodyKind::Control(Control::Range))
                .then(|| Scale::read(said))
                .flatten(),
            rows: whole("rows"),
            files: said("mediatype").map(str::to_owned),
            max_pixels: whole("max-pixels"),
        }
    }
}

/// From a number to another, by steps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// Where it begins, which may be above its end.
    pub start: f64,
    /// Where it ends.
    pub end: f64,
    /// Above nothing.
    pub step: f64,
    /// How many decimals its values are written with.
    pub decimals: u32,
}

impl Default for Scale {
    fn default() -> Scale {
        Scale {
            start: 0.0,
            end: 10.0,
            step: 1.0,
            decimals: 0,
        }
    }
}

impl Scale {
    fn read<'a>(said: impl Fn(&str) -> Option<&'a str>) -> Option<Scale> {
        let number = |name: &str| {
            let number = crate::number(said(name)?);
            number.filter(|number| number.is_finite())
        };
        let decimals = |name: &str| {
            let decimals = said(name).and_then(|text| text.split_once('.'));
            decimals.map_or(0, |(_, decimals)| decimals.len() as u32)
        };
        let step = number("step").map(f64::abs).filter(|step| *step > 0.0);
        Some(Scale {
            start: number("start")?,
            end: number("end")?,
            step: step.unwrap_or(1.0),
            decimals: decimals("start").max(decimals("step")),
        })
    }

    /// A number, as its values are written.
    pub fn written(&self, number: f64) -> String {
        fixed(number, self.decimals)
    }

    /// The lower of its ends, and the higher.
    pub fn ends(&self) -> (f64, f64) {
        (self.start.min(self.end), self.start.max(self.end))
    }

    /// Whole steps from start to end; a hair's breadth under one is one (0.3 / 0.1 is not quite 3).
    pub fn steps(&self) -> f64 {
        ((self.end - self.start).abs() / self.step + 1e-9).floor()
    }

    /// Its values from the start on, no more than `most` after it.
    pub fn values(&self, most: usize) -> Vec<String> {
        let by = if self.end < self.start {
            -self.step
        } else {
            self.step
        };
        let last = (self.steps() as usize).min(most);
        let value = |steps| self.written(self.start + by * steps as f64);
        (0..=last).map(value).collect()
    }

    /// The value one step up or down from `value`, no further than the ends; from nothing, the start.
    pub fn moved(&self, value: &str, up: bool) -> String {
        let Some(value) = crate::number(value) else {
            return self.written(self.start);
        };
        let (low, high) = self.ends();
        let by = if up { self.step } else { -self.step };
        self.written((value + by).clamp(low, high))
    }

    /// Whether `value` is between its ends, and on one of its steps.
    pub fn has(&self, value: f64) -> bool {
        let (low, high) = self.ends();
        let steps = (value - self.start).abs() / self.step;
        value >= low && value <= high && (steps - steps.round()).abs() < 1e-6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(start: &str, end: &str, step: &str) -> Scale {
        let said = |name: &str| match name {
            "start" => Some(start),
            "end" => Some(end),
            _ => Some(step).filter(|step| !step.is_empty()),
        };
        Scale::read(said).unwrap()
    }

    #[test]
    fn a_scale_has_its_two_ends_and_no_rounding_noise() {
        assert_eq!(
            scale("0", "0.3", "0.1").values(200),
            ["0.0", "0.1", "0.2", "0.3"]
        );
        assert_eq!(scale("5", "3", "1").values(200), ["5", "4", "3"]);
        assert_eq!(scale("0", "1000", "").values(2), ["0", "1", "2"]);
    }

    #[test]
    fn a_step_stops_at_the_ends_and_begins_at_the_start() {
        let scale = scale("1", "5", "2");
        assert_eq!(scale.moved("", true), "1");
        assert_eq!(scale.moved("3", true), "5");
        assert_eq!(scale.moved("5", true), "5");
        assert_eq!(scale.moved("1", false), "1");
    }

    #[test]
    fn a_value_stands_on_a_step_between_the_ends() {
        assert!(scale("-2", "10", "3").has(4.0));
        assert!(!scale("-2", "10", "3").has(5.0));
        assert!(scale("0", "1", "0.1").has(0.3));
        assert!(scale("5", "1", "").has(2.0));
        assert!(!scale("1", "5", "0").has(1.5));
    }

    #[test]
    fn a_scale_whose_ends_are_no_numbers_is_none() {
        for end in ["", "ten", "inf"] {
            let said = |name: &str| Some(if name == "end" { end } else { "1" });
            assert_eq!(Scale::read(said), None);
        }
    }
}
