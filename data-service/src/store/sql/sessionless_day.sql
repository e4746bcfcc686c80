-- The day's events without a session, grouped by everything they can be asked for.
-- $1 tenant, $2 property, $3 date
INSERT INTO sessionless_day (
  tenant_id, property_id, date, group_key, client_key, client_number, branch, customer, device,
  country, city, source, medium, campaign, events, page_views, engagement_msec, day_active,
  day_first_visit)
SELECT $1, $2, $3,
       md5(jsonb_build_array(client_key, branch, customer, device_category, country, city, source,
                             medium, campaign)::text)::uuid,
       client_key, c.number, branch, customer, device_category, country, city, source, medium,
       campaign, events, page_views, engagement_msec, day_active, day_first_visit
FROM (
  SELECT client_key, branch, customer, device_category, country, city, source, medium, campaign,
         count(*) AS events,
         count(*) FILTER (WHERE event_name = 'page_view') AS page_views,
         coalesce(sum(engagement_msec), 0) AS engagement_msec,
         bool_or(is_active_user) AS day_active,
         bool_or(event_name IN ('first_visit', 'first_open')) AS day_first_visit
  FROM {events}
  WHERE session_key IS NULL
  GROUP BY client_key, branch, customer, device_category, country, city, source, medium, campaign
) AS grouped
LEFT JOIN LATERAL (
  SELECT number FROM client
  WHERE tenant_id = $1 AND property_id = $2 AND client_key = grouped.client_key
  OFFSET 0
) AS c ON true
