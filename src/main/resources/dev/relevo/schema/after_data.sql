-- What of the schema waits until the rows are there, in pg_dump's order. kind: key (needs the table for itself), index,
-- rest (may need what stands before it). schema, name: the table of a key or an index.
CREATE TABLE ${after_data} (
    id     integer PRIMARY KEY,
    kind   text NOT NULL CHECK (kind IN ('key', 'index', 'rest')),
    schema text,
    name   text,
    what   text NOT NULL,
    sql    text NOT NULL,
    done   boolean NOT NULL DEFAULT false
);
