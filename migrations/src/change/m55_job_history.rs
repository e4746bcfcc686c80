//! Finished jobs in tables by month, dropped whole when they are old. Writer: common::jobs.

use crate::tenancy::{Writer, queue_table};

change!(
    "m55_job_history",
    // What is live, and what finished a short while ago, stays in the table it is in, with its indexes. Months are made
    // like it: the parents have no index but their keys, which Postgres wants to hold the month.
    up: [
        "SET LOCAL lock_timeout = '10s';
         LOCK TABLE job, job_step IN ACCESS EXCLUSIVE MODE;
         ALTER TABLE job_step DROP CONSTRAINT job_step_tenant_id_job_id_fkey;
         DROP POLICY tenant ON job; DROP POLICY worker ON job;
         DROP POLICY tenant ON job_step; DROP POLICY worker ON job_step;
         REVOKE ALL ON job, job_step FROM footfall_app, footfall_worker;
         ALTER TABLE job RENAME TO job_current;
         ALTER TABLE job_step RENAME TO job_step_current;
         -- First day of the month in which the job finished, once it is history.
         ALTER TABLE job_current DROP CONSTRAINT job_pkey,
           ADD COLUMN month date NOT NULL DEFAULT 'infinity';
         -- The other indexes come after the keys: of two that seem to cost the same the planner takes the older.
         ALTER TABLE job_current ADD CONSTRAINT job_current_pkey PRIMARY KEY (tenant_id, job_id, month);
         DROP INDEX job_live_key_unique, job_recent, job_finished;
         CREATE UNIQUE INDEX job_live_key_unique ON job_current (tenant_id, unique_key)
           WHERE state IN ('pending', 'running', 'paused');
         CREATE INDEX job_recent ON job_current (tenant_id, created_at DESC, job_id DESC);
         CREATE INDEX job_finished ON job_current (finished_at) WHERE finished_at IS NOT NULL;
         ALTER TABLE job_step_current DROP CONSTRAINT job_step_pkey,
           ADD COLUMN month date NOT NULL DEFAULT 'infinity';
         ALTER TABLE job_step_current
           ADD CONSTRAINT job_step_current_pkey PRIMARY KEY (tenant_id, step_id, month);
         DROP INDEX job_step_ready, job_step_of_job, job_step_live, job_step_failed;
         CREATE INDEX job_step_ready ON job_step_current (tenant_id, run_at, step_id)
           WHERE state = 'ready';
         CREATE INDEX job_step_of_job ON job_step_current (tenant_id, job_id, step_id);
         CREATE INDEX job_step_live ON job_step_current (tenant_id, job_id)
           WHERE state IN ('waiting', 'ready', 'running');
         CREATE INDEX job_step_failed ON job_step_current (tenant_id, kind, finished_at)
           WHERE state = 'failed';

         CREATE TABLE job (LIKE job_current INCLUDING DEFAULTS) PARTITION BY LIST (month);
         ALTER TABLE job ADD CONSTRAINT job_pkey PRIMARY KEY (tenant_id, job_id, month);
         ALTER TABLE job ATTACH PARTITION job_current FOR VALUES IN ('infinity');
         CREATE TABLE job_step (LIKE job_step_current INCLUDING DEFAULTS) PARTITION BY LIST (month);
         ALTER TABLE job_step ADD CONSTRAINT job_step_pkey PRIMARY KEY (tenant_id, step_id, month);
         ALTER TABLE job_step ATTACH PARTITION job_step_current FOR VALUES IN ('infinity');

         -- Attached when it is made: only making a partition at once would lock the parent against every claim.
         CREATE FUNCTION ensure_job_month(month date) RETURNS void
           LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
         DECLARE
           first date := date_trunc('month', month)::date;
           parent text;
           partition text;
         BEGIN
           IF to_regclass('public.job_' || to_char(first, 'YYYY_MM')) IS NOT NULL THEN RETURN; END IF;
           PERFORM pg_advisory_xact_lock(hashtextextended('ensure_job_month', 0));
           FOREACH parent IN ARRAY ARRAY['job', 'job_step'] LOOP
             partition := parent || '_' || to_char(first, 'YYYY_MM');
             CONTINUE WHEN EXISTS (SELECT FROM pg_catalog.pg_class
                                   WHERE relname = partition AND relnamespace = 'public'::regnamespace);
             EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING ALL)',
                            partition, parent || '_current');
             EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', partition);
             EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', partition);
             EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES IN (%L)',
                            parent, partition, first);
           END LOOP;
         END $body$;

         -- Drops the months of which every day lies before `day`. Nobody waits long behind the locks this takes: it gives up first.
         CREATE FUNCTION drop_job_months(day date) RETURNS int
           LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
           SET lock_timeout = '100ms' AS $body$
         DECLARE
           old text[] := ARRAY (
             SELECT c.relname FROM pg_catalog.pg_inherits AS i
             JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
             WHERE i.inhparent IN ('public.job'::regclass, 'public.job_step'::regclass)
               AND c.relname ~ '^job(_step)?_[0-9]{4}_[0-9]{2}$'
               AND to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= day);
           partition text;
         BEGIN
           IF cardinality(old) = 0 THEN RETURN 0; END IF;
           -- Others hold the one and want the other for a moment, in either order: letting go lets them pass.
           FOR try IN 1..5 LOOP
             BEGIN
               LOCK TABLE public.job_step, public.job IN ACCESS EXCLUSIVE MODE;
               EXIT;
             EXCEPTION WHEN lock_not_available THEN
               IF try = 5 THEN RAISE; END IF;
             END;
           END LOOP;
           FOREACH partition IN ARRAY old LOOP
             EXECUTE format('DROP TABLE public.%I', partition);
           END LOOP;
           RETURN cardinality(old);
         END $body$;
         REVOKE ALL ON FUNCTION ensure_job_month(date), drop_job_months(date) FROM PUBLIC;
         GRANT EXECUTE ON FUNCTION ensure_job_month(date), drop_job_months(date) TO footfall_worker;"
            .to_owned(),
        queue_table("job", Writer::Common),
        queue_table("job_step", Writer::Common),
    ]
    .join("\n"),
    down: [
        "DROP FUNCTION drop_job_months(date);
         DROP FUNCTION ensure_job_month(date);
         ALTER TABLE job NO FORCE ROW LEVEL SECURITY;
         ALTER TABLE job_step NO FORCE ROW LEVEL SECURITY;
         ALTER TABLE job DETACH PARTITION job_current;
         ALTER TABLE job_step DETACH PARTITION job_step_current;
         ALTER TABLE job_current NO FORCE ROW LEVEL SECURITY;
         ALTER TABLE job_step_current NO FORCE ROW LEVEL SECURITY;
         INSERT INTO job_current SELECT * FROM job;
         INSERT INTO job_step_current SELECT * FROM job_step;
         DROP TABLE job, job_step;
         ALTER TABLE job_current DROP COLUMN month;
         ALTER TABLE job_step_current DROP COLUMN month;
         ALTER TABLE job_current RENAME TO job;
         ALTER TABLE job_step_current RENAME TO job_step;
         DELETE FROM job_step AS s WHERE NOT EXISTS (
           SELECT FROM job AS j WHERE j.tenant_id = s.tenant_id AND j.job_id = s.job_id);
         ALTER TABLE job ADD CONSTRAINT job_pkey PRIMARY KEY (tenant_id, job_id);
         ALTER TABLE job_step ADD CONSTRAINT job_step_pkey PRIMARY KEY (tenant_id, step_id),
           ADD CONSTRAINT job_step_tenant_id_job_id_fkey
             FOREIGN KEY (tenant_id, job_id) REFERENCES job ON DELETE CASCADE;"
            .to_owned(),
        queue_table("job", Writer::Common),
        queue_table("job_step", Writer::Common),
    ]
    .join("\n"),
);
