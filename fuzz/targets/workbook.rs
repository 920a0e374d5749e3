//! A workbook as bytes, from the zip or the compound file to a finished response.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigie_forms::xlsform::{self, Options};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(workbook) = xlsform::read(bytes)
        && let Ok(converted) = xlsform::convert(&workbook, &Options::default())
    {
        vigie_fuzz::fill(&converted.xml);
    }
});
