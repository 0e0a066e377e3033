-- A process of the version before neither reads nor writes this table, and lists the tokens of sessions like others.
CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    resources TEXT NOT NULL, -- separated by spaces
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    link_hash BYTEA,
    secret_hash BYTEA,
    used_at BIGINT
);
CREATE UNIQUE INDEX sessions_by_link ON sessions (link_hash);
CREATE UNIQUE INDEX sessions_by_secret ON sessions (secret_hash);
CREATE INDEX sessions_expired ON sessions (expires_at);
ALTER TABLE operator_tokens ADD COLUMN subject TEXT NOT NULL DEFAULT '';
