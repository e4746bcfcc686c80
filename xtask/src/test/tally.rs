//! Counts what the test programs report.

use std::collections::BTreeMap;

/// What a test prints that does not find what it needs: `not run: no sample (name)` (`testkit::sample`), or
/// `not run: no keycloak (name)` (`testkit::oidc`).
const NOT_RUN: &str = "not run: no ";

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
    pub ignored: u64,
    /// What was missing, and for which tests; counted by the harness as passed.
    not_run: BTreeMap<String, Vec<String>>,
}

impl Tally {
    pub fn count(&mut self, line: &str) {
        if let Some(at) = line.find(NOT_RUN) {
            let (missing, test) = line[at + NOT_RUN.len()..].split_once(' ').unwrap_or_default();
            self.not_run.entry(missing.to_owned()).or_default().push(test.trim().to_owned());
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
        let mut text = String::new();
        let mut not_run = 0;
        for (missing, tests) in &self.not_run {
            not_run += tests.len() as u64;
            text.push_str(&format!("{} {NOT_RUN}{missing} {}\n", tests.len(), tests.join(" ")));
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
        let closing =
            tally(&[OK, "not run: no sample (a)", "x not run: no keycloak (b)"]).closing();
        let expected =
            "1 not run: no keycloak (b)\n1 not run: no sample (a)\n5 passed, 0 failed, 3 skipped";
        assert_eq!(closing, expected);
    }

    #[test]
    fn a_program_that_died_and_a_run_of_nothing_are_failures() {
        let mut died = tally(&[OK]);
        died.finish(false);
        assert!(!died.good());
        assert!(!Tally::default().good());
    }
}
