-- What was put into and taken out of the carts of the touched sessions, on the day and on their others.
-- $1 tenant, $2 property, $3 date
SELECT e.session_key, e.client_key, s.known_user, $3 AS event_date, e.event_name, e.event_micros,
       e.currency, e.items, e.batch_page_id, e.batch_ordering_id, e.batch_event_index, e.event_key
FROM session_day AS s
JOIN day_event AS e ON e.session_key = s.session_key
WHERE s.tenant_id = $1 AND s.property_id = $2 AND s.date = $3 AND s.cart
  AND e.event_name IN ('add_to_cart', 'remove_from_cart')
UNION ALL
SELECT e.session_key, e.client_key, s.known_user, e.event_date, e.event_name, e.event_micros,
       e.currency, e.items, e.batch_page_id, e.batch_ordering_id, e.batch_event_index, e.event_key
FROM elsewhere AS o
CROSS JOIN LATERAL (
  SELECT known_user FROM session_day
  WHERE tenant_id = $1 AND property_id = $2 AND date = o.date AND session_key = o.session_key
    AND cart
  OFFSET 0
) AS s
CROSS JOIN LATERAL (
  SELECT session_key, client_key, event_date, event_name, event_micros, currency, items,
         batch_page_id, batch_ordering_id, batch_event_index, event_key
  FROM event
  -- Asked for its date in this way, only the index of cart events serves; the one by date would read the day.
  WHERE tenant_id = $1 AND property_id = $2 AND session_key = o.session_key
    AND event_date - o.date = 0 AND event_name IN ('add_to_cart', 'remove_from_cart')
  OFFSET 0
) AS e
ORDER BY session_key, event_micros, batch_page_id, batch_ordering_id, batch_event_index, event_key
