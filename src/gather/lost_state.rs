//! A state file that links no customer although tenants bear our tags: it was lost, or it is another
//! one than before (a mistyped `--state`, another `$HOME` under cron). All would look unmapped.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;

use crate::acronis::{Tenant, TenantKind};
use crate::domain::ids::{AccountName, CompanyId};
use crate::domain::ownership_tag::{InternalTag, OwnershipTag};
use crate::exit::RefusedError;
use crate::gather::tenant_tree::{self, TenantTree};
use crate::session::{Account, AccountFailure, Session};
use crate::state::State;
use crate::state::journal::{Entry, HistoryFilter};

/// What was found in the tenants of a state file that links none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LostState {
    path: PathBuf,
    /// Whether there is a file at all.
    file: bool,
    database: Option<i64>,
    /// How many tenants of each account bear our tags.
    tagged: BTreeMap<AccountName, usize>,
}

/// Compares a state file that links no customer with tenants that were read. `database` is the
/// Autotask database whose tags count; all of ours do where it is not known.
///
/// # Errors
/// When the state cannot be read.
pub(crate) fn find_in_trees<'t>(
    session: &Session,
    state: &State,
    database: Option<i64>,
    trees: impl IntoIterator<Item = (&'t AccountName, &'t TenantTree)>,
) -> Result<Option<LostState>> {
    if !state.customer_links()?.is_empty() {
        return Ok(None);
    }
    let mut tagged: BTreeMap<AccountName, usize> = BTreeMap::new();
    for (account, tree) in trees {
        for tenant in &tree.tenants {
            if let Some(company) = company_of(tenant, database)
                && !is_known(state, account, company, tenant)?
            {
                *tagged.entry(account.clone()).or_default() += 1;
            }
        }
    }
    Ok((!tagged.is_empty()).then(|| LostState {
        path: session.state_path.clone(),
        file: session.state_path.exists(),
        database,
        tagged,
    }))
}

/// The same for commands that read no tenants themselves: they are asked for only while no customer
/// is linked, and an account that cannot be read tells nothing.
///
/// # Errors
/// When the state or a secret cannot be read.
pub(crate) fn read_lost_state(session: &Session, state: &State) -> Result<Option<LostState>> {
    if !state.customer_links()?.is_empty() {
        return Ok(None);
    }
    let mut trees = Vec::new();
    for account in session.acronis_accounts()? {
        if let Ok(tree) = tenant_tree::read_tenant_tree(account) {
            trees.push((&account.name, tree));
        }
    }
    let read = trees.iter().map(|(name, tree)| (*name, tree));
    find_in_trees(session, state, state.autotask_database()?, read)
}

/// Says on stderr when the state file seems to be lost.
///
/// # Errors
/// As [`read_lost_state`].
pub(crate) fn warn_of_lost_state(session: &Session, state: &State) -> Result<()> {
    if let Some(lost) = read_lost_state(session, state)? {
        session.report.print_warning(&lost.warning_text());
    }
    Ok(())
}

/// The accounts that can be read, for a run of many accounts that refuses to go on with a state file
/// that was lost. Tenants are asked for only while no customer is linked.
///
/// # Errors
/// The refusal; when the state cannot be read.
pub(crate) fn refuse_lost_state<'a>(
    session: &Session,
    state: &State,
    accounts: &[&'a Account],
) -> Result<(Vec<&'a Account>, Vec<AccountFailure>)> {
    if !state.customer_links()?.is_empty() {
        return Ok((accounts.to_vec(), Vec::new()));
    }
    let (mut read, mut failures) = (Vec::new(), Vec::new());
    for account in accounts {
        match tenant_tree::read_tenant_tree(account) {
            Ok(tree) => read.push((*account, tree)),
            Err(error) => failures.push(session.record_unread(&account.name, error)),
        }
    }
    let trees = read.iter().map(|(account, tree)| (&account.name, tree));
    match find_in_trees(session, state, state.autotask_database()?, trees)? {
        Some(lost) => Err(lost.refusal_error()),
        None => Ok((
            read.into_iter().map(|(account, _)| account).collect(),
            failures,
        )),
    }
}

/// The company that our tag on a live customer tenant names.
fn company_of(tenant: &Tenant, database: Option<i64>) -> Option<CompanyId> {
    let is_live = tenant.kind == TenantKind::Customer && tenant.deleted_at.is_none();
    match OwnershipTag::parse_internal_tag(tenant.internal_tag.as_deref()) {
        InternalTag::Ours(mark) if is_live && database.is_none_or(|id| id == mark.database) => {
            Some(mark.company)
        }
        InternalTag::Ours(_) | InternalTag::Empty | InternalTag::Foreign(_) => None,
    }
}

/// Whether this very file knows a tenant that it does not link: a person unlinked it, or a run was
/// killed while it made the pair.
fn is_known(
    state: &State,
    account: &AccountName,
    company: CompanyId,
    tenant: &Tenant,
) -> Result<bool> {
    if state.is_unlinked(company, account, &tenant.id)? {
        return Ok(true);
    }
    let filter = HistoryFilter {
        company: Some(company),
        account: Some(account.clone()),
        ..HistoryFilter::default()
    };
    let history = state.history(&filter)?;
    Ok(history.iter().any(Entry::may_have_taken_effect))
}

impl LostState {
    /// For the commands that would act as if nobody were a customer.
    pub(crate) fn refusal_error(&self) -> anyhow::Error {
        let text = format!(
            "{}; nothing was done. {}",
            self.describe_finding(),
            Self::CURE
        );
        RefusedError(text).into()
    }

    /// For the commands that do no harm.
    pub(crate) fn warning_text(&self) -> String {
        format!("{}. {}", self.describe_finding(), Self::CURE)
    }

    /// What to do about it.
    pub(crate) const CURE: &str = "If this is the wrong file, give the right one (--state, or \
                                   state.path in the configuration). If the file was lost, restore a \
                        backup of it, or rebuild the customer mapping with `acrotask map-customer \
                        recover`; product mappings come from an export (`acrotask map-products \
                        import FILE`)";

    /// What was found.
    pub(crate) fn describe_finding(&self) -> String {
        let count: usize = self.tagged.values().sum();
        let accounts: Vec<String> = self
            .tagged
            .iter()
            .map(|(account, count)| format!("{account}: {count}"))
            .collect();
        let path = self.path.display();
        let state = if self.file {
            format!("the state file {path} has no customer mapping")
        } else {
            format!("there is no state file {path}")
        };
        let database = self.database.map_or_else(String::new, |database| {
            format!(" for Autotask database {database}")
        });
        format!(
            "{state}, but {count} {} acrotask's tag{database} ({})",
            if count == 1 {
                "tenant has"
            } else {
                "tenants have"
            },
            accounts.join(", ")
        )
    }
}
