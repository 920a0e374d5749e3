//! What a bundle's file is called in an archive that is given to somebody, who may carry it to the office.
//!
//! Nothing outside a bundle says its mission, and whoever carries it has to know to which office. So its name says that to
//! those who know the mission, and nothing to anybody else.

use sha2::{Digest, Sha256};
use vigie_model::{BundleId, MissionId};

/// `vigie-`, the first 16 hex digits of the bundle's id, `-`, as many of the SHA-256 of what ties it to its mission, `.age`.
pub fn file_name(bundle: &BundleId, mission: &MissionId) -> String {
    let tie = Sha256::digest(format!("vigie file v1\n{mission}\n{bundle}"));
    let tie: String = tie[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("vigie-{}-{tie}.age", &bundle.to_string()[..16])
}

/// Whether a name is one of [`file_name`]'s, whatever it says.
pub fn is_file_name(name: &str) -> bool {
    let digits = |part: &str| part.len() == 16 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts = name
        .strip_prefix("vigie-")
        .and_then(|name| name.strip_suffix(".age"))
        .and_then(|name| name.split_once('-'));
    parts.is_some_and(|(bundle, tie)| digits(bundle) && digits(tie))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_its_mission_to_those_who_know_it() {
        let (bundle, other) = (BundleId([7; 32]), BundleId([8; 32]));
        let mission = MissionId::random(&mut |bytes: &mut [u8]| bytes.fill(9));
        let name = file_name(&bundle, &mission);
        assert_eq!(name, "vigie-0707070707070707-2bc40b01b3eacf33.age");
        assert!(is_file_name(&name));
        assert_ne!(name, file_name(&bundle, &MissionId::MIN));
        assert_ne!(name, file_name(&other, &mission));
        for name in ["vigie-0707070707070707.age", "vigie-07-07.age", "a.age", ""] {
            assert!(!is_file_name(name), "{name}");
        }
    }
}
