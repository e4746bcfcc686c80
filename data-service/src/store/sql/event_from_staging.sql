-- Staged rows into the event table.
-- $1 tenant
INSERT INTO event (
  tenant_id, event_date, property_id, event_key, event_name, event_micros, stream_id,
  user_pseudo_id, client_key, session_key, ga_session_id, ga_session_number, user_id, known_user,
  customer, branch, batch_page_id, batch_ordering_id, batch_event_index, bundle_sequence_id,
  session_engaged, is_active_user, engagement_msec, platform, device_category, country, city,
  source, medium, campaign, hostname, page_location, page_path, page_title, transaction_id,
  purchase_revenue, refund_value, currency, quantity, search_term, params, items)
SELECT
  $1, event_date, property_id, event_key, event_name, event_micros, stream_id,
  user_pseudo_id, client_key, session_key, ga_session_id, ga_session_number, user_id, known_user,
  customer, branch, batch_page_id, batch_ordering_id, batch_event_index, bundle_sequence_id,
  session_engaged, is_active_user, engagement_msec, platform, device_category, country, city,
  source, medium, campaign, hostname, page_location, page_path, page_title, transaction_id,
  purchase_revenue, refund_value, currency, quantity, search_term, params, items
FROM {event}
