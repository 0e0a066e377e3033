-- Every statement under its name, for SQLite and PostgreSQL alike. Moments are whole 100 ns since the epoch.
-- Each engine turns `:name` into its own placeholder; SQLite leaves out `FOR UPDATE`, since its writer is alone.
-- `key` names the parameters of the row that a statement locks. In PostgreSQL, operations that begin with the same
-- statement run together if their keys differ, and in the order of their keys; without a key, they run one by one.

-- name: keep_repeat
-- key: resource, request_id
INSERT INTO repeats (resource, request_id, fingerprint, document, kept_at)
VALUES (:resource, :request_id, :fingerprint, :document, :kept_at)
ON CONFLICT (resource, request_id) DO NOTHING
RETURNING 1

-- name: get_repeat
SELECT fingerprint, document FROM repeats WHERE resource = :resource AND request_id = :request_id

-- The id of a deleted room is not used again while there is a tombstone.
-- name: add_room
-- key: resource, id
INSERT INTO rooms (resource, id, created_at, valid_from, valid_until, pstn_dial_out_enabled, document, document_form)
SELECT :resource, :id, :created_at, :valid_from, :valid_until, :pstn_dial_out_enabled, :document, :document_form
WHERE NOT EXISTS (SELECT 1 FROM tombstones WHERE resource = :resource AND id = :id)
ON CONFLICT (resource, id) DO NOTHING
RETURNING 1

-- name: get_room_document
SELECT document, document_form FROM rooms WHERE resource = :resource AND id = :id

-- name: get_room
SELECT id, created_at, valid_from, valid_until, pstn_dial_out_enabled
FROM rooms WHERE resource = :resource AND id = :id

-- name: lock_room
-- key: resource, id
SELECT id, created_at, valid_from, valid_until, pstn_dial_out_enabled
FROM rooms WHERE resource = :resource AND id = :id
FOR UPDATE

-- A page as one text, because returning each room takes as long as finding it, with the oldest form in it; and where the
-- page ends: its last room and the one after that, if they exist. Both databases join texts in the subquery's order.
-- name: list_rooms
SELECT string_agg(document, ',') AS documents, min(document_form) AS form, CAST(NULL AS BIGINT) AS created_at,
    CAST(NULL AS TEXT) AS id
FROM (
    SELECT document, document_form FROM rooms
    WHERE resource = :resource AND (created_at, id) < (:created_at, :id)
    ORDER BY created_at DESC, id DESC
    LIMIT :limit
) AS page
UNION ALL
SELECT NULL, NULL, created_at, id
FROM (
    SELECT created_at, id FROM rooms
    WHERE resource = :resource AND (created_at, id) < (:created_at, :id)
    ORDER BY created_at DESC, id DESC
    LIMIT 2 OFFSET :limit - 1
) AS ends

-- The same page as rooms, and the one after, to render documents of an older form again.
-- name: list_whole_rooms
SELECT id, created_at, valid_from, valid_until, pstn_dial_out_enabled
FROM rooms
WHERE resource = :resource AND (created_at, id) < (:created_at, :id)
ORDER BY created_at DESC, id DESC
LIMIT :limit + 1

-- name: put_room
UPDATE rooms
SET valid_from = :valid_from, valid_until = :valid_until, pstn_dial_out_enabled = :pstn_dial_out_enabled,
    document = :document, document_form = :document_form
WHERE resource = :resource AND id = :id

-- name: remove_room
-- key: resource, id
DELETE FROM rooms WHERE resource = :resource AND id = :id RETURNING created_at

-- name: remove_roster
DELETE FROM rosters WHERE resource = :resource AND room_created_at = :created_at AND room_id = :room_id
RETURNING 1

-- name: add_tombstone
INSERT INTO tombstones (resource, id, deleted_at) VALUES (:resource, :id, :deleted_at)

-- name: get_tombstone
SELECT 1 FROM tombstones WHERE resource = :resource AND id = :id

-- name: list_roster
SELECT rosters.raw_id, rosters.role, rosters.position
FROM rooms
LEFT JOIN rosters
    ON rosters.resource = rooms.resource AND rosters.room_created_at = rooms.created_at
    AND rosters.room_id = rooms.id AND rosters.position > :position
WHERE rooms.resource = :resource AND rooms.id = :room_id
ORDER BY rosters.position
LIMIT :limit

-- name: get_role
SELECT raw_id, role FROM rosters
WHERE resource = :resource AND room_created_at = :created_at AND room_id = :room_id AND raw_id = :raw_id

-- name: measure_roster
SELECT count(*), coalesce(max(position), 0) FROM rosters
WHERE resource = :resource AND room_created_at = :created_at AND room_id = :room_id

-- name: add_participant
INSERT INTO rosters (resource, room_created_at, room_id, raw_id, position, role)
VALUES (:resource, :created_at, :room_id, :raw_id, :position, :role)

-- Updating the participants who are there and adding the others takes less time than one statement that does either.
-- name: change_role
UPDATE rosters SET role = :role
WHERE resource = :resource AND room_created_at = :created_at AND room_id = :room_id AND raw_id = :raw_id

-- name: remove_participant
DELETE FROM rosters
WHERE resource = :resource AND room_created_at = :created_at AND room_id = :room_id AND raw_id = :raw_id

-- name: add_user
-- key: resource, raw_id
INSERT INTO users (resource, raw_id, created_at, revocations, deleted_at, custom_id, last_token_issued_at)
VALUES (:resource, :raw_id, :created_at, :revocations, :deleted_at, :custom_id, :last_token_issued_at)

-- name: add_custom_user
-- key: resource, custom_id
INSERT INTO users (resource, raw_id, created_at, revocations, deleted_at, custom_id, last_token_issued_at)
VALUES (:resource, :raw_id, :created_at, :revocations, :deleted_at, :custom_id, :last_token_issued_at)
ON CONFLICT (resource, custom_id) WHERE custom_id IS NOT NULL AND deleted_at IS NULL DO NOTHING
RETURNING 1

-- name: get_custom_user
SELECT raw_id, created_at, revocations, deleted_at, custom_id, last_token_issued_at FROM users
WHERE resource = :resource AND custom_id = :custom_id AND deleted_at IS NULL

-- name: adopt_user
INSERT INTO users (resource, raw_id, created_at, revocations, deleted_at)
VALUES (:resource, :raw_id, :created_at, :revocations, :deleted_at)
ON CONFLICT (resource, raw_id) DO NOTHING

-- name: get_user
SELECT raw_id, created_at, revocations, deleted_at, custom_id, last_token_issued_at FROM users
WHERE resource = :resource AND raw_id = :raw_id

-- name: lock_user
-- key: resource, raw_id
SELECT raw_id, created_at, revocations, deleted_at, custom_id, last_token_issued_at FROM users
WHERE resource = :resource AND raw_id = :raw_id
FOR UPDATE

-- name: put_user
UPDATE users
SET revocations = :revocations, deleted_at = :deleted_at, custom_id = :custom_id,
    last_token_issued_at = :last_token_issued_at
WHERE resource = :resource AND raw_id = :raw_id

-- name: add_teams_assignment
-- key: resource, tenant_id, object_id
INSERT INTO teams_assignments (resource, tenant_id, object_id, principal_type, client_ids)
VALUES (:resource, :tenant_id, :object_id, :principal_type, :client_ids)
ON CONFLICT (resource, tenant_id, object_id) DO NOTHING
RETURNING 1

-- name: put_teams_assignment
INSERT INTO teams_assignments (resource, tenant_id, object_id, principal_type, client_ids)
VALUES (:resource, :tenant_id, :object_id, :principal_type, :client_ids)
ON CONFLICT (resource, tenant_id, object_id) DO UPDATE
SET principal_type = excluded.principal_type, client_ids = excluded.client_ids

-- name: get_teams_assignment
SELECT principal_type, client_ids FROM teams_assignments
WHERE resource = :resource AND tenant_id = :tenant_id AND object_id = :object_id

-- name: remove_teams_assignment
-- key: resource, tenant_id, object_id
DELETE FROM teams_assignments
WHERE resource = :resource AND tenant_id = :tenant_id AND object_id = :object_id

-- name: remove_teams_assignments
DELETE FROM teams_assignments WHERE resource = :resource

-- name: list_all_rooms
SELECT id, created_at, valid_from, valid_until, pstn_dial_out_enabled FROM rooms
WHERE resource = :resource
ORDER BY created_at, id

-- name: list_all_participants
SELECT room_id, raw_id, role FROM rosters
WHERE resource = :resource
ORDER BY room_created_at, room_id, position, raw_id

-- name: list_all_users
SELECT raw_id, created_at, revocations, deleted_at, custom_id, last_token_issued_at FROM users
WHERE resource = :resource
ORDER BY raw_id

-- name: list_all_teams_assignments
SELECT tenant_id, object_id, principal_type, client_ids FROM teams_assignments
WHERE resource = :resource
ORDER BY tenant_id, object_id

-- name: remove_rooms
DELETE FROM rooms WHERE resource = :resource

-- name: remove_rosters
DELETE FROM rosters WHERE resource = :resource

-- name: get_standing
SELECT rooms.id, rooms.created_at, rooms.valid_from, rooms.valid_until, rooms.pstn_dial_out_enabled,
    rosters.role,
    users.raw_id, users.created_at, users.revocations, users.deleted_at
FROM (SELECT 1 AS one) AS asked
LEFT JOIN rooms ON rooms.resource = :resource AND rooms.id = :room_id
LEFT JOIN rosters
    ON rosters.resource = rooms.resource AND rosters.room_created_at = rooms.created_at
    AND rosters.room_id = rooms.id AND rosters.raw_id = :raw_id
LEFT JOIN users ON users.resource = :resource AND users.raw_id = :raw_id

-- name: measure_dial_outs
SELECT count(*) FILTER (WHERE ended_at IS NULL), count(*) FILTER (WHERE asked_at > :since),
    count(*) FILTER (WHERE asked_at > :since AND asked_by = :asked_by)
FROM dial_outs WHERE resource = :resource

-- name: list_numbers_in_call
SELECT phone_number FROM dial_outs WHERE resource = :resource AND room_id = :room_id AND ended_at IS NULL

-- name: add_dial_out
INSERT INTO dial_outs (resource, id, room_id, phone_number, asked_by, asked_at, hang_up_at, owner, held_until, state,
    since, answered_at, ended_at, outcome, sip_status)
VALUES (:resource, :id, :room_id, :phone_number, :asked_by, :asked_at, :hang_up_at, :owner, :held_until, :state,
    :since, :answered_at, :ended_at, :outcome, :sip_status)

-- name: get_dial_out
SELECT id, resource, room_id, phone_number, asked_by, asked_at, hang_up_at, owner, held_until, state, since,
    answered_at, outcome, sip_status
FROM dial_outs WHERE resource = :resource AND id = :id

-- name: lock_dial_out
-- key: resource, id
SELECT id, resource, room_id, phone_number, asked_by, asked_at, hang_up_at, owner, held_until, state, since,
    answered_at, outcome, sip_status
FROM dial_outs WHERE resource = :resource AND id = :id
FOR UPDATE

-- name: put_dial_out
UPDATE dial_outs
SET held_until = :held_until, state = :state, since = :since, answered_at = :answered_at, ended_at = :ended_at,
    outcome = :outcome, sip_status = :sip_status
WHERE resource = :resource AND id = :id

-- The live ones come first.
-- name: list_dial_outs
SELECT id, resource, room_id, phone_number, asked_by, asked_at, hang_up_at, owner, held_until, state, since,
    answered_at, outcome, sip_status
FROM dial_outs WHERE resource = :resource AND room_id = :room_id
ORDER BY ended_at IS NOT NULL, asked_at DESC, id DESC
LIMIT :limit

-- name: list_lost_dial_outs
SELECT id FROM dial_outs
WHERE resource = :resource AND ended_at IS NULL AND held_until <= :now
ORDER BY held_until
LIMIT :limit

-- name: purge_dial_outs
DELETE FROM dial_outs WHERE resource = :resource AND id IN (
    SELECT id FROM dial_outs WHERE resource = :resource AND ended_at < :before ORDER BY ended_at LIMIT :limit
)
RETURNING 1

-- name: remove_dial_outs
DELETE FROM dial_outs WHERE resource = :resource

-- name: list_resources
SELECT id, host, primary_key, secondary_key FROM resources ORDER BY id

-- name: get_host_owner
SELECT id FROM resources WHERE host = :host

-- name: add_resource
INSERT INTO resources (id, host, primary_key, secondary_key)
VALUES (:id, :host, :primary_key, :secondary_key)

-- name: lock_resource
-- key: id
SELECT id, host, primary_key, secondary_key FROM resources WHERE id = :id
FOR UPDATE

-- name: put_resource
UPDATE resources SET host = :host, primary_key = :primary_key, secondary_key = :secondary_key WHERE id = :id

-- name: remove_resource
DELETE FROM resources WHERE id = :id RETURNING 1

-- name: find_room
-- key: resource
SELECT 1 FROM rooms WHERE resource = :resource LIMIT 1

-- name: find_user
SELECT 1 FROM users WHERE resource = :resource AND deleted_at IS NULL LIMIT 1

-- name: remove_users
DELETE FROM users WHERE resource = :resource

-- name: remove_tombstones
DELETE FROM tombstones WHERE resource = :resource

-- name: remove_repeats
DELETE FROM repeats WHERE resource = :resource

-- name: remove_operator_tokens
DELETE FROM operator_tokens WHERE resource = :resource

-- name: add_operator_token
INSERT INTO operator_tokens (id, resource, role, created_at, expires_at, key_ids, revoked_at)
VALUES (:id, :resource, :role, :created_at, :expires_at, :key_ids, :revoked_at)

-- name: get_operator_token
SELECT id, resource, role, created_at, expires_at, key_ids, revoked_at FROM operator_tokens
WHERE resource = :resource AND id = :id

-- name: list_operator_tokens
SELECT id, resource, role, created_at, expires_at, key_ids, revoked_at FROM operator_tokens
WHERE resource = :resource AND expires_at > :now
ORDER BY created_at, id

-- name: revoke_operator_token
-- key: resource, id
UPDATE operator_tokens SET revoked_at = coalesce(revoked_at, :now)
WHERE resource = :resource AND id = :id
RETURNING 1

-- name: purge_operator_tokens
-- key: resource
DELETE FROM operator_tokens WHERE resource = :resource AND expires_at <= :before

-- name: list_signing_keys
SELECT id, private_pem, created_at FROM signing_keys ORDER BY created_at DESC, id DESC

-- name: put_signing_key
-- key: id
INSERT INTO signing_keys (id, private_pem, created_at) VALUES (:id, :private_pem, :created_at)
ON CONFLICT (id) DO UPDATE SET private_pem = excluded.private_pem, created_at = excluded.created_at

-- An update, so that a key that has just been removed stays removed.
-- name: reseal_signing_key
UPDATE signing_keys SET private_pem = :private_pem WHERE id = :id
RETURNING 1

-- name: find_signing_key
SELECT 1 FROM signing_keys LIMIT 1

-- name: remove_signing_keys
DELETE FROM signing_keys
WHERE created_at < :created_before AND created_at < (SELECT max(created_at) FROM signing_keys)

-- name: hold_lease
-- key: name
INSERT INTO leases (name, holder, held_until) VALUES (:name, :holder, :until)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
WHERE leases.holder = excluded.holder OR leases.held_until <= :now
RETURNING 1

-- A second process waits here until the first has committed, and then sees what the first wrote.
-- name: take_turn
-- key: name
INSERT INTO leases (name, holder, held_until) VALUES (:name, '', 0)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder

-- name: list_expired_rooms
SELECT id FROM rooms WHERE resource = :resource AND valid_until < :before ORDER BY valid_until LIMIT :limit

-- name: remove_expired_room
DELETE FROM rooms WHERE resource = :resource AND id = :id AND valid_until < :before RETURNING created_at

-- name: purge_tombstones
DELETE FROM tombstones WHERE resource = :resource AND id IN (
    SELECT id FROM tombstones WHERE resource = :resource AND deleted_at < :before ORDER BY deleted_at LIMIT :limit
)
RETURNING 1

-- name: purge_repeats
DELETE FROM repeats WHERE resource = :resource AND request_id IN (
    SELECT request_id FROM repeats WHERE resource = :resource AND kept_at < :before ORDER BY kept_at LIMIT :limit
)
RETURNING 1

-- name: create_migrations
CREATE TABLE IF NOT EXISTS migrations (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)

-- name: get_schema_version
SELECT coalesce(max(number), 0) FROM migrations

-- Only once the version is beyond what this code knows, so that the column is there.
-- name: get_schema_needs
SELECT max(needs) FROM migrations

-- name: put_migration_needs
UPDATE migrations SET needs = :needs WHERE number = :number

-- name: add_migration
INSERT INTO migrations (number, name) VALUES (:number, :name)
