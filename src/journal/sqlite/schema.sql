-- The journal, schema 2. Instants are milliseconds since 1970-01-01T00:00:00Z.
CREATE TABLE meta (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id TEXT NOT NULL,
    stamp TEXT NOT NULL,
    build TEXT NOT NULL,
    created INTEGER NOT NULL,
    policy BLOB
) STRICT;
CREATE TABLE builds (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
-- One row a batch; entries are dense over all rows.
CREATE TABLE inputs (
    first_seq INTEGER PRIMARY KEY,
    last_seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    build INTEGER NOT NULL REFERENCES builds (id),
    format INTEGER NOT NULL,
    entries BLOB NOT NULL
) STRICT;
CREATE TABLE snapshots (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    build INTEGER NOT NULL REFERENCES builds (id),
    format INTEGER NOT NULL,
    state BLOB NOT NULL
) STRICT;
CREATE TABLE transitions (
    incident INTEGER NOT NULL,
    number INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    at INTEGER NOT NULL,
    unit TEXT NOT NULL,
    record TEXT NOT NULL,
    transition BLOB NOT NULL,
    PRIMARY KEY (incident, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX transitions_by_seq ON transitions (seq);
CREATE TABLE incidents (
    incident INTEGER PRIMARY KEY,
    unit TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    closed_at TEXT,
    level TEXT NOT NULL,
    highest TEXT NOT NULL,
    transitions INTEGER NOT NULL
) STRICT;
CREATE INDEX incidents_by_unit ON incidents (unit, incident);
CREATE TABLE logbook (
    cursor INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    type TEXT NOT NULL,
    unit TEXT,
    incident INTEGER,
    record TEXT NOT NULL,
    UNIQUE (seq, ordinal)
) STRICT;
CREATE INDEX logbook_by_unit ON logbook (unit, cursor);
CREATE INDEX logbook_by_incident ON logbook (incident, cursor);
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    seq INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    channel TEXT NOT NULL,
    type TEXT NOT NULL,
    record TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    useful_until INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN
        ('pending', 'delivered', 'failed', 'expired', 'suppressed', 'simulated')),
    next_attempt_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    told INTEGER NOT NULL DEFAULT 0,
    UNIQUE (seq, ordinal, channel)
) STRICT;
CREATE INDEX outbox_pending ON outbox (channel, next_attempt_at) WHERE state = 'pending';
CREATE INDEX outbox_untold ON outbox (id)
    WHERE told = 0 AND state IN ('delivered', 'failed', 'expired');
-- Written before the call; without an outcome the call's fate is unknown.
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    intent INTEGER NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    outcome TEXT,
    status INTEGER,
    reason TEXT,
    -- Kind of the contact, and name of the channel, where people are reached.
    contact TEXT,
    via TEXT,
    UNIQUE (intent, number)
) STRICT;
CREATE TABLE command_keys (
    key TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    record TEXT NOT NULL
) STRICT;
CREATE TABLE late_rows (
    seq INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    at INTEGER NOT NULL,
    record TEXT NOT NULL,
    entry BLOB NOT NULL,
    PRIMARY KEY (seq, ordinal)
) STRICT;
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    build INTEGER NOT NULL REFERENCES builds (id),
    reason TEXT NOT NULL,
    text TEXT NOT NULL,
    entry BLOB NOT NULL
) STRICT;
-- Numbers of the pairs that history is kept of; names, because ids change with the policy.
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    source TEXT NOT NULL,
    UNIQUE (queue, source)
) STRICT;
-- Keyed by time first: a minute of all queues is one place in the file.
CREATE TABLE intervals (
    start INTEGER NOT NULL,
    series INTEGER NOT NULL,
    length INTEGER NOT NULL,
    last_word INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    offered INTEGER,
    answered INTEGER,
    abandoned INTEGER,
    refused INTEGER,
    exited INTEGER,
    answered_in_target INTEGER,
    wait INTEGER,
    talk INTEGER,
    expected REAL,
    PRIMARY KEY (start, series, length)
) STRICT, WITHOUT ROWID;
CREATE TABLE quarters (
    start INTEGER NOT NULL,
    series INTEGER NOT NULL,
    length INTEGER NOT NULL,
    last_word INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    offered INTEGER,
    answered INTEGER,
    abandoned INTEGER,
    refused INTEGER,
    exited INTEGER,
    answered_in_target INTEGER,
    wait INTEGER,
    talk INTEGER,
    expected REAL,
    PRIMARY KEY (start, series, length)
) STRICT, WITHOUT ROWID;
