//! What happens between two runs, at customers and at both services, and what goes wrong in one.

use jiff::{SignedDuration, ToSpan as _};
use sandbox::{Fault, Kind, World};
use serde_json::{Value, json};

use super::provider::Provider;

/// What can be wrong in a run, by name; the first is nothing.
pub(super) const FAULTS: &[&str] = &[
    "none",
    "an account refuses the login",
    "usages cannot be read",
    "alerts cannot be read",
    "contracts cannot be read",
    "a tenant is hidden",
    "companies are hidden",
    "tickets cannot be read",
    "the state file is lost",
    "the field for pay-as-you-go is gone",
    "a request is lost",
    "an answer makes no sense",
];

impl Provider {
    /// Lets time pass, and much happen in it.
    pub(super) fn live(&mut self, days: i64) {
        self.next_day();
        let hours = days * 24 + self.dice.i64(0..9);
        self.bench
            .move_to(self.bench.now() + SignedDuration::from_hours(hours));
        self.usages();
        self.alerts();
        self.technicians();
        self.account_managers();
        self.oddities();
    }

    fn usages(&mut self) {
        let items = ["pw_base_workstations", "pw_base_servers", "pw_base_vms"];
        for pair in self.bench.sandbox.with_world(|world| world.pairs()) {
            for item in items {
                let (what, by) = (self.dice.u32(..10), self.dice.i64(-3..7));
                self.bench.sandbox.with_world(|world| {
                    let used = usage(world, &pair.tenant, item);
                    let cloud = world.cloud(Some(&pair.account)).unwrap();
                    match (what, used) {
                        (0, Some(_)) => {
                            cloud.remove_usage_row(&pair.tenant, item, None);
                        }
                        (1, Some(_)) => cloud.set_usage(&pair.tenant, item, None, 0, 0),
                        (2..=5, Some(used)) => {
                            let used = (used + by).max(0);
                            cloud.set_usage(&pair.tenant, item, None, used, used);
                        }
                        (_, _) => {}
                    }
                });
            }
        }
    }

    fn alerts(&mut self) {
        let pairs = self.bench.sandbox.with_world(|world| world.pairs());
        let kinds = [
            ("BackupFailed", "critical"),
            ("MachineOffline30", "warning"),
            ("AgentUpdated", "information"),
            ("BackupNotResponding", "error"),
        ];
        for pair in &pairs {
            let storm = self.chance(8);
            for number in 0..if storm { 7 } else { self.dice.u32(..3) } {
                let (kind, severity) = kinds[self.dice.usize(..kinds.len())];
                let name = format!("PC-{}-{number}", self.dice.u32(..4));
                let details = json!({"resourceName": name, "resourceId": format!("R-{name}"),
                    "planName": "Daily", "planId": "P-1", "errorMessage": {"reason": "It broke."}});
                self.bench.sandbox.with_world(|world| {
                    let cloud = world.cloud(Some(&pair.account)).unwrap();
                    cloud.raise_alert(&pair.tenant, kind, "Backup", severity, details)
                });
            }
        }
        for at in 0..self.bench.sandbox.accounts().len() {
            let all = self
                .bench
                .sandbox
                .with_world(|world| world.acronis[at].alerts());
            for alert in all {
                let id = alert["id"].as_str().unwrap();
                let what = self.luck(id).u32(..12);
                let ended = !alert["deletedAt"].is_null();
                self.bench.sandbox.with_world(|world| {
                    let now = world.now;
                    let cloud = &mut world.acronis[at];
                    cloud.set_now(now);
                    match (what, ended) {
                        (0..=2, false) => cloud.end_alert(id),
                        (3, false) => cloud.change_alert(id, json!({"resourceName": "PC-9-9"})),
                        (4, false) => cloud.expire_alert(id),
                        (0..=1, true) => cloud.re_raise(id),
                        (_, _) => false,
                    }
                });
            }
        }
    }

    fn technicians(&mut self) {
        for ticket in self
            .bench
            .sandbox
            .with_world(|world| world.autotask.tickets())
        {
            let name = ticket["externalID"].as_str().unwrap_or_default();
            let what = self.luck(name).u32(..16);
            let id = ticket["id"].as_i64().unwrap();
            self.bench.sandbox.with_world(|world| {
                world.autotask.now = world.now;
                let desk = &mut world.autotask;
                match what {
                    0 | 1 => desk.close_ticket(id),
                    2 => desk.edit_ticket(id, "status", json!(8)),
                    3 => desk.delete_ticket(id),
                    4 => desk.add_note(id, "By a person", "I am looking at it.") > 0,
                    _ => false,
                }
            });
        }
    }

    fn account_managers(&mut self) {
        let contracts = self
            .bench
            .sandbox
            .with_world(|world| world.autotask.all("Contracts"));
        for contract in contracts {
            let id = contract["id"].as_i64().unwrap();
            let (what, by, days) = (
                self.dice.u32(..20),
                self.dice.i64(-2..6),
                self.dice.i64(-9..12),
            );
            self.bench.sandbox.with_world(|world| {
                let today = world.today();
                world.autotask.now = world.now;
                let database = &mut world.autotask;
                match what {
                    0 => drop(database.end_contract(id, today.saturating_add(days.days()))),
                    1 => database.set_payg(id, if by > 0 { "Yes" } else { "No" }),
                    2 | 3 => drop(database.post_periods(id, today)),
                    4..=7 => adjust(database, id, today, by),
                    _ => {}
                }
            });
        }
    }

    /// Lets one thing be wrong from now on.
    pub(super) fn break_something(&mut self, what: &str) {
        let status = |code| Kind::Status {
            code,
            body: None,
            headers: Vec::new(),
        };
        let always = |service, method, path, kind| {
            let fault = Fault::new(service, method, path, kind).times(0);
            self.bench.sandbox.fault(fault);
        };
        match what {
            "none" => {}
            "an account refuses the login" => {
                let account = self.bench.sandbox.accounts().last().unwrap();
                let service = format!("acronis:{account}");
                always(&service, "POST", "*/idp/token", status(401));
            }
            "usages cannot be read" => always("acronis", "GET", "*/usages", status(500)),
            "alerts cannot be read" => always("acronis", "GET", "*/alerts", status(403)),
            "contracts cannot be read" => {
                always("autotask", "POST", "*/Contracts/query", status(503));
            }
            "tickets cannot be read" => always("autotask", "POST", "*/Tickets/query", status(500)),
            "a tenant is hidden" => self.bench.sandbox.with_world(|world| {
                let pairs = world.pairs();
                for pair in pairs.iter().step_by(3) {
                    let cloud = world.cloud(Some(&pair.account)).unwrap();
                    cloud.hide_tenant(&pair.tenant);
                }
            }),
            "companies are hidden" => self.bench.sandbox.with_world(|world| {
                let pairs = world.pairs();
                for pair in pairs.iter().skip(1).step_by(3) {
                    world.autotask.hide("Companies", pair.company);
                }
            }),
            "the state file is lost" => {
                for ending in ["", "-wal", "-shm"] {
                    let state = self.bench.state().display().to_string();
                    drop(std::fs::remove_file(format!("{state}{ending}")));
                }
            }
            "the field for pay-as-you-go is gone" => self
                .bench
                .sandbox
                .with_world(|world| world.autotask.deactivate_payg_field()),
            "a request is lost" => {
                let fault = Fault::new("autotask", "POST", "*/Companies/query", Kind::CutBefore);
                self.bench.sandbox.fault(fault);
            }
            "an answer makes no sense" => {
                let text = "<html>Please log in</html>".to_owned();
                always("acronis", "GET", "*/tenants*", Kind::Body { text });
            }
            other => panic!("nobody knows how to break '{other}'"),
        }
    }
}

fn usage(world: &World, tenant: &str, item: &str) -> Option<i64> {
    let dumps = world.acronis.iter().map(sandbox::acronis::Cloud::dump);
    let tenants = dumps.flat_map(|dump| dump["tenants"].as_array().unwrap().clone());
    let found = tenants.into_iter().find(|one| one["id"] == tenant)?;
    let rows = found["usages"].as_array()?.clone();
    let row = rows.into_iter().find(|row| row["name"] == item)?;
    row["absolute_value"].as_i64()
}

/// A person changes the units of a contract's first mapped line.
fn adjust(
    database: &mut sandbox::autotask::Database,
    contract: i64,
    day: jiff::civil::Date,
    by: i64,
) {
    let lines = database.all("ContractServices");
    let mine = |row: &&Value| row["contractID"] == contract;
    if let Some(line) = lines.iter().filter(mine).nth(1) {
        // It may fall below zero, which is refused to people, too.
        drop(database.adjust_as_person(line["id"].as_i64().unwrap(), day, by));
    }
}
