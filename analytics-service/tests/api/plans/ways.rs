//! What is left of plans when neither the server's version nor how full a table is may change it.

use std::collections::BTreeSet;
use std::path::Path;

const BY_INDEX: [&str; 3] =
    ["Index Scan using ", "Index Only Scan using ", "Bitmap Index Scan on "];

/// The indexes by which rows are found, and `all of` the tables that are read as a whole.
pub fn ways<'p>(lines: impl IntoIterator<Item = &'p str>) -> String {
    let ways: BTreeSet<String> = lines.into_iter().filter_map(way).collect();
    ways.into_iter().collect::<Vec<_>>().join(", ")
}

fn way(line: &str) -> Option<String> {
    let line = line.trim_start_matches([' ', '-', '>']);
    let line = line.strip_prefix("Parallel ").unwrap_or(line);
    let name = |rest: &str| of_all_months(rest.split_whitespace().next().unwrap_or_default());
    if let Some(rest) = line.strip_prefix("Seq Scan on ") {
        return Some(format!("all of {}", name(rest)));
    }
    BY_INDEX.iter().find_map(|start| line.strip_prefix(start)).map(name)
}

/// The index of one month's events stands for those of all: `event_2020_03_pkey` is `event_pkey`.
fn of_all_months(name: &str) -> String {
    let month = |part: &str| part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
    name.split('_').filter(|part| !month(part)).collect::<Vec<_>>().join("_")
}

/// Compares with the file beside this one; `FOOTFALL_UPDATE_SNAPSHOTS=1` writes it anew.
pub fn assert_checked_in(file: &str, seen: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/plans").join(file);
    if std::env::var_os("FOOTFALL_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&file, seen).unwrap();
    }
    let stored = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(seen, stored, "look at the plans; write them anew when they are good");
}

#[test]
fn a_plan_is_told_by_its_indexes_and_whole_tables() {
    let plan = "Append\n  ->  Parallel Seq Scan on event_2020_03 e  (cost=0.00..1.00)\n  \
                ->  Index Scan using event_2020_04_pkey on event_2020_04 e\n  ->  CTE Scan on keyed";
    assert_eq!(ways(plan.lines()), "all of event, event_pkey");
}
