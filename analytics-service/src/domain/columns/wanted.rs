//! Which columns a question touches.

use std::collections::BTreeSet;

use crate::domain::query::{Class, Dimension, Query};

/// The columns to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Those that are kept: a channel group follows from three of them, a weekday from the date.
    pub dimensions: BTreeSet<Dimension>,
    pub sessions: bool,
    pub clients: bool,
    pub known_users: bool,
    pub activity: bool,
    pub purchases: bool,
    pub refunds: bool,
    pub searches: bool,
}

impl Wanted {
    #[must_use]
    pub fn by(query: &Query) -> Self {
        let kept = |dimension: Dimension| match dimension {
            Dimension::ChannelGroup => {
                vec![Dimension::Source, Dimension::Medium, Dimension::Campaign]
            }
            Dimension::Weekday => Vec::new(),
            kept => vec![kept],
        };
        let any = |classes: &[Class]| classes.iter().any(|class| query.needs(*class));
        let users = query.user_sets();
        Self {
            dimensions: query.touched().flat_map(kept).collect(),
            sessions: any(&[Class::Sessions, Class::Users, Class::Activity]),
            clients: users[..4].contains(&true),
            known_users: users[5],
            activity: any(&[Class::Activity]),
            purchases: any(&[Class::Purchases, Class::Units]),
            refunds: any(&[Class::Refunds]),
            searches: any(&[Class::Searches]),
        }
    }
}
