-- $1 tenant, then one list for each column in the order of the table. What an item was made with stays.
INSERT INTO action_item (tenant_id, action_item_id, version, kind, natural_key, property_id, title, status,
  location, client_key, known_user, customer, evidence, due_at, note, created_at, updated_at, closed_at)
SELECT $1, i.*
FROM unnest($2::uuid[], $3::int[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[], $9::text[],
  $10::uuid[], $11::text[], $12::text[], $13::jsonb[], $14::timestamptz[], $15::text[], $16::timestamptz[],
  $17::timestamptz[], $18::timestamptz[]) AS i
ON CONFLICT (tenant_id, action_item_id) DO UPDATE SET
  version = excluded.version,
  title = excluded.title,
  status = excluded.status,
  location = excluded.location,
  due_at = excluded.due_at,
  note = excluded.note,
  updated_at = excluded.updated_at,
  closed_at = excluded.closed_at
