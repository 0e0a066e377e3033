-- Statements that only PostgreSQL runs, and those that it runs instead of the statement of the same name in queries.sql.

-- The table numbers the positions, since several transactions add events at once.
-- name: add_first_event
INSERT INTO events (resource, room_created_at, room_id, sequence, happened_at, type, subject, data)
VALUES (:resource, :room_created_at, :room_id, 1, :happened_at, :type, :subject, :data)
ON CONFLICT (resource, room_created_at, room_id, sequence) DO NOTHING
RETURNING 1

-- The event takes its position after the transaction has got an id by adding the room. An event that exists already is
-- kept as it is; unlike with DO NOTHING, the answer tells it from a room that exists: only a new row has no xmax.
-- name: add_room_with_event
-- key: resource, id
WITH added AS (
    INSERT INTO rooms (resource, id, created_at, valid_from, valid_until, pstn_dial_out_enabled, document,
        document_form, words)
    SELECT :resource, :id, :created_at, :valid_from, :valid_until, :pstn_dial_out_enabled, :document,
        :document_form, :words
    WHERE NOT EXISTS (SELECT 1 FROM tombstones WHERE resource = :resource AND id = :id)
    ON CONFLICT (resource, id) DO NOTHING
    RETURNING 1
)
INSERT INTO events (resource, room_created_at, room_id, sequence, happened_at, type, subject, data)
SELECT :resource, :created_at, :id, 1, :created_at, :type, :subject, :data FROM added
ON CONFLICT (resource, room_created_at, room_id, sequence) DO UPDATE SET sequence = events.sequence
RETURNING xmax = 0

-- name: add_event
INSERT INTO events (resource, room_created_at, room_id, sequence, happened_at, type, subject, data)
SELECT :resource, :room_created_at, :room_id,
    coalesce(
        (
            SELECT max(sequence) FROM events
            WHERE resource = :resource AND room_created_at = :room_created_at AND room_id = :room_id
        ),
        (SELECT sequence FROM event_marks WHERE resource = :resource AND room_id = :room_id),
        0
    ) + 1,
    :happened_at, :type, :subject, :data
ON CONFLICT (resource, room_created_at, room_id, sequence) DO NOTHING
RETURNING position

-- The id of this transaction, which the first function assigns, and the lowest id of a transaction that had not ended
-- when the statement began.
-- name: get_transactions
SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT),
    CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)

-- name: get_oldest_transaction
SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)
