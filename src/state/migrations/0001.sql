-- Schema 1. A released migration is never edited: append the next one.
--
-- Times are RFC 3339 in UTC with nine digits of a second, so that they sort as text. Days are
-- YYYY-MM-DD. Amounts and money are exact decimals as text. An offering item is (application,
-- item, infra); infra is '' where the item has no storage.

CREATE TABLE meta (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  id TEXT NOT NULL UNIQUE,
  command TEXT NOT NULL,
  started_by TEXT NOT NULL,
  dry_run INTEGER NOT NULL CHECK (dry_run IN (0, 1)),
  started_at TEXT NOT NULL,
  ended_at TEXT,
  exit_code INTEGER,
  counts TEXT NOT NULL DEFAULT '{}',
  requests TEXT NOT NULL DEFAULT '{}',
  error TEXT,
  CHECK ((ended_at IS NULL) = (exit_code IS NULL))
) STRICT;
CREATE INDEX runs_by_command ON runs (command, started_at);

CREATE TABLE journal (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run TEXT NOT NULL REFERENCES runs (id),
  at TEXT NOT NULL,
  command TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  account TEXT,
  company INTEGER,
  payload TEXT NOT NULL,
  outcome TEXT CHECK (outcome IN ('done', 'failed', 'uncertain')),
  settled_at TEXT,
  answer TEXT,
  resolution TEXT CHECK (resolution IN ('took-effect', 'no-effect', 'dismissed')),
  resolved_at TEXT,
  evidence TEXT,
  CHECK ((outcome IS NULL) = (settled_at IS NULL)),
  CHECK ((resolution IS NULL) = (resolved_at IS NULL))
) STRICT;
CREATE INDEX journal_by_run ON journal (run);
CREATE INDEX journal_by_company ON journal (company);
CREATE INDEX journal_by_time ON journal (at);
CREATE INDEX journal_open ON journal (id)
  WHERE resolution IS NULL AND (outcome IS NULL OR outcome = 'uncertain');

CREATE TABLE product_links (
  account TEXT NOT NULL,
  application TEXT NOT NULL,
  item TEXT NOT NULL,
  infra TEXT NOT NULL,
  edition TEXT,
  choice TEXT NOT NULL CHECK (choice IN ('service', 'free', 'leave')),
  service INTEGER,
  service_name TEXT,
  unit TEXT NOT NULL,
  rounding TEXT NOT NULL,
  included INTEGER NOT NULL CHECK (included >= 0),
  minimum INTEGER NOT NULL CHECK (minimum >= 0),
  changed_at TEXT NOT NULL,
  PRIMARY KEY (account, application, item, infra),
  CHECK ((choice = 'service') = (service IS NOT NULL)),
  CHECK ((service IS NULL) = (service_name IS NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX product_links_one_item_per_service ON product_links (service)
  WHERE service IS NOT NULL;

CREATE TABLE customer_links (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  company INTEGER NOT NULL,
  account TEXT NOT NULL,
  tenant TEXT NOT NULL,
  company_name TEXT NOT NULL,
  tenant_name TEXT NOT NULL,
  partner TEXT NOT NULL,
  partner_name TEXT NOT NULL,
  linked_at TEXT NOT NULL,
  how TEXT NOT NULL,
  existed_before INTEGER NOT NULL CHECK (existed_before IN (0, 1)),
  lowering_approved INTEGER NOT NULL CHECK (lowering_approved IN (0, 1)),
  unlinked_at TEXT
) STRICT;
CREATE UNIQUE INDEX customer_links_one_tenant_per_company ON customer_links (company)
  WHERE unlinked_at IS NULL;
CREATE UNIQUE INDEX customer_links_one_company_per_tenant ON customer_links (account, tenant)
  WHERE unlinked_at IS NULL;

CREATE TABLE owed_steps (
  company INTEGER NOT NULL,
  step TEXT NOT NULL,
  owed_at TEXT NOT NULL,
  PRIMARY KEY (company, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE ticket_links (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  external_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('alert', 'summary')),
  account TEXT NOT NULL,
  tenant TEXT,
  company INTEGER NOT NULL,
  alert_key TEXT NOT NULL,
  alert_type TEXT,
  ticket INTEGER NOT NULL,
  opened_at TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  status INTEGER,
  assignee INTEGER,
  written_at TEXT NOT NULL,
  closed_at TEXT,
  occurrences INTEGER NOT NULL CHECK (occurrences >= 1)
) STRICT;
CREATE UNIQUE INDEX ticket_links_one_live_per_external_id ON ticket_links (external_id)
  WHERE closed_at IS NULL;
CREATE UNIQUE INDEX ticket_links_one_live_per_key ON ticket_links (account, alert_key)
  WHERE closed_at IS NULL;
CREATE INDEX ticket_links_by_key ON ticket_links (account, alert_key);
CREATE INDEX ticket_links_by_ticket ON ticket_links (ticket);

CREATE TABLE ticket_alerts (
  link INTEGER NOT NULL REFERENCES ticket_links (id) ON DELETE CASCADE,
  alert TEXT NOT NULL,
  alert_key TEXT NOT NULL,
  label TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  active INTEGER NOT NULL CHECK (active IN (0, 1)),
  told INTEGER NOT NULL CHECK (told IN (0, 1)),
  PRIMARY KEY (link, alert)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_alerts_by_alert ON ticket_alerts (alert);
CREATE INDEX ticket_alerts_by_key ON ticket_alerts (alert_key);

-- Completed tickets whose alerts could not all be dismissed yet.
CREATE TABLE owed_dismissals (
  link INTEGER NOT NULL PRIMARY KEY REFERENCES ticket_links (id) ON DELETE CASCADE,
  owed_at TEXT NOT NULL
) STRICT;

-- Notes beside a change of their ticket, from before the request leaves until they are written.
-- `changed` says that the change is known to have taken effect.
CREATE TABLE owed_notes (
  journal INTEGER NOT NULL PRIMARY KEY REFERENCES journal (id),
  account TEXT NOT NULL,
  ticket INTEGER NOT NULL,
  status INTEGER,
  changed INTEGER NOT NULL CHECK (changed IN (0, 1)),
  assignee INTEGER,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  owed_at TEXT NOT NULL
) STRICT;

CREATE TABLE alert_cursors (
  account TEXT NOT NULL PRIMARY KEY,
  watermark TEXT,
  reconciled_at TEXT,
  horizon TEXT,
  first_run_at TEXT,
  completed_until TEXT,
  active_count INTEGER,
  modified_at TEXT,
  changed_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE held_alerts (
  account TEXT NOT NULL,
  alert TEXT NOT NULL,
  reason TEXT NOT NULL
    CHECK (reason IN ('refused', 'blocked', 'locked', 'damped', 'quiet', 'unresolved')),
  alert_key TEXT NOT NULL,
  occurrences INTEGER NOT NULL CHECK (occurrences >= 1),
  updated_at TEXT NOT NULL,
  active_since TEXT,
  detail TEXT NOT NULL,
  tries INTEGER NOT NULL CHECK (tries >= 1),
  first_at TEXT NOT NULL,
  last_at TEXT NOT NULL,
  PRIMARY KEY (account, alert)
) STRICT, WITHOUT ROWID;

CREATE TABLE alert_types_seen (
  account TEXT NOT NULL,
  alert_type TEXT NOT NULL,
  first_seen TEXT NOT NULL,
  PRIMARY KEY (account, alert_type)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  journal INTEGER NOT NULL UNIQUE REFERENCES journal (id),
  run TEXT NOT NULL REFERENCES runs (id),
  at TEXT NOT NULL,
  account TEXT NOT NULL,
  company INTEGER NOT NULL,
  tenant TEXT NOT NULL,
  application TEXT NOT NULL,
  item TEXT NOT NULL,
  infra TEXT NOT NULL,
  contract INTEGER NOT NULL,
  contract_service INTEGER,
  service INTEGER NOT NULL,
  usage TEXT,
  usage_at TEXT,
  arithmetic TEXT NOT NULL,
  price TEXT,
  wanted INTEGER NOT NULL,
  units_before INTEGER NOT NULL,
  unit_change INTEGER NOT NULL CHECK (unit_change = wanted - units_before),
  units_after INTEGER,
  effective TEXT NOT NULL,
  state TEXT NOT NULL
    CHECK (state IN ('intended', 'posted', 'confirmed', 'failed', 'refused', 'overtaken',
                     'uncertain')),
  settled_at TEXT,
  answer TEXT,
  CHECK ((state = 'intended') = (settled_at IS NULL)),
  CHECK (state <> 'confirmed' OR units_after IS NOT NULL)
) STRICT;
-- Nothing may be posted to a line while an earlier posting to it is not known to have ended.
CREATE UNIQUE INDEX ledger_one_open_per_line
  ON ledger (contract, service, ifnull(contract_service, 0))
  WHERE state IN ('intended', 'posted', 'uncertain');
CREATE INDEX ledger_by_line ON ledger (contract, service, contract_service);
CREATE INDEX ledger_by_company ON ledger (company, effective);
CREATE INDEX ledger_by_effective ON ledger (effective);
CREATE INDEX ledger_by_run ON ledger (run);
CREATE INDEX ledger_by_measured_item ON ledger (account, tenant, application, item, infra);

CREATE TABLE measured_items (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  tenant TEXT NOT NULL,
  application TEXT NOT NULL,
  item TEXT NOT NULL,
  infra TEXT NOT NULL,
  UNIQUE (account, tenant, application, item, infra)
) STRICT;

CREATE TABLE measures (
  measured_item INTEGER NOT NULL REFERENCES measured_items (id) ON DELETE CASCADE,
  day TEXT NOT NULL,
  absolute TEXT,
  -- The highest of the day's readings.
  peak TEXT,
  accrued TEXT,
  -- Since when it accrued.
  since TEXT,
  at TEXT NOT NULL,
  PRIMARY KEY (measured_item, day)
) STRICT, WITHOUT ROWID;

-- What each billed line stands at in each billing period, whether or not anything was posted.
CREATE TABLE levels (
  contract INTEGER NOT NULL,
  service INTEGER NOT NULL,
  period_start TEXT NOT NULL,
  period_end TEXT NOT NULL,
  account TEXT NOT NULL,
  company INTEGER NOT NULL,
  company_name TEXT NOT NULL,
  tenant TEXT NOT NULL,
  application TEXT NOT NULL,
  item TEXT NOT NULL,
  infra TEXT NOT NULL,
  service_name TEXT NOT NULL,
  usage TEXT,
  usage_at TEXT,
  arithmetic TEXT NOT NULL,
  wanted INTEGER,
  units INTEGER NOT NULL,
  price TEXT,
  extended TEXT,
  at TEXT NOT NULL,
  run TEXT NOT NULL REFERENCES runs (id),
  PRIMARY KEY (contract, service, period_start),
  CHECK (period_end >= period_start)
) STRICT, WITHOUT ROWID;
CREATE INDEX levels_by_company ON levels (company, period_start);
CREATE INDEX levels_by_period ON levels (period_start);

CREATE TABLE clocks (
  account TEXT NOT NULL,
  tenant TEXT NOT NULL,
  company INTEGER NOT NULL,
  since TEXT NOT NULL,
  confirmed TEXT NOT NULL,
  reason TEXT NOT NULL,
  disabled_at TEXT,
  PRIMARY KEY (account, tenant),
  CHECK (confirmed >= since)
) STRICT, WITHOUT ROWID;

CREATE TABLE attention (
  command TEXT NOT NULL,
  key TEXT NOT NULL,
  account TEXT,
  company INTEGER,
  text TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  first_seen TEXT NOT NULL,
  last_seen TEXT NOT NULL,
  PRIMARY KEY (command, key)
) STRICT, WITHOUT ROWID;
