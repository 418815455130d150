-- No parameter can be granted before 15.
SELECT NULL::text AS statement, NULL::text AS who, NULL::text AS privilege WHERE false
