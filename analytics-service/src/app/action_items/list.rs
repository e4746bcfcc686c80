//! Items with whom and where they are about.

use common::db::{DbError, TenantTx};
use common::kernel::{ActionItemId, cut_page};

use crate::domain::action_item::ActionItem;
use crate::domain::contact::Contact;
use crate::domain::location::LocationState;
use crate::store::action_item::{self, ItemFilter, ItemPosition, ShownRow};

/// An item as it is read.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownItem {
    pub id: ActionItemId,
    pub item: ActionItem,
    pub location: LocationState,
    pub location_name: Option<String>,
    /// The one customer who is meant, as the list of carts finds them.
    pub contact: Option<Contact>,
    /// Customers that might be meant when there is no contact.
    pub candidates: i64,
}

/// A page of items, the latest first.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemPage {
    pub items: Vec<ShownItem>,
    /// Where the next page begins; none on the last.
    pub next: Option<ItemPosition>,
}

/// One page.
///
/// # Errors
/// When the database refuses.
pub async fn list(
    tx: &mut TenantTx,
    filter: &ItemFilter,
    after: Option<ItemPosition>,
    limit: i64,
) -> Result<ItemPage, DbError> {
    let rows = action_item::page(tx, filter, after, limit + 1).await?;
    let (rows, next) = cut_page(rows, limit, ShownRow::position);
    Ok(ItemPage { items: rows.into_iter().map(ShownItem::from).collect(), next })
}

impl From<ShownRow> for ShownItem {
    fn from(row: ShownRow) -> Self {
        let contact = row.contact_code.zip(row.contact_name).map(|(customer_code, name)| Contact {
            customer_code,
            name,
            email: row.contact_email,
            phone: row.contact_phone,
        });
        Self {
            id: ActionItemId::from_uuid(row.item.action_item_id),
            location: LocationState::of(&row.item.location, row.location_name.is_some()),
            item: row.item.into(),
            location_name: row.location_name,
            candidates: if contact.is_some() { 0 } else { row.candidates },
            contact,
        }
    }
}
