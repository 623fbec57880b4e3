-- What is still to be written stands in the journal: planned until a run sends it. `follows` names the
-- change that a note tells of, where it was in doubt when the note was planned.
ALTER TABLE journal ADD COLUMN planned INTEGER NOT NULL DEFAULT 0 CHECK (planned IN (0, 1));
ALTER TABLE journal ADD COLUMN follows INTEGER REFERENCES journal (id);
CREATE INDEX journal_planned ON journal (id) WHERE planned = 1;
CREATE INDEX journal_follows ON journal (follows) WHERE follows IS NOT NULL;

INSERT INTO journal (run, at, command, action, kind, subject, account, company, payload, planned,
  follows)
SELECT journal.run, owed_at, command,
  json_object('version', 1, 'action', json_object('kind', 'write-note', 'ticket', ticket,
    'title', title, 'text', text, 'status', status, 'assignee', assignee, 'since', owed_at)),
  'note-ticket', subject, owed_notes.account, company, '{}', 1, iif(changed, NULL, journal.id)
FROM owed_notes JOIN journal ON journal.id = owed_notes.journal ORDER BY journal.id;

INSERT INTO journal (run, at, command, action, kind, subject, account, company, payload, planned)
SELECT ifnull(
    (SELECT run FROM journal WHERE journal.company = owed_steps.company ORDER BY id DESC LIMIT 1),
    (SELECT id FROM runs ORDER BY rowid DESC LIMIT 1)),
  owed_at, 'provision',
  json_object('version', 1, 'action', json_object('kind', 'complete-step', 'step', step)),
  CASE step WHEN 'two-factor' THEN 'set-two-factor' WHEN 'production' THEN 'set-mode'
    ELSE 'create-administrator' END,
  tenant_name, account, owed_steps.company, '{}', 1
FROM owed_steps JOIN customer_links
  ON customer_links.company = owed_steps.company AND unlinked_at IS NULL;

INSERT INTO journal (run, at, command, action, kind, subject, account, company, payload, planned)
SELECT (SELECT id FROM runs ORDER BY rowid DESC LIMIT 1), owed_at, 'sync-tickets',
  json_object('version', 1, 'action',
    json_object('kind', 'dismiss-alert', 'alert', alert, 'ticket', ticket)),
  'dismiss-alert', label, account, company, '{}', 1
FROM owed_dismissals JOIN ticket_links ON ticket_links.id = owed_dismissals.link
  JOIN ticket_alerts ON ticket_alerts.link = ticket_links.id
WHERE closed_at IS NULL AND active = 1;

DROP TABLE owed_notes;
DROP TABLE owed_steps;
DROP TABLE owed_dismissals;
