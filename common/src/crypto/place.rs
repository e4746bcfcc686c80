//! Where a sealed value belongs: the associated data of its encryption.

use crate::kernel::TenantId;

/// Tenant, table, column and row of a sealed value. A value moved elsewhere does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// [`TenantId::SYSTEM`] for tables without a tenant.
    pub tenant: TenantId,
    pub table: &'a str,
    pub column: &'a str,
    /// The rest of the row's key, and the field inside a JSON column.
    pub row: &'a str,
}

impl Place<'_> {
    /// Each part is preceded by its length, so that no two places read the same.
    pub(super) fn associated_data(&self, purpose: &str) -> Vec<u8> {
        let mut data = Vec::with_capacity(96);
        data.extend_from_slice(self.tenant.uuid().as_bytes());
        for part in [purpose, self.table, self.column, self.row] {
            data.extend_from_slice(&(part.len() as u64).to_be_bytes());
            data.extend_from_slice(part.as_bytes());
        }
        data
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_with_shifted_parts_differ() {
        let place = |table, column| Place { tenant: TenantId::SYSTEM, table, column, row: "" };
        assert_ne!(
            place("ab", "c").associated_data("data"),
            place("a", "bc").associated_data("data")
        );
    }
}
