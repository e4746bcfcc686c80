-- Enough of everything that a scan of a whole table would be the dearer way: most rows are another tenant's, and a range of
-- three months is a part of a year.
INSERT INTO day_rollup (tenant_id, property_id, date, location, currency)
SELECT t.tenant_id, p.property_id, date '2020-01-01' + d, l, ''
FROM (SELECT tenant_id FROM tenant) AS t JOIN property AS p USING (tenant_id),
     generate_series(0, 364) AS d, unnest(ARRAY['', 'B1', 'B2', 'B3', 'B4', 'B5', 'B6']) AS l;
INSERT INTO user_rollup (tenant_id, property_id, span, first_day, location)
SELECT DISTINCT tenant_id, property_id, span, date_trunc(span, date)::date, location
FROM day_rollup, unnest(ARRAY['week', 'month']) AS span;
INSERT INTO user_rollup (tenant_id, property_id, span, first_day, location)
SELECT tenant_id, property_id, 'week', date '2019-12-23' - 7 * w, l
FROM property, generate_series(0, 1000) AS w, unnest(ARRAY['', 'B1', 'B2', 'B3', 'B4', 'B5', 'B6']) AS l
WHERE dataset <> 'd';
INSERT INTO breakdown_rollup (tenant_id, property_id, date, dimension, value_1, value_2, value_3, currency)
SELECT tenant_id, property_id, date, dimension, location, '', '', ''
FROM day_rollup, unnest(ARRAY['device', 'geo', 'traffic', 'page']) AS dimension;
INSERT INTO hour_rollup (tenant_id, property_id, date, location, hour_micros, currency)
SELECT tenant_id, property_id, date, location, extract(epoch FROM date)::bigint * 1000000 + h * 3600000000, ''
FROM day_rollup, generate_series(1, 6) AS h;
-- Days without an entry: columns of no numbers, no texts and no amounts.
INSERT INTO day_columns
SELECT tenant_id, property_id, date, 0, 0, 0, 0, 0, 0, t, t, t, t, t, t, t, t, t, t, n, n, n, n, n, n, n, n, n, t, a, a,
       t, a, n
FROM day_rollup, decode(repeat('00', 9), 'hex') AS n, decode(repeat('00', 13), 'hex') AS t, decode('', 'hex') AS a
WHERE location = '';
INSERT INTO day_rollup (tenant_id, property_id, date, location, currency)
SELECT tenant_id, property_id, date - 366 * y, location, currency
FROM day_rollup JOIN property USING (tenant_id, property_id), generate_series(1, 4) AS y WHERE dataset <> 'd';
INSERT INTO day_sets (tenant_id, property_id, date, location)
SELECT tenant_id, property_id, date, location FROM day_rollup;
INSERT INTO breakdown_sets (tenant_id, property_id, date, dimension, value_1, value_2, value_3)
SELECT tenant_id, property_id, date, dimension, value_1, value_2, value_3 FROM breakdown_rollup;
INSERT INTO hour_sets (tenant_id, property_id, date, location, hour_micros)
SELECT tenant_id, property_id, date, location, hour_micros FROM hour_rollup;
INSERT INTO shard (tenant_id, property_id, date, table_name, kind, source_modified_ms, source_rows,
  source_bytes, source_etag, fingerprint, loader_version, version, revision, loaded_rows,
  collapsed_rows, rejected_rows, loaded_at)
SELECT tenant_id, property_id, date '2020-12-30' - d, 't', 'daily', 0, 0, 0, '', '', 1, 1, 1, 0, 0, 0, now()
FROM property, generate_series(0, CASE WHEN dataset = 'd' THEN 364 ELSE 20000 END) AS d;
INSERT INTO job (tenant_id, job_id, kind, requested_by) SELECT tenant_id, tenant_id, 'ingest', 't' FROM tenant;
INSERT INTO job_step (tenant_id, step_id, job_id, kind, label, state)
SELECT tenant_id, gen_random_uuid(), tenant_id, 'load_shard', 't', 'done' FROM tenant, generate_series(1, 3000);

CREATE TEMP TABLE visit AS
SELECT tenant_id, property_id, day AS date, n, md5(concat(tenant_id, day, n))::uuid AS key,
       extract(epoch FROM day)::bigint * 1000000 + n * 60000000::bigint AS micros
FROM property, generate_series(1, CASE WHEN dataset = 'd' THEN 6 ELSE 150 END) AS n,
     LATERAL (SELECT date '2020-01-01' + d AS day FROM generate_series(0, 364) AS d) AS days;
INSERT INTO client (tenant_id, property_id, client_key, number, stream_id, user_pseudo_id)
SELECT tenant_id, property_id, key, row_number() OVER (), '', '' FROM visit;
INSERT INTO session_day (tenant_id, property_id, date, session_key, client_key, client_number,
  ga_session_id, events, page_views, engagement_msec, first_micros, last_micros, day_screen_views,
  day_key_events, day_first_visit, day_checkout, day_converted, day_cart_net, engaged, converted,
  cart, checkout, device, branch, searches)
SELECT tenant_id, property_id, date, key, key, n, n, 2, 1, 0, micros, micros, 0, 0, false, false, false, 0,
       true, false, false, false, 'desktop', 'B' || n % 7, (n % 5 = 0)::int
FROM visit;
INSERT INTO sessionless_day (tenant_id, property_id, date, group_key, branch, events, page_views,
  engagement_msec, day_first_visit)
SELECT tenant_id, property_id, date, key, 'B' || n % 7, 1, 0, 0, false FROM visit WHERE n % 3 = 0;
SELECT ensure_event_partition((date '2020-01-01' + make_interval(months => m))::date)
FROM generate_series(0, 11) AS m;
INSERT INTO event (tenant_id, event_date, property_id, event_key, event_name, event_micros, client_key,
  session_key, page_path)
SELECT tenant_id, date, property_id, md5(concat(key, e))::uuid,
       (ARRAY['page_view', 'scroll', 'purchase'])[e], micros, key, key, '/' FROM visit, generate_series(1, 3) AS e;
INSERT INTO purchase (tenant_id, property_id, date, event_key, purchase_micros, session_key, client_key, quantity, kept)
SELECT tenant_id, property_id, date, md5(concat(key, 3))::uuid, micros, key, key, 1, true FROM visit WHERE n % 6 = 1;
INSERT INTO refund (tenant_id, property_id, date, event_key, refund_micros, session_key)
SELECT tenant_id, property_id, date, event_key, purchase_micros, session_key FROM purchase;
INSERT INTO search (tenant_id, property_id, date, event_key, search_micros, session_key, term, failed)
SELECT tenant_id, property_id, date, md5(concat(key, 2))::uuid, micros, key, 't', false FROM visit WHERE n % 5 = 0;
INSERT INTO cart (tenant_id, property_id, session_key, date, client_key, last_cart_micros, items, quantity, value,
  value_incomplete, open)
SELECT tenant_id, property_id, key, date, key, micros, '[]', 1, 1, false, true FROM visit WHERE n % 6 = 2;
DROP TABLE visit;

INSERT INTO location (tenant_id, code, name, row_hash)
SELECT tenant_id, 'B' || n, 'B' || n, md5(n::text)::uuid FROM tenant, generate_series(1, 500) AS n;
INSERT INTO customer (tenant_id, code, name, user_id, row_hash)
SELECT tenant_id, 'C' || n, 'C' || n, 'u' || n, md5(n::text)::uuid FROM tenant, generate_series(1, 5000) AS n;
INSERT INTO action_item (tenant_id, action_item_id, version, kind, natural_key, property_id, title, status, location,
  known_user, customer, evidence, created_at, updated_at)
SELECT tenant_id, md5(concat(tenant_id, n))::uuid, 1, 'abandoned_cart', n, property_id, 't',
       CASE WHEN n % 10 = 0 THEN 'incomplete' ELSE 'skipped' END, 'B' || n % 500, 'u' || n % 5000, 'C' || n % 5000, '{}',
       timestamptz '2020-01-01' + n * interval '1 minute', now()
FROM property, generate_series(1, 20000) AS n;

-- Every row is looked at: the plans are the same each time.
SET default_statistics_target = 1000;
ANALYZE day_rollup; ANALYZE user_rollup; ANALYZE breakdown_rollup; ANALYZE hour_rollup; ANALYZE shard; ANALYZE job_step;
ANALYZE day_columns; ANALYZE client; ANALYZE session_day; ANALYZE sessionless_day; ANALYZE event; ANALYZE purchase;
ANALYZE refund; ANALYZE search; ANALYZE cart; ANALYZE day_sets; ANALYZE breakdown_sets; ANALYZE hour_sets;
ANALYZE location; ANALYZE customer; ANALYZE action_item;
