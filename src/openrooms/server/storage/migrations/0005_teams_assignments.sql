CREATE TABLE teams_assignments (
    resource TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    object_id TEXT NOT NULL,
    principal_type TEXT NOT NULL,
    client_ids TEXT, -- separated by spaces
    PRIMARY KEY (resource, tenant_id, object_id)
) WITHOUT ROWID;
