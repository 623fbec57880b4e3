//! What a new tenant gets besides its quotas, whichever command made it. Pure.

use super::{Action, AdoptedTenant, CustomerRef, SetupStep};
use crate::config::{Administrator, Mode, Provisioning};
use crate::domain::links::PendingStep;
use crate::plan::Remark;
use crate::plan::RemarkKind;

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

/// The open steps of a customer, as actions.
///
/// # Errors
/// One note for each step that a person has to do.
pub(in crate::onboarding) fn plan_pending_steps(
    whom: &CustomerRef,
    steps: &[PendingStep],
    administrator: Option<&Result<SetupStep, String>>,
) -> Vec<Result<Action, Box<Remark>>> {
    let finish = |finish: SetupStep| {
        Ok(Action::CompleteStep {
            whom: whom.clone(),
            finish,
        })
    };
    let refused = |text: String| {
        Err(Box::new(
            Remark::new(
                RemarkKind::AdministratorByHand,
                whom.tenant_name.clone(),
                text,
            )
            .of_account(&whom.account)
            .of_company(whom.company.clone())
            .for_person(),
        ))
    };
    steps
        .iter()
        .map(|step| match (step, administrator) {
            (PendingStep::TwoFactor, _) => finish(SetupStep::TwoFactor),
            (PendingStep::Production, _) => finish(SetupStep::Production),
            (PendingStep::Administrator, Some(Ok(administrator))) => finish(administrator.clone()),
            (PendingStep::Administrator, Some(Err(why))) => refused(why.clone()),
            (PendingStep::Administrator, None) => refused(
                "provisioning.administrator is now \"none\", so no administrator is \
                         created"
                    .to_owned(),
            ),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{AccountName, CompanyId};
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

    #[test]
    fn a_step_that_cannot_be_done_is_left_to_a_person_and_the_others_go_on() {
        let whom = CustomerRef {
            account: AccountName::new("eu"),
            company: CompanyRef::new(CompanyId(5), "Alma"),
            tenant: None,
            tenant_name: "Alma".to_owned(),
        };
        let why = Err("the login is taken".to_owned());
        for (administrator, word) in [(Some(&why), "taken"), (None, "now \"none\"")] {
            let all = plan_pending_steps(&whom, &PendingStep::ALL, administrator);
            let notes: Vec<&str> = all
                .iter()
                .filter_map(|one| one.as_ref().err())
                .map(|note| note.text.as_str())
                .collect();
            assert_eq!((all.len(), notes.len()), (3, 1));
            assert!(notes[0].contains(word), "{notes:?}");
        }
    }
}
