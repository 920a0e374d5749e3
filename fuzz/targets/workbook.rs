//! A workbook as bytes, from the zip or the compound file to a finished response.
//!
//! calamine may panic over what a damaged file says of itself; that is caught where it is called, and in a browser ends a
//! worker that is started anew. So its panics are no finding here; every other is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigie_forms::xlsform::{self, Options};

fn forgive_calamine() {
    let strict = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let by_calamine = panic
            .location()
            .is_some_and(|place| place.file().contains("/calamine-"));
        if !by_calamine {
            strict(panic);
        }
    }));
}

fuzz_target!(init: forgive_calamine(), |bytes: &[u8]| {
    if let Ok(workbook) = xlsform::read(bytes)
        && let Ok(converted) = xlsform::convert(&workbook, &Options::default())
    {
        vigie_fuzz::fill(&converted.xml);
    }
});
