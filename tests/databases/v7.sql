-- A state file of schema 7, left by a killed run: an open intent of every kind, in the words in which
-- entries stood before actions were kept.

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
CREATE TABLE alert_types_seen (
  account TEXT NOT NULL,
  alert_type TEXT NOT NULL,
  first_seen TEXT NOT NULL,
  PRIMARY KEY (account, alert_type)
) STRICT, WITHOUT ROWID;
CREATE TABLE billed_lines (
  contract INTEGER NOT NULL,
  service INTEGER NOT NULL,
  service_name TEXT NOT NULL,
  company INTEGER NOT NULL,
  company_name TEXT NOT NULL,
  account TEXT NOT NULL,
  tenant TEXT NOT NULL,
  application TEXT NOT NULL,
  item TEXT NOT NULL,
  infra TEXT NOT NULL,
  since TEXT NOT NULL,
  taken_over TEXT,
  units INTEGER,
  unit_offset INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (contract, service)
) STRICT, WITHOUT ROWID;
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
  answer TEXT, period TEXT,
  CHECK ((state = 'intended') = (settled_at IS NULL)),
  CHECK (state <> 'confirmed' OR units_after IS NOT NULL)
) STRICT;
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
  run TEXT NOT NULL REFERENCES runs (id), settled TEXT, posting TEXT, posting_day TEXT, open_units INTEGER,
  PRIMARY KEY (contract, service, period_start),
  CHECK (period_end >= period_start)
) STRICT, WITHOUT ROWID;
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
CREATE TABLE meta (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE owed_dismissals (
  link INTEGER NOT NULL PRIMARY KEY REFERENCES ticket_links (id) ON DELETE CASCADE,
  owed_at TEXT NOT NULL
) STRICT;
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
CREATE TABLE owed_steps (
  company INTEGER NOT NULL,
  step TEXT NOT NULL,
  owed_at TEXT NOT NULL,
  PRIMARY KEY (company, step)
) STRICT, WITHOUT ROWID;
CREATE TABLE "pending_items" (
  command TEXT NOT NULL,
  key TEXT NOT NULL,
  account TEXT,
  company INTEGER,
  text TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  first_seen TEXT NOT NULL,
  last_seen TEXT NOT NULL, kind TEXT NOT NULL DEFAULT '', class TEXT NOT NULL DEFAULT 'attention', payload TEXT NOT NULL DEFAULT '{}',
  PRIMARY KEY (command, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE prepaid_contracts (
  contract INTEGER NOT NULL PRIMARY KEY,
  last_seen TEXT NOT NULL
) STRICT, WITHOUT ROWID;
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
  error TEXT, success INTEGER CHECK (success IN (0, 1)),
  CHECK ((ended_at IS NULL) = (exit_code IS NULL))
) STRICT;
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
CREATE TABLE unbilled_usage (
  month TEXT NOT NULL,
  company INTEGER NOT NULL,
  company_name TEXT NOT NULL,
  account TEXT NOT NULL,
  tenant TEXT NOT NULL,
  application TEXT NOT NULL,
  item TEXT NOT NULL,
  infra TEXT NOT NULL,
  usage TEXT NOT NULL,
  units INTEGER,
  price TEXT,
  reason TEXT NOT NULL,
  at TEXT NOT NULL,
  run TEXT NOT NULL REFERENCES runs (id),
  PRIMARY KEY (month, account, tenant, application, item, infra)
) STRICT, WITHOUT ROWID;
CREATE INDEX runs_by_command ON runs (command, started_at);
CREATE INDEX journal_by_run ON journal (run);
CREATE INDEX journal_by_company ON journal (company);
CREATE INDEX journal_by_time ON journal (at);
CREATE INDEX journal_open ON journal (id)
  WHERE resolution IS NULL AND (outcome IS NULL OR outcome = 'uncertain');
CREATE UNIQUE INDEX product_links_one_item_per_service ON product_links (service)
  WHERE service IS NOT NULL;
CREATE UNIQUE INDEX customer_links_one_tenant_per_company ON customer_links (company)
  WHERE unlinked_at IS NULL;
CREATE UNIQUE INDEX customer_links_one_company_per_tenant ON customer_links (account, tenant)
  WHERE unlinked_at IS NULL;
CREATE UNIQUE INDEX ticket_links_one_live_per_external_id ON ticket_links (external_id)
  WHERE closed_at IS NULL;
CREATE UNIQUE INDEX ticket_links_one_live_per_key ON ticket_links (account, alert_key)
  WHERE closed_at IS NULL;
CREATE INDEX ticket_links_by_key ON ticket_links (account, alert_key);
CREATE INDEX ticket_links_by_ticket ON ticket_links (ticket);
CREATE INDEX ticket_alerts_by_alert ON ticket_alerts (alert);
CREATE INDEX ticket_alerts_by_key ON ticket_alerts (alert_key);
CREATE UNIQUE INDEX ledger_one_open_per_line
  ON ledger (contract, service, ifnull(contract_service, 0))
  WHERE state IN ('intended', 'posted', 'uncertain');
CREATE INDEX ledger_by_line ON ledger (contract, service, contract_service);
CREATE INDEX ledger_by_company ON ledger (company, effective);
CREATE INDEX ledger_by_effective ON ledger (effective);
CREATE INDEX ledger_by_run ON ledger (run);
CREATE INDEX ledger_by_measured_item ON ledger (account, tenant, application, item, infra);
CREATE INDEX levels_by_company ON levels (company, period_start);
CREATE INDEX levels_by_period ON levels (period_start);
CREATE INDEX billed_lines_by_company ON billed_lines (company);
INSERT INTO "meta" VALUES('autotask_database','314159');
INSERT INTO "meta" VALUES('schema_1_at','2026-09-15T06:00:00.000000000Z');
INSERT INTO "meta" VALUES('schema_2_at','2026-09-15T06:00:00.000000000Z');
INSERT INTO "meta" VALUES('schema_3_at','2026-09-15T06:00:00.000000000Z');
INSERT INTO "meta" VALUES('schema_4_at','2026-09-15T06:00:00.000000000Z');
INSERT INTO "meta" VALUES('schema_5_at','2026-09-15T06:00:00.000000000Z');
INSERT INTO "meta" VALUES('schema_6_at','2026-09-15T06:00:00.000000000Z');
INSERT INTO "meta" VALUES('schema_7_at','2026-09-15T06:00:00.000000000Z');
INSERT INTO "runs" VALUES('killed','provision','root',0,'2026-09-15T07:00:00.000000000Z',NULL,NULL,'{}','{}',NULL,NULL);
INSERT INTO "journal" VALUES(1,'killed','2026-09-15T07:00:00.000000000Z','provision','create-tenant','Alma','eu',5,'{"before":{"partner":null,"customer_id":null,"mark":null},"after":{"partner":"North (p-1)","customer_id":"5","mark":"acrotask:314159:5"},"exact":{"before":{"partner":null,"customer_id":null,"mark":null},"after":{"partner":"North (p-1)","customer_id":"5","mark":"acrotask:314159:5"}},"because":[]}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal" VALUES(2,'killed','2026-09-15T07:00:00.000000000Z','map-customer create','adopt-tenant','Alma','eu',5,'{"before":{"tenant":null},"after":{"tenant":"0b1d2c3e-0000-4000-8000-000000000001"},"exact":{"before":{"tenant":null},"after":{"tenant":"0b1d2c3e-0000-4000-8000-000000000001"}},"because":["it bears our mark for this company already"]}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal" VALUES(3,'killed','2026-09-15T07:00:00.000000000Z','map-customer suggest','link-customer','Alma','eu',5,'{"before":{"tenant":null,"mark":null},"after":{"tenant":"Alma (old) (0b1d2c3e-0000-4000-8000-000000000001)","mark":"acrotask:314159:5"},"exact":{"before":{"tenant":null,"mark":null},"after":{"tenant":"Alma (old) (0b1d2c3e-0000-4000-8000-000000000001)","mark":"acrotask:314159:5"}},"because":[]}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal" VALUES(4,'killed','2026-09-15T07:00:00.000000000Z','map-customer link','note-changes','Alma','eu',5,'{"before":{"tenant_name":"Alma"},"after":{"tenant_name":"Alma 2"},"exact":{"before":{"tenant_name":"Alma"},"after":{"tenant_name":"Alma 2"}},"because":[]}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal" VALUES(5,'killed','2026-09-15T07:00:00.000000000Z','map-customer unlink','unlink-customer','Alma','eu',5,'{"before":{"tenant":"Alma (0b1d2c3e-0000-4000-8000-000000000001)","mark":"acrotask:314159:5"},"after":{"tenant":null,"mark":null},"exact":{"before":{"tenant":"Alma (0b1d2c3e-0000-4000-8000-000000000001)","mark":"acrotask:314159:5"},"after":{"tenant":null,"mark":null}},"because":[]}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal" VALUES(6,'killed','2026-09-15T07:00:00.000000000Z','map-customer unlink','unlink-customer','Alma','eu',5,'{"before":{"tenant":"Alma (0b1d2c3e-0000-4000-8000-000000000001)"},"after":{"tenant":null},"exact":{"before":{"tenant":"Alma (0b1d2c3e-0000-4000-8000-000000000001)"},"after":{"tenant":null}},"because":[]}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal" VALUES(7,'killed','2026-09-15T07:00:00.000000000Z','provision','set-two-factor','Alma','eu',5,'{"before":{"two_factor":false},"after":{"two_factor":true},"exact":{"before":{"two_factor":false},"after":{"two_factor":true}},"because":["provisioning.two_factor"]}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal" VALUES(8,'killed','2026-09-15T07:00:00.000000000Z','provision','set-mode','Alma','eu',5,'{"before":{"mode":"trial"},"after":{"mode":"production"},"exact":{"before":{"mode":"trial"},"after":{"mode":"production"}},"because":["provisioning.mode"]}','uncertain','2026-09-15T08:00:00.000000000Z','the answer was lost',NULL,NULL,NULL);
INSERT INTO "journal" VALUES(9,'killed','2026-09-15T07:00:00.000000000Z','provision','create-administrator','Alma','eu',5,'{"before":{"login":null},"after":{"login":"ann@alma.example (company_admin)"},"exact":{"before":{"login":null},"after":{"login":"ann@alma.example (company_admin)"}},"because":["provisioning.administrator; Acronis sends the activation mail"]}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal" VALUES(10,'killed','2026-09-15T07:00:00.000000000Z','provision','disable-tenant','Alma','eu',5,'{"before":{"status":true},"after":{"status":false},"exact":{"before":{"status":true},"after":{"status":false}},"because":["no relevant contract since 2026-06-30 (ended)"]}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal" VALUES(11,'killed','2026-09-15T07:00:00.000000000Z','provision','delete-tenant','Alma','eu',5,'{"before":{"tenant":"Alma"},"after":{"tenant":"deleted"},"exact":{"before":{"tenant":"Alma"},"after":{"tenant":"deleted"}},"because":["no relevant contract since 2026-06-30 (ended)"]}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal" VALUES(12,'killed','2026-09-15T07:00:00.000000000Z','provision','set-quota','storage@i-1','eu',5,'{"before":{"quota":"5 GiB"},"after":{"quota":"10 GiB"},"exact":{"before":{"quota":"value 5368709120 overage 0"},"after":{"quota":"value 10737418240 overage 0"}},"because":["contract 70"]}','uncertain','2026-09-15T08:00:00.000000000Z','the answer was lost',NULL,NULL,NULL);
INSERT INTO "journal" VALUES(13,'killed','2026-09-15T07:00:00.000000000Z','sync-billing','set-quota','workstations','eu',5,'{"before":{"quota":false},"after":{"quota":7},"exact":{"before":{"quota":false},"after":{"quota":7}},"because":["contract 70"]}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal" VALUES(14,'killed','2026-09-15T07:00:00.000000000Z','provision','set-quota','servers','eu',5,'{"before": {"quota": "1 GiB"}, "after": {"quota": "2 GiB"}, "because": []}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal" VALUES(15,'killed','2026-09-15T07:00:00.000000000Z','provision','switch-on','antivirus','eu',5,'{"before":{"status":false},"after":{"status":true},"exact":{"before":{"status":false},"after":{"status":true}},"because":["contract 70"]}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal" VALUES(16,'killed','2026-09-15T07:00:00.000000000Z','map-products create','create-service','storage@i-1','eu',NULL,'{"before":{"service":null,"period":null,"service_code":null,"rounding":"up"},"after":{"service":"Storage","period":"Monthly","service_code":"Cloud","rounding":"nearest"},"exact":{"before":{"service":null,"period":null,"service_code":null,"rounding":"up"},"after":{"service":"Storage","period":"Monthly","service_code":"Cloud","rounding":"nearest"}},"because":[]}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal" VALUES(17,'killed','2026-09-15T07:00:00.000000000Z','map-products use','use-service','workstations','eu',NULL,'{"before":{"mapping":null},"after":{"mapping":"service 7"},"exact":{"before":{"mapping":null},"after":{"mapping":"service 7"}},"because":[]}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal" VALUES(18,'killed','2026-09-15T07:00:00.000000000Z','sync-billing','post-units','Storage (service 7) on contract 70','eu',5,'{"before":{"units":5,"from":null},"after":{"units":7,"from":"2026-09-01"},"exact":{"before":{"units":5,"from":null},"after":{"units":7,"from":"2026-09-01"}},"because":["storage: 7"]}','uncertain','2026-09-15T08:00:00.000000000Z','the answer was lost',NULL,NULL,NULL);
INSERT INTO "journal" VALUES(19,'killed','2026-09-15T07:00:00.000000000Z','sync-tickets','create-ticket','PC-1: Backup failed','eu',5,'{"before":{"title":null,"priority":null,"contract":null,"configuration_item":null,"external_id":null},"after":{"title":"PC-1: Backup failed","priority":"High","contract":null,"configuration_item":null,"external_id":"acrotask-e1"},"exact":{"before":{"title":null,"priority":null,"contract":null,"configuration_item":null,"external_id":null},"after":{"title":"PC-1: Backup failed","priority":"High","contract":null,"configuration_item":null,"external_id":"acrotask-e1"}},"because":[]}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal" VALUES(20,'killed','2026-09-15T07:00:00.000000000Z','sync-tickets','create-summary','12 alerts','eu',5,'{"before":{"title":null,"external_id":null},"after":{"title":"12 alerts","external_id":"acrotask-s1"},"exact":{"before":{"title":null,"external_id":null},"after":{"title":"12 alerts","external_id":"acrotask-s1"}},"because":[]}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal" VALUES(21,'killed','2026-09-15T07:00:00.000000000Z','sync-tickets','note-ticket','T1','eu',5,'{"before":{"note":null,"ticket":1},"after":{"note":"The alert changed","ticket":1},"exact":{"before":{"note":null,"ticket":1},"after":{"note":"The alert changed","ticket":1}},"because":[]}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal" VALUES(22,'killed','2026-09-15T07:00:00.000000000Z','sync-tickets','reopen-ticket','T2','eu',5,'{"before":{"status":"Complete","note":null,"ticket":2},"after":{"status":"New","note":"The alert was raised again","ticket":2},"exact":{"before":{"status":"Complete","note":null,"ticket":2},"after":{"status":"New","note":"The alert was raised again","ticket":2}},"because":[]}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal" VALUES(23,'killed','2026-09-15T07:00:00.000000000Z','sync-tickets','close-ticket','T3','eu',5,'{"before":{"status":"New","note":null,"ticket":3},"after":{"status":"Complete","note":"The alert is gone","ticket":3},"exact":{"before":{"status":"New","note":null,"ticket":3},"after":{"status":"Complete","note":"The alert is gone","ticket":3}},"because":[]}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal" VALUES(24,'killed','2026-09-15T07:00:00.000000000Z','sync-tickets','update-summary','T4','eu',5,'{"before":{"ticket":4},"after":{"ticket":4},"exact":{"before":{"ticket":4},"after":{"ticket":4}},"because":[]}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal" VALUES(25,'killed','2026-09-15T07:00:00.000000000Z','sync-tickets','dismiss-alert','T5','eu',5,'{"before":{"alert":"a-5","ticket":5},"after":{"alert":null,"ticket":5},"exact":{"before":{"alert":"a-5","ticket":5},"after":{"alert":null,"ticket":5}},"because":[]}','uncertain','2026-09-15T08:00:00.000000000Z','the answer was lost',NULL,NULL,NULL);
INSERT INTO "journal" VALUES(26,'killed','2026-09-15T07:00:00.000000000Z','check fix','create-field','Acronis PAYG',NULL,NULL,'{"before":{"kind":null},"after":{"kind":"list on contracts"},"exact":{"before":{"kind":null},"after":{"kind":"list on contracts"}},"because":[]}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "customer_links" VALUES(1,5,'eu','0b1d2c3e-0000-4000-8000-000000000001','Alma','Alma','p-1','North','2026-09-15T07:00:00.000000000Z','provisioned',0,0,NULL);
INSERT INTO "ticket_links" VALUES(1,'acrotask-e9','alert','eu','0b1d2c3e-0000-4000-8000-000000000001',5,'k9','BackupFailed',5,'2026-09-15T06:00:00.000000000Z','f',1,NULL,'2026-09-15T06:00:00.000000000Z',NULL,1);
INSERT INTO "ticket_alerts" VALUES(1,'a-10','k9','PC-9: Backup failed','f','2026-09-15T06:00:00.000000000Z',0,1);
INSERT INTO "ticket_alerts" VALUES(1,'a-9','k9','PC-9: Backup failed','f','2026-09-15T06:00:00.000000000Z',1,1);
INSERT INTO "owed_dismissals" VALUES(1,'2026-09-15T07:00:00.000000000Z');
INSERT INTO "owed_notes" VALUES(22,'eu',2,1,1,29,'The alert was raised again','It came again.','2026-09-15T07:00:00.000000000Z');
INSERT INTO "owed_notes" VALUES(23,'eu',3,5,0,NULL,'The alert is gone','It is gone.','2026-09-15T07:00:00.000000000Z');
INSERT INTO "owed_steps" VALUES(5,'administrator','2026-09-15T07:00:00.000000000Z');
INSERT INTO "owed_steps" VALUES(5,'production','2026-09-15T07:00:00.000000000Z');
PRAGMA application_id = 1094931023;
PRAGMA user_version = 7;
