-- The version of the form in which the document was rendered: wire.models.ROOM_FORM. A process of the version before
-- renders form 1.
ALTER TABLE rooms ADD COLUMN document_form BIGINT NOT NULL DEFAULT 1;
-- The schema version that code has to know to work beside this migration; 0 for any.
ALTER TABLE migrations ADD COLUMN needs BIGINT NOT NULL DEFAULT 0;
