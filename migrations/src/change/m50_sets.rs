//! Sets of users beside the rollups, so that what only counts reads no sets. Writer: data-service.

use crate::tenancy::{Writer, tenant_table};

/// A rollup, the table of its sets, their key, and how a reader finds them besides.
struct Beside {
    rollup: &'static str,
    sets: &'static str,
    key: &'static str,
    primary: &'static str,
    index: &'static str,
}

const BESIDE: [Beside; 3] = [
    Beside {
        rollup: "day_rollup",
        sets: "day_sets",
        key: "location text NOT NULL",
        primary: "location, date",
        index: "CREATE INDEX day_sets_day ON day_sets (tenant_id, property_id, date);",
    },
    Beside {
        rollup: "breakdown_rollup",
        sets: "breakdown_sets",
        key: "dimension text NOT NULL, value_1 text NOT NULL, value_2 text NOT NULL,
              value_3 text NOT NULL",
        primary: "dimension, date, value_1, value_2, value_3",
        index: "",
    },
    Beside {
        rollup: "hour_rollup",
        sets: "hour_sets",
        key: "location text NOT NULL, hour_micros bigint NOT NULL",
        primary: "location, date, hour_micros",
        index: "",
    },
];

/// Clients and known users. The known users of each kind are counted by no metric and stay behind.
const USERS: &[&str] = &[
    "clients",
    "active_clients",
    "new_clients",
    "returning_clients",
    "purchasing_clients",
    "known_users",
];

/// Sessions of an hour by their place among those of the day.
const SESSIONS: &[&str] =
    &["session_set", "engaged_set", "cart_set", "checkout_set", "converted_set"];

impl Beside {
    fn columns(&self) -> Vec<&'static str> {
        let sessions = if self.sets == "hour_sets" { SESSIONS } else { &[] };
        [USERS, sessions].concat()
    }

    fn up(&self) -> String {
        let Self { rollup, sets, key, primary, index } = self;
        let columns = self.columns();
        let bytes: String = columns.iter().map(|column| format!("{column} bytea,\n")).collect();
        // Bitmaps hardly shrink, and unpacking takes longer than reading a few bytes more.
        let storage: String = columns
            .iter()
            .map(|column| format!("ALTER TABLE {sets} ALTER {column} SET STORAGE EXTERNAL;\n"))
            .collect();
        let names = columns.join(", ");
        // The owner is under the policies as well, which would show nothing to copy.
        format!(
            "-- Roaring bitmaps (portable format) of dense numbers; NULL is the empty set. No row where all are empty.
             CREATE TABLE {sets} (
               tenant_id uuid NOT NULL,
               property_id bigint NOT NULL,
               date date NOT NULL,
               {key},
               {bytes}
               PRIMARY KEY (tenant_id, property_id, {primary})
             );
             {index}
             {storage}
             ALTER TABLE {rollup} NO FORCE ROW LEVEL SECURITY;
             INSERT INTO {sets} (tenant_id, property_id, date, {primary_beside_date}, {names})
             SELECT tenant_id, property_id, date, {primary_beside_date}, {names} FROM {rollup}
             WHERE currency = '' AND coalesce({names}) IS NOT NULL
             ORDER BY tenant_id, property_id, date;
             ALTER TABLE {rollup} FORCE ROW LEVEL SECURITY;
             {access}",
            primary_beside_date = self.beside_date(),
            access = tenant_table(sets, Writer::Data),
        )
    }

    fn beside_date(&self) -> String {
        self.primary.split(", ").filter(|column| *column != "date").collect::<Vec<_>>().join(", ")
    }
}

change!(
    "m50_sets",
    up: BESIDE.iter().map(Beside::up).collect::<String>(),
    down: "DROP TABLE day_sets, breakdown_sets, hour_sets;",
);
