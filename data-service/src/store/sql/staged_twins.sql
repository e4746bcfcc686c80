-- Of exact duplicates one stays, the same in whatever order they came.
-- $1 load
WITH twin AS (
  SELECT event_key FROM staging.event WHERE load_id = $1 GROUP BY event_key HAVING count(*) > 1
),
placed AS (
  SELECT s.ctid AS row_id,
         row_number() OVER (PARTITION BY event_key ORDER BY row_hash, s.ctid) AS place
  FROM staging.event AS s JOIN twin USING (event_key)
  WHERE load_id = $1
)
DELETE FROM staging.event
WHERE ctid = ANY (ARRAY (SELECT row_id FROM placed WHERE place > 1))
