-- When the last person was seen to have left the call; a process of the version before leaves it as it is.
ALTER TABLE calls ADD COLUMN left_at BIGINT;
