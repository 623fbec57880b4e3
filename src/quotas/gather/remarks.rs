//! What is told of what could not be read.

use crate::plan::RemarkKind;
use anyhow::{Error, anyhow};

use crate::gather::links::LinkedPair;
use crate::plan::Remark;
use crate::quotas::Planned;
use crate::session::{Account, Session};

pub(super) fn remark_on_missing_items(linked: &LinkedPair<'_>) -> Remark {
    let link = linked.link;
    Remark {
        kind: RemarkKind::NoItems,
        account: Some(link.account.clone()),
        company: Some(linked.company_ref()),
        subject: link.tenant_name.clone(),
        text: format!(
            "the offering items of tenant {} ({}) cannot be read, so its quotas stay as they are",
            link.tenant_name, link.tenant
        ),
        needs_person: true,
    }
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
    Remark {
        kind: RemarkKind::StoragesUnreadable,
        account: Some(account.name.clone()),
        company: None,
        subject: account.name.to_string(),
        text: format!(
            "the storages of account {} could not be read, so their ids are shown instead of \
             names: {error:#}",
            account.name
        ),
        needs_person: false,
    }
}

pub(super) fn remark_on_unreadable_account(account: &Account, error: &Error) -> Remark {
    Remark {
        kind: RemarkKind::AccountUnreadable,
        account: Some(account.name.clone()),
        company: None,
        subject: account.name.to_string(),
        text: format!(
            "the quotas of account {} could not be read, so its customers stay as they are: \
             {error:#}",
            account.name
        ),
        needs_person: true,
    }
}
