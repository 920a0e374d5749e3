//! A workbook as text: a line `*name` opens a sheet, any other is a row of cells between bars. So a change of a few bytes
//! is a change of a few cells, which it never is inside a zip.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigie_forms::xlsform::{self, Options, Sheet, Workbook};

fuzz_target!(|text: &str| {
    let mut workbook = Workbook::default();
    for line in text.lines() {
        match (line.strip_prefix('*'), workbook.sheets.last_mut()) {
            (Some(name), _) => workbook.sheets.push(Sheet {
                name: name.to_owned(),
                rows: Vec::new(),
            }),
            (None, Some(sheet)) => sheet
                .rows
                .push(line.split('|').map(str::to_owned).collect()),
            (None, None) => {}
        }
    }
    if let Ok(converted) = xlsform::convert(&workbook, &Options::default()) {
        vigie_fuzz::fill(&converted.xml);
    }
});
