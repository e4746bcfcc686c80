//! What is derived from events: sessions by day, purchases, refunds, carts, searches.
//! Writer: data-service.

use crate::tenancy::{Writer, tenant_table};

change!(
    "m08_session",
    up: [
        "-- One row per session and day with an event. The columns of the day's own part are what
         -- the whole-session columns are recomputed from, without reading events of other days.
         CREATE TABLE session_day (
           tenant_id uuid NOT NULL,
           property_id bigint NOT NULL,
           date date NOT NULL,
           session_key uuid NOT NULL,
           client_key uuid NOT NULL,
           client_number int NOT NULL,
           ga_session_id bigint NOT NULL,

           -- This day's part.
           events int NOT NULL,
           page_views int NOT NULL,
           engagement_msec bigint NOT NULL,
           first_micros bigint NOT NULL,
           last_micros bigint NOT NULL,
           -- NULL: no event of the day carries the parameter or column.
           day_engaged boolean,
           day_active boolean,
           day_screen_views int NOT NULL,
           day_key_events int NOT NULL,
           day_first_visit boolean NOT NULL,
           day_checkout boolean NOT NULL,
           day_converted boolean NOT NULL,
           -- Sum of the cart's additions and removals, and the highest sum on the way.
           day_cart_net numeric NOT NULL,
           day_cart_peak numeric,
           day_session_number int,
           day_known_user text,
           day_customer text,
           day_branch text,

           -- The whole session, repeated on each of its rows.
           previous_day date,
           engaged boolean NOT NULL,
           converted boolean NOT NULL,
           cart boolean NOT NULL,
           checkout boolean NOT NULL,
           session_number int,
           known_user text,
           known_user_number int,
           customer text,
           branch text,
           PRIMARY KEY (tenant_id, property_id, date, session_key),
           FOREIGN KEY (tenant_id, property_id) REFERENCES property
         );
         CREATE INDEX session_day_of_session
           ON session_day (tenant_id, property_id, session_key, date);
         CREATE INDEX session_day_of_client
           ON session_day (tenant_id, property_id, client_number, date);

         -- One row per occurrence; the earliest of a transaction is kept.
         CREATE TABLE purchase (
           tenant_id uuid NOT NULL,
           property_id bigint NOT NULL,
           date date NOT NULL,
           event_key uuid NOT NULL,
           source text NOT NULL DEFAULT 'export'
             CONSTRAINT purchase_source_known CHECK (source IN ('export', 'webhook')),
           transaction_id text,
           purchase_micros bigint NOT NULL,
           session_key uuid,
           client_key uuid,
           known_user text,
           -- The event's own branch, which counts when it belongs to no session.
           branch text,
           revenue numeric,
           currency text,
           quantity numeric NOT NULL,
           kept boolean NOT NULL,
           PRIMARY KEY (tenant_id, property_id, date, event_key),
           FOREIGN KEY (tenant_id, property_id) REFERENCES property
         );
         CREATE INDEX purchase_transaction ON purchase (tenant_id, property_id, transaction_id, purchase_micros)
           WHERE transaction_id IS NOT NULL;
         CREATE INDEX purchase_session ON purchase (tenant_id, property_id, session_key);
         CREATE INDEX purchase_client ON purchase (tenant_id, property_id, client_key, purchase_micros);
         CREATE INDEX purchase_known_user ON purchase (tenant_id, property_id, known_user, purchase_micros)
           WHERE known_user IS NOT NULL;

         CREATE TABLE refund (
           tenant_id uuid NOT NULL,
           property_id bigint NOT NULL,
           date date NOT NULL,
           event_key uuid NOT NULL,
           transaction_id text,
           refund_micros bigint NOT NULL,
           session_key uuid,
           branch text,
           value numeric,
           currency text,
           PRIMARY KEY (tenant_id, property_id, date, event_key),
           FOREIGN KEY (tenant_id, property_id) REFERENCES property
         );

         -- The cart of a session after its last cart event. Whether it counts as abandoned is
         -- decided when it is read, by the tenant's thresholds.
         CREATE TABLE cart (
           tenant_id uuid NOT NULL,
           property_id bigint NOT NULL,
           session_key uuid NOT NULL,
           date date NOT NULL,
           client_key uuid NOT NULL,
           known_user text,
           last_cart_micros bigint NOT NULL,
           items jsonb NOT NULL,
           quantity numeric NOT NULL,
           value numeric NOT NULL,
           value_incomplete boolean NOT NULL,
           currency text,
           open boolean NOT NULL,
           -- First purchase by the session, its client or its known user at or after the last
           -- cart event; a purchase in the session itself counts whenever it was.
           recovered_micros bigint,
           PRIMARY KEY (tenant_id, property_id, session_key),
           FOREIGN KEY (tenant_id, property_id) REFERENCES property
         );
         CREATE INDEX cart_day ON cart (tenant_id, property_id, date, session_key);
         CREATE INDEX cart_client ON cart (tenant_id, property_id, client_key);
         CREATE INDEX cart_known_user ON cart (tenant_id, property_id, known_user)
           WHERE known_user IS NOT NULL;
         CREATE INDEX cart_recent ON cart (tenant_id, property_id, last_cart_micros DESC, session_key DESC)
           WHERE open;

         CREATE TABLE search (
           tenant_id uuid NOT NULL,
           property_id bigint NOT NULL,
           date date NOT NULL,
           event_key uuid NOT NULL,
           search_micros bigint NOT NULL,
           session_key uuid,
           client_key uuid,
           term text NOT NULL,
           failed boolean NOT NULL,
           PRIMARY KEY (tenant_id, property_id, date, event_key),
           FOREIGN KEY (tenant_id, property_id) REFERENCES property
         );"
            .to_owned(),
        tenant_table("session_day", Writer::Data),
        tenant_table("purchase", Writer::Data),
        tenant_table("refund", Writer::Data),
        tenant_table("cart", Writer::Data),
        tenant_table("search", Writer::Data),
    ]
    .join("\n"),
    down: "DROP TABLE search, cart, refund, purchase, session_day;",
);
