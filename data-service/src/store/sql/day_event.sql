-- $1 tenant, $2 property, $3 date
CREATE TEMP TABLE day_event ON COMMIT DROP AS
SELECT event_key, event_name, event_micros, batch_page_id, batch_ordering_id, batch_event_index,
       session_key, client_key, ga_session_id, ga_session_number, known_user, customer, branch,
       session_engaged, is_active_user, engagement_msec, device_category, country, city, source,
       medium, campaign, page_path, transaction_id, purchase_revenue, refund_value, currency,
       quantity, search_term,
       -- Only what moves items is asked for them.
       CASE WHEN event_name IN ('add_to_cart', 'remove_from_cart', 'purchase') THEN items END
         AS items
FROM event
WHERE tenant_id = $1 AND property_id = $2 AND event_date = $3
