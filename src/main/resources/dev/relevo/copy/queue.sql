-- What the copy has still to do, on the new server; made anew for each snapshot.
DROP TABLE IF EXISTS ${copy_state}, ${copy_table}, ${copy_task};

-- One row. copy: the name of the snapshot's copy; loaded: when all data were there for good. repeated: pieces that workers were
-- at when their connections broke; lost: from taking these until there were connections again, in seconds of workers' time.
CREATE TABLE ${copy_state} (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    copy     text NOT NULL,
    begun    timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    loaded   timestamptz,
    repeated integer NOT NULL DEFAULT 0,
    lost     double precision NOT NULL DEFAULT 0
);

-- The tables. filenode: the old server's file when the snapshot was taken; another one means rewritten or truncated.
-- single: one chunk; small: its keys and indexes go with that chunk, and several such tables in one transaction. columns: quoted, those that are not generated; empty when there are none.
-- padded: a letter for each of them, p where blanks at the end mean nothing, in binary.
-- key_column: quoted, by which it is cut; empty where that is by blocks. chunks: how many are not loaded yet.
-- keys: whether constraints and other work under ACCESS EXCLUSIVE wait. left_out: not ours to copy any more.
-- estimate: rows by the old server's statistics; 0 or less when it has none.
-- root: of a partition whose rows are loaded through the root of its tree, because they may belong to other partitions here, that
-- root as SQL; else empty.
CREATE TABLE ${copy_table} (
    id       integer PRIMARY KEY,
    schema   text NOT NULL,
    name     text NOT NULL,
    oid      oid NOT NULL,
    filenode oid NOT NULL,
    columns  text NOT NULL,
    key_column text NOT NULL,
    bytes    bigint NOT NULL,
    is_binary boolean NOT NULL,
    padded   text NOT NULL,
    single   boolean NOT NULL,
    small    boolean NOT NULL,
    chunks   integer NOT NULL,
    keys     boolean NOT NULL DEFAULT false,
    left_out boolean NOT NULL DEFAULT false,
    estimate bigint NOT NULL,
    root     text NOT NULL
) WITH (fillfactor = 50);

-- kind: chunk (blocks, or values of the key column, from first_value up to, not including, end_value; null for no bound), key (statements that need the
-- table for themselves, in one go), index. entries: ids in ${after_data}, a small table's with its chunk. bytes: how much work it is.
-- awaited: no table is followed before it is done. rows, begun, ended: of what is done; worker: who did it, as an application_name.
CREATE TABLE ${copy_task} (
    id          integer PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('chunk', 'key', 'index')),
    table_id    integer NOT NULL REFERENCES ${copy_table} (id),
    first_value bigint,
    end_value   bigint,
    entries     integer[] NOT NULL DEFAULT '{}',
    bytes       bigint NOT NULL,
    awaited     boolean NOT NULL,
    done        boolean NOT NULL DEFAULT false,
    rows        bigint NOT NULL DEFAULT 0,
    begun       timestamptz,
    ended       timestamptz,
    worker      text
) WITH (fillfactor = 50);
CREATE INDEX ON ${copy_task} (awaited DESC, bytes DESC, id) WHERE NOT done;
