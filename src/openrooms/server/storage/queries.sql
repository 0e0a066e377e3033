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
INSERT INTO rooms (resource, id, created_at, valid_from, valid_until, pstn_dial_out_enabled, document, document_form,
    words)
SELECT :resource, :id, :created_at, :valid_from, :valid_until, :pstn_dial_out_enabled, :document, :document_form, :words
WHERE NOT EXISTS (SELECT 1 FROM tombstones WHERE resource = :resource AND id = :id)
ON CONFLICT (resource, id) DO NOTHING
RETURNING 1

-- name: get_room_document
SELECT document, document_form FROM rooms WHERE resource = :resource AND id = :id

-- name: get_room
SELECT id, created_at, valid_from, valid_until, pstn_dial_out_enabled,
    title, waiting_room, starts_with, extend_by, extended, added
FROM rooms WHERE resource = :resource AND id = :id

-- name: lock_room
-- key: resource, id
SELECT id, created_at, valid_from, valid_until, pstn_dial_out_enabled,
    title, waiting_room, starts_with, extend_by, extended, added
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

-- The rooms of a span, those of some windows after a place in the list. The span is the expression of the index. IS NOT
-- TRUE keeps both databases from searching by the end of the window instead, and then sorting. PostgreSQL also estimates
-- such conditions by its statistics; those on an expression it expects of so few rooms that it reads all in parallel.
-- name: list_rooms_of_span
SELECT valid_from, id, valid_until, words FROM rooms
WHERE resource = :resource
    AND CASE WHEN valid_until - valid_from <= 36000000000 THEN 0
        WHEN valid_until - valid_from <= 864000000000 THEN 1
        WHEN valid_until - valid_from <= 6048000000000 THEN 2
        WHEN valid_until - valid_from <= 25920000000000 THEN 3
        WHEN valid_until - valid_from <= 77760000000000 THEN 4
        WHEN valid_until - valid_from <= 154656000000000 THEN 5
        ELSE 6 END = :span
    AND (valid_from, id) > (:valid_from, :id) AND valid_from < :before
    AND (valid_until <= :ends_after) IS NOT TRUE AND (valid_until > :ends_by) IS NOT TRUE
ORDER BY valid_from, id
LIMIT :limit

-- name: list_rooms_of_span_back
SELECT valid_from, id, valid_until, words FROM rooms
WHERE resource = :resource
    AND CASE WHEN valid_until - valid_from <= 36000000000 THEN 0
        WHEN valid_until - valid_from <= 864000000000 THEN 1
        WHEN valid_until - valid_from <= 6048000000000 THEN 2
        WHEN valid_until - valid_from <= 25920000000000 THEN 3
        WHEN valid_until - valid_from <= 77760000000000 THEN 4
        WHEN valid_until - valid_from <= 154656000000000 THEN 5
        ELSE 6 END = :span
    AND (valid_from, id) < (:valid_from, :id) AND valid_from >= :first
    AND (valid_until <= :ends_after) IS NOT TRUE AND (valid_until > :ends_by) IS NOT TRUE
ORDER BY valid_from DESC, id DESC
LIMIT :limit

-- name: get_listed_room
SELECT valid_from, id, valid_until, words FROM rooms WHERE resource = :resource AND id = :id

-- SQLite keeps the order of a CROSS JOIN, so that it begins with the few calls that people are in.
-- name: list_rooms_in_call
SELECT rooms.valid_from, rooms.id, rooms.valid_until, rooms.words
FROM calls
CROSS JOIN rooms
WHERE rooms.resource = :resource AND rooms.id = calls.room_id AND calls.resource = :resource AND calls.people > 0

-- SQLite keeps the order of a CROSS JOIN, so that it begins with the few rooms for whose calls people wait.
-- name: list_rooms_waited_for
SELECT rooms.valid_from, rooms.id, rooms.valid_until, rooms.words
FROM (
    SELECT DISTINCT room_id FROM places
    WHERE resource = :resource AND state = 'waiting' AND held_until >= :held_now
) AS waited
CROSS JOIN rooms
WHERE rooms.resource = :resource AND rooms.id = waited.room_id

-- name: list_calls_with_people
SELECT resource, room_id, people FROM calls WHERE resource = :resource AND people > 0

-- name: count_nobody
-- key: resource, room_id
UPDATE calls SET people = 0, left_at = :left_at
WHERE resource = :resource AND room_id = :room_id AND people > 0
RETURNING resource, room_id

-- Only of rooms that exist, and only if it is another number.
-- name: count_people
-- key: resource, room_id
INSERT INTO calls (resource, room_id, revision, people)
SELECT :resource, id, 0, :people FROM rooms WHERE resource = :resource AND id = :room_id
ON CONFLICT (resource, room_id) DO UPDATE SET people = excluded.people
WHERE calls.people <> excluded.people
RETURNING resource, room_id

-- name: find_rooms_by_word
SELECT room_id FROM room_words WHERE resource = :resource AND word >= :first AND word < :before LIMIT :limit

-- name: find_rooms_by_id
SELECT id FROM rooms WHERE resource = :resource AND id >= :first AND id <= :last LIMIT :limit

-- Of a long roster only so many people are counted.
-- name: get_summary
SELECT rooms.id, rooms.created_at, rooms.valid_from, rooms.valid_until, rooms.pstn_dial_out_enabled,
    rooms.title, rooms.waiting_room, rooms.starts_with, rooms.extend_by, rooms.extended, rooms.added,
    calls.seen_at, calls.presenter_at, calls.revision, coalesce(calls.people, 0), calls.left_at,
    (SELECT count(*) FROM (
        SELECT 1 FROM rosters
        WHERE rosters.resource = rooms.resource AND rosters.room_created_at = rooms.created_at
            AND rosters.room_id = rooms.id
        LIMIT :most
    ) AS counted)
FROM rooms
LEFT JOIN calls ON calls.resource = rooms.resource AND calls.room_id = rooms.id
WHERE rooms.resource = :resource AND rooms.id = :id

-- The first people of a roster; of a long roster, of so many people.
-- name: list_first_participants
SELECT room_id, raw_id, role, display_name
FROM (
    SELECT room_id, raw_id, role, display_name, position FROM rosters
    WHERE resource = :resource AND room_created_at = :created_at AND room_id = :room_id
    LIMIT :most
) AS people
ORDER BY position
LIMIT :limit

-- name: list_names
SELECT display_name FROM rosters
WHERE resource = :resource AND room_created_at = :created_at AND room_id = :room_id AND display_name <> ''
ORDER BY position
LIMIT :limit

-- name: list_rooms_without_words
SELECT id FROM rooms WHERE resource = :resource AND words IS NULL ORDER BY id LIMIT :limit

-- name: get_words
SELECT words FROM rooms WHERE resource = :resource AND id = :id

-- name: put_words
UPDATE rooms SET words = :words
WHERE resource = :resource AND id = :id

-- name: add_word
INSERT INTO room_words (resource, word, room_id) VALUES (:resource, :word, :room_id)
ON CONFLICT (resource, word, room_id) DO NOTHING

-- name: remove_word
DELETE FROM room_words WHERE resource = :resource AND word = :word AND room_id = :room_id

-- name: remove_words
DELETE FROM room_words WHERE resource = :resource

-- name: put_room
UPDATE rooms
SET moves = moves + CASE WHEN valid_from = :valid_from AND valid_until = :valid_until THEN 0 ELSE 1 END,
    valid_from = :valid_from, valid_until = :valid_until, pstn_dial_out_enabled = :pstn_dial_out_enabled,
    document = :document, document_form = :document_form,
    begin_set_at = CASE WHEN valid_from = :valid_from THEN begin_set_at ELSE :now END
WHERE resource = :resource AND id = :id

-- name: get_begin_set_at
SELECT coalesce(begin_set_at, created_at) AS set_at FROM rooms WHERE resource = :resource AND id = :id

-- name: put_options
UPDATE rooms
SET moves = moves + CASE WHEN title = :title THEN 0 ELSE 1 END, title = :title, waiting_room = :waiting_room,
    starts_with = :starts_with, extend_by = :extend_by, extended = :extended, added = :added
WHERE resource = :resource AND id = :id

-- name: put_moves
UPDATE rooms SET moves = :moves
WHERE resource = :resource AND id = :id

-- name: remove_room
-- key: resource, id
DELETE FROM rooms WHERE resource = :resource AND id = :id RETURNING created_at, words

-- name: remove_roster
DELETE FROM rosters WHERE resource = :resource AND room_created_at = :created_at AND room_id = :room_id
RETURNING 1

-- name: add_tombstone
INSERT INTO tombstones (resource, id, deleted_at, room_created_at)
VALUES (:resource, :id, :deleted_at, :room_created_at)

-- name: get_tombstone
SELECT 1 FROM tombstones WHERE resource = :resource AND id = :id

-- name: list_roster
SELECT rosters.raw_id, rosters.role, rosters.display_name, rosters.position
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

-- name: name_participant
UPDATE rosters SET display_name = :display_name
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
SELECT id, created_at, valid_from, valid_until, pstn_dial_out_enabled,
    title, waiting_room, starts_with, extend_by, extended, added, moves
FROM rooms
WHERE resource = :resource
ORDER BY created_at, id

-- name: list_all_participants
SELECT room_id, raw_id, role, display_name FROM rosters
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

-- The invitation of a token holds if it is the participant's, to this room, and not revoked.
-- name: get_standing
SELECT rooms.id, rooms.created_at, rooms.valid_from, rooms.valid_until, rooms.pstn_dial_out_enabled,
    rooms.title, rooms.waiting_room, rooms.starts_with, rooms.extend_by, rooms.extended, rooms.added,
    rosters.role, rosters.display_name,
    :invitation <> '' AND NOT EXISTS (
        SELECT 1 FROM invitations
        WHERE resource = :resource AND id = :invitation AND room_id = :room_id AND raw_id = :raw_id
            AND NOT is_revoked
    ) AS is_withdrawn,
    users.raw_id, users.created_at, users.revocations, users.deleted_at,
    calls.seen_at, calls.presenter_at, calls.revision,
    places.raw_id, places.state, places.since, places.held_until, places.display_name, places.reason, places.declines
FROM (SELECT 1 AS one) AS asked
LEFT JOIN rooms ON rooms.resource = :resource AND rooms.id = :room_id
LEFT JOIN rosters
    ON rosters.resource = rooms.resource AND rosters.room_created_at = rooms.created_at
    AND rosters.room_id = rooms.id AND rosters.raw_id = :raw_id
LEFT JOIN users ON users.resource = :resource AND users.raw_id = :raw_id
LEFT JOIN calls ON calls.resource = rooms.resource AND calls.room_id = rooms.id
LEFT JOIN places
    ON places.resource = rooms.resource AND places.room_id = rooms.id AND places.raw_id = :raw_id

-- name: get_lobby
SELECT seen_at, presenter_at, revision FROM calls WHERE resource = :resource AND room_id = :room_id

-- name: put_lobby
INSERT INTO calls (resource, room_id, seen_at, presenter_at, revision)
VALUES (:resource, :room_id, :seen_at, :presenter_at, :revision)
ON CONFLICT (resource, room_id) DO UPDATE
SET seen_at = excluded.seen_at, presenter_at = excluded.presenter_at, revision = excluded.revision

-- name: get_place
SELECT raw_id, state, since, held_until, display_name, reason, declines FROM places
WHERE resource = :resource AND room_id = :room_id AND raw_id = :raw_id

-- name: list_places
SELECT raw_id, state, since, held_until, display_name, reason, declines FROM places
WHERE resource = :resource AND room_id = :room_id AND state = :state
ORDER BY since, raw_id

-- Only of people who are still on the roster.
-- name: list_people_at_door
SELECT places.raw_id, places.state, places.since, places.held_until, places.display_name, places.reason,
    places.declines, rosters.role, rosters.display_name
FROM rooms
JOIN places ON places.resource = rooms.resource AND places.room_id = rooms.id AND places.state = :state
JOIN rosters
    ON rosters.resource = rooms.resource AND rosters.room_created_at = rooms.created_at
    AND rosters.room_id = rooms.id AND rosters.raw_id = places.raw_id
WHERE rooms.resource = :resource AND rooms.id = :room_id AND places.held_until >= :held_now
ORDER BY places.since, places.raw_id
LIMIT :limit

-- SQLite keeps the order of a CROSS JOIN; otherwise it would begin with the rosters of all rooms, because of the grouping.
-- name: count_people_at_door
SELECT rooms.resource, rooms.id, rosters.role, count(*)
FROM places
CROSS JOIN rooms
CROSS JOIN rosters
WHERE places.resource = :resource AND places.room_id = :room_id AND places.state = :state
    AND places.held_until >= :held_now
    AND rooms.resource = :resource AND rooms.id = :room_id
    AND rosters.resource = :resource AND rosters.room_created_at = rooms.created_at
    AND rosters.room_id = :room_id AND rosters.raw_id = places.raw_id
GROUP BY rooms.resource, rooms.id, rosters.role

-- name: put_place
INSERT INTO places (resource, room_id, raw_id, state, since, held_until, display_name, reason, declines)
VALUES (:resource, :room_id, :raw_id, :state, :since, :held_until, :display_name, :reason, :declines)
ON CONFLICT (resource, room_id, raw_id) DO UPDATE
SET state = excluded.state, since = excluded.since, held_until = excluded.held_until,
    display_name = excluded.display_name, reason = excluded.reason, declines = excluded.declines

-- name: hold_place
UPDATE places SET held_until = :held_until
WHERE resource = :resource AND room_id = :room_id AND raw_id = :raw_id AND state = :state

-- name: remove_place
DELETE FROM places WHERE resource = :resource AND room_id = :room_id AND raw_id = :raw_id

-- name: remove_places_of_call
DELETE FROM places WHERE resource = :resource AND room_id = :room_id AND state = :state

-- name: remove_lobby
DELETE FROM calls WHERE resource = :resource AND room_id = :room_id

-- name: remove_places_of_room
DELETE FROM places WHERE resource = :resource AND room_id = :room_id

-- name: remove_lobbies
DELETE FROM calls WHERE resource = :resource

-- name: remove_places
DELETE FROM places WHERE resource = :resource

-- name: add_invitation
INSERT INTO invitations (resource, id, room_id, raw_id, secret_hash, revocations, created_at, is_revoked,
    bind_to_first_browser, browser_hash, bound_at, last_used_at)
VALUES (:resource, :id, :room_id, :raw_id, :secret_hash, :revocations, :created_at, :is_revoked,
    :bind_to_first_browser, :browser_hash, :bound_at, :last_used_at)

-- name: list_links
SELECT id, room_id, raw_id, secret_hash, revocations, created_at, is_revoked, bind_to_first_browser,
    browser_hash, bound_at, last_used_at
FROM invitations
WHERE resource = :resource AND room_id = :room_id AND raw_id = :raw_id AND NOT is_revoked
ORDER BY created_at, id

-- name: list_invitations
SELECT id, room_id, raw_id, secret_hash, revocations, created_at, is_revoked, bind_to_first_browser,
    browser_hash, bound_at, last_used_at
FROM invitations
WHERE resource = :resource AND room_id = :room_id AND NOT is_revoked AND (raw_id, id) > (:raw_id, :id)
ORDER BY raw_id, id
LIMIT :limit

-- name: list_all_invitations
SELECT id, room_id, raw_id, secret_hash, revocations, created_at, is_revoked, bind_to_first_browser,
    browser_hash, bound_at, last_used_at
FROM invitations
WHERE resource = :resource
ORDER BY room_id, raw_id, id

-- name: get_invitation
SELECT raw_id, secret_hash FROM invitations WHERE resource = :resource AND id = :id AND room_id = :room_id

-- name: find_invited
SELECT invitations.id, invitations.room_id, invitations.raw_id, invitations.secret_hash, invitations.revocations,
    invitations.created_at, invitations.is_revoked, invitations.bind_to_first_browser, invitations.browser_hash,
    invitations.bound_at, invitations.last_used_at,
    rooms.moves,
    rooms.id, rooms.created_at, rooms.valid_from, rooms.valid_until, rooms.pstn_dial_out_enabled,
    rooms.title, rooms.waiting_room, rooms.starts_with, rooms.extend_by, rooms.extended, rooms.added,
    rosters.role, rosters.display_name,
    invitations.is_revoked,
    users.raw_id, users.created_at, users.revocations, users.deleted_at
FROM invitations
LEFT JOIN rooms ON rooms.resource = :resource AND rooms.id = invitations.room_id
LEFT JOIN rosters
    ON rosters.resource = rooms.resource AND rosters.room_created_at = rooms.created_at
    AND rosters.room_id = rooms.id AND rosters.raw_id = invitations.raw_id
LEFT JOIN users ON users.resource = :resource AND users.raw_id = invitations.raw_id
WHERE invitations.resource = :resource AND invitations.secret_hash = :secret_hash

-- name: lock_invitation
-- key: resource, id
SELECT id, room_id, raw_id, secret_hash, revocations, created_at, is_revoked, bind_to_first_browser,
    browser_hash, bound_at, last_used_at
FROM invitations
WHERE resource = :resource AND id = :id
FOR UPDATE

-- name: put_invitation
UPDATE invitations
SET browser_hash = :browser_hash, bound_at = :bound_at, last_used_at = :last_used_at, is_revoked = :is_revoked
WHERE resource = :resource AND id = :id

-- name: end_invitations
UPDATE invitations SET is_revoked = true
WHERE resource = :resource AND room_id = :room_id AND raw_id = :raw_id AND NOT is_revoked

-- name: remove_invitations
DELETE FROM invitations WHERE resource = :resource

-- name: forget_invitations
DELETE FROM invitations WHERE resource = :resource AND room_id = :room_id
RETURNING 1

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

-- The first event of a new room. Positions go on after the last removed event.
-- name: add_first_event
INSERT INTO events (resource, position, room_created_at, room_id, sequence, happened_at, type, subject, data)
VALUES (:resource,
    coalesce(
        (SELECT max(position) FROM events WHERE resource = :resource),
        (SELECT sequence FROM event_marks WHERE resource = :resource AND room_id = ''),
        0
    ) + 1,
    :room_created_at, :room_id, 1, :happened_at, :type, :subject, :data
)
ON CONFLICT (resource, room_created_at, room_id, sequence) DO NOTHING
RETURNING 1

-- name: add_event
INSERT INTO events (resource, position, room_created_at, room_id, sequence, happened_at, type, subject, data)
VALUES (:resource,
    coalesce(
        (SELECT max(position) FROM events WHERE resource = :resource),
        (SELECT sequence FROM event_marks WHERE resource = :resource AND room_id = ''),
        0
    ) + 1,
    :room_created_at, :room_id,
    coalesce(
        (
            SELECT max(sequence) FROM events
            WHERE resource = :resource AND room_created_at = :room_created_at AND room_id = :room_id
        ),
        (SELECT sequence FROM event_marks WHERE resource = :resource AND room_id = :room_id),
        0
    ) + 1,
    :happened_at, :type, :subject, :data
)
ON CONFLICT (resource, room_created_at, room_id, sequence) DO NOTHING
RETURNING position

-- name: get_room_creation
SELECT created_at FROM rooms WHERE resource = :resource AND id = :room_id
UNION ALL
SELECT room_created_at FROM tombstones
WHERE resource = :resource AND id = :room_id AND room_created_at IS NOT NULL

-- name: get_last_event
SELECT position, happened_at FROM events WHERE resource = :resource ORDER BY position DESC LIMIT 1

-- name: get_event
SELECT position, room_id, sequence, happened_at, type, subject, data FROM events
WHERE resource = :resource AND position = :position

-- name: list_events
SELECT position, room_id, sequence, happened_at, type, subject, data FROM events
WHERE resource = :resource AND position > :position AND position <= :up_to
ORDER BY position
LIMIT :limit

-- name: list_events_before
SELECT position, room_id, sequence, happened_at, type, subject, data FROM events
WHERE resource = :resource AND position <= :position
ORDER BY position DESC
LIMIT :limit

-- name: list_events_of_room
SELECT position, room_id, sequence, happened_at, type, subject, data FROM events
WHERE resource = :resource AND room_created_at = :room_created_at AND room_id = :room_id AND sequence > :sequence
ORDER BY sequence
LIMIT :limit

-- name: list_events_of_room_before
SELECT position, room_id, sequence, happened_at, type, subject, data FROM events
WHERE resource = :resource AND room_created_at = :room_created_at AND room_id = :room_id AND sequence <= :sequence
ORDER BY sequence DESC
LIMIT :limit

-- name: get_sequence_at
SELECT coalesce(max(sequence), 0) FROM events
WHERE resource = :resource AND room_created_at = :room_created_at AND room_id = :room_id AND position <= :position

-- name: list_oldest_events
SELECT position, room_id, sequence, happened_at FROM events
WHERE resource = :resource
ORDER BY position
LIMIT :limit

-- name: mark_events
INSERT INTO event_marks (resource, room_id, sequence)
SELECT :resource, :room_id, :sequence
WHERE :room_id = '' OR EXISTS (SELECT 1 FROM rooms WHERE resource = :resource AND id = :room_id)
ON CONFLICT (resource, room_id) DO UPDATE SET sequence = excluded.sequence

-- name: remove_events
-- key: resource
DELETE FROM events WHERE resource = :resource AND position <= :position

-- name: remove_event_mark
DELETE FROM event_marks WHERE resource = :resource AND room_id = :room_id

-- name: remove_event_marks
DELETE FROM event_marks WHERE resource = :resource

-- name: list_lasting_sessions
SELECT room_id, session FROM call_sessions WHERE resource = :resource AND ended_at IS NULL

-- name: list_lasting_stays
SELECT room_id, session, stay FROM stays WHERE resource = :resource AND left_at IS NULL

-- name: list_lasting_sessions_of_room
SELECT room_id, session FROM call_sessions WHERE resource = :resource AND room_id = :room_id AND ended_at IS NULL

-- name: list_lasting_stays_of_room
SELECT room_id, session, stay FROM stays WHERE resource = :resource AND room_id = :room_id AND left_at IS NULL

-- name: get_call_session
SELECT session, started_at, started_by, role, ended_at,
    (
        SELECT max(left_at) FROM stays
        WHERE resource = :resource AND room_id = :room_id AND session = :session
    )
FROM call_sessions WHERE resource = :resource AND room_id = :room_id AND session = :session

-- name: list_stays_in
SELECT stay, raw_id, role, display_name, joined_at, left_at, ending, device FROM stays
WHERE resource = :resource AND room_id = :room_id AND session = :session AND left_at IS NULL

-- name: get_stay
SELECT stay, raw_id, role, display_name, joined_at, left_at, ending, device FROM stays
WHERE resource = :resource AND room_id = :room_id AND session = :session AND stay = :stay

-- name: list_stays_of_room
SELECT stays.room_id, rooms.title, stays.session, stays.stay, stays.raw_id, stays.role, stays.display_name,
    stays.joined_at, stays.left_at, stays.ending, stays.device
FROM stays
LEFT JOIN rooms ON rooms.resource = :resource AND rooms.id = stays.room_id
WHERE stays.resource = :resource AND stays.room_id = :room_id AND (stays.joined_at, stays.stay) > (:joined_at, :stay)
ORDER BY stays.joined_at, stays.stay
LIMIT :limit

-- name: list_stays_between
SELECT stays.room_id, rooms.title, stays.session, stays.stay, stays.raw_id, stays.role, stays.display_name,
    stays.joined_at, stays.left_at, stays.ending, stays.device
FROM stays
LEFT JOIN rooms ON rooms.resource = :resource AND rooms.id = stays.room_id
WHERE stays.resource = :resource AND (stays.joined_at, stays.room_id, stays.stay) > (:joined_at, :room_id, :stay)
    AND stays.joined_at < :until
ORDER BY stays.joined_at, stays.room_id, stays.stay
LIMIT :limit

-- The sessions of a room that lasted at some time of a span; rarely more than one.
-- name: list_sessions_between
SELECT session, started_at, started_by, role, ended_at, NULL FROM call_sessions
WHERE resource = :resource AND room_id = :room_id AND started_at <= :until AND (ended_at IS NULL OR ended_at >= :since)
ORDER BY session

-- name: add_call_session
INSERT INTO call_sessions (resource, room_id, session, started_at, started_by, role)
VALUES (:resource, :room_id, :session, :started_at, :started_by, :role)
ON CONFLICT (resource, room_id, session) DO NOTHING
RETURNING 1

-- name: end_call_session
UPDATE call_sessions SET ended_at = :ended_at
WHERE resource = :resource AND room_id = :room_id AND session = :session AND ended_at IS NULL
RETURNING 1

-- name: add_stay
INSERT INTO stays (resource, room_id, session, stay, raw_id, role, display_name, joined_at, ending, device)
VALUES (:resource, :room_id, :session, :stay, :raw_id, :role, :display_name, :joined_at, '', :device)
ON CONFLICT (resource, room_id, session, stay) DO NOTHING
RETURNING 1

-- name: end_stay
UPDATE stays SET left_at = :left_at, ending = :ending
WHERE resource = :resource AND room_id = :room_id AND session = :session AND stay = :stay AND left_at IS NULL
RETURNING 1

-- name: remove_call_sessions
DELETE FROM call_sessions WHERE resource = :resource

-- name: remove_stays
DELETE FROM stays WHERE resource = :resource

-- name: list_old_call_sessions
SELECT room_id, session FROM call_sessions
WHERE resource = :resource AND started_at < :before AND ended_at IS NOT NULL
ORDER BY started_at
LIMIT :limit

-- name: remove_stays_of_session
DELETE FROM stays WHERE resource = :resource AND room_id = :room_id AND session = :session RETURNING 1

-- name: remove_call_session
DELETE FROM call_sessions WHERE resource = :resource AND room_id = :room_id AND session = :session

-- name: get_lease_end
SELECT held_until FROM leases WHERE name = :name

-- A refusal is told again when the last event about it is old enough.
-- name: count_refusals
INSERT INTO refusals (resource, room_id, raw_id, rule, code, message, count, first_at, last_at, told_at)
VALUES (:resource, :room_id, :raw_id, :rule, :code, :message, :count, :now, :now, :now)
ON CONFLICT (resource, room_id, raw_id, rule, code) DO UPDATE
SET message = excluded.message, count = refusals.count + excluded.count, last_at = excluded.last_at,
    told_at = CASE WHEN refusals.told_at <= :told_before THEN excluded.told_at ELSE refusals.told_at END
RETURNING told_at

-- With the title of the room and the name of the person there, as long as they are kept.
-- name: list_refusals_of_room
SELECT refusals.room_id, rooms.title, rosters.display_name, refusals.raw_id, refusals.rule, refusals.code,
    refusals.message, refusals.count, refusals.first_at, refusals.last_at
FROM refusals
LEFT JOIN rooms ON rooms.resource = :resource AND rooms.id = refusals.room_id
LEFT JOIN rosters
    ON rosters.resource = :resource AND rosters.room_created_at = rooms.created_at
    AND rosters.room_id = refusals.room_id AND rosters.raw_id = refusals.raw_id
WHERE refusals.resource = :resource AND refusals.room_id = :room_id
    AND (refusals.last_at, refusals.raw_id, refusals.rule, refusals.code) > (:last_at, :raw_id, :rule, :code)
ORDER BY refusals.last_at, refusals.raw_id, refusals.rule, refusals.code
LIMIT :limit

-- name: list_refusals_between
SELECT refusals.room_id, rooms.title, rosters.display_name, refusals.raw_id, refusals.rule, refusals.code,
    refusals.message, refusals.count, refusals.first_at, refusals.last_at
FROM refusals
LEFT JOIN rooms ON rooms.resource = :resource AND rooms.id = refusals.room_id
LEFT JOIN rosters
    ON rosters.resource = :resource AND rosters.room_created_at = rooms.created_at
    AND rosters.room_id = refusals.room_id AND rosters.raw_id = refusals.raw_id
WHERE refusals.resource = :resource
    AND (refusals.last_at, refusals.room_id, refusals.raw_id, refusals.rule, refusals.code)
        > (:last_at, :room_id, :raw_id, :rule, :code)
    AND refusals.last_at < :until
ORDER BY refusals.last_at, refusals.room_id, refusals.raw_id, refusals.rule, refusals.code
LIMIT :limit

-- name: purge_refusals
DELETE FROM refusals WHERE resource = :resource AND (room_id, raw_id, rule, code) IN (
    SELECT room_id, raw_id, rule, code FROM refusals
    WHERE resource = :resource AND last_at < :before
    ORDER BY last_at
    LIMIT :limit
)
RETURNING 1

-- name: remove_refusals
DELETE FROM refusals WHERE resource = :resource

-- What is kept about people, in the order of the keys: storage.erasure.
-- name: page_of_users
SELECT raw_id, created_at, deleted_at, custom_id, last_token_issued_at FROM users
WHERE resource = :resource AND raw_id > :raw_id
ORDER BY raw_id
LIMIT :limit

-- name: page_of_rosters
SELECT rosters.room_created_at, rosters.room_id, rosters.raw_id, rosters.role, rosters.display_name, rooms.title,
    rooms.valid_from, rooms.valid_until
FROM rosters
LEFT JOIN rooms ON rooms.resource = :resource AND rooms.id = rosters.room_id
WHERE rosters.resource = :resource
    AND (rosters.room_created_at, rosters.room_id, rosters.raw_id) > (:room_created_at, :room_id, :raw_id)
ORDER BY rosters.room_created_at, rosters.room_id, rosters.raw_id
LIMIT :limit

-- name: page_of_invitations
SELECT id, room_id, raw_id, created_at, is_revoked, bind_to_first_browser, bound_at, last_used_at FROM invitations
WHERE resource = :resource AND id > :id
ORDER BY id
LIMIT :limit

-- name: page_of_places
SELECT room_id, raw_id, state, since, held_until, display_name, reason, declines FROM places
WHERE resource = :resource AND (room_id, raw_id) > (:room_id, :raw_id)
ORDER BY room_id, raw_id
LIMIT :limit

-- name: page_of_call_sessions
SELECT room_id, session, started_at, started_by, role, ended_at FROM call_sessions
WHERE resource = :resource AND (room_id, session) > (:room_id, :session)
ORDER BY room_id, session
LIMIT :limit

-- name: page_of_stays
SELECT room_id, session, stay, raw_id, role, display_name, joined_at, left_at, ending, device FROM stays
WHERE resource = :resource AND (room_id, session, stay) > (:room_id, :session, :stay)
ORDER BY room_id, session, stay
LIMIT :limit

-- name: page_of_refusals
SELECT room_id, raw_id, rule, code, message, count, first_at, last_at FROM refusals
WHERE resource = :resource AND (room_id, raw_id, rule, code) > (:room_id, :raw_id, :rule, :code)
ORDER BY room_id, raw_id, rule, code
LIMIT :limit

-- name: page_of_dial_outs
SELECT id, room_id, '4:' || phone_number, phone_number, asked_by, asked_at, answered_at, ended_at, outcome
FROM dial_outs
WHERE resource = :resource AND id > :id
ORDER BY id
LIMIT :limit

-- name: page_of_audit_events
SELECT noted_at, id, operation, status, caller, client, room_id, raw_id, reason FROM audit_events
WHERE resource = :resource AND (noted_at, id) > (:noted_at, :id)
ORDER BY noted_at, id
LIMIT :limit

-- name: page_of_events
SELECT position, room_id, happened_at, type, subject, data FROM events
WHERE resource = :resource AND position > :position
ORDER BY position
LIMIT :limit

-- name: forget_invitation
DELETE FROM invitations WHERE resource = :resource AND id = :id

-- name: anonymise_call_session
UPDATE call_sessions SET started_by = :anonymous_id
WHERE resource = :resource AND room_id = :room_id AND session = :session

-- name: anonymise_stay
UPDATE stays SET raw_id = :anonymous_id, display_name = ''
WHERE resource = :resource AND room_id = :room_id AND session = :session AND stay = :stay

-- name: anonymise_refusal
UPDATE refusals SET raw_id = :anonymous_id
WHERE resource = :resource AND room_id = :room_id AND raw_id = :raw_id AND rule = :rule AND code = :code

-- name: anonymise_dial_out
UPDATE dial_outs SET asked_by = :asked_by, phone_number = :phone_number
WHERE resource = :resource AND id = :id

-- name: rewrite_event
UPDATE events SET subject = :subject, data = :data WHERE resource = :resource AND position = :position

-- The custom id goes, and when the user was issued a token.
-- name: delete_user
UPDATE users SET revocations = :revocations, deleted_at = :deleted_at, custom_id = NULL, last_token_issued_at = NULL
WHERE resource = :resource AND raw_id = :raw_id

-- name: forget_user
DELETE FROM users WHERE resource = :resource AND raw_id = :raw_id AND deleted_at IS NOT NULL

-- An erasure goes on under the id with which it has begun.
-- name: put_erasure
INSERT INTO erasures (resource, raw_id, anonymous_id, asked_at, is_complete)
VALUES (:resource, :raw_id, :anonymous_id, :asked_at, :is_complete)
ON CONFLICT (resource, raw_id) DO UPDATE
SET asked_at = excluded.asked_at, is_complete = erasures.is_complete OR excluded.is_complete

-- name: list_erasures
SELECT raw_id, anonymous_id, asked_at, is_complete FROM erasures
WHERE resource = :resource
ORDER BY raw_id
LIMIT :limit

-- name: get_erasure
SELECT 1 FROM erasures WHERE resource = :resource AND raw_id = :raw_id

-- name: remove_erasure
DELETE FROM erasures WHERE resource = :resource AND raw_id = :raw_id AND asked_at = :asked_at
RETURNING 1

-- name: remove_erasures
DELETE FROM erasures WHERE resource = :resource

-- name: list_opened
SELECT id FROM rooms
WHERE resource = :resource AND valid_from > :since AND valid_from <= :until AND valid_from > created_at
    AND valid_from > coalesce(begin_set_at, created_at)
ORDER BY id

-- name: list_closed
SELECT id FROM rooms WHERE resource = :resource AND valid_until > :since AND valid_until <= :until
ORDER BY id

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
INSERT INTO operator_tokens (id, resource, role, created_at, expires_at, key_ids, revoked_at, subject)
VALUES (:id, :resource, :role, :created_at, :expires_at, :key_ids, :revoked_at, :subject)

-- name: get_operator_token
SELECT id, resource, role, created_at, expires_at, key_ids, revoked_at, subject FROM operator_tokens
WHERE resource = :resource AND id = :id

-- name: list_operator_tokens
SELECT id, resource, role, created_at, expires_at, key_ids, revoked_at, subject FROM operator_tokens
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

-- name: add_session
INSERT INTO sessions (id, resources, label, created_at, expires_at, link_hash, secret_hash, used_at)
VALUES (:id, :resources, :label, :created_at, :expires_at, :link_hash, :secret_hash, :used_at)

-- name: find_session
SELECT id, resources, label, created_at, expires_at, link_hash, secret_hash, used_at FROM sessions
WHERE secret_hash = :secret_hash

-- name: find_link
SELECT id, resources, label, created_at, expires_at, link_hash, secret_hash, used_at FROM sessions
WHERE link_hash = :link_hash

-- name: lock_session
-- key: id
SELECT id, resources, label, created_at, expires_at, link_hash, secret_hash, used_at FROM sessions
WHERE id = :id
FOR UPDATE

-- name: put_session
UPDATE sessions SET secret_hash = :secret_hash, used_at = :used_at WHERE id = :id

-- name: remove_session
DELETE FROM sessions WHERE id = :id

-- name: purge_sessions
DELETE FROM sessions WHERE expires_at <= :before

-- name: add_audit_event
INSERT INTO audit_events (resource, noted_at, id, operation, status, caller, client, room_id, raw_id, reason, request_id)
VALUES (:resource, :noted_at, :id, :operation, :status, :caller, :client, :room_id, :raw_id, :reason, :request_id)
ON CONFLICT (resource, noted_at, id) DO NOTHING

-- name: list_audit_events
SELECT noted_at, id, operation, status, caller, client, room_id, raw_id, reason, request_id
FROM audit_events
WHERE resource = :resource AND (noted_at, id) < (:noted_at, :id) AND noted_at >= :since
ORDER BY noted_at DESC, id DESC
LIMIT :limit

-- name: list_audit_events_of_room
SELECT noted_at, id, operation, status, caller, client, room_id, raw_id, reason, request_id
FROM audit_events
WHERE resource = :resource AND room_id = :room_id AND (noted_at, id) < (:noted_at, :id) AND noted_at >= :since
ORDER BY noted_at DESC, id DESC
LIMIT :limit

-- name: list_audit_events_of_caller
SELECT noted_at, id, operation, status, caller, client, room_id, raw_id, reason, request_id
FROM audit_events
WHERE resource = :resource AND caller = :caller AND (noted_at, id) < (:noted_at, :id) AND noted_at >= :since
ORDER BY noted_at DESC, id DESC
LIMIT :limit

-- name: purge_audit_events
DELETE FROM audit_events WHERE resource = :resource AND (noted_at, id) IN (
    SELECT noted_at, id FROM audit_events WHERE resource = :resource AND noted_at < :before ORDER BY noted_at LIMIT :limit
)
RETURNING 1

-- name: remove_audit_events
DELETE FROM audit_events WHERE resource = :resource

-- name: put_key_use
INSERT INTO key_uses (resource, key_id, used_at) VALUES (:resource, :key_id, :used_at)
ON CONFLICT (resource, key_id) DO UPDATE SET used_at = excluded.used_at

-- name: list_key_uses
SELECT key_id, used_at FROM key_uses WHERE resource = :resource

-- name: remove_key_uses
DELETE FROM key_uses WHERE resource = :resource

-- name: list_users
SELECT raw_id, created_at, revocations, deleted_at, custom_id, last_token_issued_at FROM users
WHERE resource = :resource AND raw_id < :raw_id
ORDER BY raw_id DESC
LIMIT :limit

-- The page comes from the index alone; SQLite would otherwise read every roster of the resource.
-- name: list_rooms_of_user
SELECT rooms.id, rooms.created_at, rooms.valid_from, rooms.valid_until, rooms.pstn_dial_out_enabled,
    rooms.title, rooms.waiting_room, rooms.starts_with, rooms.extend_by, rooms.extended, rooms.added,
    rosters.role, rosters.display_name
FROM (
    SELECT room_created_at, room_id FROM rosters
    WHERE resource = :resource AND raw_id = :raw_id AND (room_created_at, room_id) < (:created_at, :id)
    ORDER BY room_created_at DESC, room_id DESC
    LIMIT :limit
) AS page
JOIN rosters
    ON rosters.resource = :resource AND rosters.room_created_at = page.room_created_at
    AND rosters.room_id = page.room_id AND rosters.raw_id = :raw_id
JOIN rooms ON rooms.resource = :resource AND rooms.id = page.room_id
ORDER BY page.room_created_at DESC, page.room_id DESC

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
DELETE FROM rooms WHERE resource = :resource AND id = :id AND valid_until < :before RETURNING created_at, words

-- name: purge_tombstones
DELETE FROM tombstones WHERE resource = :resource AND id IN (
    SELECT id FROM tombstones WHERE resource = :resource AND deleted_at < :before ORDER BY deleted_at LIMIT :limit
)
RETURNING id

-- The next rooms that have invitations, places or a call, and whether there is still such a room, or its tombstone.
-- name: list_rooms_in_use
SELECT room_id,
    EXISTS (SELECT 1 FROM rooms WHERE resource = :resource AND id = room_id)
    OR EXISTS (SELECT 1 FROM tombstones WHERE resource = :resource AND id = room_id)
FROM (
    SELECT room_id FROM (
        SELECT DISTINCT room_id FROM invitations WHERE resource = :resource AND room_id > :after
        ORDER BY room_id LIMIT :limit
    ) AS invited
    UNION
    SELECT room_id FROM (
        SELECT DISTINCT room_id FROM places WHERE resource = :resource AND room_id > :after
        ORDER BY room_id LIMIT :limit
    ) AS waited
    UNION
    SELECT room_id FROM (
        SELECT room_id FROM calls WHERE resource = :resource AND room_id > :after ORDER BY room_id LIMIT :limit
    ) AS called
) AS in_use
ORDER BY room_id
LIMIT :limit

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

-- name: count_subscriptions
SELECT count(*) FROM subscriptions WHERE resource = :resource

-- name: add_subscription
INSERT INTO subscriptions (resource, id, created_at, url, secret, room_id, types, validation, is_enabled, position,
    happened_at, failures, next_at, error, delivered, delivered_at)
VALUES (:resource, :id, :created_at, :url, :secret, :room_id, :types, :validation, :is_enabled, :position,
    :happened_at, :failures, :next_at, :error, :delivered, :delivered_at)
ON CONFLICT (resource, id) DO NOTHING

-- name: list_subscriptions
SELECT resource, id, created_at, url, secret, room_id, types, validation, is_enabled, position, happened_at, failures,
    next_at, error, delivered, delivered_at,
    (SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE deliveries.resource = :resource
        AND deliveries.subscription = subscriptions.id AND died_at IS NULL LIMIT :most) AS counted) AS waiting,
    (SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE deliveries.resource = :resource
        AND deliveries.subscription = subscriptions.id AND died_at IS NOT NULL LIMIT :most) AS counted) AS dead
FROM subscriptions
WHERE resource = :resource
ORDER BY created_at, id

-- name: get_subscription
SELECT resource, id, created_at, url, secret, room_id, types, validation, is_enabled, position, happened_at, failures,
    next_at, error, delivered, delivered_at,
    (SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE deliveries.resource = :resource
        AND deliveries.subscription = subscriptions.id AND died_at IS NULL LIMIT :most) AS counted) AS waiting,
    (SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE deliveries.resource = :resource
        AND deliveries.subscription = subscriptions.id AND died_at IS NOT NULL LIMIT :most) AS counted) AS dead
FROM subscriptions
WHERE resource = :resource AND id = :id

-- name: lock_subscription
-- key: resource, id
SELECT resource, id, created_at, url, secret, room_id, types, validation, is_enabled, position, happened_at, failures,
    next_at, error, delivered, delivered_at
FROM subscriptions
WHERE resource = :resource AND id = :id
FOR UPDATE

-- name: put_subscription
UPDATE subscriptions SET url = :url, secret = :secret, room_id = :room_id, types = :types, validation = :validation,
    is_enabled = :is_enabled, failures = :failures, next_at = :next_at, error = :error
WHERE resource = :resource AND id = :id

-- name: reseal_subscription
UPDATE subscriptions SET secret = :secret WHERE resource = :resource AND id = :id

-- name: put_progress
UPDATE subscriptions SET position = :position, happened_at = :happened_at, failures = :failures, next_at = :next_at,
    error = :error, delivered = :delivered, delivered_at = :delivered_at
WHERE resource = :resource AND id = :id

-- name: remove_subscription
DELETE FROM subscriptions WHERE resource = :resource AND id = :id RETURNING 1

-- name: remove_subscriptions
DELETE FROM subscriptions WHERE resource = :resource

-- name: remove_deliveries
DELETE FROM deliveries WHERE resource = :resource AND subscription = :subscription

-- name: remove_all_deliveries
DELETE FROM deliveries WHERE resource = :resource

-- name: list_waiting_deliveries
SELECT position, happened_at, room_id, since, attempts, next_at, error, died_at FROM deliveries
WHERE resource = :resource AND subscription = :subscription AND died_at IS NULL
ORDER BY position
LIMIT :limit

-- name: list_dead_letters
SELECT position, happened_at, room_id, since, attempts, next_at, error, died_at FROM deliveries
WHERE resource = :resource AND subscription = :subscription AND died_at IS NOT NULL AND position > :position
ORDER BY position
LIMIT :limit

-- name: put_delivery
INSERT INTO deliveries (resource, subscription, position, happened_at, room_id, since, attempts, next_at, error, died_at)
VALUES (:resource, :subscription, :position, :happened_at, :room_id, :since, :attempts, :next_at, :error, :died_at)
ON CONFLICT (resource, subscription, position) DO UPDATE SET since = excluded.since, attempts = excluded.attempts,
    next_at = excluded.next_at, error = excluded.error, died_at = excluded.died_at

-- name: remove_delivery
DELETE FROM deliveries WHERE resource = :resource AND subscription = :subscription AND position = :position

-- name: purge_dead_letters
DELETE FROM deliveries WHERE resource = :resource AND subscription = :subscription AND position IN (
    SELECT position FROM deliveries
    WHERE resource = :resource AND subscription = :subscription AND died_at < :before
    LIMIT :limit
)
RETURNING 1
