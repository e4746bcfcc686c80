//! Jobs: graphs of steps, their leases, slots and schedules. Writer: common::jobs.

use crate::tenancy::{Writer, queue_table, tenant_table};

change!(
    "m04_job",
    up: [
        "CREATE TABLE job (
           tenant_id uuid NOT NULL REFERENCES tenant,
           job_id uuid NOT NULL,
           kind text NOT NULL,
           -- At most one live job for a key; finished ones block nothing.
           unique_key text,
           state text NOT NULL DEFAULT 'pending' CONSTRAINT job_state_known CHECK (state IN
             ('pending', 'running', 'paused', 'succeeded', 'succeeded_with_rejects', 'failed', 'cancelled')),
           parameters jsonb NOT NULL DEFAULT '{}',
           requested_by text NOT NULL,
           cancel_requested_at timestamptz,
           created_at timestamptz NOT NULL DEFAULT now(),
           started_at timestamptz,
           finished_at timestamptz,
           PRIMARY KEY (tenant_id, job_id)
         );
         CREATE UNIQUE INDEX job_live_key_unique ON job (tenant_id, unique_key)
           WHERE state IN ('pending', 'running', 'paused');
         CREATE INDEX job_recent ON job (tenant_id, created_at DESC, job_id DESC);

         CREATE TABLE job_step (
           tenant_id uuid NOT NULL,
           step_id uuid NOT NULL,
           job_id uuid NOT NULL,
           kind text NOT NULL,
           label text NOT NULL,
           payload jsonb NOT NULL DEFAULT '{}',
           needs uuid[] NOT NULL DEFAULT '{}',
           state text NOT NULL CONSTRAINT job_step_state_known CHECK (state IN
             ('waiting', 'ready', 'running', 'done', 'failed', 'skipped', 'cancelled')),
           attempts int NOT NULL DEFAULT 0,
           max_attempts int NOT NULL DEFAULT 5,
           run_at timestamptz NOT NULL DEFAULT now(),
           progress jsonb,
           checkpoint jsonb,
           outcome jsonb,
           -- Some of the input was refused.
           rejects boolean NOT NULL DEFAULT false,
           exceptions jsonb NOT NULL DEFAULT '[]',
           created_at timestamptz NOT NULL DEFAULT now(),
           started_at timestamptz,
           finished_at timestamptz,
           PRIMARY KEY (tenant_id, step_id),
           FOREIGN KEY (tenant_id, job_id) REFERENCES job ON DELETE CASCADE
         );
         CREATE INDEX job_step_ready ON job_step (tenant_id, run_at, step_id) WHERE state = 'ready';
         CREATE INDEX job_step_of_job ON job_step (tenant_id, job_id, step_id);

         -- A row per running step, narrow, because it is written several times a second.
         CREATE TABLE lease (
           tenant_id uuid NOT NULL,
           step_id uuid NOT NULL,
           job_id uuid NOT NULL,
           token uuid NOT NULL,
           slot int NOT NULL,
           worker text NOT NULL,
           taken_at timestamptz NOT NULL DEFAULT now(),
           expires_at timestamptz NOT NULL,
           progress jsonb,
           progressed_at timestamptz NOT NULL DEFAULT now(),
           PRIMARY KEY (tenant_id, step_id)
         ) WITH (fillfactor = 50);
         CREATE INDEX lease_expiry ON lease (expires_at);

         -- A row per step a tenant may run at once. Counting live leases instead would race.
         CREATE TABLE tenant_slot (
           tenant_id uuid NOT NULL REFERENCES tenant,
           slot int NOT NULL,
           step_id uuid,
           -- Work already given to this tenant, in weighted units: the smallest goes first.
           virtual_time double precision NOT NULL DEFAULT 0,
           PRIMARY KEY (tenant_id, slot)
         ) WITH (fillfactor = 50);

         CREATE TABLE schedule (
           tenant_id uuid NOT NULL REFERENCES tenant,
           schedule_id uuid NOT NULL,
           name text NOT NULL,
           job_kind text NOT NULL,
           parameters jsonb NOT NULL DEFAULT '{}',
           cron text NOT NULL,
           time_zone text NOT NULL,
           missed_policy text NOT NULL DEFAULT 'run_once',
           overlap_policy text NOT NULL DEFAULT 'skip',
           jitter_seconds int NOT NULL DEFAULT 0,
           paused_at timestamptz,
           last_slot_at timestamptz,
           next_slot_at timestamptz,
           created_at timestamptz NOT NULL DEFAULT now(),
           PRIMARY KEY (tenant_id, schedule_id)
         );
         CREATE INDEX schedule_due ON schedule (next_slot_at) WHERE paused_at IS NULL;

         CREATE TABLE dead_letter (
           tenant_id uuid NOT NULL REFERENCES tenant,
           dead_letter_id uuid NOT NULL,
           origin text NOT NULL,
           origin_id uuid,
           payload jsonb NOT NULL,
           original bytea,
           attempts int NOT NULL,
           error jsonb NOT NULL,
           created_at timestamptz NOT NULL DEFAULT now(),
           resolved_at timestamptz,
           resolution text,
           PRIMARY KEY (tenant_id, dead_letter_id)
         );

         -- The answer to a request that carried an Idempotency-Key, written with its effect.
         CREATE TABLE idempotency_key (
           tenant_id uuid NOT NULL REFERENCES tenant,
           route text NOT NULL,
           key text NOT NULL,
           request_hash bytea NOT NULL,
           status int NOT NULL,
           headers jsonb NOT NULL DEFAULT '{}',
           body jsonb NOT NULL,
           created_at timestamptz NOT NULL DEFAULT now(),
           PRIMARY KEY (tenant_id, route, key)
         );
         CREATE INDEX idempotency_key_age ON idempotency_key (tenant_id, created_at);

         -- Which process does the work that only one may do; on database time.
         CREATE TABLE leader (
           name text PRIMARY KEY,
           holder uuid NOT NULL,
           expires_at timestamptz NOT NULL
         );
         GRANT SELECT, INSERT, UPDATE, DELETE ON leader TO footfall_worker;"
            .to_owned(),
        queue_table("job", Writer::Common),
        queue_table("job_step", Writer::Common),
        queue_table("lease", Writer::Common),
        queue_table("tenant_slot", Writer::Common),
        queue_table("schedule", Writer::Common),
        queue_table("dead_letter", Writer::Common),
        tenant_table("idempotency_key", Writer::Common),
    ]
    .join("\n"),
    down: "DROP TABLE leader, idempotency_key, dead_letter, schedule, tenant_slot, lease, job_step, job;",
);
