-- People whose data are being erased. A process of the version before does not know it: what it deletes keeps its names,
-- until the user is deleted again.
CREATE TABLE erasures (
    resource TEXT NOT NULL,
    raw_id TEXT NOT NULL,
    anonymous_id TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    is_complete BOOLEAN NOT NULL,
    PRIMARY KEY (resource, raw_id)
) WITHOUT ROWID;
