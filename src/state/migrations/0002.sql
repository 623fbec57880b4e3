-- Lines of contracts that were seen as pay-as-you-go: since when, and whether their units were taken
-- over. `units` is what they hold when nobody but acrotask changes them; `unit_offset` is added to
-- what usage asks for.
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
CREATE INDEX billed_lines_by_company ON billed_lines (company);

-- The last day on which a contract was seen as prepaid.
CREATE TABLE prepaid_contracts (
  contract INTEGER NOT NULL PRIMARY KEY,
  last_seen TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The first day of the billing period that a posting settles.
ALTER TABLE ledger ADD COLUMN period TEXT;

-- The day of the run that settled the period, with or without a change.
ALTER TABLE levels ADD COLUMN settled TEXT;

-- What older versions billed was taken over long ago, and its periods so far are done with.
INSERT INTO billed_lines (contract, service, service_name, company, company_name, account, tenant,
  application, item, infra, since, taken_over)
SELECT contract, service, service_name, company, company_name, account, tenant, application, item,
  infra, max(period_start), max(period_start)
FROM levels GROUP BY contract, service;
