-- A process of the version before neither reads nor writes this table: tokens that it issues are refused by later ones.
CREATE TABLE operator_tokens (
    resource TEXT NOT NULL,
    id TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    key_ids TEXT NOT NULL, -- separated by spaces
    revoked_at BIGINT,
    PRIMARY KEY (resource, id)
);
CREATE INDEX operator_tokens_oldest ON operator_tokens (resource, created_at, id);
