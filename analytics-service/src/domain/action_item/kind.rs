//! What an item is about, and the id that follows from it.

use common::kernel::{ActionItemId, TenantId};
use uuid::Uuid;

use super::UnknownWord;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A cart that was left behind.
    AbandonedCart,
}

impl Kind {
    pub const ALL: [Self; 1] = [Self::AbandonedCart];

    /// As stored and as in ids: never changed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AbandonedCart => "abandoned_cart",
        }
    }
}

impl TryFrom<String> for Kind {
    type Error = UnknownWord;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownWord(text))
    }
}

/// The same for the same cause, however often and by whomever it is found.
#[must_use]
pub fn id_of(tenant: TenantId, kind: Kind, natural_key: &str) -> ActionItemId {
    let name = format!("{}:{natural_key}", kind.as_str());
    ActionItemId::from_uuid(Uuid::new_v5(&tenant.uuid(), name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_follows_from_tenant_kind_and_key() {
        let tenant = TenantId::SYSTEM;
        let id = id_of(tenant, Kind::AbandonedCart, "1/a");
        // Stored ids depend on it.
        assert_eq!(id.to_string(), "7b94bb4e-8c77-5cfc-a8d0-22b44d622214");
        assert_ne!(id, id_of(tenant, Kind::AbandonedCart, "1/b"));
        assert_ne!(id, id_of(TenantId::mint(), Kind::AbandonedCart, "1/a"));
    }
}
