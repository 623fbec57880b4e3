//! A service provider for a seed: a world, a configuration, mappings, and a first day of work, all
//! of it done by the old binary.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

use fastrand::Rng;
use jiff::Timestamp;
use sandbox::{SeedOptions, World};
use serde_json::Value;

use super::names::Names;
use super::outcome::Outcome;
use crate::support::Bench;

/// The first day of every provider, in the middle of a month.
const BEGIN: &str = "2026-09-15T08:00:00Z";

pub(super) struct Provider {
    pub(super) bench: Bench,
    pub(super) dice: Rng,
    seed: u64,
    /// Days of work so far.
    day: u64,
}

impl Provider {
    /// Sets a provider up with the old binary.
    pub(super) fn new(seed: u64, old: &Path) -> Self {
        let mut dice = Rng::with_seed(seed);
        let begin: Timestamp = BEGIN.parse().unwrap();
        let world = World::msp(&SeedOptions {
            companies: dice.usize(9..16),
            seed,
            now: begin,
            accounts: 1 + usize::from(seed.is_multiple_of(3)),
            alerts: Some(dice.usize(8..24)),
            awkward: dice.bool(),
        });
        let mut bench = Bench::on(world);
        bench.binary = old.to_owned();
        bench.move_to(begin);
        let mut provider = Self {
            bench,
            dice,
            seed,
            day: 0,
        };
        provider.configure();
        provider.map();
        provider.first_day();
        provider
    }

    /// Dice of one day and one thing, so that what happens to it does not hang on the order of
    /// others, which are made side by side.
    pub(super) fn luck(&self, thing: &str) -> Rng {
        let mut hasher = DefaultHasher::new();
        (self.seed, self.day, thing).hash(&mut hasher);
        Rng::with_seed(hasher.finish())
    }

    pub(super) fn next_day(&mut self) {
        self.day += 1;
    }

    /// Dice and day, to let the same happen again.
    pub(super) fn save_dice(&self) -> (Rng, u64) {
        (self.dice.clone(), self.day)
    }

    pub(super) fn restore_dice(&mut self, (dice, day): (Rng, u64)) {
        self.dice = dice;
        self.day = day;
    }

    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.dice.u32(..100) < percent
    }

    fn one_of<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.dice.usize(..from.len())]
    }

    fn configure(&mut self) {
        let accounts = self.bench.sandbox.accounts().len();
        let mut products = format!(
            "[products]\nunmapped = \"{}\"\n",
            self.one_of(&["leave", "zero", "zero"])
        );
        if accounts > 1 {
            products += "name_template = \"Acronis - {account} - {edition} - {item}\"\n";
        }
        let billing = self.billing();
        self.bench
            .configure("[products]\n", &format!("{billing}\n{products}"));
        let provisioning = format!(
            "[provisioning]\nautomatic = {}\ntwo_factor = {}\nmode = \"{}\"\nadministrator = \"{}\"\n",
            self.dice.bool(),
            self.dice.bool(),
            self.one_of(&["production", "trial"]),
            self.one_of(&["none", "primary-contact", "company"]),
        );
        self.bench.configure("[provisioning]\n", &provisioning);
        self.tickets();
        let limits = format!(
            "tickets_per_run = {}\ntickets_per_company = {}\nusage_dropped_percent = {}\n",
            self.one_of(&["4", "12", "500"]),
            self.one_of(&["2", "5", "50"]),
            self.one_of(&["5", "30", "100"]),
        );
        self.bench.configure("tickets_per_run = 500", &limits);
        let (disable, delete) = [(0, 0), (3, 0), (3, 8), (10, 30)][self.dice.usize(..4)];
        let prorated = billing.contains("\"today\"\nmeasure");
        let text = format!(
            "\n[provisioning.deprovision]\ndisable_after_days = {disable}\n\
             delete_after_days = {delete}\n\n[network]\nattempts = 1\n{}{}",
            self.damping(),
            self.customers(prorated),
        );
        self.append(&text);
    }

    fn append(&self, text: &str) {
        let config = std::fs::read_to_string(&self.bench.config).unwrap();
        std::fs::write(&self.bench.config, format!("{config}{text}")).unwrap();
    }

    fn billing(&mut self) -> String {
        let posting = self.one_of(&["period-end", "every-run"]);
        let effective = match posting {
            "every-run" => self.one_of(&["period-start", "next-period", "today"]),
            _ => self.one_of(&["period-start", "next-period"]),
        };
        format!(
            "[billing]\nposting = \"{posting}\"\neffective = \"{effective}\"\n\
             measure = \"{}\"\nlater_changes = \"{}\"\nadd_missing_lines = {}\ntrial = \"{}\"\n\
             freeze = {}\n",
            self.one_of(&["last", "highest"]),
            self.one_of(&["hold", "today", "raise"]),
            self.dice.bool(),
            self.one_of(&["skip", "bill"]),
            self.one_of(&["[]", "[]", "[18, 29]"]),
        )
    }

    fn tickets(&mut self) {
        let caught = self.bench.sandbox.with_world(|world| {
            let rows = world.autotask.all("Companies");
            rows.last().unwrap()["id"].as_i64().unwrap()
        });
        let mut tickets = format!(
            "[tickets]\nreopen = {}\ndismiss_on_complete = {}\nfirst_run_days = {}\n",
            self.one_of(&["\"always\"", "\"never\"", "2"]),
            self.dice.bool(),
            self.one_of(&["7", "30"]),
        );
        if self.chance(50) {
            tickets += &format!("catch_all_company = {caught}\n");
        }
        self.bench.configure("[tickets]\n", &tickets);
        let closing = format!(
            "enabled = {}, force = {}, status",
            self.chance(80),
            self.chance(30)
        );
        self.bench.configure("enabled = true, status", &closing);
        let ignoring = "[[tickets.rule]]\nmatch = { severity = \"information\" }\ncreate = false\n\n\
             [[tickets.rule]]\nmatch = { type = \"MachineOffline30\" }\ndue_in_hours = 48\n\n\
             [[tickets.rule]]\n";
        if self.chance(70) {
            self.bench.configure("[[tickets.rule]]\n", ignoring);
        }
    }

    fn damping(&mut self) -> &'static str {
        match self.dice.u32(..5) {
            0 => "\n[tickets.damping]\nminutes = 90\n",
            1 => "\n[tickets.damping]\noccurrences = 2\n",
            2 => {
                "\n[[tickets.quiet]]\nfrom = \"07:00\"\nto = \"12:00\"\n\
                 match = { severity = [\"warning\", \"error\"] }\n"
            }
            _ => "",
        }
    }

    /// A block of its own for some customers; a prorated date goes with posting at every run only.
    fn customers(&mut self, prorated: bool) -> String {
        let pairs = self.bench.sandbox.with_world(|world| world.pairs());
        let mut text = String::new();
        for pair in pairs {
            if !self.chance(25) {
                continue;
            }
            text += &format!("\n[[customer]]\ncompany = {}\n", pair.company);
            text += match self.dice.u32(if prorated { 0..3 } else { 0..6 }) {
                0 => "posting = \"every-run\"\nlater_changes = \"hold\"\n",
                1 => "posting = \"every-run\"\nlater_changes = \"raise\"\n",
                2 => "measure = \"highest\"\n",
                3 => "measure = \"last\"\n",
                4 => "posting = \"period-end\"\n",
                _ => "posting = \"period-end\"\nmeasure = \"highest\"\n",
            };
        }
        text
    }

    fn map(&mut self) {
        let create = ["map-products", "create", "--all", "--yes"];
        self.bench.run(&create).expect(0);
        self.bench.sandbox.with_world(World::sign_contracts);
        self.sign_second_account();
        for item in [
            "pw_base_websites",
            "pw_base_mobiles",
            "pw_pack_adv_security",
        ] {
            let item = format!("{}/{item}", self.bench.sandbox.accounts()[0]);
            let decision: &[&str] = match self.dice.u32(..6) {
                0 => &["map-products", "free", &item, "--yes"],
                1 => &["map-products", "leave", &item, "--yes"],
                2 => &["map-products", "unset", &item, "--yes"],
                3 => &[
                    "map-products",
                    "set",
                    &item,
                    "--included",
                    "2",
                    "--minimum",
                    "3",
                    "--yes",
                ],
                _ => continue,
            };
            self.bench.run(decision);
        }
        let mut csv = "company,account,tenant\n".to_owned();
        for pair in self.bench.sandbox.with_world(|world| world.pairs()) {
            if self.chance(80) {
                csv += &format!("{},{},{}\n", pair.company, pair.account, pair.tenant);
            }
        }
        let link = ["map-customer", "link", "--from-csv", "-", "--yes"];
        self.bench.run_with_input(&link, &csv).expect(0);
    }

    /// Customers of the second account buy its services besides those of the first.
    fn sign_second_account(&mut self) {
        let Some(account) = self.bench.sandbox.accounts().get(1).cloned() else {
            return;
        };
        self.bench.sandbox.with_world(|world| {
            let homes = world.pairs().into_iter();
            let companies: Vec<i64> = homes
                .filter(|pair| pair.account == account)
                .map(|pair| pair.company)
                .collect();
            let today = world.today();
            let database = &mut world.autotask;
            let number = |row: &Value, field: &str| row[field].as_i64().unwrap();
            let services = database.all("Services");
            let name = |id: i64| {
                let row = services.iter().find(|row| row["id"] == id).unwrap();
                row["name"].as_str().unwrap().to_owned()
            };
            for line in database.all("ContractServices") {
                let (contract, service) = (number(&line, "contractID"), number(&line, "serviceID"));
                let row = database.get("Contracts", contract).unwrap();
                if !companies.contains(&number(&row, "companyID")) {
                    continue;
                }
                let other = name(service).replacen(" - eu - ", &format!(" - {account} - "), 1);
                let other = services.iter().find(|row| row["name"] == other.as_str());
                let other = other.map(|row| number(row, "id"));
                if let Some(other) = other.filter(|other| *other != service) {
                    let units = database.units_on(contract, service, today);
                    database.add_contract_service(contract, other, units);
                }
            }
        });
    }

    /// The three commands run once, and a person approves what the first holds back.
    fn first_day(&mut self) {
        self.approve("provision");
        if self.chance(60) {
            self.bench.take_over();
        }
        self.bench.run(&["sync-billing", "--yes"]);
        self.bench.run(&["sync-tickets", "--yes"]);
    }

    /// Carries a plan out with everything that the gate holds back.
    fn approve(&mut self, command: &str) {
        let shown = self.bench.run(&[command, "--dry-run", "--output", "json"]);
        let shown = shown.json();
        if let Some(digest) = shown["plan"]["digest"].as_str() {
            self.bench.run(&[command, "--expect-plan", digest]);
        }
    }

    /// Command lines that are tried with `--dry-run` on one day.
    pub(super) fn commands(&mut self) -> Vec<Vec<String>> {
        let account = self.bench.sandbox.accounts()[0].clone();
        let (free, linked): (Vec<i64>, Vec<i64>) = self.companies();
        let number = |list: &[i64], dice: &mut Rng| match list {
            [] => "1".to_owned(),
            list => list[dice.usize(..list.len())].to_string(),
        };
        let (free, linked) = (
            number(&free, &mut self.dice),
            number(&linked, &mut self.dice),
        );
        let item = format!("{account}/pw_base_servers");
        let (products_file, customers_file) =
            (self.exported("map-products"), self.exported("map-customer"));
        let tenants = self.bench.sandbox.with_world(|world| {
            let cloud = world.acronis[0].dump();
            let rows = cloud["tenants"].as_array().unwrap().clone();
            rows.iter()
                .map(|row| row["id"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        });
        let tenant = &tenants[self.dice.usize(..tenants.len())];
        let products = [
            vec!["map-products", "suggest"],
            vec!["map-products", "create", "--all"],
            vec!["map-products", "unset", &item],
            vec!["map-products", "free", &item],
            vec!["map-products", "set", &item, "--included", "1"],
            vec!["map-products", "use", &item, "Managed Server"],
            vec!["map-products", "import", &products_file],
            vec!["map-products", "import", &products_file, "--keep-going"],
        ];
        let customers = [
            vec!["map-customer", "suggest"],
            vec!["map-customer", "create", &free, "--account", &account],
            vec![
                "map-customer",
                "create",
                &free,
                "--account",
                &account,
                "--numbered",
            ],
            vec!["map-customer", "unlink", &linked],
            vec!["map-customer", "link", &free, tenant],
            vec!["map-customer", "link", &linked, tenant, "--replace-mark"],
            vec![
                "map-customer",
                "import",
                &customers_file,
                "--remove-missing",
            ],
            vec!["map-customer", "import", &customers_file, "--keep-going"],
            vec!["map-customer", "recover"],
        ];
        let all = [
            products[self.dice.usize(..products.len())].clone(),
            customers[self.dice.usize(..customers.len())].clone(),
            vec!["provision", "--allow-delete"],
            vec!["sync-billing"],
            vec![
                "sync-tickets",
                if self.dice.bool() { "--all" } else { "--yes" },
            ],
        ];
        let owned = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect();
        all.into_iter().map(owned).collect()
    }

    /// A file of what is mapped, in which a person forgot some entries and put one in twice.
    fn exported(&mut self, command: &str) -> String {
        let text = self.bench.run(&[command, "export"]).stdout;
        let mut entries = text.split("\n[[");
        let mut kept = entries.next().unwrap_or_default().to_owned();
        for entry in entries {
            let times = [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2][self.dice.usize(..12)];
            for _ in 0..times {
                kept += &format!("\n[[{entry}");
            }
        }
        let name = format!("{command}-{}.toml", self.day);
        std::fs::write(self.bench.dir().join(&name), kept).unwrap();
        name
    }

    /// Companies without a tenant, and those with one.
    fn companies(&self) -> (Vec<i64>, Vec<i64>) {
        self.bench.sandbox.with_world(|world| {
            let linked: Vec<i64> = world.pairs().iter().map(|pair| pair.company).collect();
            let rows = world.autotask.all("Companies");
            let ids = rows.iter().map(|row| row["id"].as_i64().unwrap());
            let free = ids.filter(|id| *id != 0 && !linked.contains(id)).collect();
            (free, linked)
        })
    }

    /// What a dry run says, and what it asks.
    pub(super) fn shown(&self, command: &[String]) -> Outcome {
        let words = command.iter().map(String::as_str);
        let words: Vec<&str> = words.chain(["--dry-run", "--output", "json"]).collect();
        self.bench.sandbox.clear_visits();
        let run = self.bench.run(&words);
        let visits = self.bench.sandbox.visits();
        Outcome::new(&run, &visits, &Names::default())
    }

    /// A day's real runs.
    pub(super) fn work(&mut self) {
        if self.chance(50) {
            self.approve("provision");
        }
        for command in ["provision", "sync-billing", "sync-tickets"] {
            self.bench.run(&[command, "--yes"]);
        }
    }
}
