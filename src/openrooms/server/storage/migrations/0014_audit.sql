-- A process of the version before neither reads nor writes this table: what it does is in its stream alone.
CREATE TABLE audit_events (
    resource TEXT NOT NULL,
    noted_at BIGINT NOT NULL,
    id TEXT NOT NULL,
    operation TEXT NOT NULL,
    status BIGINT NOT NULL,
    caller TEXT NOT NULL,
    client TEXT NOT NULL,
    room_id TEXT NOT NULL, -- '' if it is about none
    raw_id TEXT NOT NULL, -- '' if it is about nobody else
    reason TEXT NOT NULL,
    request_id TEXT NOT NULL,
    PRIMARY KEY (resource, noted_at, id)
) WITHOUT ROWID;
CREATE INDEX audit_events_of_room ON audit_events (resource, room_id, noted_at, id);
CREATE INDEX audit_events_of_caller ON audit_events (resource, caller, noted_at, id);
