-- The stays of a room by time, for reading its attendance.
CREATE INDEX stays_of_room ON stays (resource, room_id, joined_at, stay);
