//! Lists that are read a page at a time.

/// Cuts what was found to one page, and answers the position of its last row if another page follows. Ask for
/// `limit + 1` rows: only the one too many tells whether there is more.
#[must_use]
pub fn cut_page<T, P>(
    mut found: Vec<T>,
    limit: i64,
    position: impl FnOnce(&T) -> P,
) -> (Vec<T>, Option<P>) {
    let limit = usize::try_from(limit).unwrap_or_default();
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(position);
    (found, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_row_too_many_tells_of_a_next_page() {
        for (found, shown, next) in [(0, 0, None), (1, 1, None), (2, 2, None), (3, 2, Some(2))] {
            let rows: Vec<i64> = (1..=found).collect();
            let (page, position) = cut_page(rows, 2, |row| *row);
            assert_eq!((page.len(), position), (shown, next), "{found}");
        }
    }
}
