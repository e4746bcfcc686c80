-- Of each transaction the earliest purchase is kept. Answers the days on which that changed.
-- $1 tenant, $2 property, $3 transaction ids
WITH ranked AS (
  SELECT date, event_key,
         row_number() OVER (PARTITION BY transaction_id
                            ORDER BY purchase_micros, event_key) = 1 AS first
  FROM purchase
  WHERE tenant_id = $1 AND property_id = $2 AND transaction_id = ANY ($3)
),
elected AS (
  UPDATE purchase AS p SET kept = r.first
  FROM ranked AS r
  WHERE p.tenant_id = $1 AND p.property_id = $2 AND p.transaction_id = ANY ($3)
    AND p.date = r.date AND p.event_key = r.event_key
    AND p.kept IS DISTINCT FROM r.first
  RETURNING p.date
)
SELECT DISTINCT date FROM elected
