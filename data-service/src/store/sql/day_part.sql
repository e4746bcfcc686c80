-- The sessions of one day, from that day's events alone.
-- $1 tenant, $2 property, $3 date, $4 names of the key events
CREATE TEMP TABLE day_part ON COMMIT DROP AS
WITH of_day AS (
  SELECT event_key, event_name, event_micros, batch_page_id, batch_ordering_id, batch_event_index,
         session_key, client_key, ga_session_id, ga_session_number, known_user, customer, branch,
         session_engaged, is_active_user, engagement_msec, device_category, country, city, source,
         medium, campaign, page_path, transaction_id, purchase_revenue, quantity
  FROM event
  WHERE tenant_id = $1 AND property_id = $2 AND event_date = $3 AND session_key IS NOT NULL
),
cart_step AS (
  -- An event without items is one unit; removals subtract.
  SELECT session_key,
         delta,
         sum(delta) OVER (PARTITION BY session_key
                          ORDER BY event_micros, batch_page_id, batch_ordering_id,
                                   batch_event_index, event_key) AS running
  FROM (
    SELECT *, CASE event_name WHEN 'add_to_cart' THEN 1 ELSE -1 END * coalesce(quantity, 1) AS delta
    FROM of_day WHERE event_name IN ('add_to_cart', 'remove_from_cart')
  ) AS cart_event
),
cart_part AS (
  SELECT session_key, sum(delta) AS net, max(running) AS peak FROM cart_step GROUP BY session_key
),
origin AS (
  -- The first value of each; source, medium and campaign are of one event.
  SELECT session_key,
         jsonb_strip_nulls(jsonb_build_object(
           'device', max(device_category) FILTER (WHERE devices = 1),
           'country', max(country) FILTER (WHERE countries = 1),
           'city', max(city) FILTER (WHERE cities = 1),
           'source', max(source) FILTER (WHERE sources = 1),
           'medium', max(medium) FILTER (WHERE sources = 1),
           'campaign', max(campaign) FILTER (WHERE sources = 1),
           'landing_page', max(page_path) FILTER (WHERE pages = 1))) AS first
  FROM (
    SELECT session_key, device_category, country, city, source, medium, campaign, page_path,
           count(device_category) OVER w AS devices,
           count(country) OVER w AS countries,
           count(city) OVER w AS cities,
           count(coalesce(source, medium)) OVER w AS sources,
           count(page_path) OVER w AS pages
    FROM of_day
    WINDOW w AS (PARTITION BY session_key
                 ORDER BY event_micros, batch_page_id, batch_ordering_id, batch_event_index,
                          event_key
                 ROWS UNBOUNDED PRECEDING)
  ) AS numbered
  GROUP BY session_key
)
SELECT e.session_key,
       min(e.client_key::text)::uuid AS client_key,
       min(e.ga_session_id) AS ga_session_id,
       count(*)::int AS events,
       (count(*) FILTER (WHERE event_name = 'page_view'))::int AS page_views,
       coalesce(sum(engagement_msec), 0)::bigint AS engagement_msec,
       min(event_micros) AS first_micros,
       max(event_micros) AS last_micros,
       bool_or(session_engaged) AS day_engaged,
       bool_or(is_active_user) AS day_active,
       (count(*) FILTER (WHERE event_name = 'screen_view'))::int AS day_screen_views,
       (count(*) FILTER (WHERE event_name = ANY ($4)))::int AS day_key_events,
       bool_or(event_name IN ('first_visit', 'first_open')) AS day_first_visit,
       bool_or(event_name = 'begin_checkout') AS day_checkout,
       bool_or(event_name = 'purchase'
               AND (transaction_id IS NOT NULL OR purchase_revenue IS NOT NULL)) AS day_converted,
       coalesce(min(c.net), 0) AS day_cart_net,
       min(c.peak) AS day_cart_peak,
       max(ga_session_number) AS day_session_number,
       (array_agg(known_user ORDER BY event_micros DESC, batch_page_id DESC, batch_ordering_id DESC,
                  batch_event_index DESC, event_key DESC)
         FILTER (WHERE known_user IS NOT NULL))[1] AS day_known_user,
       (array_agg(customer ORDER BY event_micros DESC, batch_page_id DESC, batch_ordering_id DESC,
                  batch_event_index DESC, event_key DESC)
         FILTER (WHERE customer IS NOT NULL))[1] AS day_customer,
       (array_agg(branch ORDER BY event_micros DESC, batch_page_id DESC, batch_ordering_id DESC,
                  batch_event_index DESC, event_key DESC)
         FILTER (WHERE branch IS NOT NULL))[1] AS day_branch,
       (array_agg(o.first))[1] AS day_origin,
       max(event_micros) FILTER (WHERE event_name IN ('add_to_cart', 'purchase'))
         AS day_action_micros
FROM of_day AS e
JOIN origin AS o ON o.session_key = e.session_key
LEFT JOIN cart_part AS c ON c.session_key = e.session_key
GROUP BY e.session_key
