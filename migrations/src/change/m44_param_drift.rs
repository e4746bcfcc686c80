//! Drift is counted by day, so that a day that is loaded again does not count twice. Writer: data-service.

change!(
    "m44_param_drift",
    // Of what was counted before only the sum is known: it stands at its last day.
    up: "ALTER TABLE param_drift RENAME COLUMN last_seen TO date;
         ALTER TABLE param_drift
           DROP COLUMN first_seen,
           DROP CONSTRAINT param_drift_pkey,
           ADD PRIMARY KEY (tenant_id, property_id, key, from_type, to_type, date);
         CREATE INDEX param_drift_of_day ON param_drift (tenant_id, property_id, date);",
    // Counts are made anew by loading; the owner of the table may not even see them.
    down: "TRUNCATE param_drift;
           DROP INDEX param_drift_of_day;
           ALTER TABLE param_drift
             DROP CONSTRAINT param_drift_pkey,
             ADD COLUMN first_seen date NOT NULL,
             ADD PRIMARY KEY (tenant_id, property_id, key, from_type, to_type);
           ALTER TABLE param_drift RENAME COLUMN date TO last_seen;",
);
