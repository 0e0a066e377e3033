-- What the person was told last; a process of the version before leaves it as it is.
ALTER TABLE refusals ADD COLUMN message TEXT NOT NULL DEFAULT '';
-- For reading the refusals of a room, and those of a time, in pages.
CREATE INDEX refusals_of_room ON refusals (resource, room_id, last_at, raw_id, rule, code);
DROP INDEX refusals_by_time;
CREATE INDEX refusals_by_time ON refusals (resource, last_at, room_id, raw_id, rule, code);
