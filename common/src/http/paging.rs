//! A request for one page of a list: where to continue, how many rows to ask for, and the cursor of the next page.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::cursor::{CursorKey, Listing};
use super::{ApiResult, Limit};
use crate::kernel::cut_page;

/// The page of a list that a request wants.
#[derive(Debug)]
pub struct Paging<'k> {
    key: &'k CursorKey,
    listing: Listing,
    limit: Limit,
}

impl<'k> Paging<'k> {
    pub fn new(key: &'k CursorKey, listing: Listing, limit: Limit) -> Self {
        Self { key, listing, limit }
    }

    /// Where to continue; none at the beginning of the list.
    ///
    /// # Errors
    /// 400 when the cursor was changed, or belongs to another list.
    pub fn after<P: DeserializeOwned>(&self, cursor: Option<&str>) -> ApiResult<Option<P>> {
        cursor.map(|cursor| self.key.open(&self.listing, cursor)).transpose()
    }

    /// Rows to ask for: one more than the page holds tells whether there is a next one.
    pub fn rows(&self) -> i64 {
        self.limit.get() + 1
    }

    /// Cuts what was found to the page, and seals the cursor of the next one.
    ///
    /// # Errors
    /// 500 when the position cannot be written.
    pub fn cut<T, P: Serialize>(
        &self,
        found: Vec<T>,
        position: impl FnOnce(&T) -> P,
    ) -> ApiResult<(Vec<T>, Option<String>)> {
        let (page, next) = cut_page(found, self.limit.get(), position);
        Ok((page, self.next_cursor(next)?))
    }

    /// The cursor of the page after `position`, for a list that was cut already.
    ///
    /// # Errors
    /// 500 when the position cannot be written.
    pub fn next_cursor<P: Serialize>(&self, position: Option<P>) -> ApiResult<Option<String>> {
        position.map(|position| self.key.seal(&self.listing, &position)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Secret, TenantId};

    /// What is shown of that many numbers from 1 on, and after which the next page begins.
    fn page_of(rows: i64) -> (Vec<i64>, Option<i64>) {
        let key = CursorKey::derive(&Secret::new("k"));
        let listing = Listing::new(TenantId::mint(), "/numbers");
        let paging = Paging::new(&key, listing, Limit::default());
        let found: Vec<i64> = (1..=rows).collect();
        let (shown, cursor) = paging.cut(found, |row| *row).unwrap();
        (shown, paging.after(cursor.as_deref()).unwrap())
    }

    #[test]
    fn the_cursor_leads_on_from_the_last_row_shown() {
        let limit = Limit::default().get();
        let full: Vec<i64> = (1..=limit).collect();
        assert_eq!(page_of(limit + 1), (full, Some(limit)));
    }

    #[test]
    fn nothing_leads_on_from_the_last_page() {
        let limit = Limit::default().get();
        let full: Vec<i64> = (1..=limit).collect();
        assert_eq!(page_of(limit), (full, None));
        assert_eq!(page_of(0), (Vec::new(), None));
    }
}
