-- The clients of the day and their numbers. Each is looked up by its key: how many clients there are does not matter.
-- $1 tenant, $2 property
CREATE TEMP TABLE day_client ON COMMIT DROP AS
SELECT seen.client_key, known.number
FROM (SELECT DISTINCT client_key FROM {events} WHERE client_key IS NOT NULL AND {which}) AS seen
CROSS JOIN LATERAL (
  SELECT number FROM client AS c
  WHERE c.tenant_id = $1 AND c.property_id = $2 AND c.client_key = seen.client_key
  OFFSET 0
) AS known
