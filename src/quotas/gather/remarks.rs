//! What is told of what could not be read.

use crate::plan::RemarkKind;
use anyhow::{Error, anyhow};

use crate::gather::links::LinkedPair;
use crate::plan::Remark;
use crate::quotas::Planned;
use crate::session::{Account, Session};

pub(super) fn remark_on_missing_items(linked: &LinkedPair<'_>) -> Remark {
    let link = linked.link;
    Remark::new(
        RemarkKind::NoItems,
        link.tenant_name.clone(),
        format!(
            "the offering items of tenant {} ({}) cannot be read, so its quotas stay as they are",
            link.tenant_name, link.tenant
        ),
    )
    .of_account(&link.account)
    .of_company(linked.company_ref())
    .for_person()
    .told_by(&[])
}

/// Takes down the customers whose plan needs what could not be read.
pub(crate) fn remark_on_undecided(session: &Session, planned: &Planned) {
    for (account, company) in &planned.undecided {
        let error = anyhow!(
            "company {company} needs a storage, but the storages could not be read; nothing of it \
             was changed"
        );
        session.record_blind_spot(account, &error);
    }
}

pub(super) fn remark_on_unnamed_storages(account: &Account, error: &Error) -> Remark {
    Remark::new(
        RemarkKind::StoragesUnreadable,
        account.name.to_string(),
        format!(
            "the storages of account {} could not be read, so their ids are shown instead of \
             names: {error:#}",
            account.name
        ),
    )
    .of_account(&account.name)
}

pub(super) fn remark_on_unreadable_account(account: &Account, error: &Error) -> Remark {
    Remark::new(
        RemarkKind::AccountUnreadable,
        account.name.to_string(),
        format!(
            "the quotas of account {} could not be read, so its customers stay as they are: \
             {error:#}",
            account.name
        ),
    )
    .of_account(&account.name)
    .for_person()
}
