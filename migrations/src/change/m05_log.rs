//! Commands, the outbox, the event log and its consumers, the audit trail. Writer: common.

use crate::tenancy::{Writer, queue_table, tenant_table};

change!(
    "m05_log",
    up: [
        "CREATE TABLE command (
           tenant_id uuid NOT NULL REFERENCES tenant,
           command_id uuid NOT NULL,
           aggregate_type text NOT NULL,
           aggregate_id text NOT NULL,
           -- Order of arrival within the aggregate, given under a lock on it.
           position bigint NOT NULL,
           kind text NOT NULL,
           payload jsonb NOT NULL,
           correlation_id uuid NOT NULL,
           actor text NOT NULL,
           state text NOT NULL DEFAULT 'accepted',
           attempts int NOT NULL DEFAULT 0,
           accepted_at timestamptz NOT NULL DEFAULT now(),
           finished_at timestamptz,
           PRIMARY KEY (tenant_id, command_id),
           CONSTRAINT command_position_unique UNIQUE (tenant_id, aggregate_type, aggregate_id, position)
         );
         CREATE INDEX command_open ON command (tenant_id, accepted_at) WHERE finished_at IS NULL;

         -- The columns of Debezium's event router, so that its inserts can be captured as they are.
         CREATE TABLE outbox (
           tenant_id uuid NOT NULL REFERENCES tenant,
           id uuid NOT NULL,
           arrival bigint GENERATED ALWAYS AS IDENTITY,
           aggregatetype text NOT NULL,
           aggregateid text NOT NULL,
           type text NOT NULL,
           schema_version int NOT NULL,
           sequence bigint NOT NULL,
           correlation_id uuid,
           causation_id uuid,
           time timestamptz NOT NULL DEFAULT now(),
           payload jsonb NOT NULL,
           metadata jsonb NOT NULL DEFAULT '{}',
           PRIMARY KEY (tenant_id, id)
         );
         CREATE INDEX outbox_arrival ON outbox (arrival);

         CREATE TABLE event_log (
           tenant_id uuid NOT NULL REFERENCES tenant,
           stream text NOT NULL,
           log_offset bigint NOT NULL,
           id uuid NOT NULL,
           aggregatetype text NOT NULL,
           aggregateid text NOT NULL,
           type text NOT NULL,
           schema_version int NOT NULL,
           sequence bigint NOT NULL,
           correlation_id uuid,
           causation_id uuid,
           time timestamptz NOT NULL,
           payload jsonb NOT NULL,
           metadata jsonb NOT NULL,
           PRIMARY KEY (tenant_id, stream, log_offset)
         );
         CREATE INDEX event_log_offset ON event_log (stream, log_offset);

         CREATE TABLE consumer_position (
           consumer text NOT NULL,
           stream text NOT NULL,
           log_offset bigint NOT NULL,
           updated_at timestamptz NOT NULL DEFAULT now(),
           PRIMARY KEY (consumer, stream)
         );
         GRANT SELECT, INSERT, UPDATE, DELETE ON consumer_position TO footfall_worker;

         CREATE TABLE inbox (
           tenant_id uuid NOT NULL REFERENCES tenant,
           consumer text NOT NULL,
           event_id uuid NOT NULL,
           handled_at timestamptz NOT NULL DEFAULT now(),
           PRIMARY KEY (tenant_id, consumer, event_id)
         );

         CREATE TABLE audit_entry (
           tenant_id uuid NOT NULL REFERENCES tenant,
           audit_entry_id uuid NOT NULL,
           at timestamptz NOT NULL DEFAULT now(),
           actor text NOT NULL,
           action text NOT NULL,
           object text NOT NULL,
           result text NOT NULL,
           detail jsonb NOT NULL DEFAULT '{}',
           ip inet,
           request_id text,
           PRIMARY KEY (tenant_id, audit_entry_id)
         );
         CREATE INDEX audit_entry_recent ON audit_entry (tenant_id, at DESC, audit_entry_id DESC);"
            .to_owned(),
        queue_table("command", Writer::Common),
        queue_table("outbox", Writer::Common),
        queue_table("event_log", Writer::Common),
        queue_table("inbox", Writer::Common),
        tenant_table("audit_entry", Writer::Common),
        // Append-only for everybody.
        "REVOKE UPDATE, DELETE ON audit_entry FROM footfall_app;"
            .to_owned(),
    ]
    .join("\n"),
    down: "DROP TABLE audit_entry, inbox, consumer_position, event_log, outbox, command;",
);
