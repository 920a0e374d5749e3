-- Which mission an invite is for, as the office says; whether its devices are partners', who fetch neither card nor
-- file.
ALTER TABLE invites ADD COLUMN mission  TEXT;
ALTER TABLE invites ADD COLUMN partner  INTEGER NOT NULL DEFAULT 0;
-- The mission is a guess of this migration, which the office's word replaces.
ALTER TABLE invites ADD COLUMN guessed  INTEGER NOT NULL DEFAULT 0;

-- The invites of before: for the mission whose bundles their devices sent, when it is one mission.
UPDATE invites SET guessed = 1, mission = (
    SELECT MIN(bundles.mission) FROM enrolments JOIN bundles ON bundles.device = enrolments.device
    WHERE enrolments.invite = invites.id
) WHERE 1 = (
    SELECT COUNT(DISTINCT bundles.mission) FROM enrolments JOIN bundles ON bundles.device = enrolments.device
    WHERE enrolments.invite = invites.id
);
-- A partner gives no name, and only her links are for any other number of devices than one.
UPDATE invites SET partner = 1 WHERE uses <> 1
    OR EXISTS (SELECT 1 FROM enrolments WHERE invite = invites.id AND length(name_box) = 0);

CREATE INDEX enrolments_by_time ON enrolments (invite, at);

-- One life of this database: made with it, and made anew when a backup is put back.
CREATE TABLE epoch (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    epoch    TEXT NOT NULL
) STRICT;
INSERT INTO epoch (only_one, epoch) VALUES (1, lower(hex(randomblob(16))));

-- Devices that the office removed, known here or not yet.
CREATE TABLE removed (
    device TEXT PRIMARY KEY,
    at     INTEGER NOT NULL
) STRICT;
