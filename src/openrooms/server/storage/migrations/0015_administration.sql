-- A process of the version before does not note when keys are used.
CREATE TABLE key_uses (
    resource TEXT NOT NULL,
    key_id TEXT NOT NULL,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (resource, key_id)
) WITHOUT ROWID;
-- The rooms of a user, newest first.
CREATE INDEX rosters_of_user ON rosters (resource, raw_id, room_created_at, room_id);
