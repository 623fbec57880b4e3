//! How a desk is set up for a history: one of each combination that matters.

use sandbox::World;

use crate::support::{Bench, NOW};

/// What becomes of an alert that comes again after its ticket was completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    Always,
    Never,
    /// A new ticket once the old one was completed for so many days.
    Days(i64),
}

/// To whom the tickets of the tenant that is not mapped go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CatchAll {
    No,
    /// To a company of their own.
    Own,
    /// To a company that has a tenant too.
    Shared,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) again: Again,
    pub(super) auto_close: bool,
    pub(super) force: bool,
    pub(super) catch_all: CatchAll,
    pub(super) way_back: bool,
    pub(super) attempts: u8,
}

/// New tickets for one company in one run, and in one run at all.
pub(super) const PER_COMPANY: usize = 3;
pub(super) const PER_RUN: usize = 5;

const fn setting(
    again: Again,
    close: (bool, bool),
    catch_all: CatchAll,
    way_back: bool,
) -> Setting {
    Setting {
        again,
        auto_close: close.0,
        force: close.1,
        catch_all,
        way_back,
        attempts: if way_back { 2 } else { 1 },
    }
}

const ON: (bool, bool) = (true, false);
const FORCED: (bool, bool) = (true, true);
const OFF: (bool, bool) = (false, false);

/// The settings, in the order of seeds.
pub(super) const ALL: [Setting; 9] = [
    setting(Again::Always, ON, CatchAll::No, false),
    setting(Again::Never, FORCED, CatchAll::Own, false),
    setting(Again::Days(2), ON, CatchAll::Shared, true),
    setting(Again::Always, OFF, CatchAll::Own, true),
    setting(Again::Never, ON, CatchAll::Shared, true),
    setting(Again::Days(1), OFF, CatchAll::No, false),
    setting(Again::Always, FORCED, CatchAll::Shared, true),
    setting(Again::Never, OFF, CatchAll::No, true),
    setting(Again::Days(1), FORCED, CatchAll::Own, false),
];

impl Setting {
    pub(super) fn of_seed(seed: u64) -> Self {
        ALL[usize::try_from(seed % u64::try_from(ALL.len()).unwrap()).unwrap()]
    }
}

/// A tenant, and the company that its tickets belong to.
#[derive(Clone, Debug)]
pub(super) struct House {
    pub(super) tenant: String,
    pub(super) company: Option<i64>,
    /// The letter in the names of its workloads.
    pub(super) letter: char,
    pub(super) keys: usize,
}

/// A bench with two mapped tenants and one that is not, set up as wanted.
pub(super) fn bench(setting: &Setting) -> (Bench, Vec<House>) {
    let mut world = World::small(NOW.parse().unwrap());
    let cloud = &mut world.acronis[0];
    let root = cloud.root();
    cloud.add_customer(&root, "Brook Dental");
    // The world's own alert is no part of the history.
    let own: Vec<String> = cloud.alerts().iter().map(id).collect();
    for alert in own {
        assert!(cloud.end_alert(&alert));
    }
    let company = |name: &str| world.autotask.named("Companies", "companyName", name);
    let (alma, brook, cliff) = (
        company("Alma Bakery"),
        company("Brook Dental"),
        company("Cliff Supplies"),
    );
    let caught = match setting.catch_all {
        CatchAll::No => None,
        CatchAll::Own => cliff,
        CatchAll::Shared => brook,
    };
    let house = |tenant: &str, company, letter, keys| House {
        tenant: tenant.to_owned(),
        company,
        letter,
        keys,
    };
    let houses = vec![
        house("Alma Bakery", alma, 'A', 5),
        house("Brook Dental", brook, 'B', 4),
        house("Unrelated", caught, 'U', 4),
    ];
    let bench = Bench::on(world);
    configure(&bench, setting, caught);
    bench.run(&["map-customer", "suggest"]).expect(0);
    (bench, houses)
}

fn id(alert: &serde_json::Value) -> String {
    alert["id"].as_str().unwrap().to_owned()
}

fn configure(bench: &Bench, setting: &Setting, caught: Option<i64>) {
    let Setting {
        again,
        auto_close,
        force,
        catch_all: _,
        way_back,
        attempts,
    } = setting;
    let again = match again {
        Again::Always => "\"always\"".to_owned(),
        Again::Never => "\"never\"".to_owned(),
        Again::Days(days) => days.to_string(),
    };
    let caught = caught.map_or_else(String::new, |company| {
        format!("catch_all_company = {company}\n")
    });
    bench.configure(
        "[tickets]\n",
        &format!("[tickets]\nreopen = {again}\ndismiss_on_complete = {way_back}\n{caught}"),
    );
    bench.configure(
        "enabled = true, status",
        &format!("enabled = {auto_close}, force = {force}, status"),
    );
    bench.configure(
        "tickets_per_run = 500",
        &format!("tickets_per_run = {PER_RUN}\ntickets_per_company = {PER_COMPANY}"),
    );
    bench.configure(
        "[limits]",
        &format!("[network]\nattempts = {attempts}\n\n[limits]"),
    );
}
