//! Several loaders begin a month at once. Writer: data-service.

change!(
    "m42_event_partition",
    // What the first look remembers of a table that was not there outlives the wait for the lock: the second look asks
    // the catalogue itself.
    up: "CREATE OR REPLACE FUNCTION ensure_event_partition(month date) RETURNS void
           LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
         DECLARE
           first date := date_trunc('month', month)::date;
           partition text := 'event_' || to_char(first, 'YYYY_MM');
         BEGIN
           IF to_regclass('public.' || partition) IS NOT NULL THEN RETURN; END IF;
           PERFORM pg_advisory_xact_lock(hashtextextended('ensure_event_partition', 0));
           IF EXISTS (SELECT FROM pg_catalog.pg_class
                      WHERE relname = partition AND relnamespace = 'public'::regnamespace) THEN
             RETURN;
           END IF;
           EXECUTE format('CREATE TABLE public.%I PARTITION OF public.event
                             FOR VALUES FROM (%L) TO (%L)',
                          partition, first, (first + interval '1 month')::date);
           EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', partition);
           EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', partition);
         END $body$;",
    // The function goes with the table it serves.
    down: "SELECT 1;",
);
