-- A process of the version before delivers nothing.
CREATE TABLE subscriptions (
    resource TEXT NOT NULL,
    id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    url TEXT NOT NULL,
    secret TEXT NOT NULL, -- sealed, if there is a key that encrypts keys
    room_id TEXT NOT NULL, -- '' is every room
    types TEXT NOT NULL, -- separated by spaces; '' is every type
    validation TEXT NOT NULL,
    is_enabled BOOLEAN NOT NULL,
    position BIGINT NOT NULL, -- events up to here were delivered, or have a row in `deliveries`
    happened_at BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    error TEXT NOT NULL,
    delivered BIGINT NOT NULL,
    delivered_at BIGINT NOT NULL,
    PRIMARY KEY (resource, id)
) WITHOUT ROWID;

CREATE TABLE deliveries (
    resource TEXT NOT NULL,
    subscription TEXT NOT NULL,
    position BIGINT NOT NULL,
    happened_at BIGINT NOT NULL,
    room_id TEXT NOT NULL,
    since BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    error TEXT NOT NULL,
    died_at BIGINT, -- of dead letters
    PRIMARY KEY (resource, subscription, position)
) WITHOUT ROWID;
CREATE INDEX deliveries_waiting ON deliveries (resource, subscription, position) WHERE died_at IS NULL;
CREATE INDEX dead_letters ON deliveries (resource, subscription, position) WHERE died_at IS NOT NULL;
