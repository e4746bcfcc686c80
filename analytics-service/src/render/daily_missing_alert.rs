//! The mail about days whose complete table stays away.

use chrono::NaiveDate;

use super::Rendered;

/// What is told.
#[derive(Debug, Clone, Copy)]
pub struct DailyMissingAlert<'a> {
    pub property_id: i64,
    /// In order.
    pub days: &'a [NaiveDate],
    /// All of them, also those that are not named.
    pub count: usize,
}

const WHY: &str = "Google delivers a day's complete table within three days as a rule. These days \
                   have only what was streamed while they lasted, so their numbers stay \
                   provisional. Please see in GA4 under Admin, BigQuery links, whether the daily \
                   export is still switched on and below its limit of events.";

const WHAT_NEXT: &str = "You are told once; the next message about it comes when days are missing \
                         again after all of these have come. The availability of the data names \
                         them at any time.";

impl DailyMissingAlert<'_> {
    /// In both forms.
    #[must_use]
    pub fn render(&self) -> Rendered {
        let Self { property_id, days, count } = *self;
        let named: Vec<String> = days.iter().map(NaiveDate::to_string).collect();
        let more = match count.saturating_sub(days.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let days = format!("{}{more}", named.join(", "));
        Rendered {
            subject: format!("Complete days of property {property_id} are missing"),
            text: format!(
                "The GA4 property {property_id} lacks its complete table of: {days}.\n\n{WHY}\n\n{WHAT_NEXT}\n"
            ),
            html: format!(
                "<!doctype html><html lang=\"en\"><body><p>The GA4 property {property_id} lacks its \
                 complete table of: <b>{days}</b>.</p><p>{WHY}</p><p>{WHAT_NEXT}</p></body></html>\n"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_are_named_and_the_others_counted() {
        let days: Vec<NaiveDate> = ["2026-11-01", "2026-11-03"].map(|d| d.parse().unwrap()).into();
        let told = |count| DailyMissingAlert { property_id: 7, days: &days, count }.render();
        assert!(told(2).text.contains("of: 2026-11-01, 2026-11-03.\n"), "{}", told(2).text);
        assert!(told(9).html.contains("2026-11-03 and 7 more</b>"), "{}", told(9).html);
    }
}
