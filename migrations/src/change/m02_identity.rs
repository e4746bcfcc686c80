//! People, what they may do, how they log in. Writer: auth-service.

use crate::tenancy::{CURRENT_TENANT, Writer, identity_table, lookup_table, tenant_table};

change!(
    "m02_identity",
    up: [
        "-- A person is known by issuer and subject, never by an address.
         CREATE TABLE person (
           person_id uuid PRIMARY KEY,
           issuer text NOT NULL,
           subject text NOT NULL,
           email text,
           display_name text,
           created_at timestamptz NOT NULL DEFAULT now(),
           last_login_at timestamptz,
           CONSTRAINT person_subject_unique UNIQUE (issuer, subject)
         );

         CREATE TABLE membership (
           tenant_id uuid NOT NULL REFERENCES tenant,
           person_id uuid NOT NULL REFERENCES person,
           role text NOT NULL CONSTRAINT membership_role_known
             CHECK (role IN ('owner', 'admin', 'analyst', 'viewer', 'service_account')),
           state text NOT NULL DEFAULT 'active'
             CONSTRAINT membership_state_known CHECK (state IN ('active', 'suspended')),
           -- Branch codes this member may see; NULL means all.
           locations text[],
           created_at timestamptz NOT NULL DEFAULT now(),
           PRIMARY KEY (tenant_id, person_id)
         );
         CREATE INDEX membership_person ON membership (person_id);

         CREATE TABLE invitation (
           tenant_id uuid NOT NULL REFERENCES tenant,
           invitation_id uuid NOT NULL,
           token_hash bytea NOT NULL,
           email text,
           role text NOT NULL CONSTRAINT invitation_role_known
             CHECK (role IN ('owner', 'admin', 'analyst', 'viewer')),
           locations text[],
           invited_by uuid,
           created_at timestamptz NOT NULL DEFAULT now(),
           expires_at timestamptz NOT NULL,
           accepted_at timestamptz,
           accepted_by uuid,
           revoked_at timestamptz,
           PRIMARY KEY (tenant_id, invitation_id)
         );
         CREATE INDEX invitation_token ON invitation (token_hash);

         -- State, nonce and PKCE verifier between the redirect and the provider's answer.
         CREATE TABLE login_attempt (
           attempt_id uuid PRIMARY KEY,
           state_hash bytea NOT NULL CONSTRAINT login_attempt_state_unique UNIQUE,
           browser_hash bytea NOT NULL,
           nonce text NOT NULL,
           pkce_verifier text NOT NULL,
           return_to text NOT NULL,
           created_at timestamptz NOT NULL DEFAULT now(),
           expires_at timestamptz NOT NULL
         );
         CREATE INDEX login_attempt_expiry ON login_attempt (expires_at);

         CREATE TABLE session (
           session_id uuid PRIMARY KEY,
           person_id uuid NOT NULL REFERENCES person,
           token_hash bytea NOT NULL CONSTRAINT session_token_unique UNIQUE,
           created_at timestamptz NOT NULL DEFAULT now(),
           seen_at timestamptz NOT NULL DEFAULT now(),
           idle_expires_at timestamptz NOT NULL,
           expires_at timestamptz NOT NULL,
           revoked_at timestamptz
         );
         CREATE INDEX session_person ON session (person_id);

         CREATE TABLE refresh_token (
           refresh_token_id uuid PRIMARY KEY,
           family_id uuid NOT NULL,
           session_id uuid NOT NULL REFERENCES session ON DELETE CASCADE,
           token_hash bytea NOT NULL CONSTRAINT refresh_token_unique UNIQUE,
           created_at timestamptz NOT NULL DEFAULT now(),
           used_at timestamptz,
           expires_at timestamptz NOT NULL,
           revoked_at timestamptz
         );
         CREATE INDEX refresh_token_family ON refresh_token (family_id);

         CREATE TABLE api_key (
           tenant_id uuid NOT NULL REFERENCES tenant,
           api_key_id uuid NOT NULL,
           name text NOT NULL,
           prefix text NOT NULL,
           secret_hash bytea NOT NULL,
           role text NOT NULL,
           scopes text[] NOT NULL DEFAULT '{}',
           created_at timestamptz NOT NULL DEFAULT now(),
           created_by uuid,
           expires_at timestamptz,
           last_used_at timestamptz,
           revoked_at timestamptz,
           PRIMARY KEY (tenant_id, api_key_id)
         );
         CREATE INDEX api_key_prefix ON api_key (prefix);

         -- The private half is sealed; the public half is what every service verifies with.
         CREATE TABLE signing_key (
           key_id uuid PRIMARY KEY,
           public_jwk jsonb NOT NULL,
           sealed_private jsonb NOT NULL,
           created_at timestamptz NOT NULL DEFAULT now(),
           active_from timestamptz NOT NULL DEFAULT now(),
           retired_at timestamptz
         );"
            .to_owned(),
        identity_table("person"),
        format!(
            "-- A tenant sees the people who belong to it.
             ALTER TABLE person ENABLE ROW LEVEL SECURITY;
             CREATE POLICY member ON person FOR SELECT TO footfall_app
               USING (EXISTS (SELECT FROM membership m
                              WHERE m.tenant_id = {CURRENT_TENANT} AND m.person_id = person.person_id));
             CREATE POLICY everyone ON person TO footfall_auth_service
               USING (true) WITH CHECK (true);
             CREATE POLICY lookup ON person FOR SELECT TO footfall_auth USING (true);
             GRANT SELECT ON person TO footfall_app;"
        ),
        tenant_table("membership", Writer::Auth),
        lookup_table("membership"),
        tenant_table("invitation", Writer::Auth),
        lookup_table("invitation"),
        identity_table("login_attempt"),
        identity_table("session"),
        identity_table("refresh_token"),
        tenant_table("api_key", Writer::Auth),
        lookup_table("api_key"),
        // The sealed half stays with auth-service even among the services.
        "GRANT SELECT, INSERT, UPDATE, DELETE ON signing_key TO footfall_auth_service;
         GRANT SELECT (key_id, public_jwk, created_at, active_from, retired_at)
           ON signing_key TO footfall_auth;"
            .to_owned(),
    ]
    .join("\n"),
    down: "DROP TABLE signing_key, api_key, refresh_token, session, login_attempt, invitation,
             membership, person CASCADE;",
);
