-- Facts and times stand in the clear beside a number; names, staff ids and contact values are sealed
-- under the person's own key. An erased person keeps the number and nothing else.

CREATE TABLE meta (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    key_check BLOB    NOT NULL, -- tells a wrong roster key in words
    created   INTEGER NOT NULL
) STRICT;

CREATE TABLE people (
    id          INTEGER PRIMARY KEY,
    staff_index BLOB UNIQUE,     -- all of these NULL: erased
    identity    BLOB,
    facts       TEXT,
    ledger      TEXT,
    erased_at   INTEGER,
    CHECK ((erased_at IS NULL) = (identity IS NOT NULL))
) STRICT;

CREATE TABLE person_keys (
    person  INTEGER PRIMARY KEY REFERENCES people (id),
    wrapped BLOB NOT NULL
) STRICT;

CREATE TABLE contacts (
    person        INTEGER NOT NULL REFERENCES people (id),
    position      INTEGER NOT NULL,
    kind          TEXT    NOT NULL,
    verified_on   TEXT,
    answered_at   INTEGER,
    blocked_since INTEGER,
    value_index   BLOB    NOT NULL,
    sealed        BLOB    NOT NULL,
    PRIMARY KEY (person, position)
) STRICT;
CREATE INDEX contacts_by_value ON contacts (value_index);

CREATE TABLE times (
    person    INTEGER NOT NULL REFERENCES people (id),
    uid_index BLOB    NOT NULL,
    what      TEXT    NOT NULL CHECK (what IN ('shift', 'leave')),
    start     INTEGER NOT NULL,
    until     INTEGER NOT NULL CHECK (start < until),
    PRIMARY KEY (person, uid_index)
) STRICT;

-- Who attests what: one row an import.
CREATE TABLE imports (
    at       INTEGER NOT NULL,
    added    INTEGER NOT NULL,
    changed  INTEGER NOT NULL,
    removed  INTEGER NOT NULL,
    attested INTEGER NOT NULL
) STRICT;

-- Up to which line of the log book of a journal work is in the ledgers.
CREATE TABLE counted (
    journal TEXT    PRIMARY KEY,
    line    INTEGER NOT NULL
) STRICT;

-- Whose owner was asked whether the contact may be used: one row an asking.
CREATE TABLE asked (
    person      INTEGER NOT NULL REFERENCES people (id),
    kind        TEXT    NOT NULL,
    value_index BLOB    NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (person, kind, value_index, at)
) STRICT;
