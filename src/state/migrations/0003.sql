-- Whether a run counts as a success: all was done but what is held for a person. Runs of before say
-- it by their exit code.

ALTER TABLE runs ADD COLUMN success INTEGER CHECK (success IN (0, 1));
UPDATE runs SET success = (exit_code = 0) WHERE exit_code IS NOT NULL;
