//! The ledger: every number that was posted to a contract, and how it came about.
//!
//! It is kept for ever and it alone cannot be rebuilt. While a posting to a line is not known to have
//! ended, no second one can be written down for that line: a unique index holds that.

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, ErrorCode, Params, named_params, params};
use rust_decimal::Decimal;

use super::State;
use super::columns::{Cell, word_columns};
use super::journal::{self, Intent, JournalId, Resolution, Resolved};
use super::rows::{Cells, Columns as _, infra_or_empty, read_rows, table_row};
use crate::domain::ids::{
    AccountName, CompanyId, ContractId, ContractServiceId, ItemKey, RunId, ServiceId, TenantId,
};

/// A unit change that is about to be posted, with all that explains it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LedgerPosting {
    pub(crate) account: AccountName,
    pub(crate) company: CompanyId,
    pub(crate) tenant: TenantId,
    pub(crate) item: ItemKey,
    pub(crate) contract: ContractId,
    /// The line; none when the posting creates it.
    pub(crate) contract_service: Option<ContractServiceId>,
    pub(crate) service: ServiceId,
    /// As measured: pieces, bytes or seconds.
    pub(crate) usage: Option<Decimal>,
    /// When it was measured.
    pub(crate) usage_at: Option<Timestamp>,
    /// The way from usage to units, for people.
    pub(crate) arithmetic: String,
    /// Price of one unit as read, if it was.
    pub(crate) price: Option<Decimal>,
    /// The level that is billed.
    pub(crate) wanted: i64,
    /// Units in force on the effective date, read right before.
    pub(crate) units_before: i64,
    pub(crate) effective: Date,
    /// The first day of the billing period that it settles; none where it settles none.
    pub(crate) period: Option<Date>,
}

table_row! { LedgerPosting:
    account, company, tenant, item, contract, contract_service, service, usage, usage_at,
    arithmetic, price, wanted, units_before, effective, period
}

impl LedgerPosting {
    /// What is posted: the difference to the wanted level.
    pub(crate) fn unit_change(&self) -> Option<i64> {
        self.wanted.checked_sub(self.units_before)
    }
}

/// How far a posting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PostingState {
    /// Written down; its request may have left.
    Intended,
    /// Autotask answered well; the units were not read again yet, or did not show it yet.
    Posted,
    /// The units were read again.
    Confirmed,
    /// Not carried out: no units changed; worth another try.
    Failed,
    /// Refused by Autotask: no units changed, and the same again gives the same answer.
    Refused,
    /// Others changed the line: its units are no witness of this posting, and its day may have an
    /// adjustment.
    Overtaken,
    /// The answer was lost.
    Uncertain,
}

impl PostingState {
    const ALL: [Self; 7] = [
        Self::Intended,
        Self::Posted,
        Self::Confirmed,
        Self::Failed,
        Self::Refused,
        Self::Overtaken,
        Self::Uncertain,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Posted => "posted",
            Self::Confirmed => "confirmed",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Overtaken => "overtaken",
            Self::Uncertain => "uncertain",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

word_columns!(PostingState);

/// What became of a posting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PostingEnd {
    Posted { answer: String },
    Confirmed { units_after: i64 },
    Failed { error: String },
    Refused { answer: String },
    Overtaken { why: String },
    Uncertain { error: String },
}

impl PostingEnd {
    pub(crate) fn posting_state(&self) -> PostingState {
        match self {
            Self::Posted { .. } => PostingState::Posted,
            Self::Confirmed { .. } => PostingState::Confirmed,
            Self::Failed { .. } => PostingState::Failed,
            Self::Refused { .. } => PostingState::Refused,
            Self::Overtaken { .. } => PostingState::Overtaken,
            Self::Uncertain { .. } => PostingState::Uncertain,
        }
    }
}

/// A row of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LedgerRow {
    pub(crate) journal: JournalId,
    pub(crate) run: RunId,
    pub(crate) at: Timestamp,
    pub(crate) posting: LedgerPosting,
    pub(crate) state: PostingState,
    pub(crate) units_after: Option<i64>,
    pub(crate) settled_at: Option<Timestamp>,
    /// Autotask's answer, or what went wrong.
    pub(crate) answer: Option<String>,
}

table_row! { LedgerRow: journal, run, at, posting, state, units_after, settled_at, answer }

/// The line has a posting of which it is not known whether it ended: settle that first.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an earlier posting of service {service} on contract {contract} has an unknown result; \
     nothing more is posted to that line until the result is known"
)]
pub(crate) struct LineOpen {
    pub(crate) contract: ContractId,
    pub(crate) service: ServiceId,
}

/// Which rows to show; what is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub(crate) struct LedgerFilter {
    pub(crate) run: Option<RunId>,
    pub(crate) account: Option<AccountName>,
    pub(crate) company: Option<CompanyId>,
    /// Of any account that has such an item.
    pub(crate) item: Option<ItemKey>,
    /// Effective on this day or later, and on this day or earlier: a month.
    pub(crate) from: Option<Date>,
    pub(crate) to: Option<Date>,
    pub(crate) limit: Option<u32>,
}

impl State {
    /// Commits the intent and its ledger row together. Only when this has returned may the request
    /// leave. The error's root is a [`LineOpen`] while an earlier posting to the line is open.
    pub(crate) fn intend_posting(
        &self,
        intent: &Intent,
        posting: &LedgerPosting,
        now: Timestamp,
    ) -> Result<JournalId> {
        self.write_in_transaction(|tx| {
            let id = journal::intend(tx, intent, now)?;
            insert_posting(tx, id, intent, posting, now)?;
            Ok(id)
        })
    }

    /// The same on a person's word: open postings of the line are given up in the same transaction.
    pub(crate) fn supersede_posting(
        &self,
        intent: &Intent,
        posting: &LedgerPosting,
        now: Timestamp,
    ) -> Result<JournalId> {
        let why = "approved by a person, who checked the units";
        self.write_in_transaction(|tx| {
            let open =
                "contract = ?1 AND service = ?2 AND state IN ('intended', 'posted', 'uncertain')";
            for row in load_ledger_rows(tx, open, params![posting.contract, posting.service])? {
                let resolved = Resolved {
                    how: Resolution::Dismissed,
                    evidence: why.to_owned(),
                    at: now,
                };
                journal::resolve(tx, row.journal, &resolved)?;
                let why = why.to_owned();
                settle_posting(tx, row.journal, &PostingEnd::Overtaken { why }, now)?;
            }
            let id = journal::intend(tx, intent, now)?;
            insert_posting(tx, id, intent, posting, now)?;
            Ok(id)
        })
    }

    /// The posting of a journal entry of which it is not known whether it ended.
    pub(crate) fn open_posting(&self, entry: JournalId) -> Result<Option<LedgerRow>> {
        let open = "journal = ?1 AND state IN ('intended', 'posted', 'uncertain')";
        self.read_in_transaction(|tx| Ok(load_ledger_rows(tx, open, params![entry])?.pop()))
    }

    /// The last posting of each measured item that was not refused, where it billed something: what
    /// was billed before and must not silently become nothing. Those in `failed` count as failed.
    pub(crate) fn billed_before(&self, failed: &[JournalId]) -> Result<Vec<LedgerRow>> {
        let failed: Vec<i64> = failed.iter().map(|id| id.0).collect();
        let billed = "wanted > 0 AND id IN (SELECT max(id) FROM ledger WHERE state NOT IN \
                      ('failed', 'refused')
                           AND journal NOT IN (SELECT value FROM json_each(?1))
                           GROUP BY account, tenant, application, item, infra) ORDER BY id";
        self.read_in_transaction(|tx| {
            load_ledger_rows(tx, billed, params![serde_json::json!(failed).to_string()])
        })
    }

    /// The rows that match, the newest first.
    pub(crate) fn read_ledger(&self, filter: &LedgerFilter) -> Result<Vec<LedgerRow>> {
        let LedgerFilter {
            run,
            account,
            company,
            item,
            from,
            to,
            limit,
        } = filter;
        let matching = "(:run IS NULL OR run = :run)
            AND (:account IS NULL OR account = :account)
            AND (:company IS NULL OR company = :company)
            AND (:item IS NULL
                 OR (item = :item AND application = :application AND infra = :infra))
            AND (:from IS NULL OR effective >= :from)
            AND (:to IS NULL OR effective <= :to)
            ORDER BY id DESC LIMIT ifnull(:limit, -1)";
        let parameters = named_params! {
            ":run": run,
            ":account": account,
            ":company": company,
            ":item": item.as_ref().map(|item| &item.name),
            ":application": item.as_ref().map(|item| &item.application),
            ":infra": item.as_ref().map(infra_or_empty),
            ":from": Cell(from),
            ":to": Cell(to),
            ":limit": limit,
        };
        self.read_in_transaction(|tx| load_ledger_rows(tx, matching, parameters))
    }
}

fn insert_posting(
    tx: &Connection,
    id: JournalId,
    intent: &Intent,
    posting: &LedgerPosting,
    now: Timestamp,
) -> Result<()> {
    let change = posting
        .unit_change()
        .context("the unit change does not fit into 64 bits")?;
    let cells = Cells::of(posting)
        .with("journal", &id)
        .with("run", &intent.run)
        .with("at", &now)
        .with("unit_change", &change)
        .with("state", &PostingState::Intended);
    let inserted = cells.insert_into(tx, "ledger");
    match inserted {
        Ok(_) => Ok(()),
        Err(error) if is_unique_violation(&error) => Err(LineOpen {
            contract: posting.contract,
            service: posting.service,
        }
        .into()),
        Err(error) => Err(error.into()),
    }
}

/// The journal's number is new, so that only the index on open lines can be in the way.
fn is_unique_violation(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
        && error.to_string().starts_with("UNIQUE")
}

pub(super) fn settle_posting(
    tx: &Connection,
    id: JournalId,
    end: &PostingEnd,
    now: Timestamp,
) -> Result<()> {
    let (units_after, answer) = match end {
        PostingEnd::Confirmed { units_after } => (Some(units_after), None),
        PostingEnd::Posted { answer: text }
        | PostingEnd::Failed { error: text }
        | PostingEnd::Refused { answer: text }
        | PostingEnd::Overtaken { why: text }
        | PostingEnd::Uncertain { error: text } => (None, Some(text)),
    };
    let mut statement = tx.prepare_cached(
        "UPDATE ledger SET state = ?2, units_after = ?3, answer = ifnull(?4, answer),
           settled_at = ?5
         WHERE journal = ?1 AND state IN ('intended', 'posted', 'uncertain')",
    )?;
    let parameters = params![id, end.posting_state(), units_after, answer, Cell(&now)];
    if statement.execute(parameters)? == 0 {
        bail!("the ledger has no open posting of journal entry {}", id.0);
    }
    if let PostingEnd::Confirmed { units_after } = end {
        super::levels::confirm_level(tx, id, *units_after, now)?;
        super::billed_lines::confirm_billed_line(tx, id, *units_after)?;
    }
    Ok(())
}

fn load_ledger_rows(tx: &Connection, matching: &str, with: impl Params) -> Result<Vec<LedgerRow>> {
    let sql = format!("SELECT * FROM ledger WHERE {matching}");
    read_rows(tx, &sql, with, LedgerRow::from_row)
}

#[cfg(test)]
mod tests;
