//! What a new tenant gets besides its quotas, whichever command made it. Pure.

use std::collections::BTreeSet;

use super::{Action, AdoptedTenant, LoginContact, SetupStep, UnfinishedCustomer};
use crate::config::{Administrator, Mode, Provisioning};
use crate::domain::links::PendingStep;
use crate::plan::{Remark, RemarkKind};

/// What the configuration gives to new tenants.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    pub(crate) mode: Mode,
    pub(crate) two_factor: bool,
    pub(crate) administrator: bool,
}

impl Setup {
    /// As configured.
    pub(crate) fn from_config(config: &Provisioning) -> Self {
        Self {
            mode: config.mode,
            two_factor: config.two_factor,
            administrator: config.administrator != Administrator::None,
        }
    }

    /// The steps of a tenant that is taken over: only one that we were making is new.
    pub(crate) fn steps_of(self, adopted: &AdoptedTenant) -> Vec<PendingStep> {
        if adopted.existed_before {
            Vec::new()
        } else {
            self.list_steps()
        }
    }

    /// The steps of a new tenant.
    pub(crate) fn list_steps(self) -> Vec<PendingStep> {
        let mut steps = Vec::new();
        if self.two_factor {
            steps.push(PendingStep::TwoFactor);
        }
        match self.mode {
            Mode::Production => steps.push(PendingStep::Production),
            Mode::Trial => {}
        }
        if self.administrator {
            steps.push(PendingStep::Administrator);
        }
        steps
    }
}

/// The open steps of customers, as actions and as remarks on what a person has to do; no login is
/// given twice.
pub(crate) fn plan_steps(
    customers: &[UnfinishedCustomer],
    config: &Provisioning,
) -> (Vec<Action>, Vec<Remark>) {
    let mut logins: BTreeSet<String> = BTreeSet::new();
    let (mut actions, mut remarks) = (Vec::new(), Vec::new());
    for customer in customers {
        let whom = &customer.whom;
        for step in &customer.steps {
            let finish = match step {
                PendingStep::TwoFactor => Ok(SetupStep::TwoFactor),
                PendingStep::Production => Ok(SetupStep::Production),
                PendingStep::Administrator => {
                    plan_administrator(customer.contact.as_ref(), config, &mut logins)
                }
            };
            match finish {
                Ok(finish) => actions.push(Action::CompleteStep {
                    whom: whom.clone(),
                    finish,
                }),
                Err(why) => remarks.push(
                    Remark::new(RemarkKind::AdministratorByHand, &whom.tenant_name, why)
                        .of_account(&whom.account)
                        .of_company(whom.company.clone())
                        .for_person(),
                ),
            }
        }
    }
    (actions, remarks)
}

/// The administrator that a customer gets.
///
/// A company has no mail address of its own in Autotask (autotask.md §8.1), so both kinds take the
/// primary contact's; `company` leaves the person's name out.
///
/// # Errors
/// Why none is created.
fn plan_administrator(
    contact: Option<&LoginContact>,
    config: &Provisioning,
    logins: &mut BTreeSet<String>,
) -> Result<SetupStep, String> {
    let named = match config.administrator {
        Administrator::None => {
            let why = "provisioning.administrator is now \"none\", so no administrator is created";
            return Err(why.to_owned());
        }
        Administrator::PrimaryContact => true,
        Administrator::Company => false,
    };
    let refused = |why: &str| Err(format!("no administrator is created: {why}"));
    let Some(contact) = contact else {
        return refused("the company has no primary contact with an email address");
    };
    if let Some(why) = &contact.unusable {
        return refused(why);
    }
    let login = contact.login.clone();
    if !logins.insert(login.to_lowercase()) {
        let why = format!("the login {login} is used for another new customer");
        return refused(&why);
    }
    Ok(SetupStep::Administrator {
        login,
        first_name: contact.first_name.clone().filter(|_| named),
        last_name: contact.last_name.clone().filter(|_| named),
        role: config.administrator_role.clone(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::Deprovision;
    use crate::domain::ids::{AccountName, CompanyId};
    use crate::onboarding::CustomerRef;
    use crate::plan::CompanyRef;

    #[test]
    fn a_new_tenant_gets_what_is_configured_and_nothing_else() {
        let steps = |mode, two_factor, administrator| {
            let setup = Setup {
                mode,
                two_factor,
                administrator,
            };
            setup.list_steps()
        };
        assert_eq!(steps(Mode::Trial, false, false), []);
        assert_eq!(
            steps(Mode::Production, false, false),
            [PendingStep::Production]
        );
        assert_eq!(
            steps(Mode::Production, true, true),
            [
                PendingStep::TwoFactor,
                PendingStep::Production,
                PendingStep::Administrator
            ]
        );
    }

    fn customer(id: i64, contact: Option<LoginContact>) -> UnfinishedCustomer {
        UnfinishedCustomer {
            whom: CustomerRef {
                account: AccountName::new("eu"),
                company: CompanyRef::new(CompanyId(id), "Alma"),
                tenant: None,
                tenant_name: "Alma".to_owned(),
            },
            steps: PendingStep::ALL.to_vec(),
            contact,
        }
    }

    fn ann(unusable: Option<&str>) -> LoginContact {
        LoginContact {
            login: "Ann@alma.example".to_owned(),
            first_name: Some("Ann".to_owned()),
            last_name: Some("Lee".to_owned()),
            unusable: unusable.map(str::to_owned),
        }
    }

    fn config(administrator: Administrator) -> Provisioning {
        Provisioning {
            enabled: true,
            automatic: true,
            company_types: BTreeSet::new(),
            mode: Mode::Production,
            two_factor: true,
            default_storage: BTreeMap::new(),
            administrator,
            administrator_role: "company_admin".to_owned(),
            deprovision: Deprovision::default(),
        }
    }

    #[test]
    fn a_step_that_cannot_be_done_is_left_to_a_person_and_the_others_go_on() {
        let person = Administrator::PrimaryContact;
        for (administrator, contact, word) in [
            (person, Some(ann(Some("the login is taken"))), "is taken"),
            (person, None, "has no primary contact"),
            (Administrator::None, Some(ann(None)), "now \"none\""),
        ] {
            let (actions, remarks) = plan_steps(&[customer(5, contact)], &config(administrator));
            assert_eq!((actions.len(), remarks.len()), (2, 1));
            assert!(remarks[0].text.contains(word), "{remarks:?}");
        }
    }

    #[test]
    fn a_login_is_given_once_and_a_person_is_named_only_as_the_primary_contact() {
        for (administrator, name) in [
            (Administrator::PrimaryContact, Some("Ann".to_owned())),
            (Administrator::Company, None),
        ] {
            let both = [customer(5, Some(ann(None))), customer(6, Some(ann(None)))];
            let (actions, remarks) = plan_steps(&both, &config(administrator));
            let logins = actions.iter().filter_map(|action| {
                if let Action::CompleteStep { finish, .. } = action
                    && let SetupStep::Administrator { first_name, .. } = finish
                {
                    Some(first_name.clone())
                } else {
                    None
                }
            });
            assert_eq!(logins.collect::<Vec<_>>(), [name]);
            let texts: Vec<&str> = remarks.iter().map(|one| one.text.as_str()).collect();
            let used = "no administrator is created: the login Ann@alma.example is used for \
                        another new customer";
            assert_eq!(texts, [used]);
        }
    }
}
