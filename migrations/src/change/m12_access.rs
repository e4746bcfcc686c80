//! What refresh tokens, API keys, invitations and the end of a tenant need: new columns. Writer: auth-service.

change!(
    "m12_access",
    up: "-- A client's session has no cookie: it lives by its refresh tokens.
         ALTER TABLE session
           ADD COLUMN kind text NOT NULL DEFAULT 'browser'
             CONSTRAINT session_kind_known CHECK (kind IN ('browser', 'client')),
           ADD COLUMN label text CONSTRAINT session_label_length CHECK (length(label) <= 100);

         ALTER TABLE login_attempt ADD COLUMN invitation_hash bytea;

         ALTER TABLE invitation
           ADD CONSTRAINT invitation_email_length CHECK (length(email) <= 320);
         ALTER TABLE membership
           ADD CONSTRAINT membership_locations_some CHECK (cardinality(locations) > 0);

         ALTER TABLE api_key
           ADD COLUMN successor_id uuid,
           ADD CONSTRAINT api_key_name_length CHECK (length(name) BETWEEN 1 AND 100);
         -- Whichever service let a key in writes down that it did.
         GRANT UPDATE (last_used_at) ON api_key TO footfall_app;

         -- The row of a deleted tenant stays, because its audit trail refers to it.
         ALTER TABLE tenant
           ADD COLUMN delete_after timestamptz,
           DROP CONSTRAINT tenant_state_known,
           ADD CONSTRAINT tenant_state_known
             CHECK (state IN ('active', 'suspended', 'deleting', 'deleted'));",
    down: "UPDATE tenant SET state = 'deleting' WHERE state = 'deleted';
           ALTER TABLE tenant
             DROP COLUMN delete_after,
             DROP CONSTRAINT tenant_state_known,
             ADD CONSTRAINT tenant_state_known
               CHECK (state IN ('active', 'suspended', 'deleting'));
           REVOKE UPDATE (last_used_at) ON api_key FROM footfall_app;
           ALTER TABLE api_key DROP COLUMN successor_id, DROP CONSTRAINT api_key_name_length;
           ALTER TABLE membership DROP CONSTRAINT membership_locations_some;
           ALTER TABLE invitation DROP CONSTRAINT invitation_email_length;
           ALTER TABLE login_attempt DROP COLUMN invitation_hash;
           ALTER TABLE session DROP COLUMN kind, DROP COLUMN label;",
);
