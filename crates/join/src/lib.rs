//! Taking part in a mission with an invite: what a device asks, and what it says.
//!
//! 1. The code gives the invite's id; the server gives the box under that id; the code opens it ([`InviteSecret::open`]).
//! 2. The secret inside names the mission, its key, the office and the server. The device enrols ([`enrol`]) with a proof
//!    that only somebody who has the code can make; the server passes it on, the office checks it.
//! 3. The device fetches its card and opens it ([`vigie_seal::open_card`]).
//!
//! Between `vigie-exchange`, whose types the server shares, and `vigie-seal`, which no server links.

use std::str::FromStr;

use vigie_exchange::api::{Base64, Enrol, Hex, PutMember};
use vigie_model::{DeviceId, MissionId, Random};
#[cfg(doc)]
use vigie_seal::InviteSecret;
use vigie_seal::{DraftCode, Identity, InviteCode, SigningKey, open_box, secret::seal_padded_box};

/// What the box with a person's name is for: with the device behind it, so that nobody puts one person's name to another's
/// device; alone, as devices of before made it.
pub const NAME_PURPOSE: &str = "name";

fn name_of(device: &DeviceId) -> String {
    format!("{NAME_PURPOSE} {device}")
}

/// The longest name that the office takes, in bytes; a longer one is cut at a character.
pub const NAME_BYTES: usize = 256;

/// The link of an invite. The code stands after `#`, so that no server and no proxy ever sees it.
pub fn link(server: &str, code: &str) -> String {
    format!("{}/{LINK}{code}", server.trim_end_matches('/'))
}

/// What stands between a server's origin and the code in a [`link`].
pub const LINK: &str = "j#";

/// The address of a partner link. The code stands after `#`, as in an invite's [`link`].
pub fn partner_link(server: &str, code: &str) -> String {
    format!("{}/{PARTNER}{code}", server.trim_end_matches('/'))
}

/// What stands between a server's origin and the code in a [`partner_link`].
pub const PARTNER: &str = "q#";

/// The code and the server of an invite or a partner link: an address, whose code stands last after its `#`, or a bare code, or a
/// fragment, and the server of `origin`. Any spelling of a code is taken.
pub fn read_invite(text: &str, origin: &str) -> Option<(InviteCode, String)> {
    read_code(text, origin)
}

/// The code by which a partner goes on later, read as an invite's is. Its address is a [`partner_link`]'s: the number of
/// characters tells one code from the other.
pub fn read_draft(text: &str, origin: &str) -> Option<(DraftCode, String)> {
    read_code(text, origin)
}

fn read_code<C: FromStr>(text: &str, origin: &str) -> Option<(C, String)> {
    let text = text.trim();
    let (server, code) = match text.split_once("://") {
        Some((scheme @ ("http" | "https"), rest)) => {
            let (before, code) = rest.split_once('#')?;
            let host = before.split('/').next().filter(|host| !host.is_empty())?;
            (format!("{scheme}://{host}"), code)
        }
        Some(_) => return None,
        None => {
            let code = text.rsplit('#').next().unwrap_or(text);
            (origin.trim_end_matches('/').to_owned(), code)
        }
    };
    let code = code.trim_end_matches('/').rsplit('/').next()?;
    Some((code.parse().ok()?, server))
}

/// What a device says to enrol under `name`.
pub fn enrol(
    code: &InviteCode,
    device: &SigningKey,
    name: &str,
    mission_key: &[u8; 32],
    rng: &mut impl Random,
) -> Enrol {
    let device = device.device();
    let end = name.floor_char_boundary(NAME_BYTES);
    Enrol {
        invite: code.id(),
        device,
        proof: Hex(code.proof(&device)),
        name_box: Base64(seal_padded_box(
            mission_key,
            &name_of(&device),
            &name.as_bytes()[..end],
            rng,
        )),
    }
}

/// What a device says once it took part: what others of the mission seal for, so that it reads what they write.
pub fn member(device: &SigningKey, mission: &MissionId) -> PutMember {
    let recipient = Identity::of_member(device).recipient();
    PutMember::new(recipient.to_string(), mission, device)
}

/// What the device of a partner says to enrol: she gives no name, and has no mission's key to box one under.
pub fn enrol_partner(code: &InviteCode, device: &SigningKey) -> Enrol {
    let device = device.device();
    Enrol {
        invite: code.id(),
        device,
        proof: Hex(code.proof(&device)),
        name_box: Base64(Vec::new()),
    }
}

/// The name inside this device's enrolment's box; `None` when it does not open, or is another device's.
pub fn open_name(name_box: &[u8], device: &DeviceId, mission_key: &[u8; 32]) -> Option<String> {
    let plain = open_box(mission_key, &name_of(device), name_box)
        .or_else(|_| open_box(mission_key, NAME_PURPOSE, name_box))
        .ok()?;
    String::from_utf8(plain.to_vec()).ok()
}
