//! `check --fix`: makes the contracts' field that says pay-as-you-go, as a list of Yes and No.

mod plan;

use anyhow::{Context as _, Result};

use crate::apply::{BatchEnd, Executor};
use crate::autotask::{Autotask, AutotaskWriter, NewUdf};
use crate::cli::WriteArgs;
use crate::exit::{Exit, RefusedError};
use crate::http::Failure;
use crate::plan::Plan;
use crate::session::{Confirmation, Session};
use crate::state::journal::JournalId;
use plan::{Action, ContractListKind, Facts, FieldDefinition};

/// Shows what would be made, asks, and makes it. Always asks: a field cannot be deleted.
pub(super) fn run_fix(session: &Session, args: &WriteArgs) -> Result<Exit> {
    session.run_writing_command("check --fix", args, |writing| {
        let autotask = session.connected_autotask()?;
        let facts = read_facts(autotask, &session.config.billing.payg_field)?;
        let (actions, notes) = plan::plan(&facts);
        let plan = Plan::new("check --fix", actions, notes, []);
        writing.carry_out(&plan, Confirmation::Always, |_, consent, apply| {
            let maker = FieldExecutor {
                autotask,
                writer: autotask.writer(consent),
                kind: facts.kind,
            };
            Ok(apply(&maker))
        })
    })
}

/// The kind of a list on contracts, and what of that name is there. Found by labels in the live
/// metadata: the numbers are in no document (autotask.md §8.10).
fn read_facts(autotask: &Autotask, name: &str) -> Result<Facts> {
    let kind = autotask.contract_list_kind()?.map_err(|unlisted| {
        RefusedError(format!(
            "cannot determine the field type of a list on contracts ({unlisted}); create the \
             field in Autotask: a list {name:?} with the values Yes and No"
        ))
    })?;
    let kind = ContractListKind {
        entity: kind.udf_type,
        list: kind.data_type,
    };
    Ok(Facts {
        name: name.to_owned(),
        kind,
        definition: read_definition(autotask, name, kind)?,
    })
}

fn read_definition(
    autotask: &Autotask,
    name: &str,
    kind: ContractListKind,
) -> Result<Option<FieldDefinition>, Failure> {
    let definitions = autotask.udf_definitions(name)?.into_iter();
    let mut on_contracts = definitions.filter(|found| found.udf_type == Some(kind.entity));
    let Some(found) = on_contracts.next() else {
        return Ok(None);
    };
    let items = autotask.udf_list_items(found.id)?;
    Ok(Some(FieldDefinition {
        is_list: found.data_type == Some(kind.list),
        active: found.active,
        values: items.into_iter().map(|item| item.display).collect(),
    }))
}

/// Makes definitions and their values.
#[derive(Debug)]
struct FieldExecutor<'a> {
    autotask: &'a Autotask,
    writer: AutotaskWriter<'a>,
    kind: ContractListKind,
}

impl Executor<Action> for FieldExecutor<'_> {
    fn execute(&self, batch: &[&Action], _: &[JournalId]) -> BatchEnd {
        let answers: Result<Vec<String>> = batch
            .iter()
            .map(|action| self.create_part(action))
            .collect();
        answers.map(|answers| answers.join("; ")).into()
    }
}

impl FieldExecutor<'_> {
    fn create_part(&self, action: &Action) -> Result<String> {
        match action {
            Action::Field { name } => {
                let id = self.writer.create_udf_definition(&NewUdf {
                    name: name.clone(),
                    description: "Yes: acrotask bills Acronis usage to this contract".to_owned(),
                    kind: crate::autotask::UdfKind {
                        udf_type: self.kind.entity,
                        data_type: self.kind.list,
                    },
                })?;
                Ok(format!("field {id}"))
            }
            Action::Value { name, value } => {
                let definitions = self.autotask.udf_definitions(name)?.into_iter();
                let mut of_contracts =
                    definitions.filter(|found| found.udf_type == Some(self.kind.entity));
                let field = of_contracts
                    .next()
                    .with_context(|| format!("Autotask does not show the field {name:?} yet"))?;
                let id = self.writer.create_udf_list_item(field.id, value)?;
                Ok(format!("value {id}"))
            }
        }
    }
}
