//! `map-customer list`: every company and what stands for it.

use std::collections::BTreeSet;

use anyhow::Result;

use super::gather::{self, GatheredCustomers};
use super::plan::Facts;
use crate::autotask::{CompanyRecord, Picklist};
use crate::cli::{CustomerListArgs, CustomerSort};
use crate::config::Customers;
use crate::domain::ids::{CompanyId, TenantId};
use crate::domain::links::CustomerLink;
use crate::domain::names::any_contains;
use crate::exit::{Exit, UsageError};
use crate::gather::customers::CustomerDirectory;
use crate::gather::links::{LinkedPair, TenantEnd};
use crate::plan::Value;
use crate::report::{Column, List};
use crate::session::Session;
use crate::session::recovery::Recovery;

const COLUMNS: &[Column] = &[
    Column::shown_column("company", "Company"),
    Column::shown_column("company_name", "Name"),
    Column::shown_column("type", "Type"),
    Column::shown_column("active", "Active"),
    Column::shown_column("state", "State"),
    Column::shown_column("account", "Account"),
    Column::shown_column("partner", "Partner"),
    Column::script_column("partner_id"),
    Column::shown_column("tenant_name", "Tenant"),
    Column::shown_column("tenant", "Tenant id"),
    Column::shown_column("linked_at", "Linked"),
    Column::shown_column("how", "How"),
    Column::script_column("switched_off"),
];

pub(super) fn run(session: &Session, args: &CustomerListArgs) -> Result<Exit> {
    let state = session.state_to_read()?;
    let accounts = session.accounts_named(&args.accounts)?;
    let recovery = Recovery::looking(session, &state);
    let gathered = gather::read_customers(session, &recovery, &accounts)?;
    gathered.warn_of_lost_state(session);
    if let Some(emptied) = gathered.customers.sudden_emptiness() {
        session.report.print_warning(&emptied);
    }
    let types = CompanyTypes::read_types(session, &args.types)?;
    session.warn_of_remarks(&gathered.facts.remarks);
    let blocks = &session.config.customers;
    let chosen = ListedCustomers::select_customers(&gathered, &types, args, blocks);
    let rows = chosen.build_rows(&types, args.sort);
    let footer = chosen.build_footer(args);
    session.report.print_list(&List {
        columns: COLUMNS,
        rows,
        footer,
    });
    session.end_listing()
}

/// The company types that are looked at: those asked for, else those of the configuration.
#[derive(Debug)]
pub(super) struct CompanyTypes {
    list: Picklist,
    wanted: BTreeSet<i64>,
}

impl CompanyTypes {
    /// # Errors
    /// When a type is not in Autotask's own list; the text names those that are.
    pub(super) fn read_types(session: &Session, asked: &[String]) -> Result<Self> {
        let list = session.connected_autotask()?.company_types()?;
        let resolve = |text: &str, from: &str| {
            list.resolve_id(text, None)
                .map_err(|unlisted| UsageError(format!("{from}: {unlisted}")))
        };
        let wanted = if asked.is_empty() {
            let types = &session.config.provisioning.company_types;
            let named = types.iter().map(|label| label.as_str());
            named
                .map(|text| resolve(text, "provisioning.company_types"))
                .collect::<Result<_, _>>()?
        } else {
            asked
                .iter()
                .map(|text| resolve(text, "--type"))
                .collect::<Result<_, _>>()?
        };
        Ok(Self { list, wanted })
    }

    pub(super) fn includes_id(&self, customers: &CustomerDirectory, company: CompanyId) -> bool {
        customers
            .companies
            .get(&company)
            .is_some_and(|company| self.includes_company(company))
    }

    fn includes_company(&self, company: &CompanyRecord) -> bool {
        company
            .company_type
            .is_some_and(|id| self.wanted.contains(&id))
    }

    fn type_label(&self, company: &CompanyRecord) -> Value {
        let Some(id) = company.company_type else {
            return Value::Absent;
        };
        self.list
            .label_of(id)
            .map_or(Value::Whole(id), Value::from_text)
    }
}

/// What is listed, and how many companies are not, by reason.
struct ListedCustomers<'g> {
    facts: &'g Facts,
    blocks: &'g Customers,
    linked: Vec<LinkedRow<'g>>,
    unmapped: Vec<&'g CompanyRecord>,
    inactive: usize,
    other_type: usize,
}

struct LinkedRow<'g> {
    customers: &'g CustomerDirectory,
    link: &'g CustomerLink,
    company: Option<&'g CompanyRecord>,
    linked: LinkedPair<'g>,
    /// The partner or folder that holds the tenant now; as linked where that cannot be seen.
    home: (TenantId, String),
}

impl<'g> ListedCustomers<'g> {
    fn select_customers(
        gathered: &'g GatheredCustomers,
        types: &CompanyTypes,
        args: &CustomerListArgs,
        blocks: &'g Customers,
    ) -> Self {
        let customers = &gathered.customers;
        let fits = |texts: &[&str]| any_contains(texts, args.search.as_deref());
        let named = |account: &str| {
            args.accounts.is_empty() || args.accounts.iter().any(|name| name == account)
        };
        let mut chosen = Self {
            facts: &gathered.facts,
            blocks,
            linked: Vec::new(),
            unmapped: Vec::new(),
            inactive: 0,
            other_type: 0,
        };
        let typed = !args.types.is_empty();
        let mut linked_companies = BTreeSet::new();
        for linked in customers.linked_pairs() {
            linked_companies.insert(linked.link.company);
            let company = linked.company;
            let id = linked.link.company.to_string();
            let (tenant, name) = (linked.link.tenant.as_str(), live_name(&linked));
            let company_name = company.map_or(&linked.link.company_name, |company| &company.name);
            let of_type = !typed || company.is_some_and(|company| types.includes_company(company));
            if !args.unmapped
                && of_type
                && named(linked.link.account.as_str())
                && fits(&[&id, company_name, tenant, name])
            {
                chosen.linked.push(LinkedRow {
                    customers,
                    link: linked.link,
                    company,
                    home: home_of_linked(customers, &linked),
                    linked,
                });
            }
        }
        if args.mapped {
            return chosen;
        }
        for company in customers.companies.values() {
            let id = company.id.to_string();
            if linked_companies.contains(&company.id) || !fits(&[&id, &company.name]) {
                continue;
            }
            // One that is excluded waits for no mapping.
            if args.unmapped && blocks.is_excluded(company.id) {
                continue;
            }
            if !args.all && !types.includes_company(company) {
                chosen.other_type += 1;
            } else if !args.all && !company.active {
                chosen.inactive += 1;
            } else {
                chosen.unmapped.push(company);
            }
        }
        chosen
    }

    fn build_rows(&self, types: &CompanyTypes, sort: CustomerSort) -> Vec<Vec<Value>> {
        let off = |company| self.blocks.describe_off(company);
        let linked = self.linked.iter();
        let linked = linked.map(|row| linked_row(row, types, off(row.link.company)));
        let unmapped = self.unmapped.iter();
        let unmapped = unmapped.map(|one| unmapped_row(one, types, off(one.id)));
        let mut rows: Vec<Vec<Value>> = linked.chain(unmapped).collect();
        let place = match sort {
            CustomerSort::Id => 0,
            CustomerSort::Name => 1,
            CustomerSort::Type => 2,
            CustomerSort::State => 4,
            CustomerSort::Account => 5,
            CustomerSort::Tenant => 8,
            CustomerSort::Linked => 10,
        };
        rows.sort_by_cached_key(|row| (row.get(place).map(fold_case), row.first().cloned()));
        rows
    }

    /// Counts, and why a company is not listed.
    fn build_footer(&self, args: &CustomerListArgs) -> Vec<String> {
        let (mapped, unmapped) = (self.linked.len(), self.unmapped.len());
        let mut lines = vec![format!(
            "{}: {mapped} mapped, {unmapped} unmapped",
            match mapped + unmapped {
                1 => "1 company".to_owned(),
                count => format!("{count} companies"),
            }
        )];
        let hidden = self.inactive + self.other_type;
        if hidden > 0 {
            lines.push(format!(
                "not listed: {hidden} unmapped ({} of other types, {} inactive); --all lists them",
                self.other_type, self.inactive
            ));
        }
        let listed = self.linked.iter().map(|row| row.link.company);
        let listed = listed.chain(self.unmapped.iter().map(|one| one.id));
        let off = listed.filter_map(|id| Some(format!("{id} ({})", self.blocks.describe_off(id)?)));
        let off: Vec<String> = off.collect();
        if !off.is_empty() {
            lines.push(format!("switched off by [[customer]]: {}", off.join(", ")));
        }
        if mapped + unmapped + hidden == 0 && args.search.is_some() {
            lines.push("no company or tenant contains that in its name or id".to_owned());
        }
        if !self.facts.unread.is_empty() {
            let names: Vec<&str> = self.facts.unread.iter().map(|name| name.as_str()).collect();
            lines.push(format!("not read: {}", names.join(", ")));
        }
        lines
    }
}

fn live_name<'g>(linked: &LinkedPair<'g>) -> &'g str {
    match linked.tenant {
        TenantEnd::Live(tenant) => &tenant.name,
        TenantEnd::Deleted(_) | TenantEnd::Hidden | TenantEnd::Unknown => &linked.link.tenant_name,
    }
}

fn home_of_linked(customers: &CustomerDirectory, linked: &LinkedPair<'_>) -> (TenantId, String) {
    let link = linked.link;
    match linked.tenant {
        TenantEnd::Live(tenant) => customers.home_of(&link.account, tenant),
        TenantEnd::Deleted(_) | TenantEnd::Hidden | TenantEnd::Unknown => {
            (link.partner.clone(), link.partner_name.clone())
        }
    }
}

/// Text is sorted without regard to case.
fn fold_case(value: &Value) -> Value {
    match value {
        Value::Text(text) => Value::Text(text.to_lowercase()),
        Value::Absent | Value::Flag(_) | Value::Whole(_) | Value::Amount { .. } => value.clone(),
    }
}

fn linked_row(row: &LinkedRow<'_>, types: &CompanyTypes, off: Option<String>) -> Vec<Value> {
    let link = row.link;
    let company = row.company;
    let name = company.map_or(&link.company_name, |company| &company.name);
    vec![
        Value::Whole(link.company.0),
        Value::from_text(name),
        company.map_or(Value::Absent, |company| types.type_label(company)),
        company.map_or(Value::Absent, |company| Value::Flag(company.active)),
        Value::from_text(row.linked.link_state(row.customers)),
        Value::from_text(link.account.as_str()),
        Value::from_text(&row.home.1),
        Value::from_text(row.home.0.as_str()),
        Value::from_text(live_name(&row.linked)),
        Value::from_text(link.tenant.as_str()),
        Value::Text(link.linked_at.to_string()),
        Value::from_text(link.how.as_str()),
        off.map_or(Value::Absent, Value::Text),
    ]
}

fn unmapped_row(company: &CompanyRecord, types: &CompanyTypes, off: Option<String>) -> Vec<Value> {
    let is_excluded = off.as_deref() == Some(Customers::EXCLUDED);
    let mut row = vec![
        Value::Whole(company.id.0),
        Value::from_text(&company.name),
        types.type_label(company),
        Value::Flag(company.active),
        Value::from_text(if is_excluded {
            Customers::EXCLUDED
        } else {
            "unmapped"
        }),
    ];
    row.resize(COLUMNS.len() - 1, Value::Absent);
    row.push(off.map_or(Value::Absent, Value::Text));
    row
}
