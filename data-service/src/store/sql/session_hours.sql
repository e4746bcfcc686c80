SELECT session_key,
       jsonb_agg(jsonb_build_array(hour, events, page_views, engagement_msec, active, first_visit))
         AS hours
FROM (
  -- What lies before the first hour counts in it.
  SELECT session_key, greatest(width_bucket(event_micros, {starts}::bigint[]), 1) AS hour,
         count(*) AS events,
         count(*) FILTER (WHERE event_name = 'page_view') AS page_views,
         coalesce(sum(engagement_msec), 0)::bigint AS engagement_msec,
         bool_or(is_active_user) AS active,
         bool_or(event_name IN ('first_visit', 'first_open')) AS first_visit
  FROM {events}
  WHERE session_key IS NOT NULL
  GROUP BY 1, 2
) AS hour
GROUP BY session_key
