//! From a gathered report to the bytes that are previewed and sent.

use super::ReportError;
use crate::domain::branch_report::BranchReport;
use crate::render::{Rendered, Renderer};

/// One for a process: the templates are compiled once.
#[derive(Debug)]
pub struct BranchReports {
    renderer: Renderer,
}

impl BranchReports {
    /// # Errors
    /// When a template does not compile.
    pub fn new() -> Result<Self, ReportError> {
        Ok(Self { renderer: Renderer::new()? })
    }

    /// # Errors
    /// When a template asks for something that is not there.
    pub fn render(&self, report: &BranchReport) -> Result<Rendered, ReportError> {
        Ok(self.renderer.branch_report(report)?)
    }
}
