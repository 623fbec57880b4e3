//! `map-products`: offering items of Acronis ↔ services of Autotask.

mod apply;
mod billing_codes;
mod document;
mod editions;
mod facts;
mod gather;
mod import;
mod labels;
mod list;
mod pick;
mod plan;
mod recovery;
#[cfg(test)]
mod tests;
mod usage;

use anyhow::Result;

use crate::autotask::Picklist;
use crate::cli::{
    MapProducts, MeasureArgs, ProductCreateArgs, ProductItemsArgs, ProductSetArgs,
    ProductSuggestArgs, ProductUseArgs,
};
use crate::config::{LabelOrId, Products};
use crate::domain::links::MappingChoice;
use crate::exit::{Exit, RefusedError, UsageError};
use crate::gather::{lost_state, products};
use crate::plan::Plan;
use crate::session::{Confirmation, Session, WriteRun};
use editions::EditionFilter;
use facts::{Facts, MappableItem};
use plan::{Action, MeasureWish, ServiceOptions, ServicePeriod, UsedItems};

/// Runs one verb.
pub(super) fn run(session: &Session, verb: &MapProducts) -> Result<Exit> {
    match verb {
        MapProducts::List(args) => list::run(session, args),
        MapProducts::Suggest(args) => suggest_services(session, args),
        MapProducts::Create(args) if args.list_codes => billing_codes::run(session),
        MapProducts::Create(args) => create_services(session, args),
        MapProducts::Use(args) => use_service(session, args),
        MapProducts::Free(args) => decide_items(
            session,
            args,
            Some(MappingChoice::Free),
            "map-products free",
        ),
        MapProducts::Leave(args) => decide_items(
            session,
            args,
            Some(MappingChoice::Leave),
            "map-products leave",
        ),
        MapProducts::Set(args) => set_measures(session, args),
        MapProducts::Unset(args) => decide_items(session, args, None, "map-products unset"),
        MapProducts::Export => import::export_mapping(session),
        MapProducts::Import(args) => import::run(session, args),
    }
}

fn create_services(session: &Session, args: &ProductCreateArgs) -> Result<Exit> {
    let measure = measure_wish(&args.measure)?;
    session.run_writing_command("map-products create", &args.write, |writing| {
        let (facts, periods) = gather_products(writing)?;
        let editions =
            EditionFilter::read_words(&facts, &args.editions.editions).map_err(UsageError)?;
        let UsedItems {
            items,
            remarks: left_out,
        } = if args.used {
            used_items(session, &facts, args, &editions)?
        } else if args.all {
            UsedItems {
                items: undecided_items(session, &facts, &args.accounts, &editions)?,
                remarks: Vec::new(),
            }
        } else {
            let mut items = pick::match_items(&facts, &args.items, &session.report)?;
            items.retain(|item| editions.includes_item(item));
            UsedItems {
                items,
                remarks: Vec::new(),
            }
        };
        if args.name.is_some() && items.len() > 1 {
            return Err(
                UsageError("--name is for one service, so give one ITEM".to_owned()).into(),
            );
        }
        let config = &session.config.products;
        let given = args.service_code.as_deref().map(LabelOrId::new);
        let key = code_key(given.is_some());
        let wanted = given.as_ref().or(config.service_code.as_ref());
        let code = gather::resolve_billing_code(session.connected_autotask()?, wanted, key)?;
        let making = ServiceOptions {
            template: &config.name_template,
            name: args.name.as_deref(),
            period: ServicePeriod {
                code: Some(code.clone()),
                ..service_period(session, &periods, args.period.as_deref())?
            },
            code,
            adopt: args.adopt,
            measure,
            left_out,
        };
        let plan = plan::plan_services(&facts, &items, &making).map_err(UsageError)?;
        carry_out(writing, &plan)
    })
}

fn suggest_services(session: &Session, args: &ProductSuggestArgs) -> Result<Exit> {
    session.run_writing_command("map-products suggest", &args.write, |writing| {
        let (facts, periods) = gather_products(writing)?;
        let editions =
            EditionFilter::read_words(&facts, &args.editions.editions).map_err(UsageError)?;
        let items = undecided_items(session, &facts, &args.accounts, &editions)?;
        let period = service_period_if_known(session, &periods, args.period.as_deref())?;
        let template = &session.config.products.name_template;
        let plan = plan::plan_suggestions(&facts, &items, template, &period);
        carry_out(writing, &plan)
    })
}

fn use_service(session: &Session, args: &ProductUseArgs) -> Result<Exit> {
    let measure = measure_wish(&args.measure)?;
    session.run_writing_command("map-products use", &args.write, |writing| {
        let (facts, periods) = gather_products(writing)?;
        let item = pick::item_or_ask(&facts, args.item.as_deref(), &session.report)?;
        let service = pick::service_or_ask(&facts, args.service.as_deref(), &session.report)?;
        let period = service_period_if_known(session, &periods, args.period.as_deref())?;
        let plan =
            plan::use_service(&facts, item, service, measure, &period).map_err(RefusedError)?;
        carry_out(writing, &plan)
    })
}

fn decide_items(
    session: &Session,
    args: &ProductItemsArgs,
    choice: Option<MappingChoice>,
    command: &'static str,
) -> Result<Exit> {
    session.run_writing_command(command, &args.write, |writing| {
        let (facts, _) = gather_products(writing)?;
        let items = pick::match_items(&facts, &args.items, &session.report)?;
        let plan =
            plan::plan_decisions(&facts, &items, choice.as_ref(), command).map_err(RefusedError)?;
        carry_out(writing, &plan)
    })
}

fn set_measures(session: &Session, args: &ProductSetArgs) -> Result<Exit> {
    let measure = measure_wish(&args.measure)?;
    if measure.is_empty() {
        let text = "give what to change: --unit, --rounding, --included or --minimum";
        return Err(UsageError(text.to_owned()).into());
    }
    session.run_writing_command("map-products set", &args.write, |writing| {
        let (facts, _) = gather_products(writing)?;
        let items = pick::match_items(&facts, &args.items, &session.report)?;
        let plan = plan::set_measure(&facts, &items, measure).map_err(RefusedError)?;
        carry_out(writing, &plan)
    })
}

/// Those of them that customers use or contracts need now.
fn used_items<'f>(
    session: &Session,
    facts: &'f Facts,
    args: &ProductCreateArgs,
    editions: &EditionFilter,
) -> Result<UsedItems<'f>> {
    let undecided = undecided_items(session, facts, &args.accounts, editions)?;
    let users = usage::read_item_users(session, &session.accounts_named(&args.accounts)?);
    let template = &session.config.products.name_template;
    let named = plan::services_by_item(facts, &undecided, template);
    let services = named.iter().map(|(service, _)| *service).collect();
    let on_contracts = usage::read_services_on_contracts(session, &services)?;
    let needed: Vec<&MappableItem> = named
        .into_iter()
        .filter(|(service, _)| on_contracts.contains(service))
        .map(|(_, item)| item)
        .collect();
    let used = plan::select_used(facts, &undecided, &users, &needed).map_err(UsageError)?;
    Ok(used)
}

/// Items that nothing was decided for, of all accounts or of these.
fn undecided_items<'f>(
    session: &Session,
    facts: &'f Facts,
    accounts: &[String],
    editions: &EditionFilter,
) -> Result<Vec<&'f MappableItem>> {
    let accounts = session.accounts_named(accounts)?;
    let mut items = facts.undecided_items();
    items.retain(|item| accounts.iter().any(|account| account.name == item.account));
    items.retain(|item| editions.includes_item(item));
    Ok(items)
}

fn measure_wish(args: &MeasureArgs) -> Result<MeasureWish, UsageError> {
    let MeasureArgs {
        unit,
        rounding,
        included,
        minimum,
    } = args;
    let words = MeasureWish::parse_words(unit.as_deref(), rounding.as_deref(), "--");
    Ok(MeasureWish {
        included: *included,
        minimum: *minimum,
        ..words.map_err(UsageError)?
    })
}

fn code_key(given: bool) -> &'static str {
    if given {
        "--service-code"
    } else {
        Products::SERVICE_CODE
    }
}

fn service_period(
    session: &Session,
    periods: &Picklist,
    given: Option<&str>,
) -> Result<ServicePeriod> {
    let (wanted, key) = match given {
        Some(given) => (LabelOrId::new(given), "--period"),
        None => (session.config.products.period.clone(), Products::PERIOD),
    };
    Ok(ServicePeriod {
        wanted: gather::resolve_period(periods, &wanted, key)?,
        given: given.is_some(),
        code: None,
    })
}

/// The same, with the configured billing code for comparing.
fn service_period_if_known(
    session: &Session,
    periods: &Picklist,
    given: Option<&str>,
) -> Result<ServicePeriod> {
    let code = match &session.config.products.service_code {
        Some(wanted) => Some(gather::resolve_billing_code(
            session.connected_autotask()?,
            Some(wanted),
            code_key(false),
        )?),
        None => None,
    };
    Ok(ServicePeriod {
        code,
        ..service_period(session, periods, given)?
    })
}

/// All accounts: one-to-one holds across them.
fn gather_products(writing: &WriteRun<'_>) -> Result<(Facts, Picklist)> {
    let session = writing.session;
    let accounts = session.accounts_named(&[])?;
    lost_state::warn_of_lost_state(session, &writing.state)?;
    let products = products::read_products(session, &writing.state, &accounts)?;
    let periods = session.connected_autotask()?.service_periods()?;
    let mut facts = gather::build_facts(&products, &periods);
    recovery::settle_uncertain(writing, &mut facts)?;
    Ok((facts, periods))
}

fn carry_out(writing: &mut WriteRun<'_>, plan: &Plan<Action>) -> Result<Exit> {
    writing.carry_out(plan, Confirmation::OnTerminal, |context, consent, apply| {
        let mapper = apply::ProductMappingExecutor {
            autotask: context.session.connected_autotask()?.writer(consent),
        };
        Ok(apply(&mapper))
    })
}
