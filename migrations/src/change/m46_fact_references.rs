//! Facts without foreign keys. Writer: data-service.

/// What a load writes row by row, and the key that each row was checked for.
const REFERENCES: &[(&str, &str, &str)] = &[
    ("event", "tenant_id", "tenant"),
    ("session_day", "tenant_id, property_id", "property"),
    ("sessionless_day", "tenant_id, property_id", "property"),
    ("purchase", "tenant_id, property_id", "property"),
    ("refund", "tenant_id, property_id", "property"),
    ("cart", "tenant_id, property_id", "property"),
    ("search", "tenant_id, property_id", "property"),
    ("client", "tenant_id, property_id", "property"),
    ("known_user", "tenant_id, property_id", "property"),
    ("day_rollup", "tenant_id, property_id", "property"),
    ("hour_rollup", "tenant_id, property_id", "property"),
    ("breakdown_rollup", "tenant_id, property_id", "property"),
];

fn constraint(table: &str, columns: &str) -> String {
    format!("{table}_{}_fkey", columns.replace(", ", "_"))
}

change!(
    "m46_fact_references",
    // A key is looked up and locked for every row, the same one for all rows of a load. The loading transaction takes the
    // property's lock first and raises the property's version last: without the property it writes nothing.
    up: REFERENCES
        .iter()
        .map(|(table, columns, _)| {
            format!("ALTER TABLE {table} DROP CONSTRAINT {};", constraint(table, columns))
        })
        .collect::<String>(),
    down: REFERENCES
        .iter()
        .map(|(table, columns, parent)| {
            let constraint = constraint(table, columns);
            format!(
                "ALTER TABLE {table} ADD CONSTRAINT {constraint}
                   FOREIGN KEY ({columns}) REFERENCES {parent};"
            )
        })
        .collect::<String>(),
);
