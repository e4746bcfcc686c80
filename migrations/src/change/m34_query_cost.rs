//! What a tenant's BigQuery queries are billed. Writer: data-service.

use crate::tenancy::{Writer, tenant_table};

change!(
    "m34_query_cost",
    up: [
        "-- A row per reading of a day's table; its estimate counts until the bill is known.
         CREATE TABLE query_cost (
           tenant_id uuid NOT NULL REFERENCES tenant,
           load_id uuid NOT NULL,
           -- The day of the budget, in UTC.
           day date NOT NULL,
           estimated_bytes bigint NOT NULL,
           granted_bytes bigint NOT NULL,
           billed_bytes bigint,
           reserved_at timestamptz NOT NULL DEFAULT now(),
           PRIMARY KEY (tenant_id, load_id)
         );
         CREATE INDEX query_cost_day ON query_cost (tenant_id, day);"
            .to_owned(),
        tenant_table("query_cost", Writer::Data),
    ]
    .join("\n"),
    down: "DROP TABLE query_cost;",
);
