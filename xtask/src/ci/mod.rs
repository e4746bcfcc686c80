//! `cargo xtask ci`: everything that must hold before a change lands. `.ci/run` calls it.

mod deny;
mod lockfile;

use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::machine::{self, Need};
use crate::test::{self, Tally};
use crate::workspace::Workspace;
use crate::{cargo, check};

/// What one phase came to.
struct Outcome {
    name: &'static str,
    took: Duration,
    fault: Option<Failure>,
}

/// Goes on after a fault, so that one run tells them all; only a machine that lacks something stops it.
pub fn run(workspace: &Workspace) -> Result<(), Failure> {
    let started = Instant::now();
    let mut outcomes = vec![phase("machine", || machine::provide(workspace, Need::everything()))];
    if let Some(fault) =
        outcomes.pop_if(|outcome| outcome.fault.is_some()).and_then(|outcome| outcome.fault)
    {
        return Err(fault);
    }
    outcomes.push(phase("format", || cargo::run(workspace, &["fmt", "--all", "--check"])));
    outcomes.push(phase("checks", || check::run(workspace, &[])));
    outcomes.push(phase("dependency policy", || deny::run(workspace)));
    outcomes.push(phase("clippy", || {
        let arguments = [
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ];
        cargo::run(workspace, &arguments)
    }));
    let mut tally = Tally::default();
    outcomes.push(phase("tests", || {
        tally = test::tally(workspace, &[])?;
        if tally.good() { Ok(()) } else { Err(Failure::failed("tests failed")) }
    }));
    conclude(&outcomes, tally, started.elapsed())
}

fn phase(name: &'static str, work: impl FnOnce() -> Result<(), Failure>) -> Outcome {
    println!("\n== {name}");
    let started = Instant::now();
    let fault = work().err();
    if let Some(fault) = &fault {
        println!("{fault}");
    }
    Outcome { name, took: started.elapsed(), fault }
}

/// The table of phases and the closing line, in which a phase that failed counts like a test.
fn conclude(outcomes: &[Outcome], mut tally: Tally, took: Duration) -> Result<(), Failure> {
    println!();
    for Outcome { name, took, fault } in outcomes {
        let verdict = if fault.is_none() { "ok" } else { "FAILED" };
        println!("{name:20} {:7.1} s  {verdict}", took.as_secs_f64());
    }
    println!("{:20} {:7.1} s", "in all", took.as_secs_f64());
    let broken = outcomes
        .iter()
        .filter(|outcome| outcome.fault.is_some() && outcome.name != "tests")
        .count();
    tally.failed += broken as u64;
    println!("{}", tally.closing());
    if tally.good() { Ok(()) } else { Err(Failure::failed("ci failed")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(name: &'static str, fault: Option<Failure>) -> Outcome {
        Outcome { name, took: Duration::ZERO, fault }
    }

    #[test]
    fn one_broken_phase_fails_the_run() {
        let mut passed = Tally::default();
        passed.passed = 3;
        let good = [outcome("format", None), outcome("tests", None)];
        assert!(conclude(&good, passed.clone(), Duration::ZERO).is_ok());
        let bad = [outcome("format", Some(Failure::failed("x"))), outcome("tests", None)];
        assert!(conclude(&bad, passed, Duration::ZERO).is_err());
    }
}
