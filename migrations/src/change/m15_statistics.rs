//! What statistics answer beyond the day's totals: where sessions came from, searches, and rollups
//! by value and by hour. Writer: data-service.

use crate::tenancy::{Writer, tenant_table};

/// What is measured of a day, as in `day_rollup`.
const MEASURES: &str = "
    currency text NOT NULL,
    events bigint NOT NULL DEFAULT 0,
    unattributed_events bigint NOT NULL DEFAULT 0,
    page_views bigint NOT NULL DEFAULT 0,
    engagement_msec bigint NOT NULL DEFAULT 0,
    sessions int NOT NULL DEFAULT 0,
    engaged_sessions int NOT NULL DEFAULT 0,
    cart_sessions int NOT NULL DEFAULT 0,
    checkout_sessions int NOT NULL DEFAULT 0,
    converted_sessions int NOT NULL DEFAULT 0,
    resumed jsonb NOT NULL DEFAULT '[]',
    purchases int NOT NULL DEFAULT 0,
    purchases_without_id int NOT NULL DEFAULT 0,
    items_sold numeric NOT NULL DEFAULT 0,
    gross_revenue numeric NOT NULL DEFAULT 0,
    refunds numeric NOT NULL DEFAULT 0,
    searches int NOT NULL DEFAULT 0,
    failed_searches int NOT NULL DEFAULT 0,
    clients bytea,
    active_clients bytea,
    new_clients bytea,
    returning_clients bytea,
    purchasing_clients bytea,
    known_users bytea,
    active_known_users bytea,
    new_known_users bytea,
    returning_known_users bytea,
    purchasing_known_users bytea";

change!(
    "m15_statistics",
    up: [
        format!(
            "-- The day's own first values, and those of the whole session.
             ALTER TABLE session_day
               ADD COLUMN day_origin jsonb NOT NULL DEFAULT '{{}}',
               -- Last time something was put in the cart or bought.
               ADD COLUMN day_action_micros bigint,
               ADD COLUMN device text,
               ADD COLUMN country text,
               ADD COLUMN city text,
               ADD COLUMN source text,
               ADD COLUMN medium text,
               ADD COLUMN campaign text,
               ADD COLUMN landing_page text,
               ADD COLUMN searches int NOT NULL DEFAULT 0,
               -- Something was put in the cart or bought after the first search.
               ADD COLUMN search_converted boolean NOT NULL DEFAULT false;
             CREATE INDEX session_day_search ON session_day (tenant_id, property_id, date)
               WHERE searches > 0;

             -- Every occurrence; of a run of the same term in one session the first is kept, and is
             -- failed when any of the run matched the tenant's rule.
             ALTER TABLE search
               ADD COLUMN matched boolean NOT NULL DEFAULT false,
               ADD COLUMN kept boolean NOT NULL DEFAULT true;
             CREATE INDEX search_session ON search (tenant_id, property_id, session_key);

             ALTER TABLE day_rollup
               ADD COLUMN searches int NOT NULL DEFAULT 0,
               ADD COLUMN failed_searches int NOT NULL DEFAULT 0;

             -- Events that belong to no session, by everything they can be asked for.
             CREATE TABLE sessionless_day (
               tenant_id uuid NOT NULL,
               property_id bigint NOT NULL,
               date date NOT NULL,
               group_key uuid NOT NULL,
               client_key uuid,
               client_number int,
               branch text,
               customer text,
               device text,
               country text,
               city text,
               source text,
               medium text,
               campaign text,
               events int NOT NULL,
               page_views int NOT NULL,
               engagement_msec bigint NOT NULL,
               day_active boolean,
               day_first_visit boolean NOT NULL,
               PRIMARY KEY (tenant_id, property_id, date, group_key),
               FOREIGN KEY (tenant_id, property_id) REFERENCES property
             );

             -- The day's totals for each value of a dimension. `geo` is country and city, `traffic`
             -- source, medium and campaign, `item` id, name and category.
             CREATE TABLE breakdown_rollup (
               tenant_id uuid NOT NULL,
               property_id bigint NOT NULL,
               date date NOT NULL,
               dimension text NOT NULL,
               value_1 text NOT NULL,
               value_2 text NOT NULL,
               value_3 text NOT NULL,
               {MEASURES},
               PRIMARY KEY (tenant_id, property_id, dimension, date, value_1, value_2, value_3, currency),
               FOREIGN KEY (tenant_id, property_id) REFERENCES property
             );

             -- The same for each hour of the property's zone. Sessions are counted in the hour of
             -- their first event of the day; the sets hold the day's sessions active in the hour,
             -- numbered in the order of their keys.
             CREATE TABLE hour_rollup (
               tenant_id uuid NOT NULL,
               property_id bigint NOT NULL,
               date date NOT NULL,
               location text NOT NULL,
               hour_micros bigint NOT NULL,
               {MEASURES},
               session_set bytea,
               engaged_set bytea,
               cart_set bytea,
               checkout_set bytea,
               converted_set bytea,
               PRIMARY KEY (tenant_id, property_id, location, date, hour_micros, currency),
               FOREIGN KEY (tenant_id, property_id) REFERENCES property
             );"
        ),
        tenant_table("sessionless_day", Writer::Data),
        tenant_table("breakdown_rollup", Writer::Data),
        tenant_table("hour_rollup", Writer::Data),
    ]
    .join("\n"),
    down: "DROP TABLE hour_rollup, breakdown_rollup, sessionless_day;
           ALTER TABLE day_rollup DROP COLUMN searches, DROP COLUMN failed_searches;
           DROP INDEX search_session;
           ALTER TABLE search DROP COLUMN matched, DROP COLUMN kept;
           DROP INDEX session_day_search;
           ALTER TABLE session_day DROP COLUMN day_origin, DROP COLUMN day_action_micros,
             DROP COLUMN device, DROP COLUMN country, DROP COLUMN city, DROP COLUMN source,
             DROP COLUMN medium, DROP COLUMN campaign, DROP COLUMN landing_page,
             DROP COLUMN searches, DROP COLUMN search_converted;",
);
