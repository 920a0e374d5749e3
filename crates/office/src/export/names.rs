//! Names that every system takes, each once.

use std::collections::BTreeSet;

/// A file name that no system refuses and no archive takes for a path: letters and digits of any script, `.`, `-`, `_`;
/// at most 80 characters, whose end, where the type is, is kept.
pub(super) fn safe_name(given: &str) -> String {
    let kept: Vec<char> = given
        .chars()
        .map(|letter| {
            if letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_') {
                letter
            } else {
                '_'
            }
        })
        .collect();
    let tail: String = kept[kept.len().saturating_sub(80)..].iter().collect();
    match tail.trim_matches('.') {
        "" => "file".to_owned(),
        name => name.to_owned(),
    }
}

/// `wanted`, or with a number at the end when it is taken; two names that differ by case only are one on some systems.
pub(super) fn free_name(wanted: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = wanted.to_owned();
    let mut number = 2;
    while !taken.insert(name.to_lowercase()) {
        name = format!("{wanted}_{number}");
        number += 1;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_can_not_leave_its_folder_nor_be_refused() {
        for (given, safe) in [
            ("reçu usine.jpg", "reçu_usine.jpg"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("C:\\boot.ini", "C__boot.ini"),
            ("...", "file"),
            ("", "file"),
            ("a\0b", "a_b"),
            ("\u{202e}gpj.exe", "_gpj.exe"),
        ] {
            assert_eq!(safe_name(given), safe);
        }
        assert_eq!(
            safe_name(&format!("{}.jpg", "é".repeat(500)))
                .chars()
                .count(),
            80
        );
        assert!(safe_name(&format!("{}.jpg", "é".repeat(500))).ends_with(".jpg"));
    }

    #[test]
    fn taken_names_get_a_number() {
        let mut taken = BTreeSet::new();
        let names = ["court", "Court", "court", "long"].map(|name| free_name(name, &mut taken));
        assert_eq!(names, ["court", "Court_2", "court_3", "long"]);
    }
}
