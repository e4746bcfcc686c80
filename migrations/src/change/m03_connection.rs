//! Connections to a tenant's outside systems. Writer: auth-service.

use crate::tenancy::{Writer, tenant_table};

change!(
    "m03_connection",
    up: [
        "-- `secrets` maps a field to its sealed value and the instant it was set.
         CREATE TABLE connection (
           tenant_id uuid NOT NULL REFERENCES tenant,
           kind text NOT NULL
             CONSTRAINT connection_kind_known CHECK (kind IN ('bigquery', 'sftp', 'smtp')),
           settings jsonb NOT NULL DEFAULT '{}',
           secrets jsonb NOT NULL DEFAULT '{}',
           updated_at timestamptz NOT NULL DEFAULT now(),
           PRIMARY KEY (tenant_id, kind)
         );"
        .to_owned(),
        tenant_table("connection", Writer::Auth),
    ]
    .join("\n"),
    down: "DROP TABLE connection;",
);
