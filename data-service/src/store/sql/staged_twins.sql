-- Of exact duplicates one stays, the same in whatever order they came.
-- $1 keys that came more than once; any may have when NULL
WITH twin AS (
  SELECT event_key FROM {event}
  WHERE $1::uuid[] IS NULL OR event_key = ANY ($1)
  GROUP BY event_key HAVING count(*) > 1
),
placed AS (
  SELECT s.ctid AS row_id,
         row_number() OVER (PARTITION BY event_key ORDER BY row_hash, s.ctid) AS place
  FROM {event} AS s JOIN twin USING (event_key)
)
DELETE FROM {event}
WHERE ctid = ANY (ARRAY (SELECT row_id FROM placed WHERE place > 1))
