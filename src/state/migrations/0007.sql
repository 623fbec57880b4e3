-- Units that are still to be posted for a period, told from the day on which they will count.
ALTER TABLE levels ADD COLUMN open_units INTEGER;
