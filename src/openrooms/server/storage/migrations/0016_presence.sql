-- Who was in the calls of rooms, from when to when. A process of the version before neither reads nor writes these tables.
CREATE TABLE call_sessions (
    resource TEXT NOT NULL,
    room_id TEXT NOT NULL,
    session TEXT NOT NULL, -- the media engine's id of this one call
    started_at BIGINT NOT NULL,
    started_by TEXT NOT NULL,
    role TEXT NOT NULL, -- of who started it; '' if unknown
    ended_at BIGINT, -- NULL while it lasts
    PRIMARY KEY (resource, room_id, session)
) WITHOUT ROWID;
CREATE INDEX call_sessions_lasting ON call_sessions (resource, room_id) WHERE ended_at IS NULL;
CREATE INDEX call_sessions_by_time ON call_sessions (resource, started_at);
CREATE TABLE stays (
    resource TEXT NOT NULL,
    room_id TEXT NOT NULL,
    session TEXT NOT NULL,
    stay TEXT NOT NULL, -- the media engine's id of this one connection
    raw_id TEXT NOT NULL,
    role TEXT NOT NULL, -- '' if unknown
    display_name TEXT NOT NULL,
    joined_at BIGINT NOT NULL,
    left_at BIGINT, -- NULL while it lasts
    ending TEXT NOT NULL, -- '' while it lasts
    PRIMARY KEY (resource, room_id, session, stay)
) WITHOUT ROWID;
CREATE INDEX stays_lasting ON stays (resource, room_id) WHERE left_at IS NULL;
CREATE INDEX stays_of_person ON stays (resource, raw_id, joined_at);
