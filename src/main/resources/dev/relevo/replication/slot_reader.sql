-- Who reads from a slot, and whether somebody has confirmed what was never written, which is looked at behind the slot. ?: the slot.
SELECT CASE WHEN s.active_pid IS NOT NULL
            THEN pg_catalog.format('pid %s, application %s, role %s, from %s', s.active_pid,
                                   coalesce(pg_catalog.quote_literal(r.application_name), 'unknown'),
                                   coalesce(pg_catalog.quote_ident(r.usename), 'unknown'),
                                   coalesce(pg_catalog.host(r.client_addr) || ' port ' || r.client_port, 'a Unix socket'))
       END AS reader,
       s.confirmed_flush_lsn::text AS confirmed,
       w.lsn::text AS written,
       coalesce(s.confirmed_flush_lsn > w.lsn, false) AS beyond
FROM (SELECT * FROM pg_catalog.pg_replication_slots OFFSET 0) s
LEFT JOIN pg_catalog.pg_stat_replication r ON r.pid = s.active_pid
CROSS JOIN LATERAL (SELECT pg_catalog.pg_current_wal_insert_lsn() AS lsn, s.slot_name OFFSET 0) w
WHERE s.slot_name = ?
