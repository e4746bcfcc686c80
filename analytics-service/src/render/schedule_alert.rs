//! The mail about a schedule that began to fail.

use chrono::{DateTime, Utc};
use minijinja::HtmlEscape;

use super::Rendered;

/// What is told.
#[derive(Debug, Clone, Copy)]
pub struct ScheduleAlert<'a> {
    /// The schedule's.
    pub name: &'a str,
    pub since: DateTime<Utc>,
    /// A sentence of the failed step: what happened and what to do.
    pub reason: &'a str,
}

const WHAT_NEXT: &str = "You are told once; the next message about it comes when it fails again \
                         after a run that succeeded. Its runs and their exceptions are shown with \
                         the schedule.";

impl ScheduleAlert<'_> {
    /// In both forms. Names and reasons are text, whatever is in them.
    #[must_use]
    pub fn render(&self) -> Rendered {
        let name = self.name.split_whitespace().collect::<Vec<_>>().join(" ");
        let since = self.since.format("%Y-%m-%d %H:%M UTC");
        let reason = self.reason;
        Rendered {
            subject: format!("The schedule \"{name}\" fails"),
            text: format!(
                "The schedule \"{name}\" fails since {since}.\n\n{reason}\n\n{WHAT_NEXT}\n"
            ),
            html: format!(
                "<!doctype html><html lang=\"en\"><body><p>The schedule <b>{}</b> fails since \
                 {since}.</p><p>{}</p><p>{WHAT_NEXT}</p></body></html>\n",
                HtmlEscape(&name),
                HtmlEscape(reason),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_stays_text() {
        let alert = ScheduleAlert {
            name: "<b>every\r\nnight</b>",
            since: DateTime::UNIX_EPOCH,
            reason: "The key of \"A & B\" was refused.",
        };
        let Rendered { subject, html, text } = alert.render();
        assert_eq!(subject, "The schedule \"<b>every night</b>\" fails");
        assert!(html.contains("&lt;b&gt;every night&lt;") && html.contains("A &amp; B"), "{html}");
        assert!(text.contains("fails since 1970-01-01 00:00 UTC"), "{text}");
    }
}
