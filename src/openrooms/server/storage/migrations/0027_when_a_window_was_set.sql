-- When valid_from was set last; NULL: with the room, or by a process of the version before, which leaves it as it is.
ALTER TABLE rooms ADD COLUMN begin_set_at BIGINT;
