-- Dense numbers for the known users of a load that have none yet.
-- $1 tenant, $2 property
WITH seen AS (
  SELECT DISTINCT known_user
  FROM {event}
  WHERE known_user IS NOT NULL
),
missing AS MATERIALIZED (
  SELECT seen.*
  FROM seen
  LEFT JOIN LATERAL (
    SELECT number FROM known_user AS k
    WHERE k.tenant_id = $1 AND k.property_id = $2 AND k.known_user = seen.known_user
    OFFSET 0
  ) AS known ON true
  WHERE known.number IS NULL
),
counter AS (
  UPDATE property SET known_users = known_users + (SELECT count(*) FROM missing)::int
  WHERE tenant_id = $1 AND property_id = $2 AND EXISTS (SELECT FROM missing)
  RETURNING known_users
)
INSERT INTO known_user (tenant_id, property_id, known_user, number)
SELECT $1, $2, known_user,
       (counter.known_users - row_number() OVER (ORDER BY known_user) + 1)::int
FROM missing, counter
ORDER BY known_user
ON CONFLICT (tenant_id, property_id, known_user) DO NOTHING
