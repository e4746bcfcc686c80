//! Rollups without the sets that lie beside them since `m50_sets`. Writer: data-service.

/// The rollups, each with the key of its sets and an index in whose order its rows are read most.
const ROLLUPS: [(&str, &str, &str, &str); 3] = [
    ("day_rollup", "day_sets", "location", "day_rollup_day"),
    (
        "breakdown_rollup",
        "breakdown_sets",
        "dimension, value_1, value_2, value_3",
        "breakdown_rollup_pkey",
    ),
    ("hour_rollup", "hour_sets", "location, hour_micros", "hour_rollup_pkey"),
];

const COPIED: &str =
    "clients active_clients new_clients returning_clients purchasing_clients known_users";
const GONE: &str =
    "active_known_users new_known_users returning_known_users purchasing_known_users";
const OF_HOURS: &str = "session_set engaged_set cart_set checkout_set converted_set";

fn columns(rollup: &str, kinds: &[&'static str]) -> Vec<&'static str> {
    let of_hours = if rollup == "hour_rollup" { OF_HOURS } else { "" };
    kinds
        .iter()
        .chain([&of_hours])
        .flat_map(|names| names.split(' '))
        .filter(|n| !n.is_empty())
        .collect()
}

fn up() -> String {
    ROLLUPS
        .iter()
        .map(|(rollup, _, _, index)| {
            let drops: Vec<String> = columns(rollup, &[COPIED, GONE])
                .iter()
                .map(|column| format!("DROP COLUMN {column}"))
                .collect();
            // A dropped column stays in the rows that were written before: they are written anew.
            format!(
                "ALTER TABLE {rollup} {};
                 CLUSTER {rollup} USING {index};
                 ALTER TABLE {rollup} SET WITHOUT CLUSTER;",
                drops.join(", ")
            )
        })
        .collect()
}

fn down() -> String {
    ROLLUPS
        .iter()
        .map(|(rollup, sets, key, _)| {
            let adds: Vec<String> = columns(rollup, &[COPIED, GONE])
                .iter()
                .map(|column| format!("ADD COLUMN {column} bytea"))
                .collect();
            let copies: Vec<String> = columns(rollup, &[COPIED])
                .iter()
                .map(|column| format!("{column} = s.{column}"))
                .collect();
            let same: String =
                key.split(", ").map(|column| format!(" AND r.{column} = s.{column}")).collect();
            format!(
                "ALTER TABLE {rollup} {adds}, NO FORCE ROW LEVEL SECURITY;
                 ALTER TABLE {sets} NO FORCE ROW LEVEL SECURITY;
                 UPDATE {rollup} AS r SET {copies} FROM {sets} AS s
                 WHERE r.tenant_id = s.tenant_id AND r.property_id = s.property_id
                   AND r.date = s.date AND r.currency = ''{same};
                 ALTER TABLE {sets} FORCE ROW LEVEL SECURITY;
                 ALTER TABLE {rollup} FORCE ROW LEVEL SECURITY;",
                adds = adds.join(", "),
                copies = copies.join(", "),
            )
        })
        .collect()
}

change!("m51_rollup_counts", up: up(), down: down());
