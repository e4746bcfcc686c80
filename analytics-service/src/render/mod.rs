//! Reports as mail: the same numbers as HTML and as plain text.

mod branch_report;
mod daily_missing_alert;
mod format;
#[cfg(test)]
mod golden;
mod schedule_alert;

use minijinja::{AutoEscape, Environment};

pub use branch_report::subject;
pub use daily_missing_alert::DailyMissingAlert;
pub use schedule_alert::ScheduleAlert;

use crate::domain::branch_report::BranchReport;

/// A finished mail body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub subject: String,
    pub html: String,
    pub text: String,
}

/// The compiled templates.
#[derive(Debug)]
pub struct Renderer {
    templates: Environment<'static>,
}

const HTML: &str = "branch_report.html";
const TEXT: &str = "branch_report.txt";

impl Renderer {
    /// # Errors
    /// When a template does not compile, which the tests exclude.
    pub fn new() -> Result<Self, minijinja::Error> {
        let mut templates = Environment::new();
        templates.set_trim_blocks(true);
        templates.set_lstrip_blocks(true);
        templates.set_keep_trailing_newline(true);
        templates.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
        templates.set_auto_escape_callback(|name| match name {
            HTML => AutoEscape::Html,
            _ => AutoEscape::None,
        });
        templates.add_template(HTML, include_str!("templates/branch_report.html"))?;
        templates.add_template(TEXT, include_str!("templates/branch_report.txt"))?;
        Ok(Self { templates })
    }

    /// # Errors
    /// When a template asks for something the view does not have, which the tests exclude.
    pub fn branch_report(&self, report: &BranchReport) -> Result<Rendered, minijinja::Error> {
        let view = branch_report::view(report);
        Ok(Rendered {
            subject: subject(&report.location_name, &report.range),
            html: self.templates.get_template(HTML)?.render(&view)?,
            text: self.templates.get_template(TEXT)?.render(&view)?,
        })
    }
}
