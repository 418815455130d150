-- The indexes that workers build at this moment, constraints' included. done and total: blocks read, or rows written.
SELECT p.relid::pg_catalog.regclass::text AS relation, p.phase, a.query AS statement,
       CASE WHEN p.phase LIKE '%loading tuples%' THEN p.tuples_done ELSE p.blocks_done END AS done,
       CASE WHEN p.phase LIKE '%loading tuples%' THEN p.tuples_total ELSE p.blocks_total END AS total
FROM pg_catalog.pg_stat_progress_create_index p
JOIN pg_catalog.pg_stat_activity a ON a.pid = p.pid
WHERE a.datname = pg_catalog.current_database() AND a.application_name LIKE 'relevo copy worker%'
ORDER BY a.xact_start, p.pid
