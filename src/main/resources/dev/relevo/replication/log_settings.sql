-- Where the server's log goes, and what its lines begin with. A backend's standard error is the postmaster's; it has a size
-- only when it is a file, as where pg_ctl or Debian's pg_ctlcluster started the server.
SELECT pg_catalog.current_setting('log_destination') AS destination,
       pg_catalog.current_setting('logging_collector')::boolean AS collector,
       pg_catalog.current_setting('log_directory') AS directory,
       pg_catalog.current_setting('log_line_prefix') AS prefix,
       pg_catalog.current_setting('syslog_ident') AS ident,
       pg_catalog.current_setting('log_min_messages') AS least,
       CASE WHEN pg_catalog.current_setting('logging_collector')::boolean THEN NULL
            ELSE (pg_catalog.pg_stat_file('/proc/self/fd/2', true)).size END AS stderr_size
