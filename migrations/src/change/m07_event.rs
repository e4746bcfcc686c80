//! The events themselves, by month, and the staging they pass through. Writer: data-service.

use crate::tenancy::{Writer, tenant_table};

/// The columns that staging and the event table share, from the event's name on.
const FACTS: &str = "
    event_name text NOT NULL,
    event_micros bigint NOT NULL,
    stream_id text,
    user_pseudo_id text,
    client_key uuid,
    session_key uuid,
    ga_session_id bigint,
    ga_session_number int,
    user_id text,
    known_user text,
    customer text,
    branch text,
    batch_page_id bigint,
    batch_ordering_id bigint,
    batch_event_index bigint,
    bundle_sequence_id bigint,
    session_engaged boolean,
    is_active_user boolean,
    engagement_msec bigint,
    platform text,
    device_category text,
    country text,
    city text,
    source text,
    medium text,
    campaign text,
    hostname text,
    page_location text,
    page_path text,
    page_title text,
    transaction_id text,
    purchase_revenue numeric,
    refund_value numeric,
    currency text,
    quantity numeric,
    search_term text,
    params jsonb,
    items jsonb";

change!(
    "m07_event",
    up: [
        format!(
            "CREATE TABLE event (
               tenant_id uuid NOT NULL REFERENCES tenant,
               event_date date NOT NULL,
               property_id bigint NOT NULL,
               event_key uuid NOT NULL,
               {FACTS},
               PRIMARY KEY (tenant_id, event_date, property_id, event_key)
             ) PARTITION BY RANGE (event_date);
             -- What a cart is rebuilt from, a small part of all events.
             CREATE INDEX event_cart ON event (tenant_id, property_id, session_key, event_date)
               WHERE event_name IN ('add_to_cart', 'remove_from_cart');

             -- COPY is refused under row-level security, so rows are copied here first, under the
             -- id of one load, and are gone when the load ends.
             CREATE SCHEMA staging;
             GRANT USAGE ON SCHEMA staging TO footfall_data_service;
             CREATE UNLOGGED TABLE staging.load (
               load_id uuid PRIMARY KEY,
               step_id uuid NOT NULL
             );
             CREATE INDEX load_step ON staging.load (step_id);
             CREATE UNLOGGED TABLE staging.event (
               load_id uuid NOT NULL,
               event_date date NOT NULL,
               property_id bigint NOT NULL,
               event_key uuid NOT NULL,
               row_hash uuid NOT NULL,
               {FACTS}
             );
             CREATE INDEX event_load ON staging.event (load_id);
             GRANT SELECT, INSERT, DELETE ON staging.load, staging.event TO footfall_data_service;"
        ),
        tenant_table("event", Writer::Data),
        // A grant on a partition would let its reader past the policies of the parent: none is
        // given. Row-level security is on there too, so that even the owner sees nothing.
        "CREATE FUNCTION ensure_event_partition(month date) RETURNS void
           LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
         DECLARE
           first date := date_trunc('month', month)::date;
           partition text := 'event_' || to_char(first, 'YYYY_MM');
         BEGIN
           IF to_regclass('public.' || partition) IS NOT NULL THEN RETURN; END IF;
           PERFORM pg_advisory_xact_lock(hashtextextended('ensure_event_partition', 0));
           IF to_regclass('public.' || partition) IS NOT NULL THEN RETURN; END IF;
           EXECUTE format('CREATE TABLE public.%I PARTITION OF public.event
                             FOR VALUES FROM (%L) TO (%L)',
                          partition, first, (first + interval '1 month')::date);
           EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', partition);
           EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', partition);
         END $body$;
         REVOKE ALL ON FUNCTION ensure_event_partition(date) FROM PUBLIC;
         GRANT EXECUTE ON FUNCTION ensure_event_partition(date) TO footfall_data_service;"
            .to_owned(),
    ]
    .join("\n"),
    down: "DROP FUNCTION ensure_event_partition(date); DROP TABLE event; DROP SCHEMA staging CASCADE;",
);
