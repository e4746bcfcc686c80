//! GA4 properties and the state of each of their days. Writer: data-service.

use crate::tenancy::{Writer, tenant_table};

change!(
    "m06_property",
    up: [
        "CREATE TABLE property (
           tenant_id uuid NOT NULL REFERENCES tenant,
           property_id bigint NOT NULL,
           dataset text NOT NULL,
           -- Counters: data version, dense numbers of clients and known users.
           version bigint NOT NULL DEFAULT 0,
           clients int NOT NULL DEFAULT 0,
           known_users int NOT NULL DEFAULT 0,
           created_at timestamptz NOT NULL DEFAULT now(),
           PRIMARY KEY (tenant_id, property_id)
         );

         -- A zone change keeps the history: each day has the zone that was valid then.
         CREATE TABLE property_zone (
           tenant_id uuid NOT NULL,
           property_id bigint NOT NULL,
           valid_from date NOT NULL,
           time_zone text NOT NULL,
           PRIMARY KEY (tenant_id, property_id, valid_from),
           FOREIGN KEY (tenant_id, property_id) REFERENCES property
         );

         -- One day of one property: where it came from and what became of it.
         CREATE TABLE shard (
           tenant_id uuid NOT NULL,
           property_id bigint NOT NULL,
           date date NOT NULL,
           table_name text NOT NULL,
           kind text NOT NULL
             CONSTRAINT shard_kind_known CHECK (kind IN ('daily', 'intraday', 'fresh')),
           source_modified_ms bigint NOT NULL,
           source_rows bigint NOT NULL,
           source_bytes bigint NOT NULL,
           source_etag text NOT NULL,
           -- Sum of the row hashes and count: equal for the same rows in any order.
           fingerprint bytea NOT NULL,
           loader_version int NOT NULL,
           version bigint NOT NULL,
           -- How often this day's own facts were replaced.
           revision int NOT NULL,
           loaded_rows bigint NOT NULL,
           collapsed_rows bigint NOT NULL,
           rejected_rows bigint NOT NULL,
           loaded_at timestamptz NOT NULL,
           PRIMARY KEY (tenant_id, property_id, date),
           FOREIGN KEY (tenant_id, property_id) REFERENCES property
         );

         -- Browsers and people as dense numbers, which is what keeps the bitmaps small.
         CREATE TABLE client (
           tenant_id uuid NOT NULL,
           property_id bigint NOT NULL,
           client_key uuid NOT NULL,
           number int NOT NULL,
           stream_id text NOT NULL,
           user_pseudo_id text NOT NULL,
           PRIMARY KEY (tenant_id, property_id, client_key),
           FOREIGN KEY (tenant_id, property_id) REFERENCES property
         );
         CREATE TABLE known_user (
           tenant_id uuid NOT NULL,
           property_id bigint NOT NULL,
           known_user text NOT NULL,
           number int NOT NULL,
           PRIMARY KEY (tenant_id, property_id, known_user),
           FOREIGN KEY (tenant_id, property_id) REFERENCES property
         );

         -- Values of a parameter that were of another type than declared.
         CREATE TABLE param_drift (
           tenant_id uuid NOT NULL,
           property_id bigint NOT NULL,
           key text NOT NULL,
           from_type text NOT NULL,
           to_type text NOT NULL,
           occurrences bigint NOT NULL,
           first_seen date NOT NULL,
           last_seen date NOT NULL,
           PRIMARY KEY (tenant_id, property_id, key, from_type, to_type),
           FOREIGN KEY (tenant_id, property_id) REFERENCES property
         );"
            .to_owned(),
        tenant_table("property", Writer::Data),
        tenant_table("property_zone", Writer::Data),
        tenant_table("shard", Writer::Data),
        tenant_table("client", Writer::Data),
        tenant_table("known_user", Writer::Data),
        tenant_table("param_drift", Writer::Data),
    ]
    .join("\n"),
    down: "DROP TABLE param_drift, known_user, client, shard, property_zone, property;",
);
