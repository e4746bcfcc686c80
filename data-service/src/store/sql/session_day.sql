-- Writes the day's sessions, most of which are alone on it, and repairs the same sessions on other days. Answers the
-- other days that changed.
-- $1 tenant, $2 property, $3 date
WITH alone AS (
  SELECT d.* FROM day_part AS d
  WHERE NOT EXISTS (SELECT FROM elsewhere AS o WHERE o.session_key = d.session_key)
),
part AS (
  SELECT $3::date AS date, NULL::tid AS row_id, d.* FROM day_part AS d
  WHERE EXISTS (SELECT FROM elsewhere AS o WHERE o.session_key = d.session_key)
  UNION ALL
  SELECT * FROM elsewhere
),
told AS (
  SELECT part.*, day_origin ->> 'device' AS device, day_origin ->> 'country' AS country,
         day_origin ->> 'city' AS city, day_origin ->> 'source' AS source,
         day_origin ->> 'medium' AS medium, day_origin ->> 'campaign' AS campaign,
         day_origin ->> 'landing_page' AS landing_page
  FROM part
),
placed AS (
  SELECT told.*,
         lag(date) OVER so_far AS previous_day,
         -- What was in the cart before this day, and the most that was in it on this day.
         coalesce(sum(day_cart_net) OVER (PARTITION BY session_key ORDER BY date
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) + day_cart_peak AS peak,
         count(day_known_user) OVER so_far AS known_users,
         count(day_known_user) OVER session AS all_known_users,
         count(day_customer) OVER so_far AS customers,
         count(day_customer) OVER session AS all_customers,
         count(day_branch) OVER so_far AS branches,
         count(day_branch) OVER session AS all_branches,
         count(device) OVER so_far AS devices,
         count(country) OVER so_far AS countries,
         count(city) OVER so_far AS cities,
         count(coalesce(source, medium)) OVER so_far AS sources,
         count(landing_page) OVER so_far AS landing_pages
  FROM told
  WINDOW session AS (PARTITION BY session_key),
         so_far AS (PARTITION BY session_key ORDER BY date ROWS UNBOUNDED PRECEDING)
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
         max(day_action_micros) AS last_action_micros,
         -- The last that is set, and of where it came from the first.
         max(day_known_user) FILTER (WHERE known_users = all_known_users) AS known_user,
         max(day_customer) FILTER (WHERE customers = all_customers) AS customer,
         max(day_branch) FILTER (WHERE branches = all_branches) AS branch,
         max(device) FILTER (WHERE devices = 1) AS device,
         max(country) FILTER (WHERE countries = 1) AS country,
         max(city) FILTER (WHERE cities = 1) AS city,
         max(source) FILTER (WHERE sources = 1) AS source,
         max(medium) FILTER (WHERE sources = 1) AS medium,
         max(campaign) FILTER (WHERE sources = 1) AS campaign,
         max(landing_page) FILTER (WHERE landing_pages = 1) AS landing_page
  FROM placed GROUP BY session_key
  UNION ALL
  SELECT session_key,
         coalesce(day_engaged,
                  engagement_msec >= 10000
                  OR page_views + day_screen_views >= 2
                  OR day_key_events > 0),
         day_converted, coalesce(day_cart_peak > 0, false), day_checkout, day_session_number,
         day_action_micros, day_known_user, day_customer, day_branch,
         day_origin ->> 'device', day_origin ->> 'country', day_origin ->> 'city',
         day_origin ->> 'source', day_origin ->> 'medium', day_origin ->> 'campaign',
         day_origin ->> 'landing_page'
  FROM alone
),
today AS (
  SELECT NULL::date AS previous_day, alone.* FROM alone
  UNION ALL
  SELECT previous_day, session_key, client_key, client_number, ga_session_id, events, page_views,
         engagement_msec, first_micros, last_micros, day_engaged, day_active, day_screen_views,
         day_key_events, day_first_visit, day_checkout, day_converted, day_cart_net, day_cart_peak,
         day_session_number, day_known_user, day_customer, day_branch, day_origin,
         day_action_micros
  FROM placed WHERE date = $3
),
searching AS (
  SELECT session_key FROM search
  WHERE tenant_id = $1 AND property_id = $2 AND date = $3 AND session_key IS NOT NULL
  UNION
  SELECT session_key FROM elsewhere
),
searched AS (
  SELECT s.session_key, count(*)::int AS searches, min(search_micros) AS first_micros
  FROM searching
  CROSS JOIN LATERAL (
    SELECT session_key, search_micros FROM search
    WHERE tenant_id = $1 AND property_id = $2 AND session_key = searching.session_key AND kept
    OFFSET 0
  ) AS s
  GROUP BY s.session_key
),
numbered AS (
  SELECT whole.*, u.number AS known_user_number, coalesce(s.searches, 0) AS searches,
         coalesce(last_action_micros > s.first_micros, false) AS search_converted
  FROM whole
  LEFT JOIN searched AS s ON s.session_key = whole.session_key
  LEFT JOIN LATERAL (
    SELECT number FROM known_user AS k
    WHERE k.tenant_id = $1 AND k.property_id = $2 AND k.known_user = whole.known_user
    OFFSET 0
  ) AS u ON true
),
written AS (
  INSERT INTO session_day (
    tenant_id, property_id, date, session_key, client_key, client_number, ga_session_id, events,
    page_views, engagement_msec, first_micros, last_micros, day_engaged, day_active,
    day_screen_views, day_key_events, day_first_visit, day_checkout, day_converted, day_cart_net,
    day_cart_peak, day_session_number, day_known_user, day_customer, day_branch, previous_day,
    engaged, converted, cart, checkout, session_number, known_user, known_user_number, customer,
    branch, day_origin, day_action_micros, device, country, city, source, medium, campaign,
    landing_page, searches, search_converted)
  SELECT $1, $2, $3, p.session_key, p.client_key, p.client_number, p.ga_session_id, p.events,
         p.page_views, p.engagement_msec, p.first_micros, p.last_micros, p.day_engaged,
         p.day_active, p.day_screen_views, p.day_key_events, p.day_first_visit, p.day_checkout,
         p.day_converted, p.day_cart_net, p.day_cart_peak, p.day_session_number,
         p.day_known_user, p.day_customer, p.day_branch, p.previous_day,
         n.engaged, n.converted, n.cart, n.checkout, n.session_number, n.known_user,
         n.known_user_number, n.customer, n.branch, p.day_origin, p.day_action_micros, n.device,
         n.country, n.city, n.source, n.medium, n.campaign, n.landing_page, n.searches,
         n.search_converted
  FROM today AS p
  JOIN numbered AS n ON n.session_key = p.session_key
),
repaired AS (
  UPDATE session_day AS s
  SET previous_day = p.previous_day, engaged = n.engaged, converted = n.converted, cart = n.cart,
      checkout = n.checkout, session_number = n.session_number, known_user = n.known_user,
      known_user_number = n.known_user_number, customer = n.customer, branch = n.branch,
      device = n.device, country = n.country, city = n.city, source = n.source,
      medium = n.medium, campaign = n.campaign, landing_page = n.landing_page,
      searches = n.searches, search_converted = n.search_converted
  FROM placed AS p
  JOIN numbered AS n ON n.session_key = p.session_key
  WHERE s.tenant_id = $1 AND s.property_id = $2
    -- Nobody else writes them: whoever loads a day of the property holds its lock.
    AND s.ctid = ANY (ARRAY (SELECT row_id FROM elsewhere))
    AND p.date <> $3 AND s.date = p.date AND s.session_key = p.session_key
    AND (s.previous_day, s.engaged, s.converted, s.cart, s.checkout, s.session_number,
         s.known_user, s.known_user_number, s.customer, s.branch, s.device, s.country, s.city,
         s.source, s.medium, s.campaign, s.landing_page, s.searches, s.search_converted)
        IS DISTINCT FROM
        (p.previous_day, n.engaged, n.converted, n.cart, n.checkout, n.session_number,
         n.known_user, n.known_user_number, n.customer, n.branch, n.device, n.country, n.city,
         n.source, n.medium, n.campaign, n.landing_page, n.searches, n.search_converted)
  RETURNING s.date
)
SELECT DISTINCT date FROM repaired
