-- A process of the version before neither reads nor writes this table: it accepts no token of an invitation, does not end
-- the invitations of a participant whom it removes, and does not count the moves of a room.
CREATE TABLE invitations (
    resource TEXT NOT NULL,
    id TEXT NOT NULL,
    room_id TEXT NOT NULL,
    raw_id TEXT NOT NULL,
    secret_hash BYTEA NOT NULL,
    revocations BIGINT NOT NULL, -- of the user, when it was made
    created_at BIGINT NOT NULL,
    is_revoked BOOLEAN NOT NULL,
    bind_to_first_browser BOOLEAN NOT NULL,
    browser_hash BYTEA,
    bound_at BIGINT,
    last_used_at BIGINT,
    PRIMARY KEY (resource, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX invitations_by_secret ON invitations (resource, secret_hash);
CREATE INDEX invitations_of_room ON invitations (resource, room_id, raw_id, id);
-- How often the window or the title changed, for calendars.
ALTER TABLE rooms ADD COLUMN moves BIGINT NOT NULL DEFAULT 0;
