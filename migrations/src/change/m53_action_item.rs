//! ActionItems: what happened to them, and what that makes of them. Writer: analytics-service.

use crate::tenancy::{Writer, tenant_table};

change!(
    "m53_action_item",
    up: [
        "-- What happened, in order. It refers to no row of action_item, which can be made anew from it.
         CREATE TABLE action_item_event (
           tenant_id uuid NOT NULL REFERENCES tenant,
           action_item_id uuid NOT NULL,
           version int NOT NULL CONSTRAINT action_item_event_version_positive CHECK (version > 0),
           type text NOT NULL,
           payload jsonb NOT NULL,
           at timestamptz NOT NULL,
           actor text NOT NULL,
           job_id uuid,
           step_id uuid,
           PRIMARY KEY (tenant_id, action_item_id, version)
         );

         -- Each item as its events left it.
         CREATE TABLE action_item (
           tenant_id uuid NOT NULL REFERENCES tenant,
           action_item_id uuid NOT NULL,
           version int NOT NULL,
           kind text NOT NULL,
           -- Which cause of the kind; the id follows from both.
           natural_key text NOT NULL,
           property_id bigint,
           title text NOT NULL,
           status text NOT NULL CONSTRAINT action_item_status_known CHECK
             (status IN ('draft', 'incomplete', 'in_progress', 'complete', 'cancelled', 'skipped')),
           location text NOT NULL,
           -- Whom it is about, as observed.
           client_key uuid,
           known_user text,
           customer text,
           evidence jsonb NOT NULL,
           due_at timestamptz,
           note text,
           created_at timestamptz NOT NULL,
           updated_at timestamptz NOT NULL,
           closed_at timestamptz,
           PRIMARY KEY (tenant_id, action_item_id)
         );
         CREATE INDEX action_item_recent ON action_item (tenant_id, created_at DESC, action_item_id DESC);
         CREATE INDEX action_item_recent_by_status
           ON action_item (tenant_id, status, created_at DESC, action_item_id DESC);
         CREATE INDEX action_item_recent_by_location
           ON action_item (tenant_id, location, created_at DESC, action_item_id DESC);
         -- What a cause that is gone may still skip.
         CREATE INDEX action_item_not_started ON action_item (tenant_id, kind, property_id, action_item_id)
           WHERE status IN ('draft', 'incomplete');"
            .to_owned(),
        tenant_table("action_item_event", Writer::Analytics),
        tenant_table("action_item", Writer::Analytics),
        // Append-only; what is deleted goes with its tenant.
        "REVOKE UPDATE ON action_item_event FROM footfall_analytics_service;".to_owned(),
    ]
    .join("\n"),
    down: "DROP TABLE action_item, action_item_event;",
);
