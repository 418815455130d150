-- What 12 and newer know besides.
CREATE TABLE public.generated (a integer PRIMARY KEY, twice integer GENERATED ALWAYS AS (a * 2) STORED, b text);
INSERT INTO public.generated (a, b) SELECT g, g::text FROM generate_series(1, 500) g;
CREATE TABLE public.all_generated (one integer GENERATED ALWAYS AS (1) STORED);
INSERT INTO public.all_generated DEFAULT VALUES;
INSERT INTO public.all_generated DEFAULT VALUES;
ALTER TABLE public.all_generated REPLICA IDENTITY NOTHING;
