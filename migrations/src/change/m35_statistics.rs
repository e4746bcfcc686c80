//! What makes statistics fast over long ranges and single branches, and tells when they are stale.
//! Writer: data-service.

use crate::tenancy::{Writer, tenant_table};

change!(
    "m35_statistics",
    up: [
        "-- The users of whole weeks and months, each the union of its days in day_rollup: a long range
         -- is a few rows. A week or month is here as soon as one of its days was rolled up since.
         CREATE TABLE user_rollup (
           tenant_id uuid NOT NULL,
           property_id bigint NOT NULL,
           span text NOT NULL CONSTRAINT user_rollup_span_known CHECK (span IN ('week', 'month')),
           -- Of a week the Monday.
           first_day date NOT NULL,
           location text NOT NULL,
           clients bytea,
           active_clients bytea,
           new_clients bytea,
           returning_clients bytea,
           purchasing_clients bytea,
           known_users bytea,
           PRIMARY KEY (tenant_id, property_id, span, first_day, location),
           FOREIGN KEY (tenant_id, property_id) REFERENCES property
         );

         -- A branch is a small part of the sessions of many days.
         CREATE INDEX session_day_of_branch
           ON session_day (tenant_id, property_id, branch, date);
         CREATE INDEX sessionless_day_of_branch
           ON sessionless_day (tenant_id, property_id, branch, date);

         -- When the source was last looked at and answered.
         ALTER TABLE property ADD COLUMN looked_at timestamptz;
         -- What failed for good, a small part of all steps.
         CREATE INDEX job_step_failed ON job_step (tenant_id, kind, finished_at)
           WHERE state = 'failed';"
            .to_owned(),
        tenant_table("user_rollup", Writer::Data),
    ]
    .join("\n"),
    down: "DROP INDEX job_step_failed;
           ALTER TABLE property DROP COLUMN looked_at;
           DROP INDEX sessionless_day_of_branch, session_day_of_branch;
           DROP TABLE user_rollup;",
);
