//! `check --fix`: makes the contracts' field that says pay-as-you-go, as a list of Yes and No.

mod plan;

use anyhow::{Context as _, Result};

use crate::apply::{End, Executor};
use crate::autotask::{Autotask, NewUdf, Writer};
use crate::cli::WriteArgs;
use crate::exit::{Exit, Refused};
use crate::http::Failure;
use crate::plan::Plan;
use crate::session::{Ask, Session};
use crate::state::journal::JournalId;
use plan::{Action, Definition, Facts, Kind};

/// Shows what would be made, asks, and makes it. Always asks: a field cannot be deleted.
pub(super) fn run(session: &Session, args: &WriteArgs) -> Result<Exit> {
    session.writing("check --fix", args, |writing| {
        let autotask = session.autotask()?;
        let facts = facts(autotask, &session.config.billing.payg_field)?;
        let (actions, notes) = plan::plan(&facts);
        let plan = Plan::new("check --fix", actions, notes, []);
        writing.carry_out(&plan, Ask::Always, |_, consent, apply| {
            let maker = Maker {
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
fn facts(autotask: &Autotask, name: &str) -> Result<Facts> {
    let kind = autotask.contract_list_kind()?.map_err(|unlisted| {
        Refused(format!(
            "cannot determine the field type of a list on contracts ({unlisted}); create the \
             field in Autotask: a list {name:?} with the values Yes and No"
        ))
    })?;
    let kind = Kind {
        entity: kind.udf_type,
        list: kind.data_type,
    };
    Ok(Facts {
        name: name.to_owned(),
        kind,
        definition: definition(autotask, name, kind)?,
    })
}

fn definition(autotask: &Autotask, name: &str, kind: Kind) -> Result<Option<Definition>, Failure> {
    let definitions = autotask.udf_definitions(name)?.into_iter();
    let mut on_contracts = definitions.filter(|found| found.udf_type == Some(kind.entity));
    let Some(found) = on_contracts.next() else {
        return Ok(None);
    };
    let items = autotask.udf_list_items(found.id)?;
    Ok(Some(Definition {
        is_list: found.data_type == Some(kind.list),
        active: found.active,
        values: items.into_iter().map(|item| item.display).collect(),
    }))
}

/// Makes definitions and their values.
#[derive(Debug)]
struct Maker<'a> {
    autotask: &'a Autotask,
    writer: Writer<'a>,
    kind: Kind,
}

impl Executor<Action> for Maker<'_> {
    fn execute(&self, batch: &[&Action], _: &[JournalId]) -> End {
        let answers: Result<Vec<String>> = batch.iter().map(|action| self.make(action)).collect();
        answers.map(|answers| answers.join("; ")).into()
    }
}

impl Maker<'_> {
    fn make(&self, action: &Action) -> Result<String> {
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
