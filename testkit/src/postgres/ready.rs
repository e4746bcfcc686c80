//! Waits for a starting server by reading the file in which it reports.

use std::path::Path;
use std::time::{Duration, Instant};

/// The lines of `postmaster.pid` that matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Report {
    pub pid: u32,
    pub port: u16,
    pub ready: bool,
}

impl Report {
    /// `None` when there is no server, or it has not yet written the whole file.
    pub(crate) fn read(data: &Path) -> Option<Self> {
        Self::parse(&std::fs::read_to_string(data.join("postmaster.pid")).ok()?)
    }

    /// Line 1 is the pid, 4 the port, 8 the state (Postgres source, `miscadmin.h`).
    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        Some(Self {
            pid: lines.first()?.parse().ok()?,
            port: lines.get(3)?.parse().ok()?,
            ready: *lines.get(7)? == "ready",
        })
    }
}

/// Polls until a server says it is ready; `None` when it ended or `limit` has passed. With `pid`, what another
/// server left in the folder is not mistaken for this one's report.
pub(crate) fn wait_until_ready(
    data: &Path,
    pid: Option<u32>,
    limit: Duration,
    mut ended: impl FnMut() -> bool,
) -> Option<Report> {
    let start = Instant::now();
    while start.elapsed() < limit {
        match Report::read(data) {
            Some(report) if report.ready && pid.is_none_or(|pid| pid == report.pid) => {
                return Some(report);
            }
            _ if ended() => return None,
            _ => std::thread::sleep(Duration::from_millis(10)),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_is_read_by_line() {
        let text = "4711\n/data\n1700000000\n5433\n.\n127.0.0.1\n  1 2\nready   \n";
        assert_eq!(Report::parse(text), Some(Report { pid: 4711, port: 5433, ready: true }));
        assert!(!Report::parse(&text.replace("ready   ", "starting")).unwrap().ready);
        assert_eq!(Report::parse("4711\n/data\n"), None);
    }
}
