//! `map-products`: offering items of Acronis ↔ services of Autotask.

mod apply;
mod codes;
mod document;
mod facts;
mod gather;
mod import;
mod labels;
mod list;
mod pick;
mod plan;
#[cfg(test)]
mod tests;
mod uncertain;

use anyhow::Result;

use crate::autotask::Picklist;
use crate::cli::{
    MapProducts, MeasureArgs, ProductCreateArgs, ProductItemsArgs, ProductSetArgs,
    ProductSuggestArgs, ProductUseArgs,
};
use crate::config::LabelOrId;
use crate::domain::links::Choice;
use crate::domain::units::{Rounding, Unit};
use crate::exit::{Exit, Refused, Usage};
use crate::gather::{lost_state, products};
use crate::plan::Plan;
use crate::session::{Ask, Session, Writing};
use facts::{Facts, Item};
use plan::{Action, Making, MeasureWish, Period};

/// Runs one verb.
pub(super) fn run(session: &Session, verb: &MapProducts) -> Result<Exit> {
    match verb {
        MapProducts::List(args) => list::run(session, args),
        MapProducts::Suggest(args) => suggest(session, args),
        MapProducts::Create(args) if args.list_codes => codes::run(session),
        MapProducts::Create(args) => create(session, args),
        MapProducts::Use(args) => use_service(session, args),
        MapProducts::Free(args) => choose(session, args, Some(Choice::Free), "map-products free"),
        MapProducts::Leave(args) => {
            choose(session, args, Some(Choice::Leave), "map-products leave")
        }
        MapProducts::Set(args) => set(session, args),
        MapProducts::Unset(args) => choose(session, args, None, "map-products unset"),
        MapProducts::Export => import::export(session),
        MapProducts::Import(args) => import::run(session, args),
    }
}

fn create(session: &Session, args: &ProductCreateArgs) -> Result<Exit> {
    let measure = measure_wish(&args.measure)?;
    session.writing("map-products create", &args.write, |writing| {
        let (facts, periods) = everything(writing)?;
        let items = if args.all {
            undecided(session, &facts, &args.accounts)?
        } else {
            pick::items(&facts, &args.items, &session.report)?
        };
        if args.name.is_some() && items.len() > 1 {
            return Err(Usage("--name is for one service, so give one ITEM".to_owned()).into());
        }
        let config = &session.config.products;
        let given = args.service_code.as_deref().map(LabelOrId::new);
        let key = code_key(given.is_some());
        let wanted = given.as_ref().or(config.service_code.as_ref());
        let code = gather::code(session.autotask()?, wanted, key)?;
        let making = Making {
            template: &config.name_template,
            name: args.name.as_deref(),
            period: Period {
                code: Some(code.clone()),
                ..period(session, &periods, args.period.as_deref())?
            },
            code,
            adopt: args.adopt,
            measure,
        };
        let plan = plan::create(&facts, &items, &making).map_err(Usage)?;
        carry_out(writing, &plan)
    })
}

fn suggest(session: &Session, args: &ProductSuggestArgs) -> Result<Exit> {
    session.writing("map-products suggest", &args.write, |writing| {
        let (facts, periods) = everything(writing)?;
        let items = undecided(session, &facts, &args.accounts)?;
        let period = known_period(session, &periods, args.period.as_deref())?;
        let template = &session.config.products.name_template;
        let plan = plan::suggest(&facts, &items, template, &period);
        carry_out(writing, &plan)
    })
}

fn use_service(session: &Session, args: &ProductUseArgs) -> Result<Exit> {
    let measure = measure_wish(&args.measure)?;
    session.writing("map-products use", &args.write, |writing| {
        let (facts, periods) = everything(writing)?;
        let item = pick::item_or_ask(&facts, args.item.as_deref(), &session.report)?;
        let service = pick::service_or_ask(&facts, args.service.as_deref(), &session.report)?;
        let period = known_period(session, &periods, args.period.as_deref())?;
        let plan = plan::use_service(&facts, item, service, measure, &period).map_err(Refused)?;
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
        let (facts, _) = everything(writing)?;
        let items = pick::items(&facts, &args.items, &session.report)?;
        let plan = plan::choose(&facts, &items, choice.as_ref(), command).map_err(Refused)?;
        carry_out(writing, &plan)
    })
}

fn set(session: &Session, args: &ProductSetArgs) -> Result<Exit> {
    let measure = measure_wish(&args.measure)?;
    if measure.is_empty() {
        let text = "give what to change: --unit, --rounding, --included or --minimum";
        return Err(Usage(text.to_owned()).into());
    }
    session.writing("map-products set", &args.write, |writing| {
        let (facts, _) = everything(writing)?;
        let items = pick::items(&facts, &args.items, &session.report)?;
        let plan = plan::set_measure(&facts, &items, measure).map_err(Refused)?;
        carry_out(writing, &plan)
    })
}

/// Items that nothing was decided for, of all accounts or of these.
fn undecided<'f>(
    session: &Session,
    facts: &'f Facts,
    accounts: &[String],
) -> Result<Vec<&'f Item>> {
    let accounts = session.accounts_named(accounts)?;
    let mut items = facts.undecided();
    items.retain(|item| accounts.iter().any(|account| account.name == item.account));
    Ok(items)
}

fn measure_wish(args: &MeasureArgs) -> Result<MeasureWish> {
    let MeasureArgs {
        unit,
        rounding,
        included,
        minimum,
    } = args;
    let unit = unit.as_deref().map(|word| {
        Unit::parse(word).ok_or_else(|| {
            let known: Vec<&str> = Unit::ALL.iter().map(|unit| unit.as_str()).collect();
            Usage(format!("--unit takes {}, not {word:?}", known.join(", ")))
        })
    });
    let rounding = rounding.as_deref().map(|word| {
        Rounding::parse(word).ok_or_else(|| {
            Usage(format!(
                "--rounding takes up, nearest or down, not {word:?}"
            ))
        })
    });
    Ok(MeasureWish {
        unit: unit.transpose()?,
        rounding: rounding.transpose()?,
        included: *included,
        minimum: *minimum,
    })
}

fn code_key(given: bool) -> &'static str {
    if given {
        "--service-code"
    } else {
        "products.service_code"
    }
}

fn period(session: &Session, periods: &Picklist, given: Option<&str>) -> Result<Period> {
    let (wanted, key) = match given {
        Some(given) => (LabelOrId::new(given), "--period"),
        None => (session.config.products.period.clone(), "products.period"),
    };
    Ok(Period {
        wanted: gather::period(periods, &wanted, key)?,
        given: given.is_some(),
        code: None,
    })
}

/// The same, with the configured billing code for comparing.
fn known_period(session: &Session, periods: &Picklist, given: Option<&str>) -> Result<Period> {
    let code = match &session.config.products.service_code {
        Some(wanted) => Some(gather::code(
            session.autotask()?,
            Some(wanted),
            code_key(false),
        )?),
        None => None,
    };
    Ok(Period {
        code,
        ..period(session, periods, given)?
    })
}

/// All accounts: one-to-one holds across them.
fn everything(writing: &Writing<'_>) -> Result<(Facts, Picklist)> {
    let session = writing.session;
    let accounts = session.accounts_named(&[])?;
    lost_state::warn(session, &writing.state)?;
    let products = products::read(session, &writing.state, &accounts)?;
    let periods = session.autotask()?.service_periods()?;
    let mut facts = gather::facts(&products, &periods);
    uncertain::settle(writing, &mut facts)?;
    Ok((facts, periods))
}

fn carry_out(writing: &mut Writing<'_>, plan: &Plan<Action>) -> Result<Exit> {
    writing.carry_out(plan, Ask::OnTerminal, |context, consent, apply| {
        let mapper = apply::Mapper {
            autotask: context.session.autotask()?.writer(consent),
        };
        Ok(apply(&mapper))
    })
}
