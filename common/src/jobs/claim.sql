-- One statement: a free slot and a ready step of the same tenant, or nothing.
-- $1 kinds, $2 token, $3 worker, $4 lease length in seconds
WITH slot AS MATERIALIZED (
  SELECT f.tenant_id, f.slot
  FROM tenant_slot f
  WHERE f.step_id IS NULL
    AND EXISTS (SELECT FROM tenant t WHERE t.tenant_id = f.tenant_id AND t.state = 'active')
    AND EXISTS (
      SELECT FROM job_step s
      JOIN job j ON j.tenant_id = s.tenant_id AND j.job_id = s.job_id
      WHERE s.tenant_id = f.tenant_id AND s.state = 'ready' AND s.run_at <= now()
        AND s.kind = ANY ($1)
        AND j.state IN ('pending', 'running') AND j.cancel_requested_at IS NULL)
  ORDER BY f.virtual_time, f.tenant_id, f.slot
  LIMIT 1
  FOR UPDATE SKIP LOCKED
), step AS MATERIALIZED (
  SELECT slot.slot, ready.*
  FROM slot CROSS JOIN LATERAL (
    SELECT s.tenant_id, s.step_id, s.job_id, s.progress
    FROM job_step s
    JOIN job j ON j.tenant_id = s.tenant_id AND j.job_id = s.job_id
    WHERE s.tenant_id = slot.tenant_id AND s.state = 'ready' AND s.run_at <= now()
      AND s.kind = ANY ($1)
      AND j.state IN ('pending', 'running') AND j.cancel_requested_at IS NULL
    ORDER BY s.run_at, s.step_id
    LIMIT 1
    FOR UPDATE OF s SKIP LOCKED
  ) AS ready
), leased AS (
  INSERT INTO lease (tenant_id, step_id, job_id, token, slot, worker, progress, expires_at)
  SELECT tenant_id, step_id, job_id, $2, slot, $3, progress,
         clock_timestamp() + make_interval(secs => $4)
  FROM step
), taken AS (
  -- A slot that was idle starts where the others are: its tenant gets its turn now, not all
  -- the turns it did not use.
  UPDATE tenant_slot t
  SET step_id = step.step_id,
      virtual_time = 1 + greatest(t.virtual_time, (SELECT max(virtual_time) - 1 FROM tenant_slot))
  FROM step
  WHERE t.tenant_id = step.tenant_id AND t.slot = step.slot
), begun AS (
  UPDATE job j
  SET state = 'running', started_at = coalesce(j.started_at, clock_timestamp())
  FROM step
  WHERE j.tenant_id = step.tenant_id AND j.job_id = step.job_id AND j.state = 'pending'
)
UPDATE job_step s
SET state = 'running', attempts = s.attempts + 1,
    started_at = coalesce(s.started_at, clock_timestamp())
FROM step
WHERE s.tenant_id = step.tenant_id AND s.step_id = step.step_id
RETURNING s.tenant_id, s.job_id, s.step_id, s.kind, s.attempts, s.max_attempts, s.payload,
          s.checkpoint, s.progress
