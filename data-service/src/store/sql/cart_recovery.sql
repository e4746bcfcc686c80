-- When a cart was bought after all: by a purchase in its session, or by a later one of the same
-- client or known user, as long after it as a cart can wait. Only carts are looked at that the load made or that its purchases can have touched.
-- $1 tenant, $2 property, $3 clients, $4 known users, $5 earliest day of a cart to look at, $6 date,
-- $7 how long a cart can wait, in microseconds
WITH looked_at AS (
  SELECT session_key, client_key, known_user, last_cart_micros, recovered_micros FROM cart
  WHERE tenant_id = $1 AND property_id = $2 AND date = $6
  UNION
  SELECT session_key, client_key, known_user, last_cart_micros, recovered_micros FROM cart
  WHERE tenant_id = $1 AND property_id = $2
    AND session_key = ANY (ARRAY (SELECT session_key FROM elsewhere))
  UNION
  SELECT session_key, client_key, known_user, last_cart_micros, recovered_micros FROM cart
  WHERE tenant_id = $1 AND property_id = $2 AND client_key = ANY ($3) AND date >= $5
  UNION
  SELECT session_key, client_key, known_user, last_cart_micros, recovered_micros FROM cart
  WHERE tenant_id = $1 AND property_id = $2 AND known_user = ANY ($4) AND date >= $5
),
found AS (
  SELECT session_key, recovered_micros,
         least(
           (SELECT min(purchase_micros) FROM purchase AS p
            WHERE p.tenant_id = $1 AND p.property_id = $2 AND p.session_key = k.session_key),
           (SELECT min(purchase_micros) FROM purchase AS p
            WHERE p.tenant_id = $1 AND p.property_id = $2 AND p.client_key = k.client_key
              AND p.purchase_micros BETWEEN k.last_cart_micros AND k.last_cart_micros + $7),
           (SELECT min(purchase_micros) FROM purchase AS p
            WHERE p.tenant_id = $1 AND p.property_id = $2 AND p.known_user = k.known_user
              AND p.purchase_micros BETWEEN k.last_cart_micros AND k.last_cart_micros + $7)
         ) AS micros
  FROM looked_at AS k
),
different AS MATERIALIZED (
  SELECT session_key, micros FROM found WHERE recovered_micros IS DISTINCT FROM micros
)
UPDATE cart AS c SET recovered_micros = d.micros
FROM different AS d
WHERE c.tenant_id = $1 AND c.property_id = $2
  AND c.session_key = ANY (ARRAY (SELECT session_key FROM different))
  AND c.session_key = d.session_key
