//! Carries out changes of the product mapping.

use anyhow::{Error, Result};
use rust_decimal::Decimal;

use super::facts::Subject;
use super::plan::Action;
use crate::apply::{BatchEnd, Executor};
use crate::autotask::{AutotaskWriter, NewService, is_name_taken};
use crate::domain::ids::ServiceId;
use crate::domain::links::{MappingChoice, ProductLink};
use crate::domain::units::Measure;
use crate::http::Failure;
use crate::state::journal::JournalId;
use crate::state::state_changes::StateChange;

/// Makes services in Autotask; the links are kept in the same transaction as the outcome.
#[derive(Debug)]
pub(super) struct ProductMappingExecutor<'a> {
    pub(super) autotask: AutotaskWriter<'a>,
}

impl Executor<Action> for ProductMappingExecutor<'_> {
    fn execute(&self, batch: &[&Action], _: &[JournalId]) -> BatchEnd {
        let mut made = Vec::new();
        for action in batch {
            match self.create_service(action) {
                Ok(id) => made.push(id),
                Err(error) => return Err(error).into(),
            }
        }
        let answer = match made.as_slice() {
            [Some(id)] => format!("created service {id}"),
            _ => "kept".to_owned(),
        };
        BatchEnd::from_answer(answer, mapping_changes(batch, &made))
    }
}

impl ProductMappingExecutor<'_> {
    fn create_service(&self, action: &Action) -> Result<Option<ServiceId>> {
        match action {
            Action::Create {
                item,
                name,
                period,
                code,
                ..
            } => {
                let made = self.autotask.create_service(&NewService {
                    name: name.clone(),
                    description: Some(format!("Acronis offering item {}", item.key)),
                    invoice_description: None,
                    period_type: period.0,
                    billing_code: code.0,
                    // Prices are the provider's; they are set in Autotask and never touched here.
                    unit_price: Decimal::ZERO,
                });
                made.map(Some)
                    .map_err(|failure| explain_taken_name(failure, name))
            }
            Action::Decide { .. } | Action::Unset { .. } => Ok(None),
        }
    }
}

/// The name was free when services were read, so somebody was faster or the service is hidden.
fn explain_taken_name(failure: Failure, name: &str) -> Error {
    if failure.message.as_deref().is_some_and(is_name_taken) {
        let text = format!(
            "Autotask now has a service `{name}`, or has one that this API user may not see; run \
             again with --adopt to use it, or give another --name"
        );
        return Error::new(failure).context(text);
    }
    Error::new(failure)
}

/// What is to be remembered. All services are released before any is taken, so that items can swap
/// them; the state file refuses a second use at every step.
pub(super) fn mapping_changes(batch: &[&Action], made: &[Option<ServiceId>]) -> Vec<StateChange> {
    let let_go = batch.iter().filter_map(|action| match action {
        Action::Decide { item, before, .. } => before.as_ref().map(|_| unset_product(item)),
        Action::Unset { item, .. } => Some(unset_product(item)),
        Action::Create { .. } => None,
    });
    let taken = batch
        .iter()
        .zip(made)
        .filter_map(|(action, made)| match action {
            Action::Create {
                item,
                name,
                measure,
                ..
            } => made.map(|id| {
                let name = name.clone();
                save_product(item, MappingChoice::Service { id, name }, *measure)
            }),
            Action::Decide {
                item,
                choice,
                measure,
                ..
            } => Some(save_product(item, choice.clone(), *measure)),
            Action::Unset { .. } => None,
        });
    let_go.chain(taken).collect()
}

fn unset_product(item: &Subject) -> StateChange {
    StateChange::UnsetProduct(item.account.clone(), item.key.clone())
}

fn save_product(item: &Subject, choice: MappingChoice, measure: Measure) -> StateChange {
    StateChange::SaveProduct(ProductLink {
        account: item.account.clone(),
        item: item.key.clone(),
        edition: item.edition.clone(),
        choice,
        measure,
    })
}
