-- Renews the leases and tells which of them still exist, and whose job is to be cancelled.
-- A lease whose row is locked is inside its finishing transaction: it is neither waited for
-- nor counted as lost.
-- $1 tenants, $2 steps, $3 tokens, $4 progress, $5 lease length in seconds
WITH held AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::jsonb[])
    AS h (tenant_id, step_id, token, progress)
), free AS MATERIALIZED (
  SELECT l.tenant_id, l.step_id, h.progress
  FROM lease l JOIN held h USING (tenant_id, step_id, token)
  FOR UPDATE OF l SKIP LOCKED
), renewed AS (
  UPDATE lease l
  SET expires_at = clock_timestamp() + make_interval(secs => $5),
      progressed_at = CASE WHEN l.progress IS DISTINCT FROM f.progress
                        THEN clock_timestamp() ELSE l.progressed_at END,
      progress = f.progress
  FROM free f
  WHERE l.tenant_id = f.tenant_id AND l.step_id = f.step_id
)
SELECT l.step_id, j.cancel_requested_at IS NOT NULL
FROM lease l
JOIN held h USING (tenant_id, step_id, token)
JOIN job j ON j.tenant_id = l.tenant_id AND j.job_id = l.job_id AND j.month >= 'infinity'
