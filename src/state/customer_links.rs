//! Companies and their customer tenants; one to one in both directions, with history.

use anyhow::{Result, bail};
use jiff::Timestamp;
use rusqlite::{Connection, named_params, params};

use super::State;
use super::columns::Cell;
use super::rows::{Cells, Columns as _, read_first_row, read_rows, table_row};
use crate::domain::ids::{AccountName, CompanyId, TenantId};
use crate::domain::links::CustomerLink;

/// A second use of a company or of a tenant, naming both offenders.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CustomerTaken {
    #[error(
        "company {company} ({company_name}) is linked to tenant {account}/{tenant} ({tenant_name}) \
         already; it cannot be linked to tenant {account_refused}/{refused} ({refused_name}) too",
        company = holder.company, company_name = holder.company_name, account = holder.account,
        tenant = holder.tenant, tenant_name = holder.tenant_name,
        account_refused = refused.account, refused = refused.tenant,
        refused_name = refused.tenant_name
    )]
    Company {
        holder: Box<CustomerLink>,
        refused: Box<CustomerLink>,
    },
    #[error(
        "tenant {account}/{tenant} ({tenant_name}) is linked to company {company} ({company_name}) \
         already; it cannot be linked to company {refused} ({refused_name}) too",
        account = holder.account, tenant = holder.tenant, tenant_name = holder.tenant_name,
        company = holder.company, company_name = holder.company_name,
        refused = refused.company, refused_name = refused.company_name
    )]
    Tenant {
        holder: Box<CustomerLink>,
        refused: Box<CustomerLink>,
    },
}

/// A link as history keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptLink {
    pub(crate) link: CustomerLink,
    /// When it ended; a live link has none.
    pub(crate) unlinked_at: Option<Timestamp>,
}

table_row! { CustomerLink:
    company, account, tenant, company_name, tenant_name, partner, partner_name, linked_at, how,
    existed_before, lowering_approved
}
table_row! { KeptLink: link, unlinked_at }

impl State {
    /// The live links, by company.
    pub(crate) fn customer_links(&self) -> Result<Vec<CustomerLink>> {
        self.read_in_transaction(|tx| {
            let sql = "SELECT * FROM customer_links WHERE unlinked_at IS NULL ORDER BY company";
            read_rows(tx, sql, [], CustomerLink::from_row)
        })
    }

    pub(crate) fn customer_link(&self, company: CompanyId) -> Result<Option<CustomerLink>> {
        self.read_in_transaction(|tx| find_by_company(tx, company))
    }

    /// Every link that a company ever had (or any company), the oldest first.
    pub(crate) fn customer_link_history(
        &self,
        company: Option<CompanyId>,
    ) -> Result<Vec<KeptLink>> {
        self.read_in_transaction(|tx| {
            let sql = "SELECT * FROM customer_links WHERE ?1 IS NULL OR company = ?1 ORDER BY id";
            read_rows(tx, sql, params![company], KeptLink::from_row)
        })
    }

    /// Whether the link of these two was ended and not made again.
    pub(crate) fn is_unlinked(
        &self,
        company: CompanyId,
        account: &AccountName,
        tenant: &TenantId,
    ) -> Result<bool> {
        let history = self.customer_link_history(Some(company))?;
        let last = history
            .iter()
            .rfind(|kept| kept.link.account == *account && kept.link.tenant == *tenant);
        Ok(last.is_some_and(|kept| kept.unlinked_at.is_some()))
    }

    /// Remembers that a plan that lowers something on this customer may be applied without asking.
    pub(crate) fn set_lowering_approved(&self, company: CompanyId, approved: bool) -> Result<()> {
        self.write_in_transaction(|tx| set_lowering_approved(tx, company, approved))
    }
}

/// Links a company and a tenant. A link that is there already, of the same two, keeps its history
/// and takes note of the names and the partner that both ends have now.
///
/// The error's root is a [`CustomerTaken`] when either end is linked to another.
pub(super) fn insert_or_refresh_link(tx: &Connection, link: &CustomerLink) -> Result<()> {
    if let Some(holder) = find_by_company(tx, link.company)? {
        if (&holder.account, &holder.tenant) == (&link.account, &link.tenant) {
            return note_names(tx, link);
        }
        let (holder, refused) = (Box::new(holder), Box::new(link.clone()));
        return Err(CustomerTaken::Company { holder, refused }.into());
    }
    if let Some(holder) = find_by_tenant(tx, &link.account, &link.tenant)? {
        let (holder, refused) = (Box::new(holder), Box::new(link.clone()));
        return Err(CustomerTaken::Tenant { holder, refused }.into());
    }
    Cells::of(link).insert_into(tx, "customer_links")?;
    Ok(())
}

fn note_names(tx: &Connection, link: &CustomerLink) -> Result<()> {
    let mut statement = tx.prepare_cached(
        "UPDATE customer_links SET company_name = :company_name, tenant_name = :tenant_name,
           partner = :partner, partner_name = :partner_name
         WHERE company = :company AND unlinked_at IS NULL",
    )?;
    statement.execute(named_params! {
        ":company": link.company,
        ":company_name": link.company_name,
        ":tenant_name": link.tenant_name,
        ":partner": link.partner,
        ":partner_name": link.partner_name,
    })?;
    Ok(())
}

/// Ends the live link of a company and says which it was; the row stays as history.
pub(super) fn end_customer_link(
    tx: &Connection,
    company: CompanyId,
    now: Timestamp,
) -> Result<Option<CustomerLink>> {
    let held = find_by_company(tx, company)?;
    let mut statement = tx.prepare_cached(
        "UPDATE customer_links SET unlinked_at = ?2 WHERE company = ?1 AND unlinked_at IS NULL",
    )?;
    statement.execute(params![company, Cell(&now)])?;
    Ok(held)
}

pub(super) fn set_lowering_approved(
    tx: &Connection,
    company: CompanyId,
    approved: bool,
) -> Result<()> {
    let mut statement = tx.prepare_cached(
        "UPDATE customer_links SET lowering_approved = ?2
         WHERE company = ?1 AND unlinked_at IS NULL",
    )?;
    if statement.execute(params![company, approved])? == 0 {
        bail!("company {company} is not linked to a tenant");
    }
    Ok(())
}

fn find_by_company(tx: &Connection, company: CompanyId) -> Result<Option<CustomerLink>> {
    let sql = "SELECT * FROM customer_links WHERE company = ?1 AND unlinked_at IS NULL";
    read_first_row(tx, sql, params![company], CustomerLink::from_row)
}

fn find_by_tenant(
    tx: &Connection,
    account: &AccountName,
    tenant: &TenantId,
) -> Result<Option<CustomerLink>> {
    let sql =
        "SELECT * FROM customer_links WHERE account = ?1 AND tenant = ?2 AND unlinked_at IS NULL";
    read_first_row(tx, sql, params![account, tenant], CustomerLink::from_row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::links::LinkedBy;
    use crate::state::open::tests::{now, temporary};

    impl State {
        fn link_customer(&self, link: &CustomerLink) -> Result<()> {
            self.write_in_transaction(|tx| super::insert_or_refresh_link(tx, link))
        }

        /// All or none.
        fn link_customers(&self, links: &[CustomerLink]) -> Result<()> {
            self.write_in_transaction(|tx| {
                links
                    .iter()
                    .try_for_each(|one| super::insert_or_refresh_link(tx, one))
            })
        }

        fn unlink_customer(
            &self,
            company: CompanyId,
            now: Timestamp,
        ) -> Result<Option<CustomerLink>> {
            self.write_in_transaction(|tx| end_customer_link(tx, company, now))
        }

        fn customer_link_of_tenant(
            &self,
            account: &AccountName,
            tenant: &TenantId,
        ) -> Result<Option<CustomerLink>> {
            self.read_in_transaction(|tx| find_by_tenant(tx, account, tenant))
        }
    }

    fn insert_or_refresh_link(company: i64, account: &str, tenant: &str) -> CustomerLink {
        CustomerLink {
            company: CompanyId(company),
            account: AccountName::new(account),
            tenant: TenantId::new(tenant),
            company_name: format!("Company \"{company}\"\u{1b}[1m"),
            tenant_name: format!("Tenant {tenant}"),
            partner: TenantId::new("p"),
            partner_name: "North".to_owned(),
            linked_at: now(),
            how: LinkedBy::Hand,
            existed_before: true,
            lowering_approved: false,
        }
    }

    fn taken(result: Result<()>) -> String {
        let error = result.unwrap_err().downcast::<CustomerTaken>().unwrap();
        error.to_string()
    }

    #[test]
    fn a_company_has_one_tenant_and_both_are_named_when_a_second_is_refused() {
        let (_dir, state) = temporary();
        let mut held = insert_or_refresh_link(1, "eu", "aaa");
        held.company_name = "Alma".to_owned();
        state.link_customer(&held).unwrap();
        assert_eq!(
            taken(state.link_customer(&insert_or_refresh_link(1, "us", "bbb"))),
            "company 1 (Alma) is linked to tenant eu/aaa (Tenant aaa) already; it cannot be linked \
             to tenant us/bbb (Tenant bbb) too"
        );
    }

    #[test]
    fn a_tenant_has_one_company_and_both_are_named_when_a_second_is_refused() {
        let (_dir, state) = temporary();
        state
            .link_customer(&insert_or_refresh_link(1, "eu", "AAA"))
            .unwrap();
        let mut second = insert_or_refresh_link(2, "eu", "aaa");
        second.company_name = "Beta".to_owned();
        let refusal = taken(state.link_customer(&second));
        assert!(refusal.starts_with("tenant eu/aaa (Tenant AAA) is linked to company 1 ("));
        assert!(refusal.ends_with("cannot be linked to company 2 (Beta) too"));
        // The same id in another data centre is another tenant.
        state
            .link_customer(&insert_or_refresh_link(2, "us", "aaa"))
            .unwrap();
    }

    #[test]
    fn many_are_linked_all_or_none() {
        let (_dir, state) = temporary();
        let clash = [
            insert_or_refresh_link(1, "eu", "a"),
            insert_or_refresh_link(2, "eu", "b"),
            insert_or_refresh_link(3, "eu", "a"),
        ];
        taken(state.link_customers(&clash));
        assert_eq!(state.customer_links().unwrap(), []);
        state.link_customers(&clash[..2]).unwrap();
        assert_eq!(state.customer_links().unwrap(), clash[..2]);
        // A rerun of an import changes nothing.
        state.link_customers(&clash[..2]).unwrap();
        assert_eq!(state.customer_link_history(None).unwrap().len(), 2);
    }

    #[test]
    fn history_stays_after_unlink_and_both_ends_are_free_again() {
        let (_dir, state) = temporary();
        let first = insert_or_refresh_link(1, "eu", "a");
        state.link_customer(&first).unwrap();
        let was = state.unlink_customer(CompanyId(1), now()).unwrap();
        assert_eq!(was.as_ref(), Some(&first));
        assert_eq!(state.customer_link(CompanyId(1)).unwrap(), None);
        assert_eq!(state.unlink_customer(CompanyId(1), now()).unwrap(), None);

        let second = insert_or_refresh_link(2, "eu", "a");
        state.link_customer(&second).unwrap();
        let history = state.customer_link_history(None).unwrap();
        assert_eq!(
            history,
            [
                KeptLink {
                    link: first.clone(),
                    unlinked_at: Some(now())
                },
                KeptLink {
                    link: second.clone(),
                    unlinked_at: None
                },
            ]
        );
        let of_first = state.customer_link_history(Some(CompanyId(1))).unwrap();
        assert_eq!(of_first.len(), 1);
        let tenant = TenantId::new("A");
        let found = state.customer_link_of_tenant(&second.account, &tenant);
        assert_eq!(found.unwrap(), Some(second));
    }

    #[test]
    fn approval_and_renames_change_the_live_link_only() {
        let (_dir, state) = temporary();
        state
            .link_customer(&insert_or_refresh_link(1, "eu", "a"))
            .unwrap();
        state.unlink_customer(CompanyId(1), now()).unwrap();
        state
            .link_customer(&insert_or_refresh_link(1, "eu", "b"))
            .unwrap();
        state.set_lowering_approved(CompanyId(1), true).unwrap();
        let mut renamed = insert_or_refresh_link(1, "eu", "b");
        renamed.tenant_name = "Newer".to_owned();
        renamed.how = LinkedBy::Import;
        state.link_customer(&renamed).unwrap();
        let history = state.customer_link_history(None).unwrap();
        assert!(!history[0].link.lowering_approved);
        assert!(history[1].link.lowering_approved);
        assert_eq!(history[0].link.tenant_name, "Tenant a");
        assert_eq!(history[1].link.tenant_name, "Newer");
        assert_eq!(history[1].link.how, LinkedBy::Hand);
        assert!(state.set_lowering_approved(CompanyId(9), true).is_err());
    }
}
