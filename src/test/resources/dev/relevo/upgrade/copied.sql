-- Tables that are hard to copy; runs on 11 and newer.
CREATE SCHEMA "Mixed Case";
CREATE TYPE "Mixed Case"."Mood" AS ENUM ('sad', 'o''k', 'häppy');
CREATE DOMAIN public.positive AS integer CHECK (VALUE > 0);
CREATE TYPE public.pair AS (a integer, b text);
CREATE TABLE "Mixed Case"."Tab""le ü" (
    "Id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "Mood" "Mixed Case"."Mood", "moods" "Mixed Case"."Mood"[],
    p public.positive, "PAIR" public.pair);
INSERT INTO "Mixed Case"."Tab""le ü" ("Mood", moods, p, "PAIR")
    SELECT 'häppy', ARRAY['sad', NULL, 'o''k']::"Mixed Case"."Mood"[], g, ROW(g, 'x,"y\' || g)::public.pair FROM generate_series(1, 300) g;
CREATE INDEX "In dex" ON "Mixed Case"."Tab""le ü" ((p + 1), "Mood") WHERE p > 3;
COMMENT ON INDEX "Mixed Case"."In dex" IS 'it''s an index';

CREATE TABLE public.safe (
    id integer PRIMARY KEY, b boolean, y bytea, s smallint, l bigint, r real, d double precision, n numeric, n2 numeric(30, 10),
    t text, v varchar(50), c char(9), da date, ti time, tz time with time zone, ts timestamp(3), tt timestamp with time zone,
    i interval, ih interval hour to second, u uuid, j json, jb jsonb, ip inet, ci cidr, m macaddr, m8 macaddr8, bi bit(5), vb bit varying,
    po point, bx box, ar integer[], at text[], an numeric(9, 2)[]);
INSERT INTO public.safe SELECT g, g % 2 = 0, decode(md5(g::text), 'hex'), g, g * 1e10, g / 7.0, g / 3.0, g * 1e30, g / 3.0,
    E'tab\t nl\n back\\ \\. ünï ' || g, 'v', 'c', date '2020-02-29' + g, time '13:14:15.123456', '13:14:15+05:30',
    '2021-01-01 00:00:00.123', '2021-01-01 00:00:00.654321+09', '1 year 2 mons 3 days 04:05:06.789', '04:05:06',
    md5(g::text)::uuid, '{"a":  1 }', '{"b": [1, null]}', '10.0.0.1/8', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05',
    B'10101', B'1', point(g, -g), box(point(0, 0), point(g, g)), ARRAY[[1, g], [NULL, 3]], ARRAY['a,b', NULL, '{"']::text[],
    ARRAY[1.5, g]
    FROM generate_series(1, 200) g;
INSERT INTO public.safe (id, r, d, n, da, ts, tt, t, at) VALUES
    (1001, 'NaN', 'Infinity', 'NaN', 'infinity', '-infinity', 'infinity', '\.', '{}'),
    (1002, '-Infinity', 1e-300, 1e-200, '4713-01-01 BC', '294276-12-31', '4713-01-01 BC', '', NULL),
    (1003, NULL, NULL, NULL, NULL, NULL, NULL, '\N', NULL);

CREATE TABLE public.named (
    id integer PRIMARY KEY, c regclass, p regprocedure, ty regtype, cs regclass[], n name, q "char", m money, x xml, o oid,
    tv tsvector, tq tsquery, ir int4range, ts txid_snapshot, tri text);
INSERT INTO public.named VALUES
    (1, '"Mixed Case"."Tab""le ü"', 'pg_catalog.lower(text)', 'public.positive', ARRAY['public.safe']::regclass[], 'Näme', 'q',
     '$12,345.67', '<a b="c">ü</a>', 4711, 'a fat cat', 'fat & cat', '[1,5)', '10:20:10,14', 'x');

CREATE TABLE public.dropped (a integer, gone text, b text, gone2 bigint);
INSERT INTO public.dropped SELECT g, 'x', g::text, g FROM generate_series(1, 100) g;
ALTER TABLE public.dropped DROP COLUMN gone, DROP COLUMN gone2;
ALTER TABLE public.dropped ADD COLUMN late integer DEFAULT 42;

CREATE TABLE public.parent (a integer PRIMARY KEY, b text);
CREATE TABLE public.child (c text, PRIMARY KEY (a)) INHERITS (public.parent);
INSERT INTO public.parent SELECT g, 'p' FROM generate_series(1, 50) g;
INSERT INTO public.child SELECT g, 'c', 'cc' FROM generate_series(51, 150) g;

CREATE TABLE public.measures (at date NOT NULL, v integer, w text, PRIMARY KEY (at, v)) PARTITION BY RANGE (at);
CREATE TABLE public.measures_1 PARTITION OF public.measures FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE public.measures_2 (w text, v integer NOT NULL, at date NOT NULL);
ALTER TABLE public.measures ATTACH PARTITION public.measures_2 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX measures_w ON public.measures (w);
INSERT INTO public.measures SELECT '2024-01-01'::date + g, g, md5(g::text) FROM generate_series(0, 700) g;

CREATE TABLE public.toasted (id integer PRIMARY KEY, doc text, bin bytea);
ALTER TABLE public.toasted ALTER COLUMN doc SET STORAGE EXTERNAL;
INSERT INTO public.toasted SELECT g, repeat(md5(g::text), 5000), decode(repeat(md5(g::text), 2000), 'hex')
    FROM generate_series(1, 200) g;

CREATE TABLE public.empty_one (a integer PRIMARY KEY, b text);
CREATE TABLE public.no_columns ();
INSERT INTO public.no_columns DEFAULT VALUES;
INSERT INTO public.no_columns DEFAULT VALUES;
ALTER TABLE public.no_columns REPLICA IDENTITY FULL;

CREATE TABLE public.big (id integer NOT NULL, filler text, at timestamptz DEFAULT now());
INSERT INTO public.big SELECT g, repeat(md5(g::text), 6) FROM generate_series(1, 180000) g;
ALTER TABLE public.big ADD CONSTRAINT big_pk PRIMARY KEY (id);
CREATE INDEX big_filler ON public.big (md5(filler));
CREATE INDEX big_at ON public.big (at) WHERE id % 2 = 0;
CREATE UNIQUE INDEX big_cluster ON public.big (id, at);
ALTER TABLE public.big CLUSTER ON big_cluster;

CREATE TABLE public.refers (id integer PRIMARY KEY, big integer REFERENCES public.big (id), self integer REFERENCES public.refers (id) DEFERRABLE,
    UNIQUE (id, big), EXCLUDE USING btree (big WITH =) WHERE (big < 0));
INSERT INTO public.refers SELECT g, g, g FROM generate_series(1, 1000) g;
CREATE STATISTICS public.st ON id, big FROM public.refers;
CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touch BEFORE INSERT ON public.refers FOR EACH ROW EXECUTE PROCEDURE public.touch();
ALTER TABLE public.refers DISABLE TRIGGER touch;
CREATE RULE nothing AS ON DELETE TO public.empty_one DO INSTEAD (SELECT 1; SELECT 2);
ALTER TABLE public.refers ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON public.refers USING (id > 0);
CREATE VIEW public.grouped AS SELECT id, filler FROM public.big GROUP BY id;
CREATE MATERIALIZED VIEW public.mv AS SELECT id, filler FROM public.grouped WHERE id < 10;
CREATE UNIQUE INDEX ON public.mv (id);
COMMENT ON CONSTRAINT big_pk ON public.big IS 'the key';
CREATE FUNCTION public.audit() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN IF current_setting('application_name') ~ '^relevo (?!test)' THEN RAISE 'no DDL for %', current_setting('application_name'); END IF; END $$;
CREATE EVENT TRIGGER audit ON ddl_command_end EXECUTE PROCEDURE public.audit();

-- What a database may have set for its clients, and changes the meaning of a value as text.
ALTER DATABASE pgbench SET array_nulls = off;
ALTER DATABASE pgbench SET xmloption = document;
ALTER DATABASE pgbench SET client_encoding = 'LATIN1';
ALTER DATABASE pgbench SET quote_all_identifiers = on;
ALTER DATABASE pgbench SET "DateStyle" = 'SQL, DMY';
ALTER DATABASE pgbench SET "IntervalStyle" = sql_standard;

-- Blanks that fill up, and those that do not; a row longer than one piece of the copy, and one about as long.
CREATE TABLE public.filled_up (id integer PRIMARY KEY, a character(40), b character(8), c text, d character(3), e character(200000));
INSERT INTO public.filled_up VALUES
    (1, 'two words  ', '', ' text  ', 'y', repeat('z', 150000)),
    (2, E'\u00e9\u20ac\U0001F600 ', NULL, NULL, ' ', repeat(E'\u00e9', 70000)),
    (3, ' leading', E'tab\t ', '', NULL, ''),
    (4, repeat('f', 40), repeat('f', 8), ' ', 'fff', repeat('f', 131000));
INSERT INTO public.filled_up SELECT g, repeat('w', g % 41), repeat('w', g % 9), '  ', '' FROM generate_series(5, 2000) g;
CREATE DOMAIN public.padded AS character(12);
CREATE TABLE public.filled_up_otherwise AS SELECT id, (left(a, 9) || '  ')::bpchar AS a, left(a, 12)::public.padded AS b FROM public.filled_up;
