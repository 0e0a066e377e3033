-- One spelling of each raw id. Of several in one room the one that came last gives the role, and keeps its place unless the
-- lower-case one is there.

INSERT INTO rosters (resource, room_created_at, room_id, raw_id, position, role)
SELECT resource, room_created_at, room_id, lower(raw_id), position, role
FROM (
    SELECT rosters.*, row_number() OVER (
        PARTITION BY resource, room_created_at, room_id, lower(raw_id) ORDER BY position DESC
    ) AS place
    FROM rosters
    WHERE raw_id <> lower(raw_id)
) AS spelled
WHERE place = 1
ON CONFLICT (resource, room_created_at, room_id, raw_id) DO UPDATE SET role = excluded.role
WHERE excluded.position > rosters.position;

DELETE FROM rosters WHERE raw_id <> lower(raw_id);
