//! Counts what the test programs report.

/// What a test prints that needs the sample data and does not find it (`testkit::sample`).
const NOT_RUN: &str = "not run: no sample";

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
    pub ignored: u64,
    /// Counted by the harness as passed.
    not_run: Vec<String>,
}

impl Tally {
    pub fn count(&mut self, line: &str) {
        if let Some(at) = line.find(NOT_RUN) {
            self.not_run.push(line[at + NOT_RUN.len()..].trim().to_owned());
        } else if let Some((_, result)) = line.split_once("test result: ") {
            self.passed += number_before(result, " passed");
            self.failed += number_before(result, " failed");
            self.ignored += number_before(result, " ignored");
        }
    }

    /// A test program that does not build, or dies, reports nothing.
    pub fn finish(&mut self, succeeded: bool) {
        if !succeeded && self.failed == 0 {
            self.failed = 1;
        }
    }

    pub fn good(&self) -> bool {
        self.failed == 0 && self.passed > 0
    }

    /// The last words of a run.
    pub fn closing(&self) -> String {
        let not_run = self.not_run.len() as u64;
        let mut text = String::new();
        if not_run > 0 {
            text = format!("{not_run} {NOT_RUN} {}\n", self.not_run.join(" "));
        }
        let passed = self.passed.saturating_sub(not_run);
        format!("{text}{passed} passed, {} failed, {} skipped", self.failed, self.ignored + not_run)
    }
}

fn number_before(text: &str, unit: &str) -> u64 {
    text.split(unit)
        .next()
        .filter(|before| before.len() < text.len())
        .and_then(|before| before.rsplit([' ', ';']).next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(lines: &[&str]) -> Tally {
        let mut tally = Tally::default();
        lines.iter().for_each(|line| tally.count(line));
        tally
    }

    const OK: &str = "test result: ok. 7 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.03s";
    const BAD: &str = "test result: \u{1b}[31mFAILED\u{1b}[m. 12 passed; 2 failed; 0 ignored; 0 measured; 3 filtered out";

    #[test]
    fn results_add_up_over_programs() {
        assert_eq!(tally(&[OK, BAD]).closing(), "19 passed, 2 failed, 1 skipped");
        assert!(!tally(&[OK, BAD]).good());
        assert!(tally(&[OK]).good());
    }

    #[test]
    fn a_test_without_its_sample_has_not_passed() {
        let closing = tally(&[OK, "not run: no sample (seven_days)"]).closing();
        assert_eq!(closing, "1 not run: no sample (seven_days)\n6 passed, 0 failed, 2 skipped");
    }

    #[test]
    fn a_program_that_died_and_a_run_of_nothing_are_failures() {
        let mut died = tally(&[OK]);
        died.finish(false);
        assert!(!died.good());
        assert!(!Tally::default().good());
    }
}
