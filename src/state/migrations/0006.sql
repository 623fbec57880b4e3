-- What becomes of a line's difference in a period, and on which day, as the last run saw it.
ALTER TABLE levels ADD COLUMN posting TEXT;
ALTER TABLE levels ADD COLUMN posting_day TEXT;
