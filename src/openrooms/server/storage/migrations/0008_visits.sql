-- A process of the version before neither reads nor writes these columns, so the rooms and participants that it adds have
-- the defaults: no title, nobody waits, no extension, no name.
ALTER TABLE rooms ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE rooms ADD COLUMN waiting_room TEXT NOT NULL DEFAULT 'off';
ALTER TABLE rooms ADD COLUMN starts_with TEXT NOT NULL DEFAULT 'anyone';
ALTER TABLE rooms ADD COLUMN extend_by BIGINT NOT NULL DEFAULT 0; -- minutes that Presenters may add in all
ALTER TABLE rooms ADD COLUMN extended BIGINT NOT NULL DEFAULT 0; -- minutes that they have added
ALTER TABLE rosters ADD COLUMN display_name TEXT NOT NULL DEFAULT '';
