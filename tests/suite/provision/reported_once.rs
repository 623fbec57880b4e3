//! What is told once, what goes on to be held, and what a person dismisses.

use super::*;

/// What cron starts.
fn by_cron(bench: &Bench) -> Run {
    bench.run(&["-q", "provision", "--yes"])
}

/// The row of `status` with this key.
fn pending(bench: &Bench, key: &str) -> Option<Value> {
    let rows = bench.run(&["status", "-o", "json"]).json();
    let mut rows = rows.as_array().unwrap().clone().into_iter();
    rows.find(|row| row["key"] == key)
}

fn key(run: &Value) -> String {
    run["held"][0]["key"].as_str().unwrap().to_owned()
}

#[test]
fn a_first_lowering_is_reported_once_and_goes_on_to_be_held() {
    let (bench, alma, _) = lowering();
    let dry = ["-q", "provision", "--dry-run"];
    bench.run(&dry).expect(4);
    let first = by_cron(&bench).expect(4);
    assert!(first.stdout.contains("9 → 4"), "{}", first.stdout);
    // The company without a tenant is told by the same run, once.
    assert!(first.stdout.contains("Brook Dental"), "{}", first.stdout);
    for _ in 0..2 {
        assert_eq!(by_cron(&bench).expect(0).stdout, "");
    }
    // A preview shows everything, and the document stays true.
    let shown = bench.run(&dry).expect(4).stdout;
    assert!(shown.contains("9 → 4"), "{shown}");
    let run = provision(&bench, &[]).expect(0).json();
    assert_eq!(run["plan"]["gate"]["verdict"], "held");
    let held = &run["held"][0];
    assert_eq!(held["kind"], "first-lowering");
    assert_eq!(held["company"], company(&bench, "Alma Bakery"));
    assert_eq!(held["reported"], true);
    assert_eq!(held["digest"], run["plan"]["gate"]["expect_plan"]);
    let told = pending(&bench, &key(&run)).unwrap();
    assert_eq!(told["kind"], "person");

    // Other figures are told anew.
    sell(&bench, "Alma Bakery", VMS, 1);
    assert!(by_cron(&bench).expect(4).stdout.contains("9 → 5"));
    assert_eq!(by_cron(&bench).expect(0).stdout, "");
    let run = provision(&bench, &[]).expect(0).json();
    let digest = run["held"][0]["digest"].as_str().unwrap();
    let done = provision(&bench, &["--expect-plan", digest])
        .expect(0)
        .json();
    assert_eq!(item(&bench, &alma, "pw_base_vms"), (1, 5.into()));
    assert_eq!(done["held"], serde_json::json!([]));
    assert_eq!(pending(&bench, &key(&run)), None);
}

#[test]
fn what_is_held_does_not_vanish_because_a_run_did_not_see_it() {
    let (bench, ..) = lowering();
    let key = key(&provision(&bench, &[]).expect(4).json());
    let brook = company(&bench, "Brook Dental").to_string();
    bench
        .run(&["provision", "--company", &brook, "--yes"])
        .expect(0);
    assert!(pending(&bench, &key).is_some());
    for path in ["*/usages*", "*/offering_items*", "*/tenants*"] {
        let broken = Kind::Status {
            code: 404,
            body: None,
            headers: Vec::new(),
        };
        bench
            .sandbox
            .fault(Fault::new("acronis", "GET", path, broken).times(0));
        provision(&bench, &[]);
        bench.sandbox.clear_faults();
        assert!(pending(&bench, &key).is_some(), "{path}");
    }
    assert_eq!(by_cron(&bench).expect(0).stdout, "");
}

/// Virtual machines that are bought by the piece, and on a contract that pays as it goes.
fn two_billing_types(bench: &Bench) {
    sell(bench, "Alma Bakery", VMS, 4);
    pay_as_you_go(bench, "Follows usage");
}

fn pay_as_you_go(bench: &Bench, title: &str) {
    let company = company(bench, "Alma Bakery");
    bench.sandbox.with_world(|world| {
        let first = world.today().first_of_month();
        let last = first.saturating_add(jiff::Span::new().years(1));
        let database = &mut world.autotask;
        let service = database.named("Services", "name", VMS).unwrap();
        let contract = database.add_contract(company, title, first, last, 2, Some("Yes"));
        database.add_contract_service(contract, service, 0);
    });
}

#[test]
fn an_item_that_is_dismissed_is_settled_until_its_figures_change() {
    let bench = Bench::small();
    ready(&bench);
    two_billing_types(&bench);
    let first = by_cron(&bench).expect(4);
    assert!(first.stdout.contains("pay-as-you-go"), "{}", first.stdout);
    assert_eq!(by_cron(&bench).expect(0).stdout, "");
    let run = provision(&bench, &[]).expect(0).json();
    let key = key(&run);
    assert_eq!(run["held"][0]["digest"], Value::Null);

    let wrong = ["status", "dismiss", "nothing", "--reason", "x"];
    let refused = bench.run(&wrong).expect(2);
    assert!(refused.stderr.contains(&key), "{}", refused.stderr);
    let blank = ["status", "dismiss", &key, "--reason", " "];
    bench.run(&blank).expect(2);
    assert!(pending(&bench, &key).is_some());

    let dismiss = ["status", "dismiss", &key, "--reason", "agreed with Alma"];
    bench.run(&dismiss).expect(0);
    bench.run(&dismiss).expect(2);
    assert_eq!(pending(&bench, &key), None);
    let run = provision(&bench, &[]).expect(0).json();
    assert_eq!(run["held"], serde_json::json!([]));
    assert_eq!(run["plan"]["gate"]["verdict"], "pass");
    provision(&bench, &["--dry-run"]).expect(0);
    assert_eq!(by_cron(&bench).expect(0).stdout, "");
    let history = bench.run(&["history", "-o", "json"]).expect(0).json();
    let entry = &history[0];
    assert_eq!(entry["kind"], "dismiss-item");
    assert_eq!(entry["answer"], "agreed with Alma");
    assert!(entry["subject"].as_str().unwrap().contains(&key));

    pay_as_you_go(&bench, "Another");
    let again = by_cron(&bench).expect(4);
    assert!(again.stdout.contains("pay-as-you-go"), "{}", again.stdout);
    let run = provision(&bench, &[]).expect(0).json();
    assert_eq!(run["plan"]["gate"]["verdict"], "held");
    assert!(pending(&bench, &self::key(&run)).is_some());
}

#[test]
fn what_was_dismissed_is_not_carried_out_with_an_approval_of_something_else() {
    let (bench, alma, _) = lowering();
    let before = provision(&bench, &[]).expect(4).json();
    let key = key(&before);
    bench
        .run(&["status", "dismiss", &key, "--reason", "stays at nine"])
        .expect(0);
    let dry = provision(&bench, &["--dry-run"]).expect(0).json();
    let digest = dry["plan"]["digest"].as_str().unwrap();
    provision(&bench, &["--expect-plan", digest]).expect(0);
    assert_eq!(item(&bench, &alma, "pw_base_vms"), (1, 9.into()));
    let old = before["plan"]["gate"]["expect_plan"].as_str().unwrap();
    provision(&bench, &["--expect-plan", old]).expect(4);
    assert_eq!(item(&bench, &alma, "pw_base_vms"), (1, 9.into()));
}

#[test]
fn a_remark_is_printed_by_the_run_that_first_finds_it() {
    let bench = Bench::small();
    ready(&bench);
    by_cron(&bench).expect(0);
    let alma = tenant(&bench, "Alma Bakery");
    let rename = |name: &str| {
        bench
            .sandbox
            .with_world(|world| world.acronis[0].rename(&alma, name));
    };
    rename("Alma Bakery Ltd");
    let first = by_cron(&bench).expect(0).stdout;
    assert!(first.contains("was named Alma Bakery when"), "{first}");
    assert_eq!(by_cron(&bench).expect(0).stdout, "");
    let shown = bench.run(&["provision"]).expect(0).stdout;
    assert!(shown.contains("(reported before)"), "{shown}");
    // It asks nobody for anything.
    let status = bench.run(&["status"]).stdout;
    assert!(!status.contains("was named"), "{status}");
    rename("Alma Bakery");
    assert_eq!(by_cron(&bench).expect(0).stdout, "");
    rename("Alma Bakery Ltd");
    let again = by_cron(&bench).expect(0).stdout;
    assert!(again.contains("was named"), "{again}");
}
