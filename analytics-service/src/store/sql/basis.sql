-- $1 tenant, $2 property or NULL, $3 and $4 first and last day the answer reads.
-- One row per property (two at most: more than one is a question back to the caller), and one
-- row without property for a tenant that has none.
SELECT
  p.property_id,
  coalesce(z.time_zone, 'UTC') AS time_zone,
  t.document,
  coalesce(t.version, 0) AS setting_version,
  coalesce(m.version, 0) AS master_version,
  s.data_version,
  s.last_success_at,
  s.loaded,
  s.provisional,
  CASE
    WHEN s.complete_days = s.last_day - s.first_day + 1 THEN s.last_day
    ELSE (
      SELECT max(r.date)
      FROM (
        SELECT date, row_number() OVER (ORDER BY date) AS n
        FROM shard
        WHERE tenant_id = $1 AND property_id = p.property_id AND kind = 'daily'
      ) AS r
      WHERE r.date = s.first_day + (r.n - 1)::int
    )
  END AS complete_through,
  f.failed_days,
  f.failed_at,
  f.failure_code,
  f.source_failed
FROM (VALUES ($1::uuid)) AS own (tenant_id)
LEFT JOIN tenant_setting AS t ON t.tenant_id = own.tenant_id
LEFT JOIN master_version AS m ON m.tenant_id = own.tenant_id
LEFT JOIN LATERAL (
  SELECT property_id, looked_at
  FROM property
  WHERE tenant_id = $1 AND ($2::bigint IS NULL OR property_id = $2)
  ORDER BY property_id
  LIMIT 2
) AS p ON true
LEFT JOIN LATERAL (
  -- The zone valid on the last day; before the first known one, that one.
  SELECT time_zone
  FROM property_zone
  WHERE tenant_id = $1 AND property_id = p.property_id
  ORDER BY valid_from > $4, abs(valid_from - $4)
  LIMIT 1
) AS z ON true
LEFT JOIN LATERAL (
  SELECT
    -- Versions only rise, so the sum changes whenever one of them does.
    coalesce(sum(version) FILTER (WHERE date BETWEEN $3 AND $4), 0)::bigint AS data_version,
    max(loaded_at) AS last_success_at,
    coalesce(array_agg(date) FILTER (WHERE date BETWEEN $3 AND $4), '{}') AS loaded,
    coalesce(array_agg(date) FILTER (WHERE date BETWEEN $3 AND $4 AND kind <> 'daily'), '{}')
      AS provisional,
    count(*) FILTER (WHERE kind = 'daily') AS complete_days,
    min(date) FILTER (WHERE kind = 'daily') AS first_day,
    max(date) FILTER (WHERE kind = 'daily') AS last_day
  FROM shard
  WHERE tenant_id = $1 AND property_id = p.property_id
) AS s ON true
LEFT JOIN LATERAL (
  -- Days whose newest load failed for good. A source that could not be looked at since it last
  -- answered is a failure without a day.
  SELECT
    array_agg(DISTINCT failure.day) FILTER (WHERE failure.day IS NOT NULL) AS failed_days,
    max(failure.finished_at) AS failed_at,
    bool_or(failure.day IS NULL) AS source_failed,
    (array_agg(failure.code ORDER BY failure.finished_at DESC))[1] AS failure_code
  FROM (
    SELECT (step.payload ->> 'date')::date AS day, step.finished_at,
           step.exceptions -> -1 ->> 'code' AS code
    FROM job_step AS step
    LEFT JOIN shard AS loaded
      ON loaded.tenant_id = $1 AND loaded.property_id = p.property_id
     AND loaded.date BETWEEN $3 AND $4 AND loaded.date::text = step.payload ->> 'date'
    WHERE step.tenant_id = $1 AND step.state = 'failed' AND step.kind = 'load_shard'
      AND step.payload ->> 'property_id' = p.property_id::text
      AND step.payload ->> 'date' BETWEEN $3::text AND $4::text
      AND (loaded.loaded_at IS NULL OR loaded.loaded_at < step.finished_at)
    UNION ALL
    SELECT NULL, step.finished_at, step.exceptions -> -1 ->> 'code'
    FROM job_step AS step
    WHERE step.tenant_id = $1 AND step.state = 'failed' AND step.kind = 'find_shards'
      AND (coalesce(step.payload -> 'properties', '[]') = '[]'
           OR step.payload -> 'properties' @> to_jsonb(p.property_id))
      AND (p.looked_at IS NULL OR p.looked_at < step.finished_at)
  ) AS failure
) AS f ON true
