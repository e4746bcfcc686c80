-- $1 tenant. The items of `page` with the branch and the contact that master data has for them.
SELECT
  a.*,
  (SELECT name FROM location WHERE tenant_id = $1 AND code = a.location) AS location_name,
  coalesce(u.candidates, 0) AS candidates,
  k.code AS contact_code,
  k.name AS contact_name,
  k.email AS contact_email,
  k.phone AS contact_phone
FROM page AS a
LEFT JOIN LATERAL (
  SELECT count(*) AS candidates, min(code) AS code
  FROM customer
  WHERE tenant_id = $1 AND user_id = a.known_user AND active
) AS u ON true
-- As in the list of carts: the user id decides when it is one customer's; else the observed code does.
LEFT JOIN customer AS k
  ON k.tenant_id = $1
  AND k.code = CASE WHEN u.candidates = 1 THEN u.code ELSE a.customer END
ORDER BY a.created_at DESC, a.action_item_id DESC
