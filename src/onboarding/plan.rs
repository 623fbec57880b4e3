//! What is decided about a new customer tenant before anything is asked or sent. Pure.

mod action;
mod likely;
mod steps;

pub(crate) use action::{Action, CustomerRef, LoginContact, SetupStep, UnfinishedCustomer};
pub(crate) use likely::{LikelyTenant, OpenTenants, refuse_likely_match};
pub(crate) use steps::{Setup, plan_steps};

use std::collections::BTreeSet;

use crate::domain::action_kind::ActionKind;
use crate::domain::ids::{AccountName, TenantId};
use crate::domain::links::LinkedBy;
use crate::domain::ownership_tag::OwnershipTag;
use crate::plan::{CompanyRef, Description, FieldChange, Value};

/// A customer tenant to be made for a company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewCustomer {
    pub(crate) account: AccountName,
    pub(crate) company: CompanyRef,
    /// The partner or folder under which it is made.
    pub(crate) parent: TenantId,
    pub(crate) parent_name: String,
    /// The tenant's name; the company's own unless that is taken ([`find_free_name`]).
    pub(crate) name: String,
    pub(crate) mark: OwnershipTag,
    pub(crate) contact: ContactDetails,
    pub(crate) how: LinkedBy,
}

/// A tenant that bears our mark for a company that is not linked: made by a run whose answer was
/// lost or that was killed before it could remember the link. It is taken over, not made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AdoptedTenant {
    pub(crate) account: AccountName,
    pub(crate) company: CompanyRef,
    pub(crate) tenant: TenantId,
    pub(crate) tenant_name: String,
    pub(crate) partner: TenantId,
    pub(crate) partner_name: String,
    pub(crate) how: LinkedBy,
    /// False only where our own journal says that we were making it.
    pub(crate) existed_before: bool,
}

/// Where a customer is found; what is `None` is not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ContactDetails {
    /// Empty or like an address: `something@something` (acronis.md §3.1).
    pub(crate) email: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) address1: Option<String>,
    pub(crate) address2: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) zip: Option<String>,
    pub(crate) website: Option<String>,
}

impl NewCustomer {
    /// The line of a plan that makes the tenant.
    pub(crate) fn describe_creation(&self, stage: u8) -> Description {
        let mut changes = vec![
            FieldChange::added_field(
                "partner",
                Value::Text(format!("{} ({})", self.parent_name, self.parent)),
            ),
            FieldChange::added_field("customer_id", Value::Text(self.company.id.to_string())),
            FieldChange::added_field("mark", Value::Text(self.mark.to_string())),
        ];
        changes.extend(self.contact.list_changes());
        Description {
            stage,
            account: Some(self.account.clone()),
            company: Some(self.company.clone()),
            kind: ActionKind::CreateTenant,
            subject: self.name.clone(),
            changes,
            because: Vec::new(),
        }
    }
}

impl AdoptedTenant {
    /// The line of a plan that remembers the link.
    pub(crate) fn describe_adoption(&self, stage: u8) -> Description {
        Description {
            stage,
            account: Some(self.account.clone()),
            company: Some(self.company.clone()),
            kind: ActionKind::AdoptTenant,
            subject: self.tenant_name.clone(),
            changes: vec![FieldChange::added_field(
                "tenant",
                Value::Text(self.tenant.to_string()),
            )],
            because: vec!["it already has acrotask's tag for this company".to_owned()],
        }
    }
}

impl ContactDetails {
    /// The filled fields, as a plan shows them.
    fn list_changes(&self) -> impl Iterator<Item = FieldChange> {
        let Self {
            email,
            first_name,
            last_name,
            phone,
            address1,
            address2,
            city,
            state,
            zip,
            website,
        } = self;
        [
            ("email", email),
            ("first_name", first_name),
            ("last_name", last_name),
            ("phone", phone),
            ("address1", address1),
            ("address2", address2),
            ("city", city),
            ("state", state),
            ("postal_code", zip),
            ("website", website),
        ]
        .into_iter()
        .filter_map(|(field, text)| {
            Some(FieldChange::added_field(
                field,
                Value::from_text(text.as_deref()?),
            ))
        })
    }
}

/// The first of `Alma`, `Alma /2`, `Alma /3`, ... that no tenant of the account has, by names in
/// lower case. The sources disagree whether names are unique among siblings or in the whole tree
/// (acronis.md §3.1), so callers give the names of the whole tree. The form is the one that Acronis'
/// own plug-ins use (acronis.md §3.4).
pub(crate) fn find_free_name(name: &str, taken: &BTreeSet<String>) -> String {
    let free = |candidate: &String| !taken.contains(&candidate.to_lowercase());
    std::iter::once(name.to_owned())
        .chain((2..=taken.len().saturating_add(2)).map(|number| format!("{name} /{number}")))
        .find(free)
        // One more candidate than there are names taken: one of them is free.
        .unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::CompanyId;

    #[test]
    fn a_taken_name_gets_the_first_free_number_whatever_its_case() {
        let taken = |names: &[&str]| names.iter().map(|name| name.to_lowercase()).collect();
        assert_eq!(find_free_name("Alma", &taken(&["Beta"])), "Alma");
        assert_eq!(find_free_name("Alma", &taken(&["ALMA"])), "Alma /2");
        assert_eq!(
            find_free_name("Alma", &taken(&["alma", "Alma /2"])),
            "Alma /3"
        );
        assert_eq!(
            find_free_name("Alma", &taken(&["alma", "Alma /3"])),
            "Alma /2"
        );
    }

    #[test]
    fn a_new_tenant_says_all_that_is_sent_and_nothing_that_is_not() {
        let mark = OwnershipTag {
            database: 12,
            company: CompanyId(5),
        };
        let new = NewCustomer {
            account: AccountName::new("eu"),
            company: CompanyRef::new(CompanyId(5), "Alma"),
            parent: TenantId::new("p"),
            parent_name: "North".to_owned(),
            name: "Alma".to_owned(),
            mark,
            contact: ContactDetails {
                phone: Some("1".to_owned()),
                ..ContactDetails::default()
            },
            how: LinkedBy::Created,
        };
        let fields: Vec<&str> = new
            .describe_creation(1)
            .changes
            .iter()
            .map(|change| change.field)
            .collect();
        assert_eq!(fields, ["partner", "customer_id", "mark", "phone"]);
    }
}
