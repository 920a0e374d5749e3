-- What a mission's people send each other. The feed tells of one thing more.

ALTER TABLE feed DROP CONSTRAINT feed_5_what_check;
ALTER TABLE feed ADD CONSTRAINT feed_what_check CHECK (what IN ('bundle', 'enrolled', 'member'));

-- What devices say is sealed for them, for good. `since`: the last number of the mission's letters then.
CREATE TABLE members (
    office    BIGINT NOT NULL,
    mission   TEXT NOT NULL,
    device    TEXT NOT NULL,
    recipient TEXT NOT NULL,
    sig       TEXT NOT NULL,
    at        BIGINT NOT NULL,
    since     BIGINT NOT NULL,
    n         BIGINT NOT NULL,
    PRIMARY KEY (office, mission, device),
    UNIQUE (office, n),
    FOREIGN KEY (office, n) REFERENCES feed (office, n)
);

-- Letters that a mission's people are given, numbered in each mission: bundles of its devices, sealed as the card `rev` says,
-- and letters of its office, which have no `device`. Of those, `place` is what the letter stands in the place of, `reader` the device that it is for
-- (empty: everyone), and `gone` since when nobody is given it any more.
CREATE TABLE team (
    office  BIGINT NOT NULL REFERENCES offices (id),
    mission TEXT NOT NULL,
    n       BIGINT NOT NULL,
    id      TEXT NOT NULL,
    device  TEXT,
    rev     BIGINT,
    place   TEXT,
    reader  TEXT NOT NULL,
    size    BIGINT NOT NULL,
    stored  BIGINT NOT NULL,
    gone    BIGINT,
    PRIMARY KEY (office, mission, n),
    UNIQUE (office, mission, id),
    UNIQUE (office, mission, place, reader)
);
