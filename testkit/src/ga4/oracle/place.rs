//! Breaking down and filtering, the plain way: every event has a text for every dimension.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, Timelike};
use chrono_tz::Tz;
use common::kernel::DateRange;

use super::searches::term;
use super::{Metrics, Oracle};

const NOT_SET: &str = "(not set)";

impl Oracle {
    /// Metrics of the events of the range that `keep` lets through, by the values of the dimensions.
    pub fn by(
        &self,
        range: DateRange,
        zone: Tz,
        dimensions: &[&str],
        keep: impl Fn(&dyn Fn(&str) -> String) -> bool,
    ) -> BTreeMap<Vec<String>, Metrics> {
        let mut groups: BTreeMap<Vec<String>, Vec<usize>> = BTreeMap::new();
        for (position, event) in self.events.iter().enumerate() {
            let value = |dimension: &str| self.value(position, dimension, zone);
            if range.contains(event.date) && keep(&value) {
                let key = dimensions.iter().map(|dimension| value(dimension)).collect();
                groups.entry(key).or_default().push(position);
            }
        }
        let measured = |positions: Vec<usize>| {
            self.measure_events(&positions, |date: NaiveDate| range.contains(date))
        };
        groups.into_iter().map(|(key, positions)| (key, measured(positions))).collect()
    }

    /// The event's value: its session's, or its own when it belongs to none.
    pub fn value(&self, position: usize, dimension: &str, zone: Tz) -> String {
        let (event, owner) = (&self.events[position], &self.owners[position]);
        let session = owner.session.as_ref().map(|id| &self.sessions[id]);
        let origin = &event.origin;
        let traffic = |place: usize| {
            let own = || origin.traffic.clone();
            session.map_or_else(own, |session| session.traffic.clone())?[place].clone()
        };
        let either = |of_session: fn(&super::Session) -> &Option<String>, own: &Option<String>| {
            session.map_or_else(|| own.clone(), |session| of_session(session).clone())
        };
        let customer = self.settings.customer_key.as_deref().and_then(|key| event.identity(key));
        let text = match dimension {
            "location" => return owner.branch.clone(),
            "customer" => either(|session| &session.customer, &customer),
            "device" => either(|session| &session.device, &origin.device),
            "country" => either(|session| &session.country, &origin.country),
            "city" => either(|session| &session.city, &origin.city),
            "source" => traffic(0),
            "medium" => traffic(1),
            "campaign" => traffic(2),
            "landing_page" => session.and_then(|session| session.landing_page.clone()),
            "new_returning" => session
                .and_then(|session| session.number)
                .map(|number| if number > 1 { "returning".to_owned() } else { "new".to_owned() }),
            "channel_group" => return channel(traffic(0), traffic(1)).to_owned(),
            "page" => event.page(),
            "search_term" => Some(term(event)).filter(|term| !term.is_empty()),
            "counted_search" => Some(self.searches.contains_key(&position).to_string()),
            "micros" => Some(event.micros.to_string()),
            "hour" => {
                let at = DateTime::from_timestamp_micros(event.micros).unwrap_or_default();
                Some(format!("{:02}", at.with_timezone(&zone).hour()))
            }
            "weekday" => Some(
                ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
                    [event.date.weekday().num_days_from_monday() as usize]
                    .to_owned(),
            ),
            _ => None,
        };
        text.unwrap_or_else(|| NOT_SET.to_owned())
    }
}

/// GA4's default channel groups, as far as the data sets have such traffic.
fn channel(source: Option<String>, medium: Option<String>) -> &'static str {
    match (source.as_deref(), medium.as_deref()) {
        (Some("google"), Some("organic")) => "Organic Search",
        (Some("google"), Some("cpc")) => "Paid Search",
        (Some("(direct)"), Some("(none)")) => "Direct",
        _ => "Unassigned",
    }
}
