-- An old process writes neither column, so a user whom it deletes keeps a custom id, which the index then leaves out.
ALTER TABLE users ADD COLUMN custom_id TEXT;
ALTER TABLE users ADD COLUMN last_token_issued_at BIGINT;
CREATE UNIQUE INDEX users_by_custom_id ON users (resource, custom_id)
WHERE custom_id IS NOT NULL AND deleted_at IS NULL;
