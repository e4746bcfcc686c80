-- $1 tenant, $2 property, $3 last cart event before, $4 window, $5 location or NULL,
-- $6 and $7 first and last day or NULL, $8 and $9 where the page before ended or NULL, $10 limit
SELECT
  c.session_key,
  c.date,
  c.last_cart_micros,
  c.items,
  c.quantity,
  c.value,
  c.value_incomplete,
  c.currency,
  c.client_key,
  s.known_user,
  s.customer AS customer_code,
  s.branch AS location_code,
  l.name AS location_name,
  coalesce(u.candidates, 0) AS candidates,
  k.code AS contact_code,
  k.name AS contact_name,
  k.email AS contact_email,
  k.phone AS contact_phone
FROM cart AS c
LEFT JOIN session_day AS s
  ON s.tenant_id = c.tenant_id AND s.property_id = c.property_id
  AND s.date = c.date AND s.session_key = c.session_key
LEFT JOIN location AS l ON l.tenant_id = c.tenant_id AND l.code = s.branch
LEFT JOIN LATERAL (
  SELECT count(*) AS candidates, min(code) AS code
  FROM customer
  WHERE tenant_id = c.tenant_id AND user_id = s.known_user AND active
) AS u ON true
-- The user id decides when it is one customer's; else the customer code of the session does.
LEFT JOIN customer AS k
  ON k.tenant_id = c.tenant_id
  AND k.code = CASE WHEN u.candidates = 1 THEN u.code ELSE s.customer END
WHERE c.tenant_id = $1 AND c.property_id = $2
  AND c.open
  AND c.last_cart_micros < $3
  AND (c.recovered_micros IS NULL OR c.recovered_micros - c.last_cart_micros > $4)
  AND ($5::text IS NULL OR coalesce(s.branch, '(unassigned)') = $5)
  AND ($6::date IS NULL OR c.date BETWEEN $6 AND $7)
  AND ($8::bigint IS NULL OR (c.last_cart_micros, c.session_key) < ($8, $9))
ORDER BY c.last_cart_micros DESC, c.session_key DESC
LIMIT $10
