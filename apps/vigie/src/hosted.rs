//! `vigie office invite`, `list`, `limit` and `remove`: the offices of a server, for whoever runs it.

use bytesize::ByteSize;
use vigie_mailbox::{
    hosting::{Host, Hosted, Terms, set_up_link},
    mailbox::{Place, now},
};
use vigie_model::Timestamp;

use crate::{
    arguments::{
        AtMost, InviteOfficeArgs, LimitOfficeArgs, ListOfficesArgs, PlaceArgs, RemoveOfficeArgs,
    },
    chance::{chance, chance_is_there},
    failure::Failure,
    place::place,
    serve::runtime,
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// `vigie office invite`
pub fn invite(args: InviteOfficeArgs) -> Result<(), Failure> {
    chance_is_there()?;
    let terms = changed(Terms::default(), args.quota, args.keep_days);
    let expires = Timestamp(now().0 + i64::from(args.days) * DAY_MS);
    let mut random = [0; 24];
    chance(&mut random);
    let token = at(args.place, async |host| {
        Ok(host.invite(random, expires, terms).await?)
    })?;
    say!("set-up link, good once and for {} days:", args.days);
    say!("{}", set_up_link(&args.url, &token));
    say!("{}", said(terms));
    Ok(())
}

/// `vigie office list`
pub fn list(args: ListOfficesArgs) -> Result<(), Failure> {
    let offices = at(args.place, async |host| Ok(host.offices().await?))?;
    if args.json {
        let lines: Vec<_> = offices.iter().map(line).collect();
        say!("{}", serde_json::Value::from(lines));
        return Ok(());
    }
    if offices.is_empty() {
        say!("no office yet");
    }
    for office in offices {
        let Hosted {
            name,
            terms,
            bytes,
            letters,
            devices,
            ..
        } = &office;
        say!("{}  {name}", beginning(&office));
        say!("  {letters} letters, {devices} devices, {}", size(*bytes));
        say!("  {}", said(*terms));
    }
    Ok(())
}

/// `vigie office limit`
pub fn limit(args: LimitOfficeArgs) -> Result<(), Failure> {
    let (name, terms) = at(args.place, async |host| {
        let office = host.office(&args.key).await?;
        let terms = changed(office.terms, args.quota, args.keep_days);
        host.bound(&office.key, terms).await?;
        Ok((office.name, terms))
    })?;
    say!("{name}: {}", said(terms));
    Ok(())
}

/// `vigie office remove`
pub fn remove(args: RemoveOfficeArgs) -> Result<(), Failure> {
    let office = at(args.place, async |host| {
        let office = host.office(&args.key).await?;
        if args.name != office.name {
            return Err(Failure::AnotherOffice(office.name));
        }
        host.remove(&office.key).await?;
        Ok(office)
    })?;
    say!(
        "{} and its {} letters are forgotten; the server takes its files away in a day",
        office.name,
        office.letters
    );
    say!("backups still have them: begin a new one, and erase those of before");
    Ok(())
}

/// Does something with a server's offices.
fn at<T>(
    args: PlaceArgs,
    done: impl AsyncFnOnce(&Host) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let place = place(args)?;
    if let Place::Folder(folder) = &place {
        // A folder that is mistyped would be made, and would say that all is well.
        let path = folder.join("vigie.sqlite");
        if let Err(source) = std::fs::metadata(&path) {
            return Err(Failure::File { path, source });
        }
    }
    runtime()?.block_on(async {
        let host = Host::open(&place).await?;
        let came = done(&host).await;
        host.close().await;
        came
    })
}

fn changed(terms: Terms, quota: Option<AtMost<ByteSize>>, days: Option<AtMost<u32>>) -> Terms {
    Terms {
        quota: quota.map_or(terms.quota, |AtMost(bytes)| bytes.map(|bytes| bytes.0)),
        keep_days: days.map_or(terms.keep_days, |AtMost(days)| days),
    }
}

/// The terms, in words: nothing is kept for ever without being said.
fn said(terms: Terms) -> String {
    let room = match terms.quota {
        Some(bytes) => format!("at most {}", size(bytes)),
        None => "as much as there is room for".to_owned(),
    };
    let kept = match terms.keep_days {
        Some(days) => format!("letters stay {days} days once received"),
        None => "letters stay for ever".to_owned(),
    };
    format!("{room}; {kept}")
}

/// In units of a thousand, as bounds are said and disks are sold.
fn size(bytes: u64) -> String {
    ByteSize(bytes).display().si().to_string()
}

/// Enough of a key to tell one office from another.
fn beginning(office: &Hosted) -> String {
    office.key.to_string().chars().take(12).collect()
}

fn line(office: &Hosted) -> serde_json::Value {
    serde_json::json!({
        "key": office.key,
        "name": office.name,
        "since": office.since,
        "letters": office.letters,
        "devices": office.devices,
        "bytes": office.bytes,
        "last": office.last,
        "quota": office.terms.quota,
        "keep_days": office.terms.keep_days,
    })
}
