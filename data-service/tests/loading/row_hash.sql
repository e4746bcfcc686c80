-- $1 tenant
WITH facts AS (
  SELECT 'event' AS source, to_jsonb(e) AS row FROM event AS e WHERE tenant_id = $1
  UNION ALL
  SELECT 'session_day', to_jsonb(s) - 'client_number' - 'known_user_number'
  FROM session_day AS s WHERE tenant_id = $1
  UNION ALL
  SELECT 'purchase', to_jsonb(p) FROM purchase AS p WHERE tenant_id = $1
  UNION ALL
  SELECT 'refund', to_jsonb(r) FROM refund AS r WHERE tenant_id = $1
  UNION ALL
  SELECT 'cart', to_jsonb(c) FROM cart AS c WHERE tenant_id = $1
  UNION ALL
  SELECT 'search', to_jsonb(s) FROM search AS s WHERE tenant_id = $1
  UNION ALL
  SELECT 'sessionless_day', to_jsonb(s) - 'client_number'
  FROM sessionless_day AS s WHERE tenant_id = $1
  UNION ALL
  SELECT 'day_rollup', to_jsonb(d) FROM day_rollup AS d WHERE tenant_id = $1
  UNION ALL
  SELECT 'breakdown_rollup', to_jsonb(b) FROM breakdown_rollup AS b WHERE tenant_id = $1
  UNION ALL
  SELECT 'hour_rollup', to_jsonb(h) FROM hour_rollup AS h WHERE tenant_id = $1
  UNION ALL
  SELECT source, row - ARRAY['clients', 'active_clients', 'new_clients', 'returning_clients',
           'purchasing_clients', 'known_users']
  FROM (
    SELECT 'day_sets' AS source, to_jsonb(d) AS row FROM day_sets AS d WHERE tenant_id = $1
    UNION ALL
    SELECT 'breakdown_sets', to_jsonb(b) FROM breakdown_sets AS b WHERE tenant_id = $1
    UNION ALL
    SELECT 'hour_sets', to_jsonb(h) FROM hour_sets AS h WHERE tenant_id = $1
  ) AS sets
  UNION ALL
  SELECT 'shard', to_jsonb(s) - ARRAY['loaded_at', 'version', 'revision', 'source_modified_ms', 'source_etag', 'source_bytes', 'outdated']
  FROM shard AS s WHERE tenant_id = $1
)
SELECT md5(string_agg(hash, '' ORDER BY hash))
FROM (SELECT md5(source || (row - 'tenant_id')::text) AS hash FROM facts) AS hashed
