//! Jobs: turns of tenants, pauses, attempts, dead letters to redrive, runs of schedules.
//! Writer: common::jobs.

use crate::tenancy::{Writer, queue_table};

change!(
    "m24_job_control",
    up: [
        "-- Turns belong to tenants, not to their slots.
         ALTER TABLE tenant_slot DROP COLUMN virtual_time;
         CREATE TABLE tenant_turn (
           tenant_id uuid PRIMARY KEY REFERENCES tenant,
           -- Twice the weight is twice the steps, while others want some too.
           weight double precision NOT NULL DEFAULT 1
             CONSTRAINT tenant_turn_weight CHECK (weight > 0 AND weight <= 1000),
           -- Where the tenant's next step starts, in weighted units of work.
           virtual_time double precision NOT NULL DEFAULT 0,
           -- Where its latest one started: the greatest of all tenants is the engine's clock.
           last_start double precision NOT NULL DEFAULT 0
         ) WITH (fillfactor = 50);

         CREATE TABLE job_pause (
           tenant_id uuid NOT NULL REFERENCES tenant,
           -- Empty: every kind.
           kind text NOT NULL,
           paused_at timestamptz NOT NULL DEFAULT now(),
           paused_by text NOT NULL,
           PRIMARY KEY (tenant_id, kind)
         );

         ALTER TABLE job_step
           -- Attempts made before the last retry or redrive: they do not count against the limit.
           ADD COLUMN attempts_before int NOT NULL DEFAULT 0,
           ADD COLUMN attempt_log jsonb NOT NULL DEFAULT '[]';
         CREATE INDEX job_step_live ON job_step (tenant_id, job_id)
           WHERE state IN ('waiting', 'ready', 'running');
         CREATE INDEX job_finished ON job (finished_at) WHERE finished_at IS NOT NULL;

         ALTER TABLE dead_letter ADD COLUMN died_at timestamptz NOT NULL DEFAULT now();
         CREATE UNIQUE INDEX dead_letter_origin_unique
           ON dead_letter (tenant_id, origin, origin_id);
         CREATE INDEX dead_letter_recent
           ON dead_letter (tenant_id, created_at DESC, dead_letter_id DESC);

         ALTER TABLE schedule
           ADD COLUMN version bigint NOT NULL DEFAULT 1,
           ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
           ADD COLUMN catch_up_limit int NOT NULL DEFAULT 0,
           ADD COLUMN pause_reason text,
           ADD COLUMN failure_streak int NOT NULL DEFAULT 0,
           ADD COLUMN failing_since timestamptz,
           ADD COLUMN last_error jsonb,
           ADD COLUMN notified_at timestamptz,
           ADD CONSTRAINT schedule_missed_known
             CHECK (missed_policy IN ('skip', 'run_once', 'catch_up')),
           ADD CONSTRAINT schedule_overlap_known CHECK (overlap_policy IN ('skip', 'allow')),
           ADD CONSTRAINT schedule_name_unique UNIQUE (tenant_id, name);

         -- One row per slot that was decided upon: its key is why no slot fires twice.
         CREATE TABLE schedule_run (
           tenant_id uuid NOT NULL,
           schedule_id uuid NOT NULL,
           slot_at timestamptz NOT NULL,
           outcome text NOT NULL CONSTRAINT schedule_run_outcome_known
             CHECK (outcome IN ('submitted', 'joined', 'overlapped', 'refused')),
           job_id uuid,
           decided_at timestamptz NOT NULL DEFAULT now(),
           -- When the outcome of its job was counted; none while the job lives.
           settled_at timestamptz,
           PRIMARY KEY (tenant_id, schedule_id, slot_at),
           FOREIGN KEY (tenant_id, schedule_id) REFERENCES schedule ON DELETE CASCADE
         );
         CREATE INDEX schedule_run_open ON schedule_run (tenant_id, job_id)
           WHERE settled_at IS NULL;"
            .to_owned(),
        queue_table("tenant_turn", Writer::Common),
        queue_table("job_pause", Writer::Common),
        queue_table("schedule_run", Writer::Common),
    ]
    .join("\n"),
    down: "DROP TABLE schedule_run, job_pause, tenant_turn;
           ALTER TABLE schedule
             DROP CONSTRAINT schedule_name_unique, DROP CONSTRAINT schedule_overlap_known,
             DROP CONSTRAINT schedule_missed_known, DROP COLUMN notified_at, DROP COLUMN last_error,
             DROP COLUMN failing_since, DROP COLUMN failure_streak, DROP COLUMN pause_reason,
             DROP COLUMN catch_up_limit, DROP COLUMN updated_at, DROP COLUMN version;
           DROP INDEX dead_letter_recent, dead_letter_origin_unique;
           ALTER TABLE dead_letter DROP COLUMN died_at;
           DROP INDEX job_finished, job_step_live;
           ALTER TABLE job_step DROP COLUMN attempt_log, DROP COLUMN attempts_before;
           ALTER TABLE tenant_slot ADD COLUMN virtual_time double precision NOT NULL DEFAULT 0;",
);
