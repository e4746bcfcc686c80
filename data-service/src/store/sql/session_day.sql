-- Writes the day's sessions and repairs the same sessions on neighbouring days.
-- Answers the other days that changed.
-- $1 tenant, $2 property, $3 date
WITH part AS (
  SELECT $3::date AS date, d.* FROM day_part AS d
  UNION ALL
  SELECT date, session_key, client_key, ga_session_id, events, page_views, engagement_msec,
         first_micros, last_micros, day_engaged, day_active, day_screen_views, day_key_events,
         day_first_visit, day_checkout, day_converted, day_cart_net, day_cart_peak,
         day_session_number, day_known_user, day_customer, day_branch, day_origin,
         day_action_micros
  FROM session_day
  WHERE tenant_id = $1 AND property_id = $2 AND date <> $3
    AND session_key IN (SELECT session_key FROM touched_session)
),
placed AS (
  SELECT part.*,
         lag(date) OVER by_day AS previous_day,
         -- What was in the cart before this day, and the most that was in it on this day.
         coalesce(sum(day_cart_net) OVER (PARTITION BY session_key ORDER BY date
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) + day_cart_peak AS peak
  FROM part
  WINDOW by_day AS (PARTITION BY session_key ORDER BY date)
),
whole AS (
  SELECT session_key,
         -- The export's own flag where any event carries it, else the documented rule.
         coalesce(bool_or(day_engaged),
                  sum(engagement_msec) >= 10000
                  OR sum(page_views + day_screen_views) >= 2
                  OR sum(day_key_events) > 0) AS engaged,
         bool_or(day_converted) AS converted,
         coalesce(bool_or(peak > 0), false) AS cart,
         bool_or(day_checkout) AS checkout,
         max(day_session_number) AS session_number,
         (array_agg(day_known_user ORDER BY date DESC)
           FILTER (WHERE day_known_user IS NOT NULL))[1] AS known_user,
         (array_agg(day_customer ORDER BY date DESC)
           FILTER (WHERE day_customer IS NOT NULL))[1] AS customer,
         (array_agg(day_branch ORDER BY date DESC)
           FILTER (WHERE day_branch IS NOT NULL))[1] AS branch,
         (array_agg(day_origin ->> 'device' ORDER BY date)
           FILTER (WHERE day_origin ->> 'device' IS NOT NULL))[1] AS device,
         (array_agg(day_origin ->> 'country' ORDER BY date)
           FILTER (WHERE day_origin ->> 'country' IS NOT NULL))[1] AS country,
         (array_agg(day_origin ->> 'city' ORDER BY date)
           FILTER (WHERE day_origin ->> 'city' IS NOT NULL))[1] AS city,
         (array_agg(day_origin ->> 'landing_page' ORDER BY date)
           FILTER (WHERE day_origin ->> 'landing_page' IS NOT NULL))[1] AS landing_page,
         (array_agg(day_origin ORDER BY date)
           FILTER (WHERE coalesce(day_origin ->> 'source', day_origin ->> 'medium') IS NOT NULL))[1]
           AS traffic
  FROM placed GROUP BY session_key
),
numbered AS (
  SELECT whole.*, traffic ->> 'source' AS source, traffic ->> 'medium' AS medium,
         traffic ->> 'campaign' AS campaign, u.number AS known_user_number
  FROM whole
  LEFT JOIN known_user AS u
    ON u.tenant_id = $1 AND u.property_id = $2 AND u.known_user = whole.known_user
),
written AS (
  INSERT INTO session_day (
    tenant_id, property_id, date, session_key, client_key, client_number, ga_session_id, events,
    page_views, engagement_msec, first_micros, last_micros, day_engaged, day_active,
    day_screen_views, day_key_events, day_first_visit, day_checkout, day_converted, day_cart_net,
    day_cart_peak, day_session_number, day_known_user, day_customer, day_branch, previous_day,
    engaged, converted, cart, checkout, session_number, known_user, known_user_number, customer,
    branch, day_origin, day_action_micros, device, country, city, source, medium, campaign,
    landing_page)
  SELECT $1, $2, $3, p.session_key, p.client_key, c.number, p.ga_session_id, p.events,
         p.page_views, p.engagement_msec, p.first_micros, p.last_micros, p.day_engaged,
         p.day_active, p.day_screen_views, p.day_key_events, p.day_first_visit, p.day_checkout,
         p.day_converted, p.day_cart_net, p.day_cart_peak, p.day_session_number,
         p.day_known_user, p.day_customer, p.day_branch, p.previous_day,
         n.engaged, n.converted, n.cart, n.checkout, n.session_number, n.known_user,
         n.known_user_number, n.customer, n.branch, p.day_origin, p.day_action_micros, n.device,
         n.country, n.city, n.source, n.medium, n.campaign, n.landing_page
  FROM placed AS p
  JOIN numbered AS n ON n.session_key = p.session_key
  JOIN client AS c
    ON c.tenant_id = $1 AND c.property_id = $2 AND c.client_key = p.client_key
  WHERE p.date = $3
),
repaired AS (
  UPDATE session_day AS s
  SET previous_day = p.previous_day, engaged = n.engaged, converted = n.converted, cart = n.cart,
      checkout = n.checkout, session_number = n.session_number, known_user = n.known_user,
      known_user_number = n.known_user_number, customer = n.customer, branch = n.branch,
      device = n.device, country = n.country, city = n.city, source = n.source,
      medium = n.medium, campaign = n.campaign, landing_page = n.landing_page
  FROM placed AS p
  JOIN numbered AS n ON n.session_key = p.session_key
  WHERE p.date <> $3
    AND s.tenant_id = $1 AND s.property_id = $2 AND s.date = p.date
    AND s.session_key = p.session_key
    AND (s.previous_day, s.engaged, s.converted, s.cart, s.checkout, s.session_number,
         s.known_user, s.known_user_number, s.customer, s.branch, s.device, s.country, s.city,
         s.source, s.medium, s.campaign, s.landing_page)
        IS DISTINCT FROM
        (p.previous_day, n.engaged, n.converted, n.cart, n.checkout, n.session_number,
         n.known_user, n.known_user_number, n.customer, n.branch, n.device, n.country, n.city,
         n.source, n.medium, n.campaign, n.landing_page)
  RETURNING s.date
)
SELECT DISTINCT date FROM repaired
