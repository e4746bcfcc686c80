//! Each load has staging tables of its own, gone with it at once: nothing is deleted row by row. Writer: data-service.

change!(
    "m48_staging_by_load",
    // `staging.event` stays as what the tables are made like, and for loaders of before.
    up: "ALTER TABLE staging.event ALTER load_id DROP NOT NULL;
         -- Copied rows that were exact duplicates and are gone.
         ALTER TABLE staging.load ADD collapsed bigint NOT NULL DEFAULT 0;
         GRANT UPDATE ON staging.load TO footfall_data_service;

         -- The day's part of each session with an event on it, as `session_day` has it, and the hours it was active in:
         -- [hour from 1, events, page views, engagement in milliseconds, active, first visit].
         CREATE UNLOGGED TABLE staging.part (
           session_key uuid NOT NULL,
           client_key uuid NOT NULL,
           client_number int NOT NULL,
           ga_session_id bigint NOT NULL,
           events int NOT NULL,
           page_views int NOT NULL,
           engagement_msec bigint NOT NULL,
           first_micros bigint NOT NULL,
           last_micros bigint NOT NULL,
           day_engaged boolean,
           day_active boolean,
           day_screen_views int NOT NULL,
           day_key_events int NOT NULL,
           day_first_visit boolean NOT NULL,
           day_checkout boolean NOT NULL,
           day_converted boolean NOT NULL,
           day_cart_net numeric NOT NULL,
           day_cart_peak numeric,
           day_session_number int,
           day_known_user text,
           day_customer text,
           day_branch text,
           day_origin jsonb NOT NULL,
           day_action_micros bigint,
           hours jsonb NOT NULL
         );

         -- Unlogged tables are empty after a crash, and never vacuumed, for they are gone soon.
         CREATE FUNCTION staging.open_load(opened uuid, step uuid) RETURNS void
           LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
         DECLARE
           event text := 'event_' || replace(opened::text, '-', '');
           part text := 'part_' || replace(opened::text, '-', '');
         BEGIN
           INSERT INTO staging.load (load_id, step_id) VALUES (opened, step);
           EXECUTE format('CREATE UNLOGGED TABLE staging.%I (LIKE staging.event)
                             WITH (autovacuum_enabled = false)', event);
           EXECUTE format('CREATE UNLOGGED TABLE staging.%I (LIKE staging.part)
                             WITH (autovacuum_enabled = false)', part);
           EXECUTE format('GRANT SELECT, INSERT, DELETE ON staging.%I, staging.%I
                             TO footfall_data_service', event, part);
         END $body$;
         CREATE FUNCTION staging.close_load(closed uuid) RETURNS void
           LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
         DECLARE
           id text := replace(closed::text, '-', '');
         BEGIN
           EXECUTE format('DROP TABLE IF EXISTS staging.%I, staging.%I', 'event_' || id, 'part_' || id);
           DELETE FROM staging.event WHERE load_id = closed;
           DELETE FROM staging.load WHERE load_id = closed;
         END $body$;
         REVOKE ALL ON FUNCTION staging.open_load(uuid, uuid), staging.close_load(uuid) FROM PUBLIC;
         GRANT EXECUTE ON FUNCTION staging.open_load(uuid, uuid), staging.close_load(uuid)
           TO footfall_data_service;",
    // Loads on their way begin anew.
    down: "DROP FUNCTION staging.open_load(uuid, uuid);
           DO $body$
           DECLARE
             open uuid;
           BEGIN
             FOR open IN SELECT load_id FROM staging.load LOOP
               PERFORM staging.close_load(open);
             END LOOP;
           END $body$;
           DROP FUNCTION staging.close_load(uuid);
           DROP TABLE staging.part;
           REVOKE UPDATE ON staging.load FROM footfall_data_service;
           ALTER TABLE staging.load DROP collapsed;
           ALTER TABLE staging.event ALTER load_id SET NOT NULL;",
);
