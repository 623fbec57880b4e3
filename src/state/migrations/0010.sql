-- What each alert of a ticket says, and what the ticket told of it last where that is something else, so
-- that a note begins with what changed. Rows of before do not know either. And the priority that was
-- written last: another one was set by a person.
ALTER TABLE ticket_alerts ADD COLUMN says TEXT;
ALTER TABLE ticket_alerts ADD COLUMN said TEXT;
ALTER TABLE ticket_links ADD COLUMN priority INTEGER;
