-- Which searches of the touched sessions count: the first of each run of one term, failed when any
-- of the run matched. Answers the days on which that changed.
-- $1 tenant, $2 property, $3 longest gap inside a run, in microseconds
WITH spaced AS (
  SELECT date, event_key, session_key, term, search_micros, matched,
         coalesce(search_micros - lag(search_micros) OVER w > $3, true) AS kept
  FROM search
  WHERE tenant_id = $1 AND property_id = $2
    AND session_key IN (SELECT session_key FROM touched_session)
  WINDOW w AS (PARTITION BY session_key, term ORDER BY search_micros, event_key)
),
numbered AS (
  SELECT *, count(*) FILTER (WHERE kept) OVER (PARTITION BY session_key, term
                                               ORDER BY search_micros, event_key) AS run
  FROM spaced
),
judged AS (
  SELECT date, event_key, kept,
         kept AND bool_or(matched) OVER (PARTITION BY session_key, term, run) AS failed
  FROM numbered
),
changed AS (
  UPDATE search AS s SET kept = j.kept, failed = j.failed
  FROM judged AS j
  WHERE s.tenant_id = $1 AND s.property_id = $2 AND s.date = j.date AND s.event_key = j.event_key
    AND (s.kept, s.failed) IS DISTINCT FROM (j.kept, j.failed)
  RETURNING s.date
)
SELECT DISTINCT date FROM changed
