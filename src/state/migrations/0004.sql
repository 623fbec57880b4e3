-- What a run found and told: what is held back and what needs a person, and remarks.
ALTER TABLE attention ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE attention ADD COLUMN class TEXT NOT NULL DEFAULT 'attention';
ALTER TABLE attention ADD COLUMN payload TEXT NOT NULL DEFAULT '{}';
ALTER TABLE attention RENAME TO pending_items;

-- Items that a person settled by hand; they come back when their fingerprints change.
CREATE TABLE dismissals (
  command TEXT NOT NULL,
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  account TEXT,
  company INTEGER,
  text TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  payload TEXT NOT NULL,
  reason TEXT NOT NULL,
  journal INTEGER NOT NULL REFERENCES journal (id),
  dismissed_at TEXT NOT NULL,
  PRIMARY KEY (command, key)
) STRICT, WITHOUT ROWID;
