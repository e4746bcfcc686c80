-- The day's events without a session, grouped by everything they can be asked for.
-- $1 tenant, $2 property, $3 date
INSERT INTO sessionless_day (
  tenant_id, property_id, date, group_key, client_key, client_number, branch, customer, device,
  country, city, source, medium, campaign, events, page_views, engagement_msec, day_active,
  day_first_visit)
SELECT $1, $2, $3,
       md5(jsonb_build_array(e.client_key, e.branch, e.customer, e.device_category, e.country,
                             e.city, e.source, e.medium, e.campaign)::text)::uuid,
       e.client_key, c.number, e.branch, e.customer, e.device_category, e.country, e.city,
       e.source, e.medium, e.campaign,
       count(*),
       count(*) FILTER (WHERE event_name = 'page_view'),
       coalesce(sum(engagement_msec), 0),
       bool_or(is_active_user),
       bool_or(event_name IN ('first_visit', 'first_open'))
FROM event AS e
LEFT JOIN client AS c
  ON c.tenant_id = $1 AND c.property_id = $2 AND c.client_key = e.client_key
WHERE e.tenant_id = $1 AND e.property_id = $2 AND e.event_date = $3 AND e.session_key IS NULL
GROUP BY e.client_key, c.number, e.branch, e.customer, e.device_category, e.country, e.city,
         e.source, e.medium, e.campaign
