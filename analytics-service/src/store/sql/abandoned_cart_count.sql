-- $1 tenant, $2 property, $3 last cart event before, $4 window, $5 location or NULL,
-- $6 and $7 first and last day or NULL
SELECT count(*)
FROM cart AS c
LEFT JOIN session_day AS s
  ON s.tenant_id = c.tenant_id AND s.property_id = c.property_id
  AND s.date = c.date AND s.session_key = c.session_key
WHERE c.tenant_id = $1 AND c.property_id = $2
  AND c.open
  AND c.last_cart_micros < $3
  AND (c.recovered_micros IS NULL OR c.recovered_micros - c.last_cart_micros > $4)
  AND ($5::text IS NULL OR coalesce(s.branch, '(unassigned)') = $5)
  AND ($6::date IS NULL OR c.date BETWEEN $6 AND $7)
