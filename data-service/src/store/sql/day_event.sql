-- $1 names of the events, $2 name of the parameter with the number of results
CREATE TEMP TABLE day_event ON COMMIT DROP AS
SELECT event_key, event_name, event_micros, batch_page_id, batch_ordering_id, batch_event_index,
       session_key, client_key, known_user, branch, transaction_id, purchase_revenue, refund_value,
       currency, quantity, items, search_term, page_title, page_location,
       params ->> $2 AS result_count
FROM {events}
WHERE event_name = ANY ($1)
