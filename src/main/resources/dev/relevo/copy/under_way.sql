-- What workers have loaded of the chunks they are at: before 14 a server does not show it. ?: seconds, for nothing.
SELECT 0::bigint AS bytes, 0::bigint AS rows, 0 * ?::float8 AS recent
