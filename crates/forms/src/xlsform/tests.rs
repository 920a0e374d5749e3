//! What a workbook may do to us, and what we say of it.

use super::*;
use crate::problem::Place;
use std::io::Write;

/// Sheets from lines of cells with bars between them; a line with one cell and no bar opens a sheet.
fn workbook(text: &str) -> Workbook {
    let mut workbook = Workbook::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(name) = line.strip_prefix('#') {
            workbook.sheets.push(Sheet {
                name: name.trim().into(),
                rows: Vec::new(),
            });
        } else {
            let cells = line
                .split('|')
                .map(|cell| cell.trim().to_string())
                .collect();
            workbook
                .sheets
                .last_mut()
                .expect("a sheet first")
                .rows
                .push(cells);
        }
    }
    workbook
}

fn xml(text: &str) -> String {
    convert(&workbook(text), &Options::default())
        .expect("converts")
        .xml
}

fn errors(text: &str) -> Vec<Problem> {
    let problems = convert(&workbook(text), &Options::default()).expect_err("is refused");
    problems
        .into_iter()
        .filter(|problem| problem.severity == Severity::Error)
        .collect()
}

/// A zip of these parts, each deflated.
fn zip(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    for (name, data) in parts {
        let mut deflate =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        deflate.write_all(data).expect("into memory");
        let packed = deflate.finish().expect("into memory");
        let mut crc = flate2::Crc::new();
        crc.update(data);
        let offset = zip.len() as u32;
        let mut shared = Vec::new();
        shared.extend([20, 0, 0, 0, 8, 0, 0, 0, 0, 0]);
        shared.extend(crc.sum().to_le_bytes());
        shared.extend((packed.len() as u32).to_le_bytes());
        shared.extend((data.len() as u32).to_le_bytes());
        shared.extend((name.len() as u16).to_le_bytes());
        shared.extend([0, 0]);
        zip.extend(b"PK\x03\x04");
        zip.extend(&shared);
        zip.extend(name.as_bytes());
        zip.extend(packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&shared);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let start = zip.len() as u32;
    zip.extend(&directory);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    zip.extend((parts.len() as u16).to_le_bytes());
    zip.extend((parts.len() as u16).to_le_bytes());
    zip.extend((directory.len() as u32).to_le_bytes());
    zip.extend(start.to_le_bytes());
    zip.extend([0, 0]);
    zip
}

/// An .xlsx with one sheet `survey`, whose rows are this XML.
fn xlsx(rows: &str) -> Vec<u8> {
    let sheet = format!(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{rows}</sheetData></worksheet>"
    );
    zip(&[
        (
            "[Content_Types].xml",
            b"<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>",
        ),
        (
            "_rels/.rels",
            b"<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>",
        ),
        (
            "xl/workbook.xml",
            b"<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"survey\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>",
        ),
        (
            "xl/_rels/workbook.xml.rels",
            b"<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>",
        ),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

fn ours() -> Vec<std::path::PathBuf> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../forms");
    let files = std::fs::read_dir(folder).expect("our questionnaires are here");
    let mut files: Vec<_> = files.filter_map(|file| Some(file.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "xlsx"));
    files.sort();
    files
}

#[test]
fn our_seven_questionnaires_convert_without_a_word() {
    let files = ours();
    assert_eq!(files.len(), 7);
    for file in files {
        let bytes = std::fs::read(&file).expect("readable");
        let workbook = read(&bytes).expect("a workbook");
        let converted = convert(&workbook, &Options::default())
            .unwrap_or_else(|problems| panic!("{}: {problems:?}", file.display()));
        assert!(
            converted.warnings.is_empty(),
            "{}: {:?}",
            file.display(),
            converted.warnings
        );
        assert!(
            converted.xml.contains("lang=\"Español (es)\""),
            "{}",
            file.display()
        );
        let sensible = workbook.sheets[0].rows[0]
            .iter()
            .any(|header| header == "sensible");
        assert_eq!(
            converted.xml.contains("sensible=\"yes\""),
            sensible,
            "{}",
            file.display()
        );
    }
}

#[test]
fn a_sensible_question_says_so_in_its_bind() {
    let xml = xml("# survey
        type | name | label | sensible
        text | a | A | oui
        text | b | B |");
    assert!(
        xml.contains(r#"<bind nodeset="/data/a" type="string" sensible="yes"/>"#),
        "{xml}"
    );
    assert!(
        xml.contains(r#"<bind nodeset="/data/b" type="string"/>"#),
        "{xml}"
    );
}

#[test]
fn a_file_that_is_no_workbook_is_refused() {
    for bytes in [
        &b""[..],
        b"PK",
        b"hello",
        b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        &[0; 4096],
    ] {
        let problem = read(bytes).expect_err("not a workbook");
        assert!(
            matches!(problem.kind, Kind::NotAWorkbook | Kind::Damaged(_)),
            "{problem}"
        );
    }
}

/// An .xls of one sheet called `survey`, with a number at each of these places.
fn xls_with_cells_at(places: &[(u16, u16)]) -> Vec<u8> {
    xls_that_says(&[], places)
}

/// The same, where the sheet says first from which row to which row it goes, 256 columns wide.
fn xls_that_says(rows: &[[u32; 2]], places: &[(u16, u16)]) -> Vec<u8> {
    let record = |kind: u16, data: &[u8]| {
        let size = u16::try_from(data.len()).expect("a short record");
        [&kind.to_le_bytes()[..], &size.to_le_bytes(), data].concat()
    };
    let begin = |of: u8| record(0x0809, &[0, 6, of, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let end = record(0x000A, &[]);
    let name = [&[0, 0, 6, 0][..], b"survey"].concat();
    let globals = begin(5).len() + 4 + 4 + name.len() + end.len();
    let start = u32::try_from(globals).expect("a short file").to_le_bytes();
    let mut stream = [
        begin(5),
        record(0x0085, &[&start[..], &name].concat()),
        end.clone(),
    ]
    .concat();
    stream.extend(begin(0x10));
    for [first, end] in rows {
        let said = [
            &first.to_le_bytes()[..],
            &end.to_le_bytes(),
            &[0, 0, 0, 1, 0, 0],
        ];
        stream.extend(record(0x0200, &said.concat()));
    }
    for (row, column) in places {
        let number = [
            &row.to_le_bytes()[..],
            &column.to_le_bytes(),
            &[0, 0],
            &7f64.to_le_bytes(),
        ];
        stream.extend(record(0x0203, &number.concat()));
    }
    stream.extend(end);
    xls(&stream)
}

/// An .xls that holds these records.
fn xls(records: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let file = std::io::Cursor::new(Vec::new());
    let mut file = cfb::CompoundFile::create(file).expect("a file in memory");
    let mut inside = file.create_stream("/Workbook").expect("a stream");
    inside.write_all(records).expect("written");
    drop(inside);
    file.flush().expect("written");
    file.into_inner().into_inner()
}

/// Found by fuzzing: calamine reads the number of a code page from a record that is empty.
#[test]
fn an_xls_that_calamine_panics_over_is_damaged() {
    let begin: [u8; 8] = [0x09, 0x08, 4, 0, 0, 6, 5, 0];
    let problem = read(&xls(&[&begin[..], &[0x42, 0, 0, 0]].concat())).expect_err("no sheet");
    assert!(
        matches!(&problem.kind, Kind::Damaged(why) if why.contains("does not add up")),
        "{problem}"
    );
}

/// Found by fuzzing: calamine makes room for every cell between the farthest two.
#[test]
fn an_xls_whose_cells_are_far_apart_is_too_large_and_asks_for_no_memory() {
    let near = read(&xls_with_cells_at(&[(0, 0), (3, 2)])).expect("a workbook");
    assert_eq!(near.sheets[0].name, "survey");
    assert_eq!(near.sheets[0].rows[3], ["", "", "7"]);
    for places in [
        &[(0, 0), (u16::MAX, u16::MAX)][..],
        &[(7, 0), (u16::MAX, 7), (9, 60_000)],
    ] {
        let problem = read(&xls_with_cells_at(places)).expect_err("too far apart");
        assert!(matches!(problem.kind, Kind::TooLarge(_)), "{problem}");
    }
    assert!(read(&xls_that_says(&[[0, 4]], &[(3, 2)])).is_ok());
    // Many a workbook says that its sheets are used whole: what counts is its cells.
    for rows in [[0, u32::MAX], [9, 2], [0, 65_536]] {
        let read = read(&xls_that_says(&[rows], &[(3, 2)])).expect("a workbook");
        assert_eq!(read.sheets[0].rows[3], ["", "", "7"]);
    }
}

#[test]
fn a_workbook_cut_short_anywhere_is_refused_or_read_but_never_a_panic() {
    let file = ours().remove(0);
    let bytes = std::fs::read(file).expect("readable");
    for length in (0..bytes.len()).step_by(97) {
        assert!(read(&bytes[..length]).is_err());
    }
    let mut bytes = bytes;
    for at in (0..bytes.len()).step_by(61) {
        let byte = bytes[at];
        bytes[at] ^= 0x55;
        if let Ok(workbook) = read(&bytes) {
            let _ = convert(&workbook, &Options::default());
        }
        bytes[at] = byte;
    }
}

#[test]
fn a_zip_that_unpacks_to_too_much_is_refused_before_it_is_read() {
    let bomb = zip(&[(
        "xl/worksheets/sheet1.xml",
        &vec![b' '; UNPACKED_LIMIT as usize + 1],
    )]);
    assert!(bomb.len() < 1 << 20);
    assert_eq!(
        read(&bomb).expect_err("a bomb").kind,
        Kind::TooLarge(UNPACKED_LIMIT)
    );
    let twice = vec![b' '; UNPACKED_LIMIT as usize / 2 + 1];
    let bomb = zip(&[("a", &twice), ("b", &twice)]);
    assert_eq!(
        read(&bomb).expect_err("a bomb in two parts").kind,
        Kind::TooLarge(UNPACKED_LIMIT)
    );
}

#[test]
fn a_size_that_the_zip_lies_about_is_counted() {
    let mut bomb = zip(&[("a", &vec![b' '; UNPACKED_LIMIT as usize + 1])]);
    let entry = bomb
        .windows(4)
        .rposition(|window| window == b"PK\x01\x02")
        .expect("a directory");
    bomb[entry + 24..entry + 28].copy_from_slice(&10u32.to_le_bytes());
    assert_eq!(
        read(&bomb).expect_err("a bomb").kind,
        Kind::TooLarge(UNPACKED_LIMIT)
    );
}

#[test]
fn one_cell_in_the_last_corner_costs_nothing() {
    let rows = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>type</t></is></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#;
    assert_eq!(
        read(&xlsx(rows)).expect_err("too far").kind,
        Kind::TooManyRows(ROW_LIMIT)
    );
    let rows = r#"<row r="1"><c r="XFD1"><v>1</v></c></row>"#;
    assert_eq!(
        read(&xlsx(rows)).expect_err("too far").kind,
        Kind::TooManyColumns(COLUMN_LIMIT)
    );
}

#[test]
fn cells_are_read_as_people_typed_them() {
    let rows = r#"<row r="2"><c r="B2"><v>3</v></c><c r="C2"><v>2.5</v></c><c r="D2" t="b"><v>1</v></c><c r="E2" t="inlineStr"><is><t>a&#160;b</t></is></c></row>"#;
    let workbook = read(&xlsx(rows)).expect("a workbook");
    assert_eq!(workbook.sheets[0].name, "survey");
    assert_eq!(workbook.sheets[0].rows[0], Vec::<String>::new());
    assert_eq!(workbook.sheets[0].rows[1], ["", "3", "2.5", "TRUE", "a b"]);
}

#[test]
fn ten_thousand_rows_convert_within_seconds() {
    let mut sheet = Sheet {
        name: "survey".into(),
        rows: Vec::new(),
    };
    sheet.rows.push(
        ["type", "name", "label", "relevant", "calculation"]
            .map(String::from)
            .into(),
    );
    for index in 0..10_000 {
        let relevant = if index > 0 {
            format!("${{q{}}} != ''", index - 1)
        } else {
            String::new()
        };
        let row = [
            "text".into(),
            format!("q{index}"),
            format!("Question {index}"),
            relevant,
            String::new(),
        ];
        sheet.rows.push(row.into());
    }
    let workbook = Workbook {
        sheets: vec![sheet],
    };
    let start = std::time::Instant::now();
    let converted = convert(&workbook, &Options::default()).expect("converts");
    assert!(converted.xml.contains(r#"relevant=" /data/q9998  != ''""#));
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn more_rows_than_the_limit_are_refused() {
    let rows: String = (1..=ROW_LIMIT + 1)
        .map(|row| format!("<row r=\"{row}\"><c><v>1</v></c></row>"))
        .collect();
    assert_eq!(
        read(&xlsx(&rows)).expect_err("too many").kind,
        Kind::TooManyRows(ROW_LIMIT)
    );
}

#[test]
fn a_workbook_without_survey_names_the_sheet_that_looks_like_it() {
    let errors = errors(
        "# surveys
        type | name | label
        # choices
        list_name | name | label",
    );
    let similar = vec!["surveys".to_string()];
    assert_eq!(
        errors[0].kind,
        Kind::MissingSheet {
            wanted: "survey".into(),
            similar
        }
    );
}

#[test]
fn every_error_is_named_with_its_cell_and_not_the_first_alone() {
    let errors = errors(
        "# survey
        type | name | Label | relevant
        texte | a | A |
        text | 1b | B |
        text | c | |
        select_one l | d | D | ${zz} = 1
        text | c | C2 | ${a
        # choices
        list_name | name | label
        m | x | X
        m | x | Y",
    );
    let said: Vec<(&Kind, u32, &str, &str)> = errors
        .iter()
        .map(|problem| {
            (
                &problem.kind,
                problem.row,
                problem.column.as_str(),
                problem.cell.as_str(),
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            (&Kind::DuplicateChoice("m".into()), 3, "name", "x"),
            (&Kind::UnknownType, 2, "type", "texte"),
            (&Kind::BadName, 3, "name", "1b"),
            (&Kind::MissingLabel, 4, "Label", "c"),
            (&Kind::UnknownList("l".into()), 5, "type", "l"),
            (&Kind::DuplicateName, 6, "name", "c"),
            (
                &Kind::UnknownReference("zz".into()),
                5,
                "relevant",
                "${zz} = 1"
            ),
            (&Kind::BadReference, 6, "relevant", "${a"),
        ]
    );
}

#[test]
fn a_circle_of_calculations_is_named_with_its_path() {
    let errors = errors(
        "# survey
        type | name | label | calculation
        calculate | a | | ${b} + 1
        calculate | b | | ${c} + 1
        calculate | c | | ${a} + 1",
    );
    let circle = ["a", "b", "c", "a"].map(String::from).into();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].kind, Kind::Cycle(circle));
    assert_eq!(
        (errors[0].row, errors[0].column.as_str()),
        (4, "calculation")
    );
}

#[test]
fn a_circle_of_relevance_is_an_error_too_and_the_row_before_is_none() {
    let found = errors(
        "# survey
        type | name | label | relevant
        text | a | A | ${b} = 1
        text | b | B | ${a} = 1",
    );
    assert!(matches!(found[0].kind, Kind::Cycle(_)));
    xml("# survey
        type | name | label | calculation
        begin repeat | r | R |
        calculate | total | | indexed-repeat(${total}, ${r}, position(..) - 1) + 1
        end repeat | | |");
}

#[test]
fn an_unknown_column_is_kept_and_warned_of() {
    let workbook = workbook(
        "# settings
        form_title | flat
        Titre | yes
        # survey
        type | name | label | remarque
        text | a | A | à revoir",
    );
    let warnings = convert(&workbook, &Options::default())
        .expect("converts")
        .warnings;
    let said: Vec<(&Kind, &str, &str)> = warnings
        .iter()
        .map(|problem| {
            (
                &problem.kind,
                problem.sheet.as_str(),
                problem.column.as_str(),
            )
        })
        .collect();
    let unknown = &Kind::UnknownColumn;
    assert_eq!(
        said,
        [
            (unknown, "settings", "flat"),
            (unknown, "survey", "remarque")
        ]
    );
}

#[test]
fn groups_too_deep_are_refused_rather_than_overflow_the_stack() {
    let mut sheet = Sheet {
        name: "survey".into(),
        rows: vec![["type", "name", "label"].map(String::from).into()],
    };
    for index in 0..100_000 {
        sheet
            .rows
            .push(["begin group".into(), format!("g{index}"), "G".into()].into());
    }
    for _ in 0..100_000 {
        sheet.rows.push(["end group"].map(String::from).into());
    }
    let problems = convert(
        &Workbook {
            sheets: vec![sheet],
        },
        &Options::default(),
    )
    .expect_err("too deep");
    assert!(
        problems
            .iter()
            .any(|problem| problem.kind == Kind::TooDeep(DEPTH_LIMIT as u32))
    );
}

#[test]
fn loops_in_loops_do_not_multiply_without_end() {
    let mut text = String::from("# survey\n type | name | label\n");
    for depth in 0..8 {
        text.push_str(&format!("begin loop over l | l{depth} | L\n"));
    }
    text.push_str("text | q | Q\n");
    text.push_str(&"end loop | |\n".repeat(8));
    text.push_str("# choices\n list_name | name | label\n");
    for choice in 0..50 {
        text.push_str(&format!("l | c{choice} | C\n"));
    }
    let found = errors(&text);
    assert!(
        found
            .iter()
            .any(|problem| problem.kind == Kind::TooManyQuestions(LOOP_LIMIT as u32)),
        "{found:?}"
    );
}

#[test]
fn references_are_relative_within_a_row_and_absolute_elsewhere() {
    let xml = xml("# survey
        type | name | label | calculation | choice_filter
        text | a | A | |
        begin repeat | r | R | |
        text | b | B ${a} | |
        begin group | g | G | |
        calculate | c | | ${b} + ${a} + ${last-saved#b} |
        select_one l | d | D | | x = ${b}
        end group | | | |
        end repeat | | | |
        calculate | e | | sum(${b}) |
        # choices
        list_name | name | label | x
        l | u | U | 1");
    for part in [
        r#"<output value=" /data/a "/>"#,
        r#"calculate=" ../../b  +  /data/a  +  instance('__last-saved')/data/r/b ""#,
        r#"nodeset="instance('l')/root/item[x =  current()/../../b ]""#,
        r#"calculate="sum( /data/r/b )""#,
        r#"<instance id="__last-saved" src="jr://instance/last-saved"/>"#,
    ] {
        assert!(xml.contains(part), "{part} in {xml}");
    }
}

#[test]
fn what_a_language_lacks_shows_as_a_hyphen() {
    let xml = xml("# settings
        default_language
        fr
        # survey
        type | name | label::fr | label::en
        text | a | Âge | Age
        text | b | Nom |");
    assert!(
        xml.contains(r#"<translation lang="fr" default="true()">"#),
        "{xml}"
    );
    assert!(
        xml.contains(r#"<text id="/data/b:label"><value>-</value></text>"#),
        "{xml}"
    );
}

#[test]
fn entities_are_left_out_with_a_warning() {
    let converted = convert(
        &workbook(
            "# survey
            type | name | label | save_to
            text | a | A | p
            # entities
            list_name | label
            e | ${a}",
        ),
        &Options::default(),
    )
    .expect("converts");
    assert_eq!(converted.warnings[0].kind, Kind::EntitiesLeftOut);
    assert!(!converted.xml.contains("entit"), "{}", converted.xml);
}

#[test]
fn text_that_looks_like_markup_stays_text() {
    let xml = xml("# survey
        type | name | label | constraint
        text | a | <b>1 < 2 & 3</b> | . < 5 and . != \"x\"");
    assert!(
        xml.contains("<label>&lt;b&gt;1 &lt; 2 &amp; 3&lt;/b&gt;</label>"),
        "{xml}"
    );
    assert!(
        xml.contains("constraint=\". &lt; 5 and . != &quot;x&quot;\""),
        "{xml}"
    );
}

#[test]
fn external_choices_come_beside_the_form() {
    let converted = convert(
        &workbook(
            "# survey
            type | name | label | choice_filter
            text | pays | Pays |
            select_one_external ville | ville | Ville | pays=${pays}
            # external_choices
            list_name | name | label | pays
            ville | mtl | Montréal dite \"la ville\" | ca",
        ),
        &Options::default(),
    )
    .expect("converts");
    assert!(
        converted
            .xml
            .contains("query=\"instance('ville')/root/item[pays= /data/pays ]\""),
        "{}",
        converted.xml
    );
    assert_eq!(
        converted.itemsets.as_deref(),
        Some(
            "\"list_name\",\"name\",\"label\",\"pays\"\n\"ville\",\"mtl\",\"Montréal dite \"\"la ville\"\"\",\"ca\"\n"
        )
    );
}

#[test]
fn what_begins_may_be_followed_by_a_word() {
    let xml = xml("# survey
        type | name | label
        begin_repeat fiche | r | Fiche
        begin group partie | g | Partie
        text | a | A
        end group | |
        end_repeat | |");
    assert!(
        xml.contains("<repeat nodeset=\"/data/r\">") && xml.contains("\"/data/r/g/a\""),
        "{xml}"
    );
    let errors = errors(
        "# survey
        type | name | label
        begin repeat une fiche | r | Fiche
        text | a | A
        end repeat | |",
    );
    assert_eq!(errors[0].kind, Kind::UnknownType);
}

#[test]
fn the_head_of_a_table_needs_no_label() {
    let xml = xml("# survey
        type | name | label | appearance
        select_one l | tete | | label
        select_one l | a | A | list-nolabel
        # choices
        list_name | name | label
        l | oui | Oui");
    assert!(xml.contains("<label> </label>"), "{xml}");
}

#[test]
fn an_operator_may_touch_what_follows() {
    let xml = xml("# survey
        type | name | label | constraint
        integer | a | A | .>0 and.<130 or.=999");
    let read = crate::xform::read_alone(&xml);
    assert!(read.form.is_some(), "{:?}", read.problems);
}

#[test]
fn a_loop_says_each_choice_in_each_language() {
    let xml = xml("# survey
        type | name | label::fr | label::en
        begin loop over l | boucle | Machines | Machines
        integer | n | Combien de %(label)s ? | How many %(label)s?
        end loop | | |
        # choices
        list_name | name | label::fr | label::en
        l | scie | scies | saws");
    for said in ["Combien de scies ?", "How many saws?"] {
        assert!(xml.contains(said), "{said}: {xml}");
    }
}

#[test]
fn an_apostrophe_stays_as_it_was_typed_but_in_expressions() {
    let xml = xml("# survey
        type | name | label | hint | relevant | constraint | constraint_message
        text | a | L’atelier | « D’accord » | | . != ‘non’ | Pas d’accent
        text | b | B | | ${a} = ‘l’ |  |");
    for said in [
        "L’atelier",
        "D’accord",
        "Pas d’accent",
        " = 'l'",
        ". != 'non'",
    ] {
        assert!(xml.contains(said), "{said}: {xml}");
    }
}

#[test]
fn what_is_wrong_in_an_expression_is_said_by_its_cell() {
    let cells = |text: &str| -> Vec<(u32, String)> {
        let converted = convert(&workbook(text), &Options::default()).expect("converts");
        let read = crate::xform::read_alone(&converted.xml);
        let places = read.problems.iter().map(|problem| match &problem.place {
            Place::Xml { line, column } => {
                let cell = converted
                    .places
                    .cell(&converted.xml, *line, *column, &problem.subject);
                cell.unwrap_or_else(|| panic!("{problem:?} in {}", converted.xml))
            }
            Place::Node(path) => converted.places.row(path).expect("a row"),
            other => panic!("{other:?}"),
        });
        let cells = places.map(|place| match place {
            Place::Cell { sheet, row, column } if sheet == "survey" => (row, column),
            other => panic!("{other:?}"),
        });
        cells.collect()
    };
    let found = cells(
        "# survey
        type | name | label | relevance | calculation | constraint | choice_filter | default | repeat_count
        text | t | T | ${t2} != '' and ${t2} == 'a<b' | | string-length(.) > 1 | | |
        text | t2 | U | | | | | |
        calculate | c | | | nothing(${t}) | | | |
        select_one l | s | S | | | | name == 'a' | |
        begin group | g | G | | | | | |
        integer | d | D | | | | | +33 1 | |
        end group | | | | | | | |
        begin repeat | r | R | | | | | | ${d} ++
        text | i | I | if( | | | | |
        end repeat | | | | | | | |
        # choices
        list_name | name | label
        l | a | A",
    );
    let mut rows: Vec<(u32, &str)> = found
        .iter()
        .map(|(row, column)| (*row, &**column))
        .collect();
    rows.sort_unstable();
    rows.dedup();
    assert_eq!(
        rows,
        [
            (2, "relevance"),
            (4, "calculation"),
            (5, "choice_filter"),
            (7, ""),
            (9, "repeat_count"),
            (10, "relevance"),
        ]
    );
    // The row alone, where two columns could have said it; and of a circle.
    let found = cells(
        "# survey
        type | name | label | relevant
        begin group | g | G | ${q} = 'y'
        text | q | Q |
        end group | | |",
    );
    assert_eq!(found, [(2, String::new())]);
}

#[test]
fn words_of_parameters_are_read_in_any_case() {
    let xml = xml("# survey
        type | name | label | parameters
        geopoint | p | P | allow-mock-accuracy=TRUE
        audio | a | A | quality=Voice-Only
        select_one l | s | S | randomize=TRUE
        # choices
        list_name | name | label
        l | a | A");
    assert!(xml.contains("allow-mock-accuracy=\"true\""), "{xml}");
    assert!(xml.contains("quality=\"voice-only\""), "{xml}");
}
