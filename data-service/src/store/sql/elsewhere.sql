-- The touched sessions' parts of other days, and where their rows lie. Each session is looked up by its key (which is
-- what LATERAL with OFFSET 0 comes to): how many days there are does not matter, few sessions have a second one.
-- $1 tenant, $2 property, $3 date
CREATE TEMP TABLE elsewhere ON COMMIT DROP AS
SELECT o.*
FROM touched_session AS t
CROSS JOIN LATERAL (
  SELECT date, ctid AS row_id, session_key, client_key, client_number, ga_session_id, events,
         page_views, engagement_msec, first_micros, last_micros, day_engaged, day_active, day_screen_views,
         day_key_events, day_first_visit, day_checkout, day_converted, day_cart_net,
         day_cart_peak, day_session_number, day_known_user, day_customer, day_branch, day_origin,
         day_action_micros
  FROM session_day
  WHERE tenant_id = $1 AND property_id = $2 AND session_key = t.session_key AND date <> $3
  OFFSET 0
) AS o
