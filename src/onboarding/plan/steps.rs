//! What a new tenant gets besides its quotas, whichever command made it. Pure.

use super::{Action, Adopted, Finish, Whom};
use crate::config::{Administrator, Mode, Provisioning};
use crate::domain::links::Step;
use crate::plan::Note;

/// What the configuration gives to new tenants.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    pub(crate) mode: Mode,
    pub(crate) two_factor: bool,
    pub(crate) administrator: bool,
}

impl Setup {
    /// As configured.
    pub(crate) fn of(config: &Provisioning) -> Self {
        Self {
            mode: config.mode,
            two_factor: config.two_factor,
            administrator: config.administrator != Administrator::None,
        }
    }

    /// The steps of a tenant that is taken over: only one that we were making is new.
    pub(crate) fn steps_of(self, adopted: &Adopted) -> Vec<Step> {
        if adopted.existed_before {
            Vec::new()
        } else {
            self.steps()
        }
    }

    /// The steps of a new tenant.
    pub(crate) fn steps(self) -> Vec<Step> {
        let mut steps = Vec::new();
        if self.two_factor {
            steps.push(Step::TwoFactor);
        }
        match self.mode {
            Mode::Production => steps.push(Step::Production),
            Mode::Trial => {}
        }
        if self.administrator {
            steps.push(Step::Administrator);
        }
        steps
    }
}

/// The open steps of a customer, as actions.
///
/// # Errors
/// One note for each step that a person has to do.
pub(in crate::onboarding) fn finishing(
    whom: &Whom,
    steps: &[Step],
    administrator: Option<&Result<Finish, String>>,
) -> Vec<Result<Action, Box<Note>>> {
    let finish = |finish: Finish| {
        Ok(Action::Finish {
            whom: whom.clone(),
            finish,
        })
    };
    let refused = |text: String| {
        Err(Box::new(Note {
            kind: "administrator-by-hand",
            account: Some(whom.account.clone()),
            company: Some(whom.company.clone()),
            subject: whom.tenant_name.clone(),
            text,
            needs_person: true,
        }))
    };
    steps
        .iter()
        .map(|step| match (step, administrator) {
            (Step::TwoFactor, _) => finish(Finish::TwoFactor),
            (Step::Production, _) => finish(Finish::Production),
            (Step::Administrator, Some(Ok(administrator))) => finish(administrator.clone()),
            (Step::Administrator, Some(Err(why))) => refused(why.clone()),
            (Step::Administrator, None) => refused(
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
    use crate::plan::Party;

    #[test]
    fn a_new_tenant_gets_what_is_configured_and_nothing_else() {
        let steps = |mode, two_factor, administrator| {
            let setup = Setup {
                mode,
                two_factor,
                administrator,
            };
            setup.steps()
        };
        assert_eq!(steps(Mode::Trial, false, false), []);
        assert_eq!(steps(Mode::Production, false, false), [Step::Production]);
        assert_eq!(
            steps(Mode::Production, true, true),
            [Step::TwoFactor, Step::Production, Step::Administrator]
        );
    }

    #[test]
    fn a_step_that_cannot_be_done_is_left_to_a_person_and_the_others_go_on() {
        let whom = Whom {
            account: AccountName::new("eu"),
            company: Party::new(CompanyId(5), "Alma"),
            tenant: None,
            tenant_name: "Alma".to_owned(),
        };
        let why = Err("the login is taken".to_owned());
        for (administrator, word) in [(Some(&why), "taken"), (None, "now \"none\"")] {
            let all = finishing(&whom, &Step::ALL, administrator);
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
