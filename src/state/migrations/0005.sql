-- What pay-as-you-go customers used and nothing billed, by month: the last run's word.
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
