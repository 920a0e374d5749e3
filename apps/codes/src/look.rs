//! Codes in a picture.

#![cfg(any(target_arch = "wasm32", test))]

use rxing::{
    BinaryBitmap, Luma8LuminanceSource,
    common::{DetectorRXingResult as _, HybridBinarizer},
    qrcode::cpp_port::{
        decoder::Decode,
        detector::{FindFinderPatterns, GenerateFinderPatternSets, SampleQR},
    },
};
use vigie_fountain::{Heard, NotAFrame, Progress};
use vigie_model::hex;
use vigie_protocol::{File, Gathered, Sight};

/// Of so many places where a code might be, the likeliest, each is looked at.
const PLACES: usize = 16;
/// The smallest code with the white around it, a point for a square.
const SMALLEST: u32 = 29;

/// The texts of the codes that can be made out in a picture of this width.
///
/// Step by step, and not by the reader that the library has for that: it wants the tables of every script's letters.
pub fn texts(width: u32, light: Vec<u8>) -> Vec<String> {
    let height = u32::try_from(light.len())
        .ok()
        .and_then(|points| points.checked_div(width));
    let Some(height) = height.filter(|height| width.min(*height) >= SMALLEST) else {
        return Vec::new();
    };
    let Ok(source) = Luma8LuminanceSource::new(light, width, height) else {
        return Vec::new();
    };
    let picture = BinaryBitmap::new(HybridBinarizer::new(source));
    let points = picture.get_black_matrix();
    let mut corners = FindFinderPatterns(points, true, 0);
    let places = GenerateFinderPatternSets(&mut corners);
    let read = places.into_iter().take(PLACES).filter_map(|place| {
        let code = SampleQR(points, &place).ok()?;
        let read = Decode(code.getBits()).ok().filter(|read| read.isValid())?;
        Some(String::from_utf8_lossy(read.content().bytes()).into_owned())
    });
    read.collect()
}

pub fn heard(heard: Heard) -> Sight {
    match heard {
        Heard::Nothing(NotAFrame::Foreign) => Sight::Foreign,
        Heard::Nothing(NotAFrame::Newer) => Sight::Newer,
        Heard::Nothing(NotAFrame::Damaged) => Sight::Nothing,
        Heard::Part(Progress {
            transfer,
            gathered,
            parts,
            part,
            ..
        }) => Sight::Part(Gathered {
            transfer,
            codes: gathered as u32,
            of: parts as u32,
            bytes: part as u32,
        }),
        Heard::Whole { transfer, content } => {
            // As the file is called that would have been saved in place of this.
            let ending = match content.get(257..262) {
                Some(b"ustar") => "tar",
                _ => "age",
            };
            let name = format!("vigie-{}.{ending}", hex::encode(&transfer));
            Sight::Whole(File::new(name, "application/octet-stream", content))
        }
    }
}

/// The one that says most, where a picture held several codes.
pub fn best(seen: impl Iterator<Item = Sight>) -> Sight {
    let rank = |sight: &Sight| match sight {
        Sight::Nothing => 0,
        Sight::Foreign => 1,
        Sight::Newer => 2,
        Sight::Part(_) => 3,
        Sight::Whole(_) => 4,
    };
    seen.max_by_key(rank).unwrap_or(Sight::Nothing)
}
