//! `map-products`: offering items of Acronis ↔ services of Autotask.

mod apply;
mod gather;
mod labels;
mod list;
mod pick;
mod plan;

use anyhow::Result;

use crate::cli::{MapProducts, ProductCreateArgs, ProductItemsArgs, ProductUseArgs, WriteArgs};
use crate::config::LabelOrId;
use crate::domain::links::Choice;
use crate::exit::{Exit, Usage};
use crate::plan::Plan;
use crate::session::{Ask, Session, Writing};
use plan::{Action, Facts, Item, Making};

/// Runs one verb.
pub(super) fn run(session: &Session, verb: &MapProducts) -> Result<Exit> {
    match verb {
        MapProducts::List(args) => list::run(session, args),
        MapProducts::Create(args) => create(session, args),
        MapProducts::Use(args) => use_service(session, args),
        MapProducts::Free(args) => choose(session, args, Some(Choice::Free), "map-products free"),
        MapProducts::Leave(args) => {
            choose(session, args, Some(Choice::Leave), "map-products leave")
        }
        MapProducts::Unset(args) => choose(session, args, None, "map-products unset"),
    }
}

fn create(session: &Session, args: &ProductCreateArgs) -> Result<Exit> {
    session.writing("map-products create", &args.write, |writing| {
        let facts = everything(writing)?;
        let items: Vec<&Item> = if args.all {
            plan::undecided(&facts)
        } else {
            pick::items(&facts, &args.items)?
        };
        if args.name.is_some() && items.len() > 1 {
            return Err(Usage("--name names one service, so it takes one ITEM".to_owned()).into());
        }
        let config = &session.config.products;
        let period = given(args.period.as_deref(), &config.period);
        let code = args.service_code.as_deref().map(LabelOrId::new);
        let autotask = session.autotask()?;
        let making = Making {
            template: &config.name_template,
            name: args.name.as_deref(),
            period: gather::period(autotask, &period, "products.period")?,
            code: gather::code(
                autotask,
                code.as_ref().or(config.service_code.as_ref()),
                "products.service_code",
            )?,
            adopt: args.adopt,
        };
        let plan = plan::create(&facts, &items, &making);
        carry_out(writing, &plan)
    })
}

fn given(argument: Option<&str>, configured: &LabelOrId) -> LabelOrId {
    argument.map_or_else(|| configured.clone(), LabelOrId::new)
}

fn use_service(session: &Session, args: &ProductUseArgs) -> Result<Exit> {
    session.writing("map-products use", &args.write, |writing| {
        let facts = everything(writing)?;
        let item = pick::item(&facts, &args.item)?;
        let service = pick::service(&facts, &args.service)?;
        let plan = plan::use_service(&facts, item, service).map_err(crate::exit::Refused)?;
        carry_out(writing, &plan)
    })
}

fn choose(
    session: &Session,
    args: &ProductItemsArgs,
    choice: Option<Choice>,
    command: &'static str,
) -> Result<Exit> {
    session.writing(command, &args.write, |writing| {
        let facts = everything(writing)?;
        let items = pick::items(&facts, &args.items)?;
        let plan = plan::choose(&facts, &items, choice.as_ref(), command);
        carry_out(writing, &plan)
    })
}

fn everything(writing: &Writing<'_>) -> Result<Facts> {
    let accounts = writing.session.accounts_named(&[])?;
    gather::facts(writing.session, &writing.state, &accounts)
}

fn carry_out(writing: &mut Writing<'_>, plan: &Plan<Action>) -> Result<Exit> {
    writing.carry_out(plan, Ask::OnTerminal, |context, consent, apply| {
        let mapper = apply::Mapper {
            autotask: context.session.autotask()?.writer(consent),
        };
        Ok(apply(&mapper))
    })
}
