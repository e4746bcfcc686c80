//! What makes any dimensions together fast, filtered by any. Writer: data-service.

use crate::tenancy::{Writer, tenant_table};

change!(
    "m45_day_columns",
    up: [
        "-- The day entry by entry, one column of values after the other (`common::columns`), so that a question reads
         -- the few columns it touches. Made anew whenever the day is rolled up; a day rolled up before this table
         -- was there has no row until then.
         CREATE TABLE day_columns (
           tenant_id uuid NOT NULL,
           property_id bigint NOT NULL,
           date date NOT NULL,
           -- From 0 on: a day of many entries has several rows, so that no reader holds all of them.
           block int NOT NULL,
           -- Entries of each kind, in this order in the columns of dimensions.
           sessions int NOT NULL,
           sessionless int NOT NULL,
           purchases int NOT NULL,
           refunds int NOT NULL,
           searches int NOT NULL,

           branch bytea NOT NULL,
           customer bytea NOT NULL,
           device bytea NOT NULL,
           country bytea NOT NULL,
           city bytea NOT NULL,
           source bytea NOT NULL,
           medium bytea NOT NULL,
           campaign bytea NOT NULL,
           landing_page bytea NOT NULL,
           visitor bytea NOT NULL,

           -- Of sessions and of groups without one. `away` are the days since the session was active before, 0 when it
           -- never was; client and known user are one more than their numbers, 0 is none.
           flags bytea NOT NULL,
           away bytea NOT NULL,
           client bytea NOT NULL,
           known_user bytea NOT NULL,
           events bytea NOT NULL,
           page_views bytea NOT NULL,
           engagement_msec bytea NOT NULL,

           -- Of purchases that count, of refunds, of searches that count.
           buyer bytea NOT NULL,
           with_id bytea NOT NULL,
           currency bytea NOT NULL,
           revenue bytea NOT NULL,
           quantity bytea NOT NULL,
           refund_currency bytea NOT NULL,
           refund_value bytea NOT NULL,
           failed bytea NOT NULL,
           PRIMARY KEY (tenant_id, property_id, date, block),
           FOREIGN KEY (tenant_id, property_id) REFERENCES property
         );"
            .to_owned(),
        // Unpacking takes longer than reading a few bytes more.
        STORAGE_OF
            .split_whitespace()
            .map(|column| format!("ALTER TABLE day_columns ALTER {column} SET STORAGE EXTERNAL;"))
            .collect(),
        tenant_table("day_columns", Writer::Data),
    ]
    .join("\n"),
    down: "DROP TABLE day_columns;",
);

const STORAGE_OF: &str = "branch customer device country city source medium campaign landing_page
    visitor flags away client known_user events page_views engagement_msec buyer with_id currency
    revenue quantity refund_currency refund_value failed";
