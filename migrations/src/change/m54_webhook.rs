//! Webhooks of shops: who may send, what was sent, and the events of the last hours. Writer: data-service.

use crate::tenancy::{Writer, lookup_table, tenant_table};

change!(
    "m54_webhook",
    up: [
        "CREATE TABLE webhook_endpoint (
           tenant_id uuid NOT NULL REFERENCES tenant,
           webhook_endpoint_id uuid NOT NULL,
           name text NOT NULL,
           property_id bigint NOT NULL,
           enabled boolean NOT NULL DEFAULT true,
           -- Sealed; the one before it is good until its time.
           secret jsonb NOT NULL,
           previous_secret jsonb,
           previous_secret_until timestamptz,
           version bigint NOT NULL DEFAULT 1,
           created_at timestamptz NOT NULL,
           updated_at timestamptz NOT NULL,
           PRIMARY KEY (tenant_id, webhook_endpoint_id),
           CONSTRAINT webhook_endpoint_name_unique UNIQUE (tenant_id, name),
           FOREIGN KEY (tenant_id, property_id) REFERENCES property
         );
         -- Whoever delivers names the endpoint only.
         CREATE INDEX webhook_endpoint_lookup ON webhook_endpoint (webhook_endpoint_id);

         -- Refers to no endpoint: what came stays until its time when the endpoint is removed.
         CREATE TABLE webhook_delivery (
           tenant_id uuid NOT NULL REFERENCES tenant,
           webhook_delivery_id uuid NOT NULL,
           webhook_endpoint_id uuid NOT NULL,
           -- What the sender calls it.
           webhook_id text NOT NULL,
           received_at timestamptz NOT NULL,
           status text NOT NULL
             CONSTRAINT webhook_delivery_status_known CHECK (status IN ('accepted', 'refused')),
           events int NOT NULL,
           -- Of one that was refused: why, and the JSON pointer of the fault.
           fault_code text,
           fault_pointer text,
           PRIMARY KEY (tenant_id, webhook_delivery_id)
         );
         -- A delivery takes effect once; one that was refused may be sent again, mended.
         CREATE UNIQUE INDEX webhook_delivery_once
           ON webhook_delivery (tenant_id, webhook_endpoint_id, webhook_id) WHERE status = 'accepted';
         CREATE INDEX webhook_delivery_of_endpoint
           ON webhook_delivery (tenant_id, webhook_endpoint_id, webhook_delivery_id);
         CREATE INDEX webhook_delivery_age ON webhook_delivery (tenant_id, received_at);

         -- For the view of the last half hour; no fact is derived from it.
         CREATE TABLE live_event (
           tenant_id uuid NOT NULL REFERENCES tenant,
           property_id bigint NOT NULL,
           event_micros bigint NOT NULL,
           live_event_id uuid NOT NULL,
           webhook_delivery_id uuid NOT NULL,
           event_name text NOT NULL,
           -- GA4's client id, which is user_pseudo_id in the export.
           client_id text,
           session_id text,
           user_id text,
           location text,
           page_path text,
           transaction_id text,
           value numeric,
           currency text,
           PRIMARY KEY (tenant_id, property_id, event_micros, live_event_id)
         );"
            .to_owned(),
        tenant_table("webhook_endpoint", Writer::Data),
        lookup_table("webhook_endpoint"),
        tenant_table("webhook_delivery", Writer::Data),
        tenant_table("live_event", Writer::Data),
        "REVOKE UPDATE ON webhook_delivery, live_event FROM footfall_data_service;".to_owned(),
    ]
    .join("\n"),
    down: "DROP TABLE live_event, webhook_delivery, webhook_endpoint;",
);
