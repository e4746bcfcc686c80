-- When a cart was bought after all: by a purchase in its session, or by a later one of the same
-- client or known user. Only carts that the purchases of a loaded day can have touched are looked at.
-- $1 tenant, $2 property, $3 clients, $4 known users, $5 earliest day of a cart to look at
UPDATE cart AS c
SET recovered_micros = found.micros
FROM (
  SELECT session_key,
         least(
           (SELECT min(purchase_micros) FROM purchase AS p
            WHERE p.tenant_id = $1 AND p.property_id = $2 AND p.session_key = k.session_key),
           (SELECT min(purchase_micros) FROM purchase AS p
            WHERE p.tenant_id = $1 AND p.property_id = $2 AND p.client_key = k.client_key
              AND p.purchase_micros >= k.last_cart_micros),
           (SELECT min(purchase_micros) FROM purchase AS p
            WHERE p.tenant_id = $1 AND p.property_id = $2 AND p.known_user = k.known_user
              AND p.purchase_micros >= k.last_cart_micros)
         ) AS micros
  FROM cart AS k
  WHERE k.tenant_id = $1 AND k.property_id = $2
    AND (k.session_key IN (SELECT session_key FROM touched_session)
         OR (k.date >= $5 AND (k.client_key = ANY ($3) OR k.known_user = ANY ($4))))
) AS found
WHERE c.tenant_id = $1 AND c.property_id = $2 AND c.session_key = found.session_key
  AND c.recovered_micros IS DISTINCT FROM found.micros
