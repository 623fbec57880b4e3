//! Stories of `sync-billing` against the sandbox.

use jiff::civil::{Date, date};
use sandbox::{Fault, Kind};
use serde_json::Value;

use crate::support::{Bench, NOW};

/// Alma Bakery pays as it goes: three services on one monthly contract that began on the first of
/// last month.
pub(crate) struct Alma {
    pub(crate) bench: Bench,
    pub(crate) company: i64,
    pub(crate) tenant: String,
    pub(crate) contract: i64,
    pub(crate) workstations: i64,
    pub(crate) storage: i64,
}

const PERIOD: Date = date(2026, 9, 1);
const ADJUST: &str = "*/ServiceAdjustments";

impl Alma {
    pub(crate) fn new() -> Self {
        let mut bench = Bench::small();
        bench.set_now(NOW);
        bench.configure("[products]", "[products]\nunmapped = \"leave\"");
        let (company, contract, tenant, workstations, storage) =
            bench.sandbox.with_world(|world| {
                let cloud = world.cloud(None).unwrap();
                let tenant = cloud.tenant_by_name("Alma Bakery").unwrap();
                let database = &mut world.autotask;
                let company = database
                    .named("Companies", "companyName", "Alma Bakery")
                    .unwrap();
                let contract = database
                    .named("Contracts", "contractName", "Cloud backup Alma Bakery")
                    .unwrap();
                let workstations = database.add_service("Backup workstation", 2, "5.00");
                let storage = database.add_service("Backup storage", 2, "0.10");
                database.add_contract_service(contract, workstations, 2);
                database.add_contract_service(contract, storage, 0);
                (company, contract, tenant, workstations, storage)
            });
        let alma = Self {
            bench,
            company,
            tenant,
            contract,
            workstations,
            storage,
        };
        alma.map("pw_base_workstations", workstations);
        alma.map("pw_base_storage", storage);
        alma.link();
        alma.bench.sandbox.clear_visits();
        alma
    }

    fn map(&self, item: &str, service: i64) {
        self.bench
            .run(&["map-products", "use", item, &service.to_string(), "--yes"])
            .expect(0);
    }

    fn link(&self) {
        let company = self.company.to_string();
        self.bench
            .run(&["map-customer", "link", &company, &self.tenant, "--yes"])
            .expect(0);
    }

    pub(crate) fn bill(&self) -> crate::support::Run {
        self.bench.run(&["sync-billing", "--output", "json"])
    }

    pub(crate) fn units(&self, service: i64, day: Date) -> i64 {
        self.bench
            .sandbox
            .with_world(|world| world.autotask.units_on(self.contract, service, day))
    }

    pub(crate) fn adjustments(&self) -> usize {
        self.bench
            .sandbox
            .with_world(|world| world.autotask.adjustments.len())
    }

    pub(crate) fn used(&self, item: &str, units: i64) {
        self.bench.sandbox.with_world(|world| {
            let cloud = world.cloud(None).unwrap();
            cloud.set_usage(&self.tenant, item, None, units, units);
        });
    }
}

pub(crate) fn kinds(list: &Value) -> Vec<&str> {
    let all = list.as_array().unwrap().iter();
    all.map(|one| one["kind"].as_str().unwrap()).collect()
}

#[test]
fn usage_becomes_units_from_the_period_start_and_a_second_run_posts_nothing() {
    let alma = Alma::new();
    let run = alma.bill().expect(0).json();
    assert_eq!(kinds(&run["plan"]["actions"]), ["post-units", "post-units"]);
    assert_eq!(run["summary"]["done"], 2);
    assert_eq!(alma.units(alma.workstations, PERIOD), 7);
    assert_eq!(alma.units(alma.storage, PERIOD), 420);
    assert_eq!(alma.units(alma.workstations, date(2026, 8, 31)), 2);
    assert_eq!(alma.adjustments(), 2);

    let again = alma.bill().expect(0).json();
    assert_eq!(again["plan"]["actions"], Value::Array(vec![]));
    assert_eq!(alma.adjustments(), 2);
}

#[test]
fn a_dry_run_shows_the_difference_and_writes_nothing() {
    let alma = Alma::new();
    let run = alma
        .bench
        .run(&[
            "sync-billing",
            "--dry-run",
            "--detailed-exitcode",
            "--output",
            "json",
        ])
        .expect(10)
        .json();
    let first = &run["plan"]["actions"][1];
    assert_eq!(first["before"]["units"], 2);
    assert_eq!(first["after"]["units"], 7);
    assert_eq!(first["after"]["from"], "2026-09-01");
    assert_eq!(alma.bench.writes(), Vec::<String>::new());
    assert_eq!(alma.adjustments(), 0);
}

#[test]
fn a_jump_past_the_limit_waits_for_a_person_and_the_other_lines_go_on() {
    let alma = Alma::new();
    alma.used("pw_base_workstations", 900);
    let run = alma.bill().expect(4).json();
    assert_eq!(run["plan"]["gate"]["refusals"][0]["code"], "units-jump");
    assert_eq!(alma.units(alma.workstations, PERIOD), 2);
    assert_eq!(alma.units(alma.storage, PERIOD), 420);
    let shown = alma
        .bench
        .run(&["sync-billing", "--dry-run", "--output", "json"])
        .expect(4)
        .json();
    let digest = shown["plan"]["digest"].as_str().unwrap();
    alma.bench
        .run(&["sync-billing", "--expect-plan", digest])
        .expect(0);
    assert_eq!(alma.units(alma.workstations, PERIOD), 900);
}

#[test]
fn one_line_that_fails_does_not_stop_the_others_and_the_next_run_mends_it() {
    let alma = Alma::new();
    alma.bench
        .sandbox
        .fault(Fault::new("autotask", "POST", ADJUST, Kind::CutBefore));
    let run = alma.bill().expect(3).json();
    assert_eq!(run["summary"]["done"], 1);
    assert_eq!(run["summary"]["uncertain"], 1);
    let waits = alma.bill().expect(0).json();
    assert_eq!(kinds(&waits["plan"]["notes"]), ["settling"]);
    assert_eq!(alma.adjustments(), 1);
    alma.bench.long_after();
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, PERIOD), 7);
    assert_eq!(alma.units(alma.storage, PERIOD), 420);
    assert_eq!(alma.adjustments(), 2);
}

#[test]
fn what_waits_for_a_person_is_told_once_until_it_changes_or_is_approved() {
    let alma = Alma::new();
    alma.used("pw_base_workstations", 900);
    let first = alma.bench.run(&["sync-billing", "--quiet"]).expect(4);
    assert!(first.stdout.contains("2 → 900 units"), "{}", first.stdout);
    let second = alma.bench.run(&["sync-billing", "--quiet"]).expect(0);
    assert_eq!(second.stdout, "");
    alma.used("pw_base_workstations", 901);
    alma.bench.run(&["sync-billing", "--quiet"]).expect(4);
    let shown = alma
        .bench
        .run(&["sync-billing", "--dry-run", "--output", "json"])
        .expect(4)
        .json();
    let digest = shown["plan"]["digest"].as_str().unwrap();
    alma.bench
        .run(&["sync-billing", "--expect-plan", digest])
        .expect(0);
    assert_eq!(alma.units(alma.workstations, PERIOD), 901);
    let waiting: i64 = rusqlite::Connection::open(alma.bench.state())
        .unwrap()
        .query_row("SELECT count(*) FROM attention", [], |row| row.get(0))
        .unwrap();
    assert_eq!(waiting, 0);
}

#[test]
fn missing_usage_is_not_zero_usage() {
    let mut alma = Alma::new();
    alma.bill().expect(0);
    alma.bench.sandbox.with_world(|world| {
        let tenant = alma.tenant.clone();
        let cloud = world.cloud(None).unwrap();
        assert!(cloud.remove_usage_row(&tenant, "pw_base_workstations", None));
    });
    let run = alma.bill().expect(0).json();
    let note = &run["plan"]["notes"][0];
    assert_eq!(note["kind"], "usage-missing");
    assert_eq!(note["needs_person"], true);
    alma.bench.set_now("2026-10-01T06:00:00Z");
    let run = alma.bill().expect(4).json();
    assert_eq!(run["plan"]["gate"]["refusals"][0]["code"], "usage-missing");
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 7);
    let shown = alma
        .bench
        .run(&["sync-billing", "--dry-run", "--output", "json"])
        .expect(4)
        .json();
    let digest = shown["plan"]["digest"].as_str().unwrap();
    alma.bench
        .run(&["sync-billing", "--expect-plan", digest])
        .expect(0);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 0);
}

#[test]
fn a_second_change_in_a_period_is_held_and_posted_at_the_start_of_the_next() {
    let mut alma = Alma::new();
    alma.bill().expect(0);
    alma.used("pw_base_workstations", 9);
    let held = alma.bill().expect(0).json();
    assert_eq!(kinds(&held["plan"]["notes"]), ["held"]);
    assert_eq!(alma.units(alma.workstations, PERIOD), 7);
    alma.bench.set_now("2026-10-01T06:00:00Z");
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, date(2026, 9, 30)), 7);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 9);
}

#[test]
fn a_posted_period_is_left_alone_and_the_change_counts_from_the_next() {
    let alma = Alma::new();
    alma.bench.sandbox.with_world(|world| {
        world.autotask.post_periods(alma.contract, PERIOD);
    });
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, date(2026, 9, 30)), 2);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 7);
    alma.bill().expect(0);
    assert_eq!(alma.adjustments(), 2);
}

#[test]
fn the_highest_measure_of_a_period_is_posted_in_its_last_days() {
    let mut alma = Alma::new();
    alma.bench.configure(
        "[products]",
        "[billing]\nposting = \"period-end\"\nmeasure = \"highest\"\n\n[products]",
    );
    alma.used("pw_base_workstations", 11);
    let measured = alma.bill().expect(0).json();
    assert_eq!(measured["plan"]["actions"], Value::Array(vec![]));
    alma.used("pw_base_workstations", 8);
    alma.bench.set_now("2026-09-28T06:00:00Z");
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, PERIOD), 11);
    alma.bill().expect(0);
    assert_eq!(alma.adjustments(), 2);
}

#[test]
fn a_person_who_adjusted_the_line_on_the_same_day_is_not_fought() {
    let alma = Alma::new();
    alma.bench.sandbox.with_world(|world| {
        let database = &mut world.autotask;
        let line = database.contract_services(alma.contract, alma.workstations)[0];
        database.adjust_as_person(line, PERIOD, 1).unwrap();
    });
    let refused = alma.bill().expect(3).json();
    assert_eq!(refused["summary"]["failed"], 1);
    let held = alma.bill().expect(0).json();
    assert_eq!(kinds(&held["plan"]["notes"]), ["held"]);
    assert_eq!(alma.units(alma.workstations, PERIOD), 3);
}

#[test]
fn a_posted_number_is_explained_and_the_month_adds_up_exactly() {
    let alma = Alma::new();
    let run = alma.bill().expect(0).json();
    let company = alma.company.to_string();
    let rows = alma
        .bench
        .run(&["explain", &company, "pw_base_workstations", "-o", "json"])
        .expect(0)
        .json();
    let posted = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["kind"] == "billed")
        .unwrap();
    assert_eq!(posted["arithmetic"], "7 = 7");
    assert_eq!(posted["before"], 2);
    assert_eq!(posted["change"], "+5");
    assert_eq!(posted["after"], 7);
    assert_eq!(posted["effective"], "2026-09-01");
    assert_eq!(posted["outcome"], "confirmed");
    assert_eq!(posted["run"], run["run"]);
    assert_eq!(posted["usage_at"], "2026-09-15T08:00:00Z");

    let month = alma
        .bench
        .run(&["billing-report", "2026-09", "-o", "json"])
        .expect(0)
        .json();
    let lines: Vec<(&str, i64, &str)> = month
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["unit_price"].as_str().unwrap(),
                row["units"].as_i64().unwrap(),
                row["amount"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(lines, [("5", 7, "35"), ("0.1", 420, "42")]);
    let shown = alma.bench.run(&["billing-report", "2026-09"]).expect(0);
    assert!(
        shown.stdout.contains("2 lines, 77 in all"),
        "{}",
        shown.stdout
    );
    let empty = alma.bench.run(&["billing-report", "2026-08"]).expect(0);
    assert!(empty.stdout.contains("0 lines"), "{}", empty.stdout);
    alma.bench.run(&["billing-report", "2026-8"]).expect(2);
}

#[test]
fn a_run_is_taken_back_once_from_the_next_period_on() {
    let mut alma = Alma::new();
    let first = alma.bill().expect(0).json();
    let run = first["run"].as_str().unwrap();
    alma.bench.run(&["revert", run]).expect(2);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 7);
    alma.bench.run(&["revert", run, "--yes"]).expect(0);
    assert_eq!(alma.units(alma.workstations, date(2026, 9, 30)), 7);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 2);
    assert_eq!(alma.units(alma.storage, date(2026, 10, 1)), 0);
    assert_eq!(alma.adjustments(), 4);
    let again = alma
        .bench
        .run(&["revert", run, "--yes", "-o", "json"])
        .expect(0)
        .json();
    assert_eq!(kinds(&again["plan"]["notes"]), ["reverted", "reverted"]);
    assert_eq!(alma.adjustments(), 4);
    alma.bench.set_now("2026-10-02T06:00:00Z");
    alma.bench.run(&["revert", "nothing", "--yes"]).expect(2);
}

#[test]
fn a_missing_line_is_reported_and_made_only_when_configured() {
    let alma = Alma::new();
    let service = alma
        .bench
        .sandbox
        .with_world(|world| world.autotask.add_service("Backup server", 2, "9.00"));
    alma.map("pw_base_servers", service);
    // The quotas' part would switch the unsold item off, and does not while it is in use.
    let run = alma.bill().expect(4).json();
    assert_eq!(kinds(&run["plan"]["notes"]), ["line-missing"]);
    assert_eq!(alma.units(service, PERIOD), 0);
    alma.bench.configure(
        "[products]",
        "[billing]\nadd_missing_lines = true\n\n[products]",
    );
    alma.bill().expect(0);
    assert_eq!(alma.units(service, PERIOD), 1);
}

#[test]
fn what_nobody_can_bill_is_reported_once_with_what_to_do() {
    let alma = Alma::new();
    alma.bench.sandbox.with_world(|world| {
        let database = &mut world.autotask;
        let start = date(2026, 8, 1);
        let end = date(2027, 7, 31);
        let second = database.add_contract(alma.company, "Second", start, end, 2, Some("Yes"));
        database.add_contract_service(second, alma.workstations, 0);
        let odd = database.add_contract(alma.company, "Odd", start, end, 2, Some("Perhaps"));
        database.add_contract_service(odd, alma.workstations, 0);
    });
    let run = alma.bill().expect(4).json();
    assert_eq!(
        kinds(&run["plan"]["notes"]),
        ["billing-type-unclear", "mixed-billing"]
    );
    assert_eq!(alma.units(alma.workstations, PERIOD), 2);
    assert_eq!(alma.units(alma.storage, PERIOD), 420);
    let quiet = alma.bench.run(&["sync-billing", "--quiet"]).expect(0);
    assert_eq!(quiet.stdout, "");
}

#[test]
fn a_refusal_of_autotask_is_not_repeated_until_something_changes_or_is_approved() {
    let alma = Alma::new();
    alma.used("pw_base_workstations", 0);
    alma.bench
        .sandbox
        .with_world(|world| world.autotask.refuses_zero_units = true);
    alma.bill().expect(3);
    alma.bench.sandbox.clear_visits();
    let held = alma.bill().expect(4).json();
    assert_eq!(
        held["plan"]["gate"]["refusals"][0]["code"],
        "refused-before"
    );
    alma.bill().expect(0);
    assert_eq!(alma.bench.writes(), Vec::<String>::new());
    alma.used("pw_base_workstations", 1);
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, PERIOD), 1);
}

#[test]
fn prepaid_quotas_follow_the_contract_and_over_use_is_listed_with_numbers() {
    let alma = Alma::new();
    alma.bench.sandbox.with_world(|world| {
        world.autotask.set_payg(alma.contract, "No");
        let cloud = world.cloud(None).unwrap();
        cloud.enable_item(
            &alma.tenant,
            "pw_base_workstations",
            None,
            Some((5, Some(0))),
        );
    });
    let run = alma
        .bench
        .run(&["sync-billing", "--dry-run", "-o", "json"])
        .json();
    let over = run["plan"]["notes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|note| note["kind"] == "over-use")
        .unwrap();
    let text = over["text"].as_str().unwrap();
    assert!(
        text.contains("uses 7") && text.contains("quota of 5: 2 over"),
        "{text}"
    );
    assert_eq!(alma.adjustments(), 0);
    let provisioned = alma
        .bench
        .run(&["provision", "--dry-run", "-o", "json"])
        .json();
    let quotas = |run: &Value| -> Vec<Value> {
        let actions = run["plan"]["actions"].as_array().unwrap().iter();
        actions
            .filter(|action| action["kind"] == "set-quota")
            .cloned()
            .collect()
    };
    assert_eq!(quotas(&run), quotas(&provisioned));
    assert!(!quotas(&run).is_empty());
}
