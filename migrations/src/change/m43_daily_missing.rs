//! Since when a property's complete tables stay away. Writer: data-service.

change!(
    "m43_daily_missing",
    up: "ALTER TABLE property ADD COLUMN daily_missing_since timestamptz;",
    down: "ALTER TABLE property DROP COLUMN daily_missing_since;",
);
