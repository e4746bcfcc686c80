-- How often each touched session searched, and whether anything came of it. Answers the days on
-- which that changed.
-- $1 tenant, $2 property
WITH searched AS (
  SELECT session_key, count(*)::int AS searches, min(search_micros) AS first_micros
  FROM search
  WHERE tenant_id = $1 AND property_id = $2 AND kept
    AND session_key IN (SELECT session_key FROM touched_session)
  GROUP BY session_key
),
acted AS (
  SELECT session_key, max(day_action_micros) AS last_micros
  FROM session_day
  WHERE tenant_id = $1 AND property_id = $2
    AND session_key IN (SELECT session_key FROM touched_session)
  GROUP BY session_key
),
whole AS (
  SELECT a.session_key, coalesce(s.searches, 0) AS searches,
         coalesce(a.last_micros > s.first_micros, false) AS converted
  FROM acted AS a LEFT JOIN searched AS s ON s.session_key = a.session_key
),
changed AS (
  UPDATE session_day AS d SET searches = w.searches, search_converted = w.converted
  FROM whole AS w
  WHERE d.tenant_id = $1 AND d.property_id = $2 AND d.session_key = w.session_key
    AND (d.searches, d.search_converted) IS DISTINCT FROM (w.searches, w.converted)
  RETURNING d.date
)
SELECT DISTINCT date FROM changed
