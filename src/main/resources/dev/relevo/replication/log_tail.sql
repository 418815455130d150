-- The end of a file of the server's, as it is: ? (its name), ? (how many bytes at most), ? (its name).
SELECT pg_catalog.encode(pg_catalog.pg_read_binary_file(
           ?, greatest(0, f.size - l.most), l.most, true), 'base64') AS tail
FROM (SELECT ?::bigint AS most) l, pg_catalog.pg_stat_file(?, true) f
