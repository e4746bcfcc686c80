//! `GET /tasks/carts`

use std::sync::Arc;

use common::auth::{Authenticated, Role};
use common::http::cursor::Listing;
use common::http::{ApiError, ClientIp, Limit, Paging};
use common::kernel::DateRange;
use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};

use super::cart_body::CartBody;
use crate::app::stats::{Found, find};
use crate::app::tasks::{CartPage, Carts, abandoned_carts};
use crate::domain::comparison::Comparison;
use crate::http::Services;
use crate::http::contacts::note_shown;
use crate::http::private::Private;
use crate::http::stats::{question, range_of};
use crate::http::tag::Tag;
use crate::wire::{Day, TaskMeta};

#[derive(Debug, Object)]
#[oai(rename = "AbandonedCarts")]
struct CartsBody {
    /// Latest activity first.
    carts: Vec<CartBody>,
    /// For the next page, with the same filters; null on the last.
    next_cursor: Option<String>,
    meta: TaskMeta,
}

#[derive(Debug)]
pub struct CartsApi {
    services: Arc<Services>,
}

impl CartsApi {
    pub(in crate::http) fn new(services: &Arc<Services>) -> Self {
        Self { services: services.clone() }
    }
}

/// Both days, or neither.
fn days_of(first: Option<Day>, last: Option<Day>) -> Result<Option<DateRange>, ApiError> {
    let missing = |name| {
        ApiError::invalid_parameter(name, "required", "give first and last together, or neither")
    };
    match (first, last) {
        (None, None) => Ok(None),
        (Some(first), Some(last)) => range_of(first, last).map(Some),
        (Some(_), None) => Err(missing("last")),
        (None, Some(_)) => Err(missing("first")),
    }
}

#[OpenApi(prefix_path = "/tasks", tag = "Tag::Tasks")]
impl CartsApi {
    /// Abandoned carts, latest activity first
    ///
    /// Abandoned is a cart that was not emptied, rested for the tenant's grace time before
    /// `data_through`, and was not bought within the tenant's window.
    #[oai(path = "/carts", method = "get", operation_id = "list_abandoned_carts")]
    #[expect(clippy::too_many_arguments, reason = "one argument for each parameter of the route")]
    async fn list(
        &self,
        caller: Authenticated,
        ip: Data<&ClientIp>,
        /// GA4 property number; required when the tenant has several.
        property: Query<Option<i64>>,
        /// Location code, or `(unassigned)`.
        location: Query<Option<String>>,
        /// First day of the last cart event.
        first: Query<Option<Day>>,
        /// Last day of the last cart event, inclusive.
        last: Query<Option<Day>>,
        #[oai(default)] limit: Query<Limit>,
        /// From `next_cursor`.
        cursor: Query<Option<String>>,
    ) -> Result<Private<CartsBody>, ApiError> {
        let caller = caller.0;
        let services = &self.services;
        let now = services.clock.now();
        let days = days_of(first.0, last.0)?;
        let range = days.unwrap_or(DateRange::single(now.date_naive()));
        let question = question(property.0, location.0, range, Comparison::None)?;
        let listing = Listing::new(caller.tenant_id(), "/tasks/carts")
            .with("sort", "-last_activity_at")
            .with("property", question.property_id)
            .with("location", &question.location)
            .with("days", days);
        let paging = Paging::new(&services.cursor_key, listing, limit.0);
        let after = paging.after(cursor.0.as_deref())?;
        let mut tx = services.db.tenant(&caller.scope).await?;
        let found = find(&mut tx, &question, now, &services.basis).await?;
        let page = match &found {
            Found::NoProperty => CartPage { carts: Vec::new(), next: None },
            Found::Property(basis) => {
                let asked = Carts { location: question.location.clone(), days };
                abandoned_carts(&mut tx, basis, &asked, after, limit.0.get()).await?
            }
        };
        let masked = caller.role == Role::Viewer;
        if !masked {
            let shown = page.carts.iter().filter_map(|cart| cart.contact.as_ref());
            note_shown(&mut tx, &caller, *ip.0, "GET /analytics/v1/tasks/carts", shown).await?;
        }
        tx.commit().await?;
        let next_cursor = paging.next_cursor(page.next)?;
        Ok(Private(CartsBody {
            carts: page.carts.into_iter().map(|c| CartBody::new(c, now, masked)).collect(),
            next_cursor,
            meta: TaskMeta::new(&found),
        }))
    }
}
