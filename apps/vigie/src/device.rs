//! `vigie device list`, `vigie device remove`: the devices that take part in a mission, and those that no longer do.

use vigie_mailbox::mailbox::now;
use vigie_model::DeviceId;
use vigie_office::{OfficeDoc, device::Device, docs::RemovedDoc};

use crate::{
    arguments::{ListDevicesArgs, RemoveDeviceArgs},
    desk::Desk,
    failure::Failure,
    find,
    folder::short,
};

/// `vigie device list`
pub fn list(args: &ListDevicesArgs) -> Result<(), Failure> {
    let mut desk = Desk::open(&args.desk)?;
    if let Err(error) = desk.fetch_docs() {
        eprintln!("vigie: showing what is here: {error}");
    }
    let registry = desk.registry()?;
    let mission = find::any_mission(&registry, &args.mission)?;
    let opened = desk
        .folder
        .journal(&desk.keys, &registry, &mut desk.state)?;
    for (id, device) in registry.people(&mission) {
        let state = match registry.removed(id) {
            Some(_) => "removed",
            None => "takes part",
        };
        let app = match opened.seen.app(id) {
            Some(version) => version.as_str(),
            None => "unknown",
        };
        say!(
            "{}  {}  {state}  app {app}",
            short(&id.to_string()),
            device.name
        );
    }
    Ok(())
}

/// `vigie device remove`: the document first. Whatever is cut, the office takes nothing from it that was sent later.
pub fn remove(args: &RemoveDeviceArgs) -> Result<(), Failure> {
    let mut desk = Desk::open(&args.desk)?;
    desk.fetch_docs()?;
    let registry = desk.registry()?;
    let mission = find::mission(&registry, &args.mission)?;
    let said = args.device.trim();
    let matches = |(id, device): &(&DeviceId, &Device)| {
        let id = id.to_string();
        device.name.eq_ignore_ascii_case(said)
            || said.len() >= short(&id).len() && id.starts_with(said)
    };
    let mission = mission.id();
    let mut found = registry.people(&mission).filter(matches);
    let (device, name) = match (found.next(), found.next()) {
        (Some((id, device)), None) => (*id, device.name.clone()),
        (None, _) => return Err(Failure::NoSuchDevice(args.device.clone())),
        (Some(_), Some(_)) => return Err(Failure::SeveralDevices(args.device.clone())),
    };
    let doc = RemovedDoc {
        device,
        at: registry.removed(&device).unwrap_or_else(now),
    };
    desk.keep(&OfficeDoc::Removed(doc), |due, _| {
        due.devices.insert(device);
    })?;
    desk.say_docs()?;
    desk.say_device(device)?;
    // Those who stay learn it now, and are given another key.
    desk.follow_teams()?;
    desk.say_invites()?;
    say!("{}  {name}  removed", short(&device.to_string()));
    eprintln!(
        "What it sent before stays, and it keeps what it holds. The mission's key was changed: it reads nothing that comes."
    );
    Ok(())
}
