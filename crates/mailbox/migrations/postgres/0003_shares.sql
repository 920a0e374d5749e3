-- Missions that an office opens to another one here. `id`: what it says of the mission, sealed for the other; `since`: when it
-- first did; `accepted`: the other office wants it, and is given the mission's letters from `since` on.
CREATE TABLE shares (
    lead     BIGINT NOT NULL REFERENCES offices (id),
    mission  TEXT NOT NULL,
    office   BIGINT NOT NULL REFERENCES offices (id),
    id       TEXT NOT NULL,
    since    BIGINT NOT NULL,
    accepted BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (lead, mission, office)
);
CREATE INDEX shares_by_office ON shares (office);
CREATE INDEX bundles_by_mission ON bundles (office, mission, stored);
