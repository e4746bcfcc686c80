-- $1 tenant. Items with the branch and the contact that master data has for them.
SELECT
  a.*,
  l.name AS location_name,
  coalesce(u.candidates, 0) AS candidates,
  k.code AS contact_code,
  k.name AS contact_name,
  k.email AS contact_email,
  k.phone AS contact_phone
FROM action_item AS a
LEFT JOIN location AS l ON l.tenant_id = a.tenant_id AND l.code = a.location
LEFT JOIN LATERAL (
  SELECT count(*) AS candidates, min(code) AS code
  FROM customer
  WHERE tenant_id = a.tenant_id AND user_id = a.known_user AND active
) AS u ON true
-- As in the list of carts: the user id decides when it is one customer's; else the observed code does.
LEFT JOIN customer AS k
  ON k.tenant_id = a.tenant_id
  AND k.code = CASE WHEN u.candidates = 1 THEN u.code ELSE a.customer END
WHERE a.tenant_id = $1
