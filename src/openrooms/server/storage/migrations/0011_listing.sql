-- A process of the version before writes no words, so the rooms that it creates, and the titles and names that it changes,
-- are found once a process of this version has read them (NULL: not yet) or changed them. It leaves the words of rooms that
-- it deletes; nothing finds those. NULL is also what all rooms have after this migration, until a service has read them.
ALTER TABLE rooms ADD COLUMN words TEXT; -- separated by spaces
CREATE INDEX rooms_without_words ON rooms (resource, id) WHERE words IS NULL;
CREATE TABLE room_words (
    resource TEXT NOT NULL,
    word BYTEA NOT NULL, -- as UTF-8, so that both databases compare it alike
    room_id TEXT NOT NULL,
    PRIMARY KEY (resource, word, room_id)
) WITHOUT ROWID;
-- By span: domain.listing.SPANS.
CREATE INDEX rooms_by_time ON rooms (
    resource,
    (CASE WHEN valid_until - valid_from <= 36000000000 THEN 0
        WHEN valid_until - valid_from <= 864000000000 THEN 1
        WHEN valid_until - valid_from <= 6048000000000 THEN 2
        WHEN valid_until - valid_from <= 25920000000000 THEN 3
        WHEN valid_until - valid_from <= 77760000000000 THEN 4
        WHEN valid_until - valid_from <= 154656000000000 THEN 5
        ELSE 6 END),
    valid_from, id, valid_until
);
-- How many people the enforcer last saw in the call. A process of the version before leaves it as it is.
ALTER TABLE calls ADD COLUMN people BIGINT NOT NULL DEFAULT 0;
CREATE INDEX calls_with_people ON calls (resource, room_id) WHERE people > 0;
