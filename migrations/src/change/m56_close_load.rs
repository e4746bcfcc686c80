//! The end of a load does not wait for a worker that stands still. Writer: data-service.

change!(
    "m56_close_load",
    // Whoever stopped in the middle of a COPY holds the table of its load for as long. It is left to the sweep then.
    up: "DROP FUNCTION staging.close_load(uuid);
         CREATE FUNCTION staging.close_load(closed uuid) RETURNS boolean
           LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
           SET lock_timeout = '1s' AS $body$
         DECLARE
           id text := replace(closed::text, '-', '');
         BEGIN
           EXECUTE format('DROP TABLE IF EXISTS staging.%I, staging.%I', 'event_' || id, 'part_' || id);
           DELETE FROM staging.event WHERE load_id = closed;
           DELETE FROM staging.load WHERE load_id = closed;
           RETURN true;
         EXCEPTION WHEN lock_not_available THEN
           RETURN false;
         END $body$;
         REVOKE ALL ON FUNCTION staging.close_load(uuid) FROM PUBLIC;
         GRANT EXECUTE ON FUNCTION staging.close_load(uuid) TO footfall_data_service;",
    down: "DROP FUNCTION staging.close_load(uuid);
           CREATE FUNCTION staging.close_load(closed uuid) RETURNS void
             LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
           DECLARE
             id text := replace(closed::text, '-', '');
           BEGIN
             EXECUTE format('DROP TABLE IF EXISTS staging.%I, staging.%I', 'event_' || id, 'part_' || id);
             DELETE FROM staging.event WHERE load_id = closed;
             DELETE FROM staging.load WHERE load_id = closed;
           END $body$;
           REVOKE ALL ON FUNCTION staging.close_load(uuid) FROM PUBLIC;
           GRANT EXECUTE ON FUNCTION staging.close_load(uuid) TO footfall_data_service;",
);
