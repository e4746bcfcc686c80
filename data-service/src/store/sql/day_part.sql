-- The sessions of one day, from that day's events alone: read once, sorted once. Of first and last values the running
-- count of those that are set tells which row has them.
-- Beside it the hours of the session.
-- $1 names of the key events, $2 first instants of the day's hours, in microseconds
INSERT INTO {part}
WITH part AS (
  SELECT session_key,
         -- The key is made of these two.
         client_key,
         max(client_number) AS client_number,
         ga_session_id,
         count(*)::int AS events,
         (count(*) FILTER (WHERE event_name = 'page_view'))::int AS page_views,
         coalesce(sum(engagement_msec), 0)::bigint AS engagement_msec,
         min(event_micros) AS first_micros,
         max(event_micros) AS last_micros,
         bool_or(session_engaged) AS day_engaged,
         bool_or(is_active_user) AS day_active,
         (count(*) FILTER (WHERE event_name = 'screen_view'))::int AS day_screen_views,
         (count(*) FILTER (WHERE event_name = ANY ($1)))::int AS day_key_events,
         bool_or(event_name IN ('first_visit', 'first_open')) AS day_first_visit,
         bool_or(event_name = 'begin_checkout') AS day_checkout,
         bool_or(event_name = 'purchase'
                 AND (transaction_id IS NOT NULL OR purchase_revenue IS NOT NULL)) AS day_converted,
         coalesce(sum(cart_delta), 0) AS day_cart_net,
         max(cart_sum) AS day_cart_peak,
         max(ga_session_number) AS day_session_number,
         max(known_user) FILTER (WHERE known_users = all_known_users) AS day_known_user,
         max(customer) FILTER (WHERE customers = all_customers) AS day_customer,
         max(branch) FILTER (WHERE branches = all_branches) AS day_branch,
         -- Source, medium and campaign are of one event.
         jsonb_strip_nulls(jsonb_build_object(
           'device', max(device_category) FILTER (WHERE devices = 1),
           'country', max(country) FILTER (WHERE countries = 1),
           'city', max(city) FILTER (WHERE cities = 1),
           'source', max(source) FILTER (WHERE sources = 1),
           'medium', max(medium) FILTER (WHERE sources = 1),
           'campaign', max(campaign) FILTER (WHERE sources = 1),
           'landing_page', max(page_path) FILTER (WHERE pages = 1))) AS day_origin,
         max(event_micros) FILTER (WHERE event_name IN ('add_to_cart', 'purchase'))
           AS day_action_micros
  FROM (
    SELECT cart_event.*,
           sum(cart_delta) OVER so_far AS cart_sum,
           count(known_user) OVER so_far AS known_users,
           count(known_user) OVER session AS all_known_users,
           count(customer) OVER so_far AS customers,
           count(customer) OVER session AS all_customers,
           count(branch) OVER so_far AS branches,
           count(branch) OVER session AS all_branches,
           count(device_category) OVER so_far AS devices,
           count(country) OVER so_far AS countries,
           count(city) OVER so_far AS cities,
           count(coalesce(source, medium)) OVER so_far AS sources,
           count(page_path) OVER so_far AS pages
    FROM (
      SELECT event_key, event_name, event_micros, batch_page_id, batch_ordering_id,
             batch_event_index, session_key, client_key, day_client.number AS client_number,
             ga_session_id, ga_session_number,
             known_user, customer, branch, session_engaged, is_active_user, engagement_msec,
             device_category, country, city, source, medium, campaign, page_path, transaction_id,
             purchase_revenue,
             -- An event without items is one unit; removals subtract.
             CASE event_name WHEN 'add_to_cart' THEN coalesce(quantity, 1)
                             WHEN 'remove_from_cart' THEN -coalesce(quantity, 1) END AS cart_delta
      FROM {events}
      JOIN day_client USING (client_key)
      WHERE session_key IS NOT NULL
    ) AS cart_event
    WINDOW session AS (PARTITION BY session_key),
           so_far AS (PARTITION BY session_key
                      ORDER BY event_micros, batch_page_id, batch_ordering_id, batch_event_index,
                               event_key
                      ROWS UNBOUNDED PRECEDING)
  ) AS counted
  GROUP BY session_key, client_key, ga_session_id
),
hours AS (
{session_hours})
SELECT part.*, hours.hours FROM part JOIN hours USING (session_key)
