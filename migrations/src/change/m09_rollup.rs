//! What the dashboard reads. Writer: data-service.

use crate::tenancy::{Writer, tenant_table};

change!(
    "m09_rollup",
    up: [
        "-- Location '' is all locations together. Currency '' holds counts and bitmaps; each
         -- currency has a row of its own for its money.
         CREATE TABLE day_rollup (
           tenant_id uuid NOT NULL,
           property_id bigint NOT NULL,
           date date NOT NULL,
           location text NOT NULL,
           currency text NOT NULL,
           events bigint NOT NULL DEFAULT 0,
           unattributed_events bigint NOT NULL DEFAULT 0,
           page_views bigint NOT NULL DEFAULT 0,
           engagement_msec bigint NOT NULL DEFAULT 0,

           -- Sessions whose first day this is.
           sessions int NOT NULL DEFAULT 0,
           engaged_sessions int NOT NULL DEFAULT 0,
           cart_sessions int NOT NULL DEFAULT 0,
           checkout_sessions int NOT NULL DEFAULT 0,
           converted_sessions int NOT NULL DEFAULT 0,
           -- Sessions active today that were active before: a list of {previous_day, sessions,
           -- engaged_sessions, cart_sessions, checkout_sessions, converted_sessions}. They count
           -- for a range that begins after their previous day.
           resumed jsonb NOT NULL DEFAULT '[]',

           purchases int NOT NULL DEFAULT 0,
           purchases_without_id int NOT NULL DEFAULT 0,
           items_sold numeric NOT NULL DEFAULT 0,
           gross_revenue numeric NOT NULL DEFAULT 0,
           refunds numeric NOT NULL DEFAULT 0,

           -- Roaring bitmaps (portable format) of dense numbers; NULL is the empty set.
           clients bytea,
           active_clients bytea,
           new_clients bytea,
           returning_clients bytea,
           purchasing_clients bytea,
           known_users bytea,
           active_known_users bytea,
           new_known_users bytea,
           returning_known_users bytea,
           purchasing_known_users bytea,
           PRIMARY KEY (tenant_id, property_id, location, currency, date),
           FOREIGN KEY (tenant_id, property_id) REFERENCES property
         );
         CREATE INDEX day_rollup_day ON day_rollup (tenant_id, property_id, date);"
            .to_owned(),
        tenant_table("day_rollup", Writer::Data),
    ]
    .join("\n"),
    down: "DROP TABLE day_rollup;",
);
