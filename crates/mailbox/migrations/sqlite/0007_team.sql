-- What a mission's people send each other. The feed tells of one thing more, so its table is made anew, with those that speak
-- of it.

CREATE TABLE feed_7 (
    office INTEGER NOT NULL REFERENCES offices (id),
    n      INTEGER NOT NULL,
    what   TEXT NOT NULL CHECK (what IN ('bundle', 'enrolled', 'member')),
    PRIMARY KEY (office, n)
) STRICT;
INSERT INTO feed_7 (office, n, what) SELECT office, n, what FROM feed;

CREATE TABLE enrolments_7 (
    invite   TEXT NOT NULL REFERENCES invites (id),
    device   TEXT NOT NULL,
    proof    TEXT NOT NULL,
    name_box BLOB NOT NULL,
    at       INTEGER NOT NULL,
    office   INTEGER NOT NULL,
    n        INTEGER NOT NULL,
    PRIMARY KEY (invite, device),
    UNIQUE (office, n),
    FOREIGN KEY (office, n) REFERENCES feed_7 (office, n)
) STRICT;
INSERT INTO enrolments_7 (invite, device, proof, name_box, at, office, n)
    SELECT invite, device, proof, name_box, at, office, n FROM enrolments;

CREATE TABLE bundles_7 (
    office  INTEGER NOT NULL,
    id      TEXT NOT NULL,
    device  TEXT NOT NULL,
    mission TEXT NOT NULL,
    size    INTEGER NOT NULL,
    stored  INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    gone    INTEGER,
    PRIMARY KEY (office, id),
    UNIQUE (office, n),
    FOREIGN KEY (office, n) REFERENCES feed_7 (office, n)
) STRICT;
INSERT INTO bundles_7 (office, id, device, mission, size, stored, n, gone)
    SELECT office, id, device, mission, size, stored, n, gone FROM bundles;

DROP TABLE enrolments;
DROP TABLE bundles;
DROP TABLE feed;
ALTER TABLE feed_7 RENAME TO feed;
ALTER TABLE enrolments_7 RENAME TO enrolments;
ALTER TABLE bundles_7 RENAME TO bundles;
CREATE INDEX enrolments_by_device ON enrolments (device);
CREATE INDEX enrolments_by_time ON enrolments (invite, at);
CREATE INDEX bundles_by_device ON bundles (device, stored);
CREATE INDEX bundles_by_id ON bundles (id);
CREATE INDEX bundles_by_mission ON bundles (office, mission, stored);

-- What devices say is sealed for them, for good. `since`: the last number of the mission's letters then.
CREATE TABLE members (
    office    INTEGER NOT NULL,
    mission   TEXT NOT NULL,
    device    TEXT NOT NULL,
    recipient TEXT NOT NULL,
    sig       TEXT NOT NULL,
    at        INTEGER NOT NULL,
    since     INTEGER NOT NULL,
    n         INTEGER NOT NULL,
    PRIMARY KEY (office, mission, device),
    UNIQUE (office, n),
    FOREIGN KEY (office, n) REFERENCES feed (office, n)
) STRICT;

-- Letters that a mission's people are given, numbered in each mission: bundles of its devices, sealed as the card `rev` says,
-- and letters of its office, which have no `device`. Of those, `place` is what the letter stands in the place of, `reader` the device that it is for
-- (empty: everyone), and `gone` since when nobody is given it any more.
CREATE TABLE team (
    office  INTEGER NOT NULL REFERENCES offices (id),
    mission TEXT NOT NULL,
    n       INTEGER NOT NULL,
    id      TEXT NOT NULL,
    device  TEXT,
    rev     INTEGER,
    place   TEXT,
    reader  TEXT NOT NULL,
    size    INTEGER NOT NULL,
    stored  INTEGER NOT NULL,
    gone    INTEGER,
    PRIMARY KEY (office, mission, n),
    UNIQUE (office, mission, id),
    UNIQUE (office, mission, place, reader)
) STRICT;
