//! An hour of a day.

use roaring::RoaringBitmap;

use super::{Activity, Session, Totals};

/// What happened in a session within one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourPart {
    /// The hour's first instant, microseconds.
    pub hour: i64,
    pub activity: Activity,
}

/// Sessions of the day by their place among them. Hours have sessions in common, so that the
/// sessions of several hours are a union.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SessionSets {
    pub all: RoaringBitmap,
    pub engaged: RoaringBitmap,
    pub cart: RoaringBitmap,
    pub checkout: RoaringBitmap,
    pub converted: RoaringBitmap,
}

/// The totals of one hour and location.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HourTotals {
    pub totals: Totals,
    pub sessions: SessionSets,
}

impl HourTotals {
    pub(super) fn add(
        &mut self,
        place: u32,
        session: &Session,
        activity: &Activity,
        at_home: bool,
    ) {
        self.totals.add_session(session, activity, at_home);
        let sets = &mut self.sessions;
        for (set, holds) in [
            (&mut sets.all, true),
            (&mut sets.engaged, session.engaged),
            (&mut sets.cart, session.cart),
            (&mut sets.checkout, session.checkout),
            (&mut sets.converted, session.converted),
        ] {
            if holds {
                set.insert(place);
            }
        }
    }
}
