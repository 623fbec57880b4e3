-- The action itself, exactly, as the program reads it back; entries of before say it in the words
-- that people read (kind, subject, payload).
ALTER TABLE journal ADD COLUMN action TEXT;
