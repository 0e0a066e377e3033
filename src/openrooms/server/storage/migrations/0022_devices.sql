-- The kind of device, '' if it is unknown; a process of the version before does not know it.
ALTER TABLE stays ADD COLUMN device TEXT NOT NULL DEFAULT '';
