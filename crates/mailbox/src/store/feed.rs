//! What happened here, in order, for the office.

use vigie_exchange::api::{
    Base64, BundleItem, EnrolledItem, Feed, FeedItem, MemberItem, PutMember,
};
use vigie_model::Timestamp;

use super::{OfficeId, Store, epoch};
use crate::{
    error::ApiError,
    reading::{count, read_back},
};

/// A number; what a bundle says of itself, and whether the team is given it; what an enrolment does, or a device of what is
/// sealed for it: device, moment, mission.
type Row = (
    i64,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<i64>,
    Option<i64>,
    bool,
    Option<i64>,
    Option<String>,
    Option<String>,
    Option<Vec<u8>>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<i64>,
    Option<String>,
);

impl Store {
    /// At most `limit` items of an office that follow the cursor.
    pub async fn feed(&self, office: OfficeId, cursor: u64, limit: u32) -> Result<Feed, ApiError> {
        let mut work = self.database.read().await?;
        let mut rows: Vec<Row> = work
            .all(
                "SELECT feed.n, bundles.id, bundles.device, bundles.mission, size, stored, bundles.gone IS NOT NULL,
                        (SELECT rev FROM team WHERE team.office = bundles.office AND team.mission = bundles.mission
                                                AND team.id = bundles.id),
                        invite, proof, name_box, recipient, members.sig,
                        COALESCE(enrolments.device, members.device), COALESCE(enrolments.at, members.at),
                        COALESCE(invites.mission, members.mission)
                 FROM feed LEFT JOIN bundles ON bundles.office = feed.office AND bundles.n = feed.n
                      LEFT JOIN enrolments ON enrolments.office = feed.office AND enrolments.n = feed.n
                      LEFT JOIN invites ON invites.id = enrolments.invite
                      LEFT JOIN members ON members.office = feed.office AND members.n = feed.n
                 WHERE feed.office = $1 AND feed.n > $2 ORDER BY feed.n LIMIT $3",
                &[office.into(), cursor.into(), (limit + 1).into()],
            )
            .await?;
        let last: Option<(i64,)> = work
            .first("SELECT fed FROM offices WHERE id = $1", &[office.into()])
            .await?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows.last().map(|row| count(row.0, "a feed number"));
        Ok(Feed {
            next: next.transpose()?.unwrap_or(cursor),
            items: rows.into_iter().map(item).collect::<Result<_, _>>()?,
            more,
            epoch: Some(epoch::current(&mut work).await?),
            last: Some(count(last.unwrap_or_default().0, "a feed number")?),
        })
    }
}

fn item(row: Row) -> Result<FeedItem, ApiError> {
    let n = count(row.0, "a feed number")?;
    match row {
        (
            _,
            Some(bundle),
            Some(device),
            Some(mission),
            Some(size),
            Some(stored),
            gone,
            team,
            ..,
        ) => Ok(FeedItem::Bundle(BundleItem {
            n,
            bundle: read_back(&bundle, "a bundle's id")?,
            device: read_back(&device, "a device's key")?,
            mission: read_back(&mission, "a mission's id")?,
            size: count(size, "a size")?,
            stored: Timestamp(stored),
            gone,
            team: team.map(|rev| count(rev, "a revision")).transpose()?,
        })),
        (.., Some(invite), Some(proof), Some(name_box), _, _, Some(device), Some(at), mission) => {
            Ok(FeedItem::Enrolled(EnrolledItem {
                n,
                invite: read_back(&invite, "an invite's id")?,
                device: read_back(&device, "a device's key")?,
                mission: mission
                    .map(|mission| read_back(&mission, "a mission's id"))
                    .transpose()?,
                proof: read_back(&proof, "a proof")?,
                name_box: Base64(name_box),
                at: Timestamp(at),
            }))
        }
        (.., Some(recipient), Some(sig), Some(device), Some(at), Some(mission)) => {
            Ok(FeedItem::Member(MemberItem {
                n,
                device: read_back(&device, "a device's key")?,
                mission: read_back(&mission, "a mission's id")?,
                says: PutMember {
                    recipient,
                    sig: read_back(&sig, "a device's signature")?,
                },
                at: Timestamp(at),
            }))
        }
        _ => Err(ApiError::Damaged("an item of the feed")),
    }
}
