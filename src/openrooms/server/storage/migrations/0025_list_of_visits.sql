-- The rooms for whose calls people wait, for the list of them.
CREATE INDEX places_waiting ON places (resource, room_id, held_until) WHERE state = 'waiting';
-- Minutes that were added from the call, by anybody, since the window was set. A process of the version before counts none,
-- and leaves them when it sets the window.
ALTER TABLE rooms ADD COLUMN added BIGINT NOT NULL DEFAULT 0;
