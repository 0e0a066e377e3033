-- Statements that only PostgreSQL runs, and those that it runs instead of the statement of the same name in queries.sql.

-- The table numbers the positions, since several transactions add events at once.
-- name: add_first_event
INSERT INTO events (resource, room_created_at, room_id, sequence, happened_at, type, subject, data)
VALUES (:resource, :room_created_at, :room_id, 1, :happened_at, :type, :subject, :data)
ON CONFLICT (resource, room_created_at, room_id, sequence) DO NOTHING
RETURNING 1

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
