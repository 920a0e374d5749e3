-- Any number of offices in one mailbox, each with numbers of its own. The mailbox of before was one office's: its rows
-- become those of office 1, under the numbers they have.

-- `quota`: bytes that its files may have; `keep_days`: for how many days a letter stays once it was received; none: no
-- bound. `bytes`: what its files have; none: not counted yet. `fed`, `papers`: the last numbers given out.
CREATE TABLE offices (
    id         BIGINT PRIMARY KEY,
    key        TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    since      BIGINT NOT NULL,
    quota      BIGINT,
    keep_days  BIGINT,
    bytes      BIGINT,
    fed        BIGINT NOT NULL,
    papers     BIGINT NOT NULL
);
INSERT INTO offices (id, key, name, token_hash, since, fed, papers)
    SELECT 1, key, name, token_hash, since,
           (SELECT COALESCE(MAX(n), 0) FROM feed), (SELECT COALESCE(MAX(n), 0) FROM docs) FROM office;
DROP TABLE office;

-- Set-up links that are good, by the hashes of their tokens, and the terms of the office that comes by one. `printed`:
-- the one that the server printed last, of which there is one.
CREATE TABLE setups (
    token_hash TEXT PRIMARY KEY,
    made       BIGINT NOT NULL,
    printed    BOOLEAN NOT NULL,
    expires    BIGINT,
    quota      BIGINT,
    keep_days  BIGINT
);
INSERT INTO setups (token_hash, made, printed) SELECT token_hash, made, TRUE FROM setup;
DROP TABLE setup;

ALTER TABLE invites ADD COLUMN office BIGINT NOT NULL DEFAULT 1;
ALTER TABLE invites ALTER COLUMN office DROP DEFAULT;

CREATE TABLE feed_5 (
    office BIGINT NOT NULL REFERENCES offices (id),
    n      BIGINT NOT NULL,
    what   TEXT NOT NULL CHECK (what IN ('bundle', 'enrolled')),
    PRIMARY KEY (office, n)
);
INSERT INTO feed_5 (office, n, what) SELECT 1, n, what FROM feed;

CREATE TABLE enrolments_5 (
    invite   TEXT NOT NULL REFERENCES invites (id),
    device   TEXT NOT NULL,
    proof    TEXT NOT NULL,
    name_box BYTEA NOT NULL,
    at       BIGINT NOT NULL,
    office   BIGINT NOT NULL,
    n        BIGINT NOT NULL,
    PRIMARY KEY (invite, device),
    UNIQUE (office, n),
    FOREIGN KEY (office, n) REFERENCES feed_5 (office, n)
);
INSERT INTO enrolments_5 (invite, device, proof, name_box, at, office, n)
    SELECT invite, device, proof, name_box, at, 1, n FROM enrolments;

-- `gone`: since when nobody is given it any more.
CREATE TABLE bundles_5 (
    office  BIGINT NOT NULL,
    id      TEXT NOT NULL,
    device  TEXT NOT NULL,
    mission TEXT NOT NULL,
    size    BIGINT NOT NULL,
    stored  BIGINT NOT NULL,
    n       BIGINT NOT NULL,
    gone    BIGINT,
    PRIMARY KEY (office, id),
    UNIQUE (office, n),
    FOREIGN KEY (office, n) REFERENCES feed_5 (office, n)
);
INSERT INTO bundles_5 (office, id, device, mission, size, stored, n)
    SELECT 1, id, device, mission, size, stored, n FROM bundles;

DROP TABLE enrolments;
DROP TABLE bundles;
DROP TABLE feed;
ALTER TABLE feed_5 RENAME TO feed;
ALTER TABLE enrolments_5 RENAME TO enrolments;
ALTER TABLE bundles_5 RENAME TO bundles;
CREATE INDEX enrolments_by_device ON enrolments (device);
CREATE INDEX enrolments_by_time ON enrolments (invite, at);
CREATE INDEX bundles_by_device ON bundles (device, stored);
CREATE INDEX bundles_by_id ON bundles (id);

CREATE TABLE cards_5 (
    office  BIGINT NOT NULL REFERENCES offices (id),
    mission TEXT NOT NULL,
    rev     BIGINT NOT NULL,
    sha256  TEXT NOT NULL,
    PRIMARY KEY (office, mission)
);
INSERT INTO cards_5 (office, mission, rev, sha256) SELECT 1, mission, rev, sha256 FROM cards;
DROP TABLE cards;
ALTER TABLE cards_5 RENAME TO cards;

-- A device's receipts have numbers of their own. `stored`: when it came here.
CREATE TABLE receipts_5 (
    device  TEXT NOT NULL,
    n       BIGINT NOT NULL,
    office  BIGINT NOT NULL REFERENCES offices (id),
    bundle  TEXT NOT NULL,
    mission TEXT NOT NULL,
    kind    TEXT NOT NULL,
    at      BIGINT NOT NULL,
    sig     TEXT NOT NULL,
    stored  BIGINT NOT NULL,
    PRIMARY KEY (device, n),
    UNIQUE (office, bundle, device, kind)
);
INSERT INTO receipts_5 (device, n, office, bundle, mission, kind, at, sig, stored)
    SELECT device, n, 1, bundle, mission, kind, at, sig, at FROM receipts;
DROP TABLE receipts;
ALTER TABLE receipts_5 RENAME TO receipts;

CREATE TABLE docs_5 (
    office BIGINT NOT NULL REFERENCES offices (id),
    n      BIGINT NOT NULL,
    id     TEXT NOT NULL,
    PRIMARY KEY (office, n),
    UNIQUE (office, id)
);
INSERT INTO docs_5 (office, n, id) SELECT 1, n, id FROM docs;
DROP TABLE docs;
ALTER TABLE docs_5 RENAME TO docs;

CREATE TABLE removed_5 (
    office BIGINT NOT NULL REFERENCES offices (id),
    device TEXT NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (office, device)
);
INSERT INTO removed_5 (office, device, at) SELECT 1, device, at FROM removed;
DROP TABLE removed;
ALTER TABLE removed_5 RENAME TO removed;

-- The sealed files that each office keeps, and their sizes: what it is counted by. `going`: since when the file is to be
-- taken away.
CREATE TABLE files (
    office BIGINT NOT NULL,
    path   TEXT NOT NULL,
    bytes  BIGINT NOT NULL,
    going  BIGINT,
    PRIMARY KEY (office, path)
);
CREATE INDEX files_by_path ON files (path);
CREATE INDEX files_by_going ON files (going) WHERE going IS NOT NULL;
