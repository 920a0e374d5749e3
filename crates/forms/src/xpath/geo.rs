//! Places: `latitude longitude altitude accuracy`, several joined by `;`. Earth is a sphere of 6,378,100 m, as in ODK.

use super::maths::{acos, cos, sin};

const EARTH: f64 = 6_378_100.0;

/// Latitude and longitude, in degrees.
type Point = (f64, f64);

/// The places of `text`; one that can't be read is none.
pub(super) fn points(text: &str) -> Vec<Option<Point>> {
    text.trim().split(';').map(str::trim).map(point).collect()
}

/// Reads one place.
pub(crate) fn point(text: &str) -> Option<Point> {
    let parts: Vec<f64> = text
        .split_whitespace()
        .map(crate::number)
        .collect::<Option<_>>()?;
    match parts.as_slice() {
        [latitude, longitude] | [latitude, longitude, _] | [latitude, longitude, _, _] => {
            (latitude.abs() <= 90.0 && longitude.abs() <= 180.0).then_some((*latitude, *longitude))
        }
        _ => None,
    }
}

fn all(texts: &[std::borrow::Cow<str>]) -> Option<Vec<Point>> {
    let mut list: Vec<Option<Point>> = texts.iter().flat_map(|text| points(text)).collect();
    if list.len() > 1
        && list.last() == Some(&None)
        && texts.iter().any(|text| text.trim_end().ends_with(';'))
    {
        list.pop();
    }
    list.into_iter().collect()
}

fn hundredths(value: f64) -> f64 {
    (value * 100.0).round().abs() / 100.0
}

/// The area inside the places in square metres, to the hundredth.
pub(super) fn area(texts: &[std::borrow::Cow<str>]) -> f64 {
    if texts.iter().all(|text| text.trim().is_empty()) {
        return 0.0;
    }
    let Some(points) = all(texts) else {
        return f64::NAN;
    };
    if points.len() < 3 {
        return 0.0;
    }
    let next = points.iter().cycle().skip(1);
    let total: f64 = points
        .iter()
        .zip(next)
        .map(|(a, b)| {
            (b.1 - a.1).to_radians() * (2.0 + sin(b.0.to_radians()) + sin(a.0.to_radians()))
        })
        .sum();
    hundredths(total * EARTH * EARTH / 2.0)
}

/// The length of the way through the places in metres, to the hundredth.
pub(super) fn distance(texts: &[std::borrow::Cow<str>]) -> f64 {
    let Some(points) = all(texts) else {
        return f64::NAN;
    };
    if points.len() < 2 {
        return f64::NAN;
    }
    let total: f64 = points
        .windows(2)
        .map(|pair| {
            let (a, b) = (pair[0], pair[1]);
            if a == b {
                return 0.0;
            }
            let (p, q) = (a.0.to_radians(), b.0.to_radians());
            let cosine = sin(p) * sin(q) + cos(p) * cos(q) * cos((a.1 - b.1).to_radians());
            acos(cosine.clamp(-1.0, 1.0)) * EARTH
        })
        .sum();
    hundredths(total)
}

/// Whether the place is inside the shape, or on its edge. Source: even-odd rule.
pub(super) fn inside(place: &str, shape: &str) -> bool {
    let Some((y, x)) = point(place.trim()) else {
        return false;
    };
    let Some(shape) = points(shape.trim_end_matches([';', ' ']))
        .into_iter()
        .collect::<Option<Vec<Point>>>()
    else {
        return false;
    };
    if shape.first() != shape.last() {
        return false;
    }
    let mut odd = false;
    for (a, b) in shape.iter().zip(shape.iter().cycle().skip(1)) {
        if (a.0 > y) != (b.0 > y) && x < (b.1 - a.1) * (y - a.0) / (b.0 - a.0) + a.1 {
            odd = !odd;
        }
    }
    odd
}

/// Whether a line crosses itself somewhere other than where two following stretches meet.
pub(super) fn crosses_itself(text: &str) -> bool {
    let Some(line) = points(text.trim_end_matches([';', ' ']))
        .into_iter()
        .collect::<Option<Vec<Point>>>()
    else {
        return false;
    };
    let stretches: Vec<&[Point]> = line.windows(2).filter(|pair| pair[0] != pair[1]).collect();
    let side = |a: Point, b: Point, c: Point| {
        ((b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)).signum()
    };
    let closed = line.first() == line.last();
    for (i, one) in stretches.iter().enumerate() {
        for (j, other) in stretches.iter().enumerate().skip(i + 2) {
            if closed && i == 0 && j + 1 == stretches.len() {
                continue;
            }
            let (a, b, c, d) = (one[0], one[1], other[0], other[1]);
            if side(a, b, c) != side(a, b, d) && side(c, d, a) != side(c, d, b) {
                return true;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_beyond_the_poles_is_none() {
        assert_eq!(point("45.5 -73.6 20 5"), Some((45.5, -73.6)));
        assert_eq!(point("91 0"), None);
        assert_eq!(point("45.5"), None);
    }

    #[test]
    fn a_line_crosses_itself_or_does_not() {
        assert!(crosses_itself("0 0;2 2;2 0;0 2"));
        assert!(!crosses_itself("0 0;0 2;2 2;2 0;0 0"));
    }

    #[test]
    fn a_place_is_in_a_closed_shape_only() {
        assert!(inside("0.5 0.5", "0 0;0 1;1 1;1 0;0 0"));
        assert!(!inside("0.5 0.5", "0 0;0 1;1 1;1 0"));
    }
}
