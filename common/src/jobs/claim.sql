-- The next steps that may run, tenants in the order of their virtual time (start-time fair
-- queueing: Goyal, Vin and Cheng, 1996), within a tenant the one that waits longest. The caller
-- lets one claim run at a time.
-- Finished months are not opened: what is live has the month 'infinity'. The comparison is `>=` everywhere, because a
-- planner without statistics takes `=` for one row in two hundred, and then a sort for cheaper than an index.
-- $1 kinds, $2 tokens, one for each step wanted, $3 worker, $4 lease length in seconds
WITH RECURSIVE busy AS (
  -- From tenant to tenant through the index: neither idle tenants nor long queues cost anything.
  (SELECT tenant_id FROM job_step
   WHERE month >= 'infinity' AND state = 'ready' ORDER BY tenant_id LIMIT 1)
  UNION ALL
  SELECT (SELECT s.tenant_id FROM job_step s
          WHERE s.month >= 'infinity' AND s.state = 'ready' AND s.tenant_id > b.tenant_id
          ORDER BY s.tenant_id LIMIT 1)
  FROM busy b WHERE b.tenant_id IS NOT NULL
), due AS (
  SELECT b.tenant_id, coalesce(t.weight, 1) AS weight, free.slots,
         -- Who was idle starts where the others are: the turns it did not use are gone.
         greatest(t.virtual_time, (SELECT max(last_start) FROM tenant_turn), 0) AS start
  FROM busy b
  JOIN tenant USING (tenant_id)
  LEFT JOIN tenant_turn t USING (tenant_id)
  CROSS JOIN LATERAL (
    SELECT array_agg(f.slot ORDER BY f.slot) AS slots FROM tenant_slot f
    WHERE f.tenant_id = b.tenant_id AND f.step_id IS NULL) AS free
  WHERE tenant.state = 'active' AND free.slots IS NOT NULL
    AND NOT EXISTS (SELECT FROM job_pause p WHERE p.tenant_id = b.tenant_id AND p.kind = '')
), ready AS MATERIALIZED (
  SELECT due.weight, due.start, due.slots, s.*
  FROM due CROSS JOIN LATERAL (
    SELECT s.tenant_id, s.step_id, s.job_id, s.run_at, s.progress, j.request_id, j.traceparent
    FROM job_step s
    JOIN job j ON j.tenant_id = s.tenant_id AND j.job_id = s.job_id AND j.month >= 'infinity'
    WHERE s.tenant_id = due.tenant_id AND s.month >= 'infinity'
      AND s.state = 'ready' AND s.run_at <= now()
      AND s.kind = ANY ($1)
      AND j.state IN ('pending', 'running') AND j.cancel_requested_at IS NULL
      AND NOT EXISTS (SELECT FROM job_pause p WHERE p.tenant_id = j.tenant_id AND p.kind = j.kind)
    ORDER BY s.run_at, s.step_id
    LIMIT least(cardinality(due.slots), cardinality($2::uuid[]))
    FOR UPDATE OF s SKIP LOCKED
  ) AS s
), placed AS (
  SELECT ready.*, row_number() OVER (PARTITION BY tenant_id ORDER BY run_at, step_id) AS place
  FROM ready
), turns AS (
  SELECT placed.*, start + (place - 1) / weight AS turn,
         row_number() OVER (ORDER BY start + (place - 1) / weight, tenant_id) AS number
  FROM placed
), step AS MATERIALIZED (
  SELECT tenant_id, step_id, job_id, progress, weight, turn, request_id, traceparent,
         slots[place] AS slot, ($2::uuid[])[number] AS token
  FROM turns WHERE number <= cardinality($2::uuid[])
), leased AS (
  INSERT INTO lease (tenant_id, step_id, job_id, token, slot, worker, progress, expires_at)
  SELECT tenant_id, step_id, job_id, token, slot, $3, progress,
         clock_timestamp() + make_interval(secs => $4)
  FROM step
), taken AS (
  UPDATE tenant_slot t SET step_id = step.step_id
  FROM step WHERE t.tenant_id = step.tenant_id AND t.slot = step.slot
), turned AS (
  INSERT INTO tenant_turn AS t (tenant_id, virtual_time, last_start)
  SELECT tenant_id, max(turn) + 1 / min(weight), max(turn) FROM step GROUP BY tenant_id
  ON CONFLICT (tenant_id) DO UPDATE
    SET virtual_time = excluded.virtual_time, last_start = excluded.last_start
), begun AS (
  -- A job that someone holds is begun by its next step.
  UPDATE job j
  SET state = 'running', started_at = coalesce(j.started_at, clock_timestamp())
  FROM (SELECT tenant_id, job_id FROM job
        WHERE (tenant_id, job_id) IN (SELECT tenant_id, job_id FROM step)
          AND month >= 'infinity' AND state = 'pending'
        FOR NO KEY UPDATE SKIP LOCKED) AS p
  WHERE j.tenant_id = p.tenant_id AND j.job_id = p.job_id AND j.month >= 'infinity'
)
UPDATE job_step s
SET state = 'running', attempts = s.attempts + 1,
    started_at = coalesce(s.started_at, clock_timestamp())
FROM step
WHERE s.tenant_id = step.tenant_id AND s.step_id = step.step_id AND s.month >= 'infinity'
RETURNING s.tenant_id, s.job_id, s.step_id, step.token, s.kind, s.attempts, s.attempts_before,
          s.max_attempts, s.payload, s.checkpoint, s.progress, step.request_id, step.traceparent
