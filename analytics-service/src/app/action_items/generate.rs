//! Items that follow from what was loaded, a bounded number at a time: those whose cause is gone are skipped, then those
//! of new causes are made.

use std::collections::HashMap;

use chrono::{DateTime, Days, Utc};
use common::db::TenantTx;
use common::kernel::{ActionItemId, DateRange, TenantId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::execute;
use crate::app::stats::{Basis, BasisCache, Found, Question, StatsError, find};
use crate::app::tasks::{Carts, abandoned_carts, abandonment_rule};
use crate::domain::action_item::abandoned_cart::{gone_note, item_of, session_of};
use crate::domain::action_item::{Cause, Command, Kind, id_of};
use crate::domain::comparison::Comparison;
use crate::store::cart::CartPosition;
use crate::store::{action_item, cart, property};

/// Causes and items that one transaction looks at.
const BATCH: i64 = 500;

/// Complete days, the last one included, whose carts become items. A cart of before is nobody's to ask about any more,
/// and a first load of years makes no years of items.
const DAYS: u64 = 7;

/// How far a generation is, and what it did. Kept between its transactions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    pub created: u64,
    pub skipped: u64,
    /// Causes whose item was there.
    pub unchanged: u64,
    /// Items and causes.
    pub looked_at: u64,
    place: Place,
}

/// Where the next transaction begins. Properties come one after the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    #[default]
    Begin,
    Skip {
        property_id: i64,
        after: Option<Uuid>,
    },
    Create {
        property_id: i64,
        after: Option<CartPosition>,
    },
    End,
}

impl Generation {
    #[must_use]
    pub fn ended(&self) -> bool {
        self.place == Place::End
    }

    /// What it is at, for people.
    #[must_use]
    pub const fn phase(&self) -> &'static str {
        match self.place {
            Place::Begin | Place::Skip { .. } => "looking at open items",
            Place::Create { .. } | Place::End => "looking at abandoned carts",
        }
    }

    /// Does the next part in the caller's transaction.
    ///
    /// # Errors
    /// When the settings cannot be read, or the database refuses.
    pub async fn advance(
        &mut self,
        tx: &mut TenantTx,
        cause: &Cause,
        now: DateTime<Utc>,
    ) -> Result<(), StatsError> {
        self.place = match self.place {
            Place::Begin => following(tx, None).await?,
            Place::Skip { property_id, after } => {
                let basis = basis(tx, property_id, now).await?;
                match self.skip(tx, &basis, after, cause, now).await? {
                    Some(last) => Place::Skip { property_id, after: Some(last) },
                    None => Place::Create { property_id, after: None },
                }
            }
            Place::Create { property_id, after } => {
                let basis = basis(tx, property_id, now).await?;
                match self.create(tx, &basis, after, cause, now).await? {
                    Some(last) => Place::Create { property_id, after: Some(last) },
                    None => following(tx, Some(property_id)).await?,
                }
            }
            Place::End => Place::End,
        };
        Ok(())
    }

    /// Skips items whose carts are gone; answers the last one it looked at, when there are more.
    async fn skip(
        &mut self,
        tx: &mut TenantTx,
        basis: &Basis,
        after: Option<Uuid>,
        cause: &Cause,
        now: DateTime<Utc>,
    ) -> Result<Option<Uuid>, StatsError> {
        let Some(rule) = abandonment_rule(basis) else { return Ok(None) };
        let (kind, property_id) = (Kind::AbandonedCart, basis.property_id);
        let items = action_item::not_started(tx, kind, property_id, after, BATCH).await?;
        let sessions: Vec<Uuid> = items.iter().filter_map(|(_, key)| session_of(key)).collect();
        let carts = cart::states(tx, property_id, &sessions).await?;
        let commands: HashMap<ActionItemId, Command> = items
            .iter()
            .filter_map(|(id, key)| {
                let gone = rule.gone(carts.get(&session_of(key)?))?;
                let note = gone_note(gone, basis.zone);
                Some((ActionItemId::from_uuid(*id), Command::SkipUnlessStarted { note }))
            })
            .collect();
        self.skipped += execute(tx, &commands, cause, now).await?;
        self.looked_at += items.len() as u64;
        let full = i64::try_from(items.len()).is_ok_and(|found| found == BATCH);
        Ok(items.last().filter(|_| full).map(|(id, _)| *id))
    }

    /// Makes items of carts; answers the last one it looked at, when there are more.
    async fn create(
        &mut self,
        tx: &mut TenantTx,
        basis: &Basis,
        after: Option<CartPosition>,
        cause: &Cause,
        now: DateTime<Utc>,
    ) -> Result<Option<CartPosition>, StatsError> {
        let Some(days) = window(basis) else { return Ok(None) };
        let asked = Carts { location: None, days: Some(days) };
        let tenant = TenantId::from_uuid(tx.tenant());
        let page = abandoned_carts(tx, basis, &asked, after, BATCH).await?;
        let commands: HashMap<ActionItemId, Command> = page
            .carts
            .iter()
            .map(|cart| {
                let item = item_of(basis.property_id, cart);
                let id = id_of(tenant, item.kind, &item.natural_key);
                (id, Command::CreateIfAbsent(item))
            })
            .collect();
        let created = execute(tx, &commands, cause, now).await?;
        self.created += created;
        self.unchanged += commands.len() as u64 - created;
        self.looked_at += commands.len() as u64;
        Ok(page.next)
    }
}

/// The first property, or the one after another.
async fn following(tx: &mut TenantTx, after: Option<i64>) -> Result<Place, StatsError> {
    Ok(match property::next(tx, after).await? {
        Some(property_id) => Place::Skip { property_id, after: None },
        None => Place::End,
    })
}

async fn basis(
    tx: &mut TenantTx,
    property_id: i64,
    now: DateTime<Utc>,
) -> Result<Box<Basis>, StatsError> {
    let question = Question {
        property_id: Some(property_id),
        location: None,
        range: DateRange::single(now.date_naive()),
        comparison: Comparison::None,
    };
    match find(tx, &question, now, &BasisCache::off()).await? {
        Found::Property(basis) => Ok(basis),
        Found::NoProperty => Err(StatsError::UnknownProperty),
    }
}

/// The days whose carts become items; none before the first complete day.
fn window(basis: &Basis) -> Option<DateRange> {
    let last = basis.freshness.complete_through?;
    let first = last.checked_sub_days(Days::new(DAYS - 1)).unwrap_or(last);
    DateRange::new(first, last).ok()
}
