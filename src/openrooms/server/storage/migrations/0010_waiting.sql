-- A process of the version before neither reads nor writes these tables: nobody waits at it, and it leaves the places of a
-- room that it deletes, which are removed with the room's tombstone.
CREATE TABLE calls (
    resource TEXT NOT NULL,
    room_id TEXT NOT NULL,
    seen_at BIGINT, -- when somebody was last seen in it, to the minute; NULL: it has ended
    presenter_at BIGINT, -- when a Presenter was
    revision BIGINT NOT NULL,
    PRIMARY KEY (resource, room_id)
) WITHOUT ROWID;
CREATE TABLE places (
    resource TEXT NOT NULL,
    room_id TEXT NOT NULL,
    raw_id TEXT NOT NULL,
    state TEXT NOT NULL,
    since BIGINT NOT NULL,
    held_until BIGINT NOT NULL,
    display_name TEXT NOT NULL,
    reason TEXT NOT NULL,
    declines BIGINT NOT NULL,
    PRIMARY KEY (resource, room_id, raw_id)
) WITHOUT ROWID;
CREATE INDEX places_by_state ON places (resource, room_id, state, since, raw_id);
