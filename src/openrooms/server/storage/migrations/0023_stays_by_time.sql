-- The stays of a resource by time, for reading the attendance of a day.
CREATE INDEX stays_by_time ON stays (resource, joined_at, room_id, stay);
