//! Lists in pages.

use common::auth::Caller;
use common::http::cursor::Listing;
use common::http::{ApiResult, Limit};

use super::api::State;
use crate::wire::Position;

/// One list of one tenant, at a place.
pub(super) struct Paging<'a> {
    state: &'a State,
    listing: Listing,
    limit: Limit,
}

impl<'a> Paging<'a> {
    pub(super) fn new(state: &'a State, caller: &Caller, route: &str, limit: Limit) -> Self {
        Self { state, listing: Listing::new(caller.tenant_id(), route), limit }
    }

    /// Adds a filter, with its value as the client gave it.
    pub(super) fn with(mut self, name: &str, value: impl std::fmt::Debug) -> Self {
        self.listing = self.listing.with(name, value);
        self
    }

    /// Where to continue.
    pub(super) fn after(&self, cursor: Option<&str>) -> ApiResult<Option<Position>> {
        let key = self.state.cursor_key()?;
        cursor.map(|cursor| key.open(&self.listing, cursor)).transpose()
    }

    /// One more than a page holds tells whether there is a next one.
    pub(super) fn rows(&self) -> i64 {
        self.limit.get() + 1
    }

    /// Cuts what was found to the page and seals the cursor of the next one.
    pub(super) fn cut<T>(
        &self,
        mut found: Vec<T>,
        position: impl Fn(&T) -> Position,
    ) -> ApiResult<(Vec<T>, Option<String>)> {
        let more = i64::try_from(found.len()).is_ok_and(|found| found > self.limit.get());
        if more {
            found.pop();
        }
        let last = found.last().filter(|_| more);
        let key = self.state.cursor_key()?;
        let next = last.map(|last| key.seal(&self.listing, &position(last))).transpose()?;
        Ok((found, next))
    }
}
