//! Carries out changes of the product mapping.

use anyhow::Result;
use rust_decimal::Decimal;

use super::plan::{Action, Subject};
use crate::apply::Executor;
use crate::autotask::{NewService, Writer};
use crate::domain::links::{Choice, ProductLink};
use crate::session::Session;
use crate::state::State;
use crate::state::journal::JournalId;

/// Makes services in Autotask and keeps the links in the state file.
#[derive(Debug)]
pub(super) struct Mapper<'a> {
    pub(super) session: &'a Session,
    pub(super) state: &'a State,
    pub(super) autotask: Writer<'a>,
}

impl Executor<Action> for Mapper<'_> {
    fn execute(&self, batch: &[&Action], _: &[JournalId]) -> Result<String> {
        let mut answers = Vec::new();
        for action in batch {
            answers.push(self.one(action)?);
        }
        Ok(answers.join("; "))
    }
}

impl Mapper<'_> {
    fn one(&self, action: &Action) -> Result<String> {
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
                self.link(item, Choice::Service { id, name: name.clone() })?;
                Ok(format!("service {id}"))
            }
            Action::Use { item, service, .. } => {
                let (id, name) = service.clone();
                self.link(item, Choice::Service { id, name })?;
                Ok(format!("mapped to service {id}"))
            }
            Action::Choose { item, choice, .. } => {
                self.link(item, choice.clone())?;
                Ok("kept".to_owned())
            }
            Action::Unset { item, .. } => {
                self.state
                    .unset_product_link(&item.account, &item.key)?;
                Ok("forgotten".to_owned())
            }
        }
    }

    fn link(&self, item: &Subject, choice: Choice) -> Result<()> {
        let link = ProductLink {
            account: item.account.clone(),
            item: item.key.clone(),
            edition: item.edition.clone(),
            choice,
            measure: item.measure,
        };
        self.state.save_product_link(&link, self.session.now)
    }
}
