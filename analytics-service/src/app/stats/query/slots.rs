//! The hours of a range for statements that look within days.

use chrono::Timelike;
use chrono_tz::Tz;
use common::kernel::{DateRange, hours_of_day};

use crate::domain::query::{BucketWidth, Dimension, Query, Span};
use crate::store::query::Slots;

/// Empty unless the query asks for hours.
pub(super) fn slots(query: &Query, range: DateRange, spans: &[Span], zone: Tz) -> Slots {
    let within_day = query.bucket.is_some_and(BucketWidth::within_day);
    let by_hour = query.touched().any(|dimension| dimension == Dimension::Hour);
    let mut slots = Slots::default();
    if !within_day && !by_hour {
        return slots;
    }
    let place = |at: usize| i32::try_from(at).unwrap_or(i32::MAX);
    for day in range.iter() {
        slots.days.push(day);
        slots.first.push(place(slots.starts.len() + 1));
        for hour in hours_of_day(day, zone) {
            slots.starts.push(hour.timestamp_micros());
            slots.labels.push(format!("{:02}", hour.hour()));
            slots.buckets.push(place(spans.partition_point(|span| span.start <= hour)));
        }
        slots.last.push(place(slots.starts.len()));
    }
    slots
}
