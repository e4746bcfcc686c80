//! Sessions of the hours of a day.

use std::ops::BitOrAssign;

use roaring::RoaringBitmap;

use super::counts::SessionCounts;

/// Sessions of one day by their place among them. Hours share sessions: those of several hours
/// are a union.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SessionSets {
    pub all: RoaringBitmap,
    pub engaged: RoaringBitmap,
    pub cart: RoaringBitmap,
    pub checkout: RoaringBitmap,
    pub converted: RoaringBitmap,
}

impl BitOrAssign<&Self> for SessionSets {
    fn bitor_assign(&mut self, other: &Self) {
        self.all |= &other.all;
        self.engaged |= &other.engaged;
        self.cart |= &other.cart;
        self.checkout |= &other.checkout;
        self.converted |= &other.converted;
    }
}

impl SessionSets {
    #[must_use]
    pub fn counts(&self) -> SessionCounts {
        let size = |set: &RoaringBitmap| set.len().cast_signed();
        SessionCounts {
            sessions: size(&self.all),
            engaged: size(&self.engaged),
            cart: size(&self.cart),
            checkout: size(&self.checkout),
            converted: size(&self.converted),
        }
    }
}
