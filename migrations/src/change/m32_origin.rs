//! Jobs: the request that asked for one. Writer: common::jobs.

change!(
    "m32_origin",
    up: "ALTER TABLE job ADD COLUMN request_id text, ADD COLUMN traceparent text;",
    down: "ALTER TABLE job DROP COLUMN traceparent, DROP COLUMN request_id;",
);
