-- Who was refused, by which rule, and how often. A process of the version before neither reads nor writes this table.
CREATE TABLE refusals (
    resource TEXT NOT NULL,
    room_id TEXT NOT NULL,
    raw_id TEXT NOT NULL,
    rule TEXT NOT NULL,
    code TEXT NOT NULL,
    count BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    told_at BIGINT NOT NULL, -- when there was the last event about it
    PRIMARY KEY (resource, room_id, raw_id, rule, code)
) WITHOUT ROWID;
CREATE INDEX refusals_by_time ON refusals (resource, last_at);
-- Rooms that are created open need no event when they open, so a create does not pay for this index.
CREATE INDEX rooms_opening ON rooms (resource, valid_from) WHERE valid_from > created_at;
