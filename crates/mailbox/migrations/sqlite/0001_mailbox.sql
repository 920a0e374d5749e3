-- What a mailbox must know of letters that it can't read. Ids, keys and signatures are lowercase hex; times are
-- milliseconds since 1970 UTC. Sealed bytes of any size live in the object store, named by what stands here.

-- One office per mailbox. The token's hash stays, so that a set-up whose answer was lost may be asked again.
CREATE TABLE office (
    only_one   INTEGER PRIMARY KEY CHECK (only_one = 1),
    key        TEXT NOT NULL,
    name       TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    since      INTEGER NOT NULL
) STRICT;

-- The set-up link last printed, by the hash of its token.
CREATE TABLE setup (
    only_one   INTEGER PRIMARY KEY CHECK (only_one = 1),
    token_hash TEXT NOT NULL,
    made       INTEGER NOT NULL
) STRICT;

CREATE TABLE invites (
    id      TEXT PRIMARY KEY,
    box     BLOB NOT NULL,
    expires INTEGER NOT NULL
) STRICT;

-- One sequence over all that the office must hear of. SQLite has one writer, so numbers appear in order: an office that
-- has read up to n never misses a smaller one.
CREATE TABLE feed (
    n    INTEGER PRIMARY KEY AUTOINCREMENT,
    what TEXT NOT NULL CHECK (what IN ('bundle', 'enrolled'))
) STRICT;

-- An invite enrols one device.
CREATE TABLE enrolments (
    invite   TEXT PRIMARY KEY REFERENCES invites (id),
    device   TEXT NOT NULL,
    proof    TEXT NOT NULL,
    name_box BLOB NOT NULL,
    at       INTEGER NOT NULL,
    n        INTEGER NOT NULL UNIQUE REFERENCES feed (n)
) STRICT;
CREATE INDEX enrolments_by_device ON enrolments (device);

CREATE TABLE bundles (
    id      TEXT PRIMARY KEY,
    device  TEXT NOT NULL,
    mission TEXT NOT NULL,
    size    INTEGER NOT NULL,
    stored  INTEGER NOT NULL,
    n       INTEGER NOT NULL UNIQUE REFERENCES feed (n)
) STRICT;
CREATE INDEX bundles_by_device ON bundles (device, n);

CREATE TABLE cards (
    mission TEXT PRIMARY KEY,
    rev     INTEGER NOT NULL,
    sha256  TEXT NOT NULL
) STRICT;

CREATE TABLE receipts (
    n       INTEGER PRIMARY KEY AUTOINCREMENT,
    bundle  TEXT NOT NULL,
    device  TEXT NOT NULL,
    mission TEXT NOT NULL,
    kind    TEXT NOT NULL,
    at      INTEGER NOT NULL,
    sig     TEXT NOT NULL,
    UNIQUE (bundle, device, kind)
) STRICT;
CREATE INDEX receipts_by_device ON receipts (device, n);

CREATE TABLE docs (
    n  INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE
) STRICT;

-- Signatures of requests that may not happen twice, for as long as their time would still be taken.
CREATE TABLE seen_requests (
    signature TEXT PRIMARY KEY,
    until     INTEGER NOT NULL
) STRICT;
CREATE INDEX seen_requests_by_time ON seen_requests (until);
