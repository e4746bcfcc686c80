//! Which clients were there, as sets of dense numbers.

use roaring::RoaringBitmap;

use super::{Activity, Session};

/// Five sets of dense numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct People {
    pub all: RoaringBitmap,
    pub active: RoaringBitmap,
    pub new: RoaringBitmap,
    pub returning: RoaringBitmap,
    pub purchasing: RoaringBitmap,
}

impl People {
    pub(super) fn add_in_session(&mut self, number: u32, session: &Session, activity: &Activity) {
        self.add(number, session.active(activity), activity.first_visit);
        if session.returning() {
            self.returning.insert(number);
        }
    }

    pub(super) fn add(&mut self, number: u32, active: bool, new: bool) {
        self.all.insert(number);
        if active {
            self.active.insert(number);
        }
        if new {
            self.new.insert(number);
        }
    }
}
