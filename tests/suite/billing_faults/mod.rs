//! The fault matrix of posting: every kind of break at every request of a posting run, `kill -9`
//! while each request is under way and after each write to the state file, answers that come late,
//! and all of it under the settings that choose the day. Whatever happens, nothing is posted twice,
//! and after at most one more run, once an earlier request cannot be on its way any more, every unit
//! row is exactly as wanted.

mod breaks;
#[cfg(debug_assertions)]
mod commits;
mod forms;
mod kills;
mod late;
mod others;
mod requests;
mod settings;

use std::fmt::Debug;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use sandbox::{Fault, Kind};

use crate::support::{Bench, Run, ended};
use requests::{At, posting, posts, requests};

const PERIOD: Date = date(2026, 9, 1);
const END: Date = date(2027, 7, 31);
const SERVICE: &str = "Backup storage";
/// GiB used, and so units wanted.
const WANTED: i64 = 420;
/// The request that posts.
const ADJUST: &str = "*/ServiceAdjustments";
/// Cases that are tried at once: most of their time is waiting.
const WORKERS: usize = 4;

/// One contract with one line that should come to [`WANTED`].
struct Line {
    bench: Bench,
    tenant: String,
    contract: i64,
    service: i64,
    /// Whether a person looks at each plan and approves it.
    approves: bool,
}

#[derive(Clone, Copy, Debug)]
enum Start {
    /// The line holds so many units.
    At(i64),
    /// The line is there and has no unit rows, so that a person approves the posting.
    Empty,
    /// There is no line, and one may be added.
    Missing,
}

impl Start {
    fn units(self) -> i64 {
        match self {
            Self::At(units) => units,
            Self::Empty | Self::Missing => 0,
        }
    }
}

/// What breaks is not tried again by the same run.
const ONCE: &str = "attempts = 1";

impl Line {
    fn new(start: Start) -> Self {
        Self::with(start, ONCE, "")
    }

    fn with(start: Start, network: &str, billing: &str) -> Self {
        let bench = Bench::small();
        let (company, tenant, contract, service) = bench.sandbox.with_world(|world| {
            let cloud = world.cloud(None).unwrap();
            let tenant = cloud.tenant_by_name("Alma Bakery").unwrap();
            let database = &mut world.autotask;
            let named = |entity, field, text| database.named(entity, field, text).unwrap();
            let company = named("Companies", "companyName", "Alma Bakery");
            let contract = named("Contracts", "contractName", "Cloud backup Alma Bakery");
            let own = named("Services", "name", "Managed Workstation");
            let service = database.add_service(SERVICE, 2, "0.10");
            match start {
                Start::At(units) => {
                    database.add_contract_service(contract, service, units);
                }
                Start::Empty => {
                    database.add_empty_contract_service(contract, service);
                }
                Start::Missing => {}
            }
            (company, tenant, contract, (service, own))
        });
        let (service, own) = service;
        let posting = if billing.contains("posting") {
            ""
        } else {
            "posting = \"every-run\""
        };
        let tables = format!(
            "[network]\n{network}\n\n[billing]\nadd_missing_lines = true\n{posting}\n{billing}\n\n\
             [products]\nunmapped = \"leave\""
        );
        bench.configure("[products]", &tables);
        mapped(&bench, service, own, (company, &tenant));
        bench.take_over();
        bench.sandbox.with_world(|world| {
            let cloud = world.cloud(None).unwrap();
            cloud.set_usage(&tenant, "pw_base_mobiles", None, 1, 1);
            cloud.enable_item(&tenant, "pw_base_mobiles", None, None);
        });
        bench.sandbox.clear_visits();
        Self {
            bench,
            tenant,
            contract,
            service,
            approves: matches!(start, Start::Empty),
        }
    }

    fn run(&self) -> Run {
        ended(self.command().output().unwrap())
    }

    /// The next run; with the digest of what a dry run shows where a person approves that.
    fn command(&self) -> Command {
        let mut command = self
            .bench
            .command(&["sync-billing", "--yes", "--output", "json"]);
        if self.approves {
            let shown = ["sync-billing", "--dry-run", "--output", "json"];
            let shown = self.bench.run(&shown);
            if shown.code == 4 {
                let digest = shown.json()["plan"]["digest"].to_string();
                command.args(["--expect-plan", digest.trim_matches('"')]);
            }
        }
        self.bench.sandbox.clear_visits();
        command
    }

    /// A run that something happens to.
    fn broken(&self, fault: Fault) -> Run {
        let mut command = self.command();
        self.bench.sandbox.fault(fault);
        let run = ended(command.output().unwrap());
        self.bench.sandbox.clear_faults();
        run
    }

    /// So many GiB are used from now on.
    fn uses(&self, units: i64) {
        self.bench.sandbox.with_world(|world| {
            let storages = world.dump()["storages"].clone();
            let storage = storages[0]["id"].as_str();
            let cloud = world.cloud(None).unwrap();
            let bytes = units << 30;
            cloud.set_usage(&self.tenant, "pw_base_storage", storage, bytes, bytes);
        });
    }

    fn units(&self, day: Date) -> i64 {
        self.bench
            .sandbox
            .with_world(|world| world.autotask.units_on(self.contract, self.service, day))
    }

    fn adjustments(&self) -> usize {
        self.bench
            .sandbox
            .with_world(|world| world.autotask.adjustments.len())
    }

    fn lines(&self) -> Vec<i64> {
        self.bench.sandbox.with_world(|world| {
            let database = &world.autotask;
            database.contract_services(self.contract, self.service)
        })
    }

    /// How the ledger's rows ended, the oldest first.
    fn ledger(&self) -> Vec<String> {
        let state = rusqlite::Connection::open(self.bench.state()).unwrap();
        let mut rows = state
            .prepare("SELECT state FROM ledger ORDER BY id")
            .unwrap();
        let rows = rows.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// What was under way when the program was gone, or gave up, lands now.
    fn landed(&self) {
        self.bench.sandbox.settle();
    }

    /// The next run, right after a broken one, must not post what may be posted already; the one
    /// after the young time ends it. `steps` are the levels from their days on.
    fn recovers(&self, steps: &[(Date, i64)], case: &str) {
        self.next_runs(steps, case);
        self.settled(steps, case);
    }

    fn next_runs(&self, steps: &[(Date, i64)], case: &str) {
        let before = steps.len() - 2;
        let next = self.run();
        let open = self.ledger().iter().any(|state| is_open(state));
        self.landed();
        if open {
            let waits = next.json()["plan"]["notes"].to_string();
            let said = waits.contains("\"settling\"");
            // It may have landed while the run was reading.
            assert!(said || self.adjustments() > before, "{case}: {waits}");
            assert!(self.adjustments() <= before + 1, "{case}");
        }
        if self.adjustments() < steps.len() - 1 {
            assert!(open, "{case}: it waits for nothing: {next:?}");
            self.bench.long_after();
            self.run();
        }
    }

    /// All is right, and the next run writes nothing.
    fn settled(&self, steps: &[(Date, i64)], case: &str) {
        self.run().expect(0);
        assert_eq!(self.bench.writes(), Vec::<String>::new(), "{case}");
        self.right(steps, case);
    }

    /// Every day's units are as wanted, by as few adjustments as there are steps.
    fn right(&self, steps: &[(Date, i64)], case: &str) {
        for day in days() {
            let step = steps.iter().rev().find(|(from, _)| *from <= day);
            let wanted = step.map(|(_, units)| *units).unwrap();
            assert_eq!(self.units(day), wanted, "{case}: {day}");
        }
        assert_eq!(self.adjustments(), steps.len() - 1, "{case}");
        assert_eq!(self.lines().len(), 1, "{case}");
        let ledger = self.ledger();
        let confirmed = ledger.iter().filter(|state| *state == "confirmed");
        assert_eq!(confirmed.count(), steps.len() - 1, "{case}: {ledger:?}");
        assert!(!ledger.iter().any(|state| is_open(state)), "{case}");
    }

    /// [`Line::settled`] after the one change of a fresh line.
    fn ends(&self, start: Start, case: &str) {
        self.settled(&one_step(start), case);
    }

    /// Starts a run and ends it with `kill -9` while the n-th request that matches is held.
    fn killed_at(&self, at: &At, held: Kind) {
        let mut command = self.command();
        self.bench.sandbox.fault(at.fault(held));
        assert!(self.bench.killed_when_held(&mut command), "{at:?}");
        self.bench.sandbox.clear_faults();
    }
}

/// Days that show every unit row of the contract: borders of months, and those on which runs post.
fn days() -> impl Iterator<Item = Date> {
    let months = (0..12).map(|month| date(2026, 8, 1).saturating_add(month.months()));
    let days = months.flat_map(|first| {
        [1, 14, 15, 27, 28]
            .map(|day| date(first.year(), first.month(), day))
            .into_iter()
            .chain([first.last_of_month()])
    });
    days.filter(|day| *day <= END)
}

fn one_step(start: Start) -> [(Date, i64); 2] {
    [(Date::MIN, start.units()), (PERIOD, WANTED)]
}

fn is_open(state: &str) -> bool {
    ["intended", "posted", "uncertain"].contains(&state)
}

/// Tries all cases, some at once; how many there were.
fn each<C: Debug + Sync>(cases: &[C], check: impl Fn(&C) + Sync) -> usize {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    check(case);
                }
            });
        }
    });
    cases.len()
}

/// A state file in which both services and the customer are mapped. All worlds here give the same
/// ids, so it is made once.
fn mapped(bench: &Bench, service: i64, own: i64, customer: (i64, &str)) {
    static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
    let bytes = TEMPLATE.get_or_init(|| {
        let id = service.to_string();
        let run = |arguments: &[&str]| bench.run(arguments).expect(0);
        run(&["map-products", "use", "pw_base_storage", &id, "--yes"]);
        // A mapped service is what makes the contract one of ours when the line is missing.
        run(&[
            "map-products",
            "use",
            "pw_base_mobiles",
            &own.to_string(),
            "--yes",
        ]);
        let company = customer.0.to_string();
        run(&["map-customer", "link", &company, customer.1, "--yes"]);
        let state = rusqlite::Connection::open(bench.state()).unwrap();
        state
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
            .unwrap();
        std::fs::read(bench.state()).unwrap()
    });
    std::fs::write(bench.state(), bytes).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(bench.state(), mode).unwrap();
}
