//! Customers and locations, and the files they come from. Writer: data-service.

use crate::tenancy::{Writer, tenant_table};

change!(
    "m10_master_data",
    up: [
        "-- Rises with every change to customers or locations; part of the ETag of an answer.
         CREATE TABLE master_version (
           tenant_id uuid PRIMARY KEY REFERENCES tenant,
           version bigint NOT NULL
         );

         CREATE TABLE customer (
           tenant_id uuid NOT NULL REFERENCES tenant,
           code text NOT NULL,
           name text NOT NULL,
           email text,
           phone text,
           location_code text,
           user_id text,
           extra jsonb NOT NULL DEFAULT '{}',
           row_hash uuid NOT NULL,
           active boolean NOT NULL DEFAULT true,
           updated_at timestamptz NOT NULL DEFAULT now(),
           PRIMARY KEY (tenant_id, code)
         );
         CREATE INDEX customer_user ON customer (tenant_id, user_id) WHERE user_id IS NOT NULL;
         CREATE INDEX customer_location ON customer (tenant_id, location_code);

         CREATE TABLE location (
           tenant_id uuid NOT NULL REFERENCES tenant,
           code text NOT NULL,
           name text NOT NULL,
           city text,
           email text,
           time_zone text,
           extra jsonb NOT NULL DEFAULT '{}',
           row_hash uuid NOT NULL,
           active boolean NOT NULL DEFAULT true,
           updated_at timestamptz NOT NULL DEFAULT now(),
           PRIMARY KEY (tenant_id, code)
         );

         -- The ledger: each version of each file that was seen, and what became of it.
         CREATE TABLE source_file (
           tenant_id uuid NOT NULL REFERENCES tenant,
           source_file_id uuid NOT NULL,
           feed text NOT NULL
             CONSTRAINT source_file_feed_known CHECK (feed IN ('customers', 'locations')),
           path text NOT NULL,
           size bigint NOT NULL,
           modified_at timestamptz NOT NULL,
           sha256 bytea,
           state text NOT NULL CONSTRAINT source_file_state_known CHECK (state IN
             ('seen', 'loaded', 'loaded_with_rejects', 'duplicate', 'skipped', 'failed')),
           reason text,
           loaded_rows bigint NOT NULL DEFAULT 0,
           rejected_rows bigint NOT NULL DEFAULT 0,
           seen_at timestamptz NOT NULL DEFAULT now(),
           finished_at timestamptz,
           PRIMARY KEY (tenant_id, source_file_id),
           CONSTRAINT source_file_version_unique UNIQUE (tenant_id, feed, path, size, modified_at)
         );

         CREATE TABLE reject (
           tenant_id uuid NOT NULL,
           reject_id uuid NOT NULL,
           source_file_id uuid NOT NULL,
           line bigint NOT NULL,
           byte_offset bigint NOT NULL,
           column_name text,
           reason text NOT NULL,
           raw text NOT NULL,
           PRIMARY KEY (tenant_id, reject_id),
           FOREIGN KEY (tenant_id, source_file_id) REFERENCES source_file ON DELETE CASCADE
         );
         CREATE INDEX reject_of_file ON reject (tenant_id, source_file_id, line);

         CREATE UNLOGGED TABLE staging.master_row (
           load_id uuid NOT NULL,
           position bigint NOT NULL,
           code text NOT NULL,
           name text NOT NULL,
           email text,
           phone text,
           location_code text,
           user_id text,
           city text,
           time_zone text,
           extra jsonb NOT NULL,
           row_hash uuid NOT NULL
         );
         CREATE INDEX master_row_load ON staging.master_row (load_id);
         GRANT SELECT, INSERT, DELETE ON staging.master_row TO footfall_data_service;"
            .to_owned(),
        tenant_table("master_version", Writer::Data),
        tenant_table("customer", Writer::Data),
        tenant_table("location", Writer::Data),
        tenant_table("source_file", Writer::Data),
        tenant_table("reject", Writer::Data),
    ]
    .join("\n"),
    down: "DROP TABLE staging.master_row; DROP TABLE reject, source_file, location, customer, master_version;",
);
