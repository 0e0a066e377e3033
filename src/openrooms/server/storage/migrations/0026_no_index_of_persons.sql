-- No statement of this version or of the one before reads it, and every join wrote it.
DROP INDEX stays_of_person;
