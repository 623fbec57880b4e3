//! One history: a world, its people and the runs. What is asked of it at the end is in `questions`.

mod questions;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use sandbox::{Fault, Kind};
use serde_json::Value;

use super::Counts;
use super::shop::{Later, Posting, Reading, Settings, Shop, Term};
use crate::support::{Bench, Run};

const SHOPS: usize = 5;
const DAYS: i64 = 110;
const ITEM: &str = "pw_base_workstations";
const BEGIN: Date = date(2026, 2, 1);
/// Machines of the provider: the plan is the same on each.
const ZONES: [&str; 4] = [
    "UTC",
    "America/New_York",
    "Pacific/Auckland",
    "Asia/Kolkata",
];

/// A change in a plan that a person approved.
struct Approved {
    contract: i64,
    from: Date,
    units: i64,
}

pub(super) struct Story {
    seed: u64,
    dice: fastrand::Rng,
    bench: Bench,
    service: i64,
    shops: Vec<Shop>,
    today: Date,
    /// Every how many days the program runs.
    every: i64,
    /// Whether the provider approves and posts in advance (`effective = "next-period"`).
    in_advance: bool,
    /// Whether a person looks at what is held, in percent of the runs.
    approves: u32,
    /// The plans that a person approved.
    approvals: Vec<Vec<Approved>>,
    counts: Counts,
}

impl Story {
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = fastrand::Rng::with_seed(seed);
        let bench = Bench::small();
        bench.configure("[products]", "[products]\nunmapped = \"leave\"");
        let every = [1, 1, 2, 7][dice.usize(..4)];
        let service = bench
            .sandbox
            .with_world(|world| world.autotask.add_service("Backup workstation", 2, "5.00"));
        let mut story = Self {
            seed,
            bench,
            service,
            shops: Vec::new(),
            today: BEGIN,
            every,
            in_advance: dice.u32(..3) == 0,
            approves: [0, 15, 40][dice.usize(..3)],
            approvals: Vec::new(),
            counts: Counts::new(),
            dice,
        };
        for number in 0..SHOPS {
            let shop = story.open_shop(number);
            story.shops.push(shop);
        }
        if every == 7 {
            story.count("histories with a run a week");
        }
        story.configure();
        story.at(9);
        let map = ["map-products", "use", ITEM, &service.to_string(), "--yes"];
        story.bench.run(&map).expect(0);
        for shop in &story.shops {
            let company = shop.company.to_string();
            let link = ["map-customer", "link", &company, &shop.tenant, "--yes"];
            story.bench.run(&link).expect(0);
        }
        story
    }

    fn open_shop(&mut self, number: usize) -> Shop {
        let name = format!("Shop {number}");
        let dice = &mut self.dice;
        let settings = Settings {
            posting: [Posting::PeriodEnd, Posting::PeriodEnd, Posting::EveryRun][dice.usize(..3)],
            highest: dice.bool(),
            later: [Later::Hold, Later::Today, Later::Raise][dice.usize(..3)],
        };
        let start = BEGIN.saturating_sub(dice.i64(0..28).days());
        let end = start.saturating_add(2.years());
        let payg = dice.u32(..6) > 0;
        let used = dice.i64(0..20);
        let (service, text) = (self.service, if payg { "Yes" } else { "No" });
        let (company, tenant, contract) = self.bench.sandbox.with_world(|world| {
            let cloud = world.cloud(None).unwrap();
            let root = cloud.root();
            let tenant = cloud.add_customer(&root, &name);
            cloud.set_tenant(&tenant, "pricing_mode", "production".into());
            assert!(cloud.enable_item(&tenant, ITEM, None, None));
            cloud.set_usage(&tenant, ITEM, None, used, used);
            let database = &mut world.autotask;
            let company = database.add_company(&name, "Customer", true);
            let title = format!("Cloud backup {name}");
            let contract = database.add_contract(company, &title, start, end, 2, Some(text));
            database.add_contract_service(contract, service, 0);
            (company, tenant, contract)
        });
        Shop {
            name,
            company,
            tenant,
            settings,
            terms: vec![Term {
                contract,
                start,
                end,
                first_seen: None,
            }],
            unlinked: None,
            payg,
            turned: None,
            used: Reading::Used(used),
            readings: Default::default(),
            said: Vec::new(),
        }
    }

    fn configure(&self) {
        let text = std::fs::read_to_string(&self.bench.config).unwrap();
        let customers: String = self
            .shops
            .iter()
            .map(|shop| shop.settings.written(shop.company))
            .collect();
        let limits = "[limits]\nusage_dropped_percent = 100";
        let text = text.replacen("[limits]", limits, 1);
        let billing = if self.in_advance {
            "[billing]\neffective = \"next-period\"\n\n[products]"
        } else {
            "[products]"
        };
        let text = text.replacen("[products]", billing, 1);
        let text = format!("time_zone = \"UTC\"\n{text}{customers}");
        std::fs::write(&self.bench.config, text).unwrap();
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn at(&mut self, hour: i8) {
        let now = self.today.at(hour, 0, 0, 0);
        self.bench.set_now(&format!("{now}Z"));
    }

    pub(super) fn play(mut self) -> Counts {
        for day in 0..DAYS {
            self.today = BEGIN.saturating_add(day.days());
            self.people();
            self.usage();
            let skipped = self.dice.u32(..12) == 0;
            if day % self.every == 0 && !skipped {
                self.run(0);
            }
        }
        self.close();
        self.counts
    }

    /// What account managers and accountants do on a day.
    fn people(&mut self) {
        for number in 0..self.shops.len() {
            match self.dice.u32(..260) {
                0 => self.renew(number),
                1 => self.end(number),
                2 => self.unlink(number),
                3..=5 => self.turn_payg(number),
                _ => {}
            }
            // In arrears some days after a period began; in advance the one that goes on.
            if self.dice.u32(..14) == 0 {
                let until = if self.in_advance {
                    self.today
                } else {
                    self.today.saturating_sub(25.days())
                };
                let contracts: Vec<i64> = self.shops[number]
                    .terms
                    .iter()
                    .map(|term| term.contract)
                    .collect();
                let posted: usize = self.bench.sandbox.with_world(|world| {
                    let posted = contracts
                        .iter()
                        .map(|contract| world.autotask.post_periods(*contract, until));
                    posted.sum()
                });
                if posted > 0 {
                    self.count("rows posted");
                }
            }
        }
    }

    fn turn_payg(&mut self, number: usize) {
        let shop = &mut self.shops[number];
        if shop.payg {
            return;
        }
        shop.payg = true;
        shop.turned = Some(self.today);
        let contract = shop.terms.last().unwrap().contract;
        self.bench
            .sandbox
            .with_world(|world| world.autotask.set_payg(contract, "Yes"));
        self.count("turned pay-as-you-go");
    }

    /// The contract ends with its period, and one like it follows.
    fn renew(&mut self, number: usize) {
        if self.shops[number].terms.len() > 1 || !self.shops[number].payg {
            return;
        }
        let (service, today) = (self.service, self.today);
        let shop = &mut self.shops[number];
        let term = shop.terms.last_mut().unwrap();
        let mut periods = term.periods().into_iter();
        let Some(period) = periods.find(|one| one.end >= today) else {
            return; // it is over
        };
        let end = period.end;
        let start = end.tomorrow().unwrap();
        let last = start.saturating_add(1.year()).yesterday().unwrap();
        let (old, title) = (term.contract, format!("Renewed {}", shop.name));
        let company = shop.company;
        let contract = self.bench.sandbox.with_world(|world| {
            let database = &mut world.autotask;
            assert!(database.end_contract(old, end));
            let contract = database.add_contract(company, &title, start, last, 2, Some("Yes"));
            database.add_contract_service(contract, service, 0);
            contract
        });
        term.end = end;
        shop.terms.push(Term {
            contract,
            start,
            end: last,
            first_seen: None,
        });
        self.count("contracts renewed");
    }

    /// The contract ends in the middle of a period.
    fn end(&mut self, number: usize) {
        let end = self.today.saturating_add(self.dice.i64(1..9).days());
        let term = self.shops[number].terms.last_mut().unwrap();
        if term.end <= end || term.start >= end {
            return;
        }
        let contract = term.contract;
        let moved = self
            .bench
            .sandbox
            .with_world(|world| world.autotask.end_contract(contract, end));
        if moved {
            term.end = end;
            self.count("contracts ended");
        }
    }

    fn unlink(&mut self, number: usize) {
        if self.shops[number].unlinked.is_some() {
            return;
        }
        self.at(5);
        let company = self.shops[number].company.to_string();
        self.bench
            .run(&["map-customer", "unlink", &company, "--yes"])
            .expect(0);
        self.shops[number].unlinked = Some(self.today);
        self.count("customers unlinked");
    }

    fn usage(&mut self) {
        for number in 0..self.shops.len() {
            let (dice, shop) = (&mut self.dice, &mut self.shops[number]);
            let next = match (dice.u32(..30), shop.used) {
                (0, _) => Reading::NoRow,
                (1, _) => Reading::Used(0),
                (2..=5, Reading::Used(units)) => Reading::Used((units + dice.i64(-4..6)).max(0)),
                (2..=9, Reading::NoRow) => Reading::Used(dice.i64(0..20)),
                (_, same) => same,
            };
            if next == shop.used {
                continue;
            }
            shop.used = next;
            let tenant = shop.tenant.clone();
            self.bench.sandbox.with_world(|world| {
                let cloud = world.cloud(None).unwrap();
                match next {
                    Reading::Used(units) => cloud.set_usage(&tenant, ITEM, None, units, units),
                    Reading::NoRow => {
                        cloud.remove_usage_row(&tenant, ITEM, None);
                    }
                }
            });
            match next {
                Reading::NoRow => self.count("readings missing"),
                Reading::Used(0) => self.count("readings of zero"),
                Reading::Used(_) => {}
            }
        }
    }

    fn start(&mut self, arguments: &[&str]) -> Run {
        let mut command = self.bench.command(arguments);
        command.env("TZ", ZONES[self.dice.usize(..ZONES.len())]);
        self.bench.finish(command)
    }

    /// One scheduled run, with an accident now and then, and a person who may approve what it holds.
    fn run(&mut self, of_day: usize) {
        let hour = self.dice.i8(1..22);
        self.at(hour);
        let accident = self.dice.u32(..16);
        let adjust = "*/ServiceAdjustments";
        match accident {
            0 => {
                let body = r#"{"errors":["An error occurred."]}"#.to_owned();
                let refused = Kind::Status {
                    code: 500,
                    body: Some(body),
                    headers: Vec::new(),
                };
                self.bench
                    .sandbox
                    .fault(Fault::new("autotask", "POST", adjust, refused));
            }
            1 => {
                let lost = Fault::new("autotask", "POST", adjust, Kind::CutAfter);
                self.bench.sandbox.fault(lost);
            }
            2 => {
                let dead = Kind::Status {
                    code: 500,
                    body: None,
                    headers: Vec::new(),
                };
                self.bench
                    .sandbox
                    .fault(Fault::new("acronis", "GET", "/usages", dead).times(0));
            }
            _ => {}
        }
        self.bench.sandbox.clear_visits();
        let run = self.start(&["sync-billing", "--yes", "--output", "json"]);
        let visits = self.bench.sandbox.visits();
        let answered = |status: Option<u16>| {
            let mut posts = visits
                .iter()
                .filter(|visit| visit.path.ends_with("/ServiceAdjustments"));
            posts.any(|visit| visit.status == status)
        };
        let (refused, lost) = (answered(Some(500)), answered(None));
        self.bench.sandbox.clear_faults();
        self.count("runs");
        match accident {
            0 if refused => self.count("adjustments refused once"),
            1 if lost => self.count("answers lost"),
            2 => self.count("runs without Acronis"),
            _ => {}
        }
        if accident == 2 {
            assert_ne!(
                run.code, 0,
                "seed {}: usages could not be read: {run:?}",
                self.seed
            );
        } else {
            // All that there was to post may have been refused.
            let fine = matches!(run.code, 0 | 3 | 4) || (accident == 0 && run.code == 1);
            assert!(fine, "seed {} on {}: {run:?}", self.seed, self.today);
            self.read(of_day);
        }
        self.listen(&run.json());
        if self.dice.u32(..100) < self.approves {
            self.approve(of_day + 1);
        }
    }

    /// The run has read every linked customer with a pay-as-you-go contract in force.
    fn read(&mut self, of_day: usize) {
        let today = self.today;
        for shop in &mut self.shops {
            if shop.unlinked.is_some() {
                continue;
            }
            let mut in_force = false;
            for term in &mut shop.terms {
                if term.start <= today && today <= term.end {
                    in_force = true;
                    if shop.payg {
                        term.first_seen.get_or_insert(today);
                    }
                }
            }
            if in_force {
                shop.readings.insert((today, of_day), shop.used);
            }
        }
    }

    /// Remembers everything that was said, by customer.
    fn listen(&mut self, run: &Value) {
        let today = self.today;
        let plan = &run["plan"];
        let lists = [
            &plan["notes"],
            &plan["gate"]["refusals"],
            &run["held"],
            &plan["held"],
        ];
        let all = lists.iter().filter_map(|list| list.as_array()).flatten();
        // A note that nobody has to act on names nothing.
        let texts: Vec<String> = all
            .filter(|one| one["needs_person"] != false && has_amount(one))
            .map(Value::to_string)
            .collect();
        for shop in &mut self.shops {
            for text in &texts {
                let named = shop
                    .terms
                    .iter()
                    .any(|term| text.contains(&term.contract.to_string()));
                if named {
                    shop.said.push((today, text.clone()));
                }
            }
        }
    }

    fn approve(&mut self, of_day: usize) {
        let shown = self.start(&["sync-billing", "--dry-run", "--output", "json"]);
        if shown.code != 4 {
            return;
        }
        let shown = shown.json();
        self.listen(&shown);
        let digest = shown["plan"]["digest"].as_str().unwrap().to_owned();
        let run = self.start(&["sync-billing", "--expect-plan", &digest, "--output", "json"]);
        assert!(
            matches!(run.code, 0 | 3 | 4),
            "seed {} on {}: {run:?}",
            self.seed,
            self.today
        );
        self.read(of_day);
        self.listen(&run.json());
        self.approvals.push(approved(&shown["plan"]));
        self.count("plans approved");
    }
}

/// The changes of a plan.
fn approved(plan: &Value) -> Vec<Approved> {
    let actions = plan["actions"].as_array().unwrap().iter();
    let posts = actions.filter(|action| action["kind"] == "post-units");
    posts
        .map(|action| {
            let subject = action["subject"].as_str().unwrap();
            let (_, contract) = subject.rsplit_once(' ').unwrap();
            Approved {
                contract: contract.parse().unwrap(),
                from: action["after"]["from"].as_str().unwrap().parse().unwrap(),
                units: action["after"]["units"].as_i64().unwrap(),
            }
        })
        .collect()
}

/// Whether a text tells an amount of money: digits, a point, two digits.
fn has_amount(one: &Value) -> bool {
    let text = one["text"].as_str().unwrap_or_default().as_bytes();
    text.windows(4).any(|four| {
        let [whole, point, tens, ones] = four else {
            return false;
        };
        *point == b'.'
            && [whole, tens, ones]
                .iter()
                .all(|digit| digit.is_ascii_digit())
    })
}
