-- $1 tenant, $2 property, $3 and $4 local days, $5 and $6 instants in microseconds, $7 location or
-- NULL. One row for the window, one for each minute and one for each viewed page.
WITH recent AS (
  SELECT
    ((e.event_micros - $5) / 60000000)::int AS minute,
    CASE WHEN e.event_name = 'page_view' THEN coalesce(e.page_path, '(not set)') END AS page,
    e.event_name = 'page_view' AS viewed,
    e.client_key,
    CASE WHEN e.event_name = 'purchase' THEN coalesce(e.transaction_id, e.event_key::text) END
      AS purchase
  FROM event AS e
  LEFT JOIN session_day AS s
    ON s.tenant_id = $1 AND s.property_id = $2 AND s.date = e.event_date
   AND s.session_key = e.session_key
  WHERE e.tenant_id = $1 AND e.property_id = $2 AND e.event_date BETWEEN $3 AND $4
    AND e.event_micros >= $5 AND e.event_micros < $6
    AND ($7::text IS NULL OR $7 = coalesce(
          CASE WHEN s.session_key IS NULL THEN e.branch ELSE s.branch END, '(unassigned)'))
)
SELECT
  minute,
  page,
  grouping(page) = 0 AS of_page,
  count(*) AS events,
  count(*) FILTER (WHERE viewed) AS page_views,
  count(DISTINCT client_key) AS users,
  count(DISTINCT purchase) AS purchases
FROM recent
GROUP BY GROUPING SETS ((), (minute), (page))
