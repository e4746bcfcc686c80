//! Tenants and their configuration. Writer: auth-service.

use crate::tenancy::{Writer, lookup_table, tenant_table};

change!(
    "m01_tenant",
    up: [
        "CREATE TABLE tenant (
           tenant_id uuid PRIMARY KEY,
           slug text NOT NULL CONSTRAINT tenant_slug_unique UNIQUE
             CONSTRAINT tenant_slug_form CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
           name text NOT NULL CONSTRAINT tenant_name_length CHECK (length(name) BETWEEN 1 AND 200),
           state text NOT NULL DEFAULT 'active'
             CONSTRAINT tenant_state_known CHECK (state IN ('active', 'suspended', 'deleting')),
           created_at timestamptz NOT NULL DEFAULT now()
         );
         -- Owns the jobs and events that belong to no tenant.
         INSERT INTO tenant (tenant_id, slug, name)
           VALUES ('00000000-0000-7000-8000-000000000001', 'system', 'System');

         -- One versioned document: zone, currency, properties, thresholds.
         CREATE TABLE tenant_setting (
           tenant_id uuid PRIMARY KEY REFERENCES tenant,
           version bigint NOT NULL DEFAULT 1,
           document jsonb NOT NULL,
           updated_at timestamptz NOT NULL DEFAULT now(),
           updated_by uuid
         );

         -- Which migrations were applied is no secret: every service checks it at its start.
         GRANT SELECT ON seaql_migrations TO footfall_app;"
            .to_owned(),
        tenant_table("tenant", Writer::Auth),
        lookup_table("tenant"),
        "GRANT SELECT ON tenant TO footfall_worker;
         CREATE POLICY worker ON tenant FOR SELECT TO footfall_worker USING (true);
         -- Only the login of auth-service creates tenants; a policy that named the current
         -- tenant could never let a first row in.
         CREATE POLICY register ON tenant FOR INSERT TO footfall_auth_service WITH CHECK (true);"
            .to_owned(),
        tenant_table("tenant_setting", Writer::Auth),
    ]
    .join("\n"),
    down: "DROP TABLE tenant_setting; DROP TABLE tenant;
           REVOKE SELECT ON seaql_migrations FROM footfall_app;",
);
