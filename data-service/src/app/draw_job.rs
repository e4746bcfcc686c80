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
    if step.attempts > 1 {
        let _ = write!(title, "  attempt {} of {}", step.attempts, step.max_attempts);
    }
    title
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
        let progress =
            ProgressSnapshot { phase: "copy".to_owned(), rows_done: 45, rows_total: 100, bytes: 0 };
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
        │  └─ ◐ load  running  copy  45 %  attempt 2 of 5
        │        attempt 1: the source is away (source_unavailable)
        └─ ○ customers  ready
           └─ ○ report  waiting
        ");
    }
}
