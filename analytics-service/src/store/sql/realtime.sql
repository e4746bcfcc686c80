-- $1 tenant, $2 property, $3 and $4 local days, $5 and $6 instants in microseconds, $7 location or
-- NULL, $8 how many pages. One row for the window, one for each minute and one for each of the most
-- viewed pages. What was loaded counts; of what webhooks brought, that which was not loaded yet.
WITH loaded AS (
  -- Whole seconds, because by them events are recognised.
  SELECT
    e.event_micros, e.event_name, e.page_path, e.client_key, e.user_pseudo_id,
    coalesce(e.transaction_id, e.event_key::text) AS purchase,
    coalesce(CASE WHEN s.session_key IS NULL THEN e.branch ELSE s.branch END, '(unassigned)')
      AS location
  FROM event AS e
  LEFT JOIN session_day AS s
    ON s.tenant_id = $1 AND s.property_id = $2 AND s.date = e.event_date
   AND s.session_key = e.session_key
  WHERE e.tenant_id = $1 AND e.property_id = $2 AND e.event_date BETWEEN $3 AND $4
    AND e.event_micros >= $5 / 1000000 * 1000000
    AND e.event_micros < ($6 / 1000000 + 1) * 1000000
),
-- A client has one number of people, whichever way its events come.
loaded_client AS (
  SELECT user_pseudo_id AS client_id, min(client_key::text) AS client
  FROM loaded WHERE user_pseudo_id IS NOT NULL GROUP BY user_pseudo_id
),
live_session AS (
  SELECT DISTINCT ON (client_id, session_id) client_id, session_id, location
  FROM live_event
  WHERE tenant_id = $1 AND property_id = $2
    AND client_id IS NOT NULL AND session_id IS NOT NULL AND location IS NOT NULL
  ORDER BY client_id, session_id, event_micros DESC, live_event_id DESC
),
live AS (
  SELECT
    l.event_micros, l.event_name, l.page_path, coalesce(c.client, l.client_id) AS client,
    coalesce(l.transaction_id, l.live_event_id::text) AS purchase,
    coalesce(s.location, l.location, '(unassigned)') AS location
  FROM live_event AS l
  LEFT JOIN loaded_client AS c ON c.client_id = l.client_id
  LEFT JOIN live_session AS s ON s.client_id = l.client_id AND s.session_id = l.session_id
  WHERE l.tenant_id = $1 AND l.property_id = $2
    AND l.event_micros >= $5 AND l.event_micros < $6
    AND NOT CASE WHEN l.event_name = 'purchase' AND l.transaction_id IS NOT NULL
      THEN EXISTS (
        SELECT FROM purchase AS p
        WHERE p.tenant_id = $1 AND p.property_id = $2 AND p.transaction_id = l.transaction_id)
      ELSE EXISTS (
        SELECT FROM loaded AS e
        WHERE e.user_pseudo_id = l.client_id AND e.event_name = l.event_name
          AND e.event_micros / 1000000 = l.event_micros / 1000000)
    END
),
both_sources AS (
  SELECT event_micros, event_name, page_path, client_key::text AS client, purchase, location
  FROM loaded WHERE event_micros >= $5 AND event_micros < $6
  UNION ALL
  SELECT event_micros, event_name, page_path, client, purchase, location FROM live
),
recent AS (
  SELECT
    ((event_micros - $5) / 60000000)::int AS minute,
    CASE WHEN event_name = 'page_view' THEN coalesce(page_path, '(not set)') END AS page,
    event_name = 'page_view' AS viewed,
    client,
    CASE WHEN event_name = 'purchase' THEN purchase END AS purchase
  FROM both_sources
  WHERE $7::text IS NULL OR location = $7
),
counted AS (
  SELECT
    minute,
    page,
    grouping(page) = 0 AS of_page,
    count(*) AS events,
    count(*) FILTER (WHERE viewed) AS page_views,
    count(DISTINCT client) AS users,
    count(DISTINCT purchase) AS purchases
  FROM recent
  GROUP BY GROUPING SETS ((), (minute), (page))
),
-- Events that are no page view are on no page. Equal ones by their bytes.
top_page AS (
  SELECT page, events, page_views, users, purchases
  FROM counted
  WHERE of_page AND page IS NOT NULL
  ORDER BY page_views DESC, page COLLATE "C"
  LIMIT $8
)
SELECT minute, page, events, page_views, users, purchases FROM counted WHERE NOT of_page
UNION ALL
SELECT NULL, page, events, page_views, users, purchases FROM top_page
