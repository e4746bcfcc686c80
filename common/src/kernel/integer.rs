//! Unsigned numbers on their way to where all are signed.

/// A number that is not negative, as an `i64`: Postgres has no unsigned numbers. Nothing that is counted here comes near
/// the bound.
#[must_use]
pub fn saturating_i64(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_the_largest() {
        assert_eq!(saturating_i64(7_usize), 7);
        assert_eq!(saturating_i64(u64::MAX), i64::MAX);
    }
}
