//! Carries out changes of the product mapping.

use anyhow::Result;
use rust_decimal::Decimal;

use super::plan::{Action, Subject};
use crate::apply::{End, Executor};
use crate::autotask::{NewService, Writer};
use crate::domain::links::{Choice, ProductLink};
use crate::state::effects::Effect;
use crate::state::journal::JournalId;

/// Makes services in Autotask; the links are kept by the same stroke as the outcome.
#[derive(Debug)]
pub(super) struct Mapper<'a> {
    pub(super) autotask: Writer<'a>,
}

impl Executor<Action> for Mapper<'_> {
    fn execute(&self, batch: &[&Action], _: &[JournalId]) -> End {
        let mut answers = Vec::new();
        let mut effects = Vec::new();
        for action in batch {
            match self.one(action) {
                Ok((answer, effect)) => {
                    answers.push(answer);
                    effects.push(effect);
                }
                Err(error) => {
                    return End {
                        result: Err(error),
                        effects,
                    };
                }
            }
        }
        End::done(answers.join("; "), effects)
    }
}

impl Mapper<'_> {
    fn one(&self, action: &Action) -> Result<(String, Effect)> {
        match action {
            Action::Create {
                item,
                name,
                period,
                code,
            } => {
                let id = self.autotask.create_service(&NewService {
                    name: name.clone(),
                    description: Some(format!("Acronis offering item {}", item.key)),
                    invoice_description: None,
                    period_type: period.0,
                    billing_code: code.0,
                    // Prices are the provider's; they are set in Autotask and never touched here.
                    unit_price: Decimal::ZERO,
                })?;
                let name = name.clone();
                let effect = linked(item, Choice::Service { id, name });
                Ok((format!("service {id}"), effect))
            }
            Action::Use { item, service, .. } => {
                let (id, name) = service.clone();
                let effect = linked(item, Choice::Service { id, name });
                Ok((format!("mapped to service {id}"), effect))
            }
            Action::Choose { item, choice, .. } => {
                Ok(("kept".to_owned(), linked(item, choice.clone())))
            }
            Action::Unset { item, .. } => {
                let effect = Effect::UnsetProduct(item.account.clone(), item.key.clone());
                Ok(("forgotten".to_owned(), effect))
            }
        }
    }
}

fn linked(item: &Subject, choice: Choice) -> Effect {
    Effect::SaveProduct(ProductLink {
        account: item.account.clone(),
        item: item.key.clone(),
        edition: item.edition.clone(),
        choice,
        measure: item.measure,
    })
}
