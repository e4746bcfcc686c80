//! The people of a tenant: listed, changed, removed.

use chrono::{DateTime, Utc};
use common::auth::Role;
use common::db::TenantTx;
use common::kernel::{PersonId, TenantScope};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{App, Asker};
use crate::domain::branches::AskedBranches;
use crate::domain::membership::{Place, check_change};
use crate::error::Error;
use crate::store::member;

/// A member and their place.
#[derive(Debug)]
pub struct Member {
    pub person_id: PersonId,
    pub email: Option<String>,
    pub display_name: Option<String>,
    pub place: Place,
    pub created_at: DateTime<Utc>,
    pub last_login_at: Option<DateTime<Utc>>,
}

/// What becomes different about a member; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct MemberChange {
    pub role: Option<Role>,
    pub suspended: Option<bool>,
    pub locations: AskedBranches,
}

/// Oldest first.
///
/// # Errors
/// When the database is away.
pub async fn list_members(
    app: &App,
    scope: &TenantScope,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Member>, Error> {
    let mut tx = app.db.tenant(scope).await?;
    let rows = member::list(&mut tx, after, limit).await?;
    Ok(rows.into_iter().filter_map(shown).collect())
}

/// # Errors
/// [`Error::NotFound`] for someone who is no member, and what the rules of membership refuse.
pub async fn change_member(
    app: &App,
    asker: Asker<'_>,
    person: PersonId,
    change: MemberChange,
) -> Result<Member, Error> {
    let locations = change.locations.settle().map_err(|issue| Error::Unacceptable(vec![issue]))?;
    let mut tx = app.db.tenant(&asker.caller.scope).await?;
    let (before, other_owners) = begin(&mut tx, person).await?;
    let after = Place {
        role: change.role.unwrap_or(before.role),
        suspended: change.suspended.unwrap_or(before.suspended),
        locations: locations.unwrap_or_else(|| before.locations.clone()),
    };
    check_change(asker.caller.role, &before, Some(&after), other_owners)?;
    if after != before {
        member::update(&mut tx, person, &after).await?;
        let detail = json!({ "before": told(&before), "after": told(&after) });
        asker.record(&mut tx, "member.changed", &format!("person:{person}"), detail).await?;
    }
    let member = member::find(&mut tx, person).await?.and_then(shown).ok_or(Error::NotFound)?;
    tx.commit().await?;
    Ok(member)
}

/// # Errors
/// As [`change_member`].
pub async fn remove_member(app: &App, asker: Asker<'_>, person: PersonId) -> Result<(), Error> {
    let mut tx = app.db.tenant(&asker.caller.scope).await?;
    let (before, other_owners) = begin(&mut tx, person).await?;
    check_change(asker.caller.role, &before, None, other_owners)?;
    member::remove(&mut tx, person).await?;
    let detail = json!({ "before": told(&before) });
    asker.record(&mut tx, "member.removed", &format!("person:{person}"), detail).await?;
    tx.commit().await?;
    Ok(())
}

async fn begin(tx: &mut TenantTx, person: PersonId) -> Result<(Place, i64), Error> {
    member::take_turn(tx).await?;
    let before = member::find(tx, person).await?.and_then(|row| row.place());
    Ok((before.ok_or(Error::NotFound)?, member::other_owners(tx, person).await?))
}

fn shown(row: member::MemberRow) -> Option<Member> {
    Some(Member {
        place: row.place()?,
        person_id: PersonId::from_uuid(row.person_id),
        email: row.email,
        display_name: row.display_name,
        created_at: row.created_at,
        last_login_at: row.last_login_at,
    })
}

fn told(place: &Place) -> Value {
    let (all_locations, locations) = place.branches();
    json!({
        "role": place.role.as_str(),
        "suspended": place.suspended,
        "all_locations": all_locations,
        "locations": locations,
    })
}
