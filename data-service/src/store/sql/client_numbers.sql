-- Dense numbers for the clients of a load that have none yet. Each is looked up by its key: how many clients there are
-- does not matter.
-- $1 tenant, $2 property
WITH seen AS (
  SELECT client_key, min(stream_id COLLATE "C") AS stream_id,
         min(user_pseudo_id COLLATE "C") AS user_pseudo_id
  FROM {event}
  WHERE client_key IS NOT NULL
  GROUP BY client_key
),
missing AS MATERIALIZED (
  SELECT seen.*
  FROM seen
  LEFT JOIN LATERAL (
    SELECT number FROM client AS c
    WHERE c.tenant_id = $1 AND c.property_id = $2 AND c.client_key = seen.client_key
    OFFSET 0
  ) AS known ON true
  WHERE known.number IS NULL
),
counter AS (
  UPDATE property SET clients = clients + (SELECT count(*) FROM missing)::int
  WHERE tenant_id = $1 AND property_id = $2 AND EXISTS (SELECT FROM missing)
  RETURNING clients
)
INSERT INTO client (tenant_id, property_id, client_key, number, stream_id, user_pseudo_id)
SELECT $1, $2, client_key,
       (counter.clients - row_number() OVER (ORDER BY client_key) + 1)::int,
       stream_id, user_pseudo_id
FROM missing, counter
ORDER BY client_key
ON CONFLICT (tenant_id, property_id, client_key) DO NOTHING
