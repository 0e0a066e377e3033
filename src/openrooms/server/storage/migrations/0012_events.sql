-- A process of the version before neither reads nor writes this table, so its changes have no events.
CREATE TABLE events (
    resource TEXT NOT NULL,
    position BIGINT NOT NULL /* numbered */,
    room_created_at BIGINT NOT NULL,
    room_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    happened_at BIGINT NOT NULL,
    type TEXT NOT NULL,
    subject TEXT NOT NULL, -- '' is the room
    data TEXT NOT NULL, -- JSON
    PRIMARY KEY (resource, position)
) WITHOUT ROWID;
-- The room's creation leads its id, as in `rosters`: with the random id alone, each new room would touch a page of its
-- own, and its event would cost twice as much.
CREATE UNIQUE INDEX events_of_room ON events (resource, room_created_at, room_id, sequence);

-- The highest sequence of removed events of a room that still exists; with room_id '', the highest position.
CREATE TABLE event_marks (
    resource TEXT NOT NULL,
    room_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (resource, room_id)
) WITHOUT ROWID;

-- NULL in the tombstones that a process of the version before leaves: nothing more is told about their rooms.
ALTER TABLE tombstones ADD COLUMN room_created_at BIGINT;
