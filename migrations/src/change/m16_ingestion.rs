//! What is known of the source since it was last looked at. Writer: data-service.

change!(
    "m16_ingestion",
    up: "-- When all days were compared with their tables; days that change late are found so.
         ALTER TABLE property ADD COLUMN compared_all_at timestamptz;
         -- The table was seen to have changed, and was not loaded since.
         ALTER TABLE shard ADD COLUMN outdated boolean NOT NULL DEFAULT false;",
    down: "ALTER TABLE shard DROP COLUMN outdated; ALTER TABLE property DROP COLUMN compared_all_at;",
);
