-- An invite may be for several devices (0: any number), and may be closed before it expires.
ALTER TABLE invites ADD COLUMN uses INTEGER NOT NULL DEFAULT 1;
ALTER TABLE invites ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;

CREATE TABLE enrolments_2 (
    invite   TEXT NOT NULL REFERENCES invites (id),
    device   TEXT NOT NULL,
    proof    TEXT NOT NULL,
    name_box BLOB NOT NULL,
    at       INTEGER NOT NULL,
    n        INTEGER NOT NULL UNIQUE REFERENCES feed (n),
    PRIMARY KEY (invite, device)
) STRICT;
INSERT INTO enrolments_2 (invite, device, proof, name_box, at, n)
    SELECT invite, device, proof, name_box, at, n FROM enrolments;
DROP TABLE enrolments;
ALTER TABLE enrolments_2 RENAME TO enrolments;
CREATE INDEX enrolments_by_device ON enrolments (device);
