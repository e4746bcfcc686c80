//! A job as text: what waits for what, and where it stands.

use std::collections::HashSet;
use std::fmt::Write as _;

use common::jobs::{JobView, StepState, StepView};
use common::kernel::StepId;

/// Every step once, below the last of the steps that it needs.
#[must_use]
pub fn draw(job: &JobView) -> String {
    let mut drawing = Drawing { job, text: String::new(), drawn: HashSet::new() };
    let summary = &job.summary;
    drawing.line(format_args!(
        "job {}  {}  {}  by {}",
        summary.job_id, summary.kind, summary.state, summary.requested_by
    ));
    let roots: Vec<_> = job.steps.iter().filter(|step| step.needs.is_empty()).collect();
    drawing.level(&roots, "");
    drawing.text
}

struct Drawing<'a> {
    job: &'a JobView,
    text: String,
    drawn: HashSet<StepId>,
}

impl<'a> Drawing<'a> {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{line}");
    }

    fn level(&mut self, steps: &[&'a StepView], indent: &str) {
        for (index, step) in steps.iter().enumerate() {
            let (branch, below) =
                if index + 1 == steps.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            self.drawn.insert(step.step_id);
            self.line(format_args!("{indent}{branch}{}", title(step)));
            for exception in &step.exceptions {
                let solved = if exception.resolved_at.is_some() { ", resolved" } else { "" };
                self.line(format_args!(
                    "{indent}{below}   attempt {}: {} ({}{solved})",
                    exception.attempt, exception.message, exception.code
                ));
            }
            let next = self.released_by(step);
            self.level(&next, &format!("{indent}{below}"));
        }
    }

    /// The steps that need `step` and whose other needs are drawn already.
    fn released_by(&self, step: &StepView) -> Vec<&'a StepView> {
        let drawn = |need: &StepId| self.drawn.contains(need);
        self.job
            .steps
            .iter()
            .filter(|next| next.needs.contains(&step.step_id) && next.needs.iter().all(drawn))
            .collect()
    }
}

fn title(step: &StepView) -> String {
    let sign = match step.state {
        StepState::Waiting | StepState::Ready => '○',
        StepState::Running => '◐',
        StepState::Done => '●',
        StepState::Failed => '✗',
        StepState::Skipped | StepState::Cancelled => '–',
    };
    let mut title = format!("{sign} {}  {}", step.label, step.state);
    if let Some(progress) = step.progress.as_ref().filter(|_| step.state == StepState::Running) {
        let percent = progress.percent().map(|p| format!("  {p:.0} %")).unwrap_or_default();
        let _ = write!(title, "  {}{percent}", progress.phase);
    }
    if let (Some(start), Some(end)) = (step.started_at, step.finished_at) {
        let seconds = (end - start).as_seconds_f64();
        let _ = write!(title, "  {seconds:.1} s");
    }
    if let Some(progress) = &step.progress {
        if progress.rows_done > 0 {
            let _ = write!(title, "  {} rows", grouped(progress.rows_done));
        }
        if progress.bytes > 0 {
            let _ = write!(title, "  {} kB", grouped(progress.bytes.div_ceil(1_000)));
        }
    }
    if let Some(eta) = step.eta {
        let _ = write!(title, "  {} s left", eta.as_secs());
    }
    if step.attempts > 1 {
        let _ = write!(title, "  attempt {} of {}", step.attempts, step.max_attempts);
    }
    title
}

/// Thousands apart, for people.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use common::jobs::{Class, Exception, JobState, JobSummary, ProgressSnapshot, StepCounts};
    use common::kernel::JobId;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn step(number: u128, label: &str, state: StepState, needs: &[u128]) -> StepView {
        let id = |number| StepId::from_uuid(Uuid::from_u128(number));
        StepView {
            step_id: id(number),
            label: label.to_owned(),
            kind: "kind".to_owned(),
            state,
            needs: needs.iter().copied().map(id).collect(),
            attempts: 1,
            max_attempts: 5,
            run_at: DateTime::UNIX_EPOCH,
            started_at: Some(DateTime::UNIX_EPOCH),
            finished_at: None,
            progress: None,
            eta: None,
            attempt_log: Vec::new(),
            outcome: None,
            rejects: false,
            exceptions: Vec::new(),
        }
    }

    fn job(steps: Vec<StepView>) -> JobView {
        let summary = JobSummary {
            job_id: JobId::from_uuid(Uuid::from_u128(7)),
            kind: "nightly".to_owned(),
            state: JobState::Running,
            parameters: json!({}),
            requested_by: "cli".to_owned(),
            created_at: DateTime::UNIX_EPOCH,
            started_at: None,
            finished_at: None,
            cancel_requested_at: None,
            steps: StepCounts::default(),
        };
        JobView { summary, steps }
    }

    #[test]
    fn a_graph_is_drawn_as_a_tree_below_what_came_last() {
        let at = |seconds| Some(DateTime::<Utc>::UNIX_EPOCH + TimeDelta::milliseconds(seconds));
        let found = StepView { finished_at: at(1_200), ..step(1, "find", StepState::Done, &[]) };
        let phase = "copy".to_owned();
        let progress =
            ProgressSnapshot { phase, rows_done: 45_000, rows_total: 100_000, bytes: 1_234_567 };
        let failed = Exception {
            code: "source_unavailable".to_owned(),
            message: "the source is away".to_owned(),
            class: Class::Transient,
            attempt: 1,
            at: DateTime::UNIX_EPOCH,
            resolved_at: None,
        };
        let loading = StepView {
            progress: Some(progress),
            eta: Some(std::time::Duration::from_secs(61)),
            attempts: 2,
            exceptions: vec![failed],
            ..step(2, "load", StepState::Running, &[1])
        };
        let drawn = draw(&job(vec![
            found,
            loading,
            step(3, "customers", StepState::Ready, &[]),
            step(4, "report", StepState::Waiting, &[2, 3]),
        ]));
        insta::assert_snapshot!(drawn, @r"
        job 00000000-0000-0000-0000-000000000007  nightly  running  by cli
        ├─ ● find  done  1.2 s
        │  └─ ◐ load  running  copy  45 %  45 000 rows  1 235 kB  61 s left  attempt 2 of 5
        │        attempt 1: the source is away (source_unavailable)
        └─ ○ customers  ready
           └─ ○ report  waiting
        ");
    }
}
