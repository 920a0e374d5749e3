-- Answers that partners mean to go on with, a sealed box each, named by the public key of whoever may replace it. `rev`
-- grows at each replacement. One that was erased has no box, and is remembered until no request from before can come.
CREATE TABLE drafts (
    id      TEXT PRIMARY KEY,
    invite  TEXT NOT NULL REFERENCES invites (id),
    rev     INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    box     BLOB NOT NULL
) STRICT;
CREATE INDEX drafts_by_invite ON drafts (invite);
CREATE INDEX drafts_by_time ON drafts (expires);
