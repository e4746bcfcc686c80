-- Which searches count, of the sessions that searched on the day or have other days as well: the first of each run of
-- one term, failed when any of the run matched. Answers the days on which that changed.
-- $1 tenant, $2 property, $3 date, $4 longest gap inside a run, in microseconds
WITH concerned AS (
  SELECT session_key FROM search
  WHERE tenant_id = $1 AND property_id = $2 AND date = $3 AND session_key IS NOT NULL
  UNION
  SELECT session_key FROM elsewhere
),
spaced AS (
  SELECT s.*, coalesce(search_micros - lag(search_micros) OVER w > $4, true) AS first
  FROM concerned AS c
  CROSS JOIN LATERAL (
    SELECT ctid AS row_id, event_key, session_key, term, search_micros, matched, kept, failed
    FROM search
    WHERE tenant_id = $1 AND property_id = $2 AND session_key = c.session_key
    OFFSET 0
  ) AS s
  WINDOW w AS (PARTITION BY s.session_key, term ORDER BY search_micros, event_key)
),
numbered AS (
  SELECT *, count(*) FILTER (WHERE first) OVER (PARTITION BY session_key, term
                                                ORDER BY search_micros, event_key) AS run
  FROM spaced
),
judged AS (
  SELECT row_id, kept, failed, first,
         first AND bool_or(matched) OVER (PARTITION BY session_key, term, run) AS run_failed
  FROM numbered
),
different AS MATERIALIZED (
  SELECT * FROM judged WHERE (kept, failed) IS DISTINCT FROM (first, run_failed)
),
changed AS (
  UPDATE search AS s SET kept = d.first, failed = d.run_failed
  FROM different AS d
  WHERE s.tenant_id = $1 AND s.property_id = $2
    AND s.ctid = ANY (ARRAY (SELECT row_id FROM different)) AND s.ctid = d.row_id
  RETURNING s.date
)
SELECT DISTINCT date FROM changed
