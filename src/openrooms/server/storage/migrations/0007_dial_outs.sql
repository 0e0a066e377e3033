CREATE TABLE dial_outs (
    resource TEXT NOT NULL,
    id TEXT NOT NULL,
    room_id TEXT NOT NULL,
    phone_number TEXT NOT NULL,
    asked_by TEXT NOT NULL, -- a raw id; '' for the operator
    asked_at BIGINT NOT NULL,
    hang_up_at BIGINT NOT NULL,
    owner TEXT NOT NULL,
    held_until BIGINT NOT NULL,
    state TEXT NOT NULL,
    since BIGINT NOT NULL,
    answered_at BIGINT,
    ended_at BIGINT,
    outcome TEXT,
    sip_status BIGINT,
    PRIMARY KEY (resource, id)
) WITHOUT ROWID;
CREATE INDEX dial_outs_of_room ON dial_outs (resource, room_id, (ended_at IS NOT NULL), asked_at DESC, id DESC);
CREATE INDEX dial_outs_live ON dial_outs (resource, held_until) WHERE ended_at IS NULL;
CREATE INDEX dial_outs_ended ON dial_outs (resource, ended_at) WHERE ended_at IS NOT NULL;
