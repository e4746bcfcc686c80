//! The columns that the files of a feed have. Writer: data-service.

use crate::tenancy::{Writer, tenant_table};

change!(
    "m37_files",
    up: [
        "CREATE TABLE file_schema (
           tenant_id uuid NOT NULL REFERENCES tenant,
           feed text NOT NULL
             CONSTRAINT file_schema_feed_known CHECK (feed IN ('customers', 'locations')),
           -- The columns that files are held against, and those of the last file.
           accepted text[] NOT NULL,
           seen text[] NOT NULL,
           -- Rises whenever a file has other columns than the one before.
           version bigint NOT NULL DEFAULT 1,
           changed_at timestamptz NOT NULL DEFAULT now(),
           PRIMARY KEY (tenant_id, feed)
         );"
            .to_owned(),
        tenant_table("file_schema", Writer::Data),
    ]
    .join("\n"),
    down: "DROP TABLE file_schema;",
);
