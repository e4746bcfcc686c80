//! What the planner knows of facts that are new. Writer: data-service.

change!(
    "m47_new_facts",
    // Autovacuum comes about a minute after the first loads of a property, which may be the largest there ever are. Only its
    // owner may analyze a table; who finds it being done goes on without.
    up: "CREATE FUNCTION analyze_facts(facts text) RETURNS void
           LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
         BEGIN
           IF facts NOT IN ('session_day', 'search', 'purchase', 'cart') THEN
             RAISE EXCEPTION 'no facts of that name: %', facts;
           END IF;
           EXECUTE format('ANALYZE (SKIP_LOCKED) public.%I', facts);
         END $body$;
         REVOKE ALL ON FUNCTION analyze_facts(text) FROM PUBLIC;
         GRANT EXECUTE ON FUNCTION analyze_facts(text) TO footfall_data_service;",
    down: "DROP FUNCTION analyze_facts(text);",
);
