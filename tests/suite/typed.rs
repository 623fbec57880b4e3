//! Ids and names that people type and that name nothing: never "nothing to do".

use crate::support::Bench;

/// A bench with a mapped company (Alma Bakery), another one, and something written for the first.
fn mapped() -> Bench {
    let bench = Bench::small();
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.sandbox.with_world(|world| world.sign_contracts());
    bench.run(&["map-customer", "suggest", "--yes"]).expect(0);
    bench.sandbox.clear_visits();
    bench
}

fn id(bench: &Bench, name: &str) -> String {
    let found = bench
        .sandbox
        .with_world(|world| world.autotask.named("Companies", "companyName", name));
    found.unwrap().to_string()
}

#[test]
fn an_id_that_names_nothing_is_refused_with_the_nearest_one() {
    let bench = mapped();
    let alma = id(&bench, "Alma Bakery");
    // One digit too many.
    let typed = format!("{alma}9");
    let near = format!("did you mean Alma Bakery (company {alma})");
    for arguments in [
        &["provision", "--company", &typed][..],
        &[
            "provision",
            "--dry-run",
            "--company",
            &alma,
            "--company",
            &typed,
        ],
        &["sync-billing", "--company", &typed],
        &["sync-tickets", "--company", &typed],
        &["explain", &typed],
        &["history", "--company", &typed],
        &["billing-report", "2026-09", "--company", &typed],
        &["map-customer", "create", &typed],
        &["map-customer", "unlink", &typed, "--yes"],
        &["map-customer", "link", &typed, "Alma Bakery"],
    ] {
        let run = bench.run(arguments).expect(2);
        assert!(run.stderr.contains(&near), "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{arguments:?}");
    }
    for (arguments, near) in [
        (&["explain", "Alma Bakry"][..], near.as_str()),
        (&["map-customer", "create", "Alma Bakry"], &near),
        (
            &["explain", "Alma Bakery", "pw_base_workstation"],
            "did you mean eu/pw_base_workstations",
        ),
        (
            &["map-products", "free", "pw_base_workstation"],
            "did you mean eu/pw_base_workstations",
        ),
        (
            &["map-products", "use", "pw_base_nas", "Manged Workstation"],
            "did you mean Managed Workstation",
        ),
        (
            &["map-customer", "link", "Brook Dental", "Alma Bakry"],
            "did you mean Alma Bakery",
        ),
        (&["history", "--run", "nonsense"], "no run \"nonsense\""),
        (
            &["history", "--command", "map-customers suggest"],
            "did you mean map-customer suggest",
        ),
        (&["history", "--account", "us"], "no account \"us\""),
    ] {
        let run = bench.run(arguments).expect(2);
        assert!(run.stderr.contains(near), "{arguments:?}: {}", run.stderr);
    }
    assert_eq!(bench.writes(), [""; 0]);
}

#[test]
fn a_company_that_is_not_mapped_is_said_to_be_so() {
    let bench = mapped();
    let brook = id(&bench, "Brook Dental");
    for arguments in [
        &["provision", "--company", &brook][..],
        &["sync-billing", "--company", &brook],
        &["sync-tickets", "--company", &brook],
    ] {
        let text = bench.run(arguments).expect(0).stdout;
        let link = format!("acrotask map-customer link {brook} TENANT");
        let create = format!("acrotask map-customer create {brook}");
        assert!(text.contains(&create), "{arguments:?}: {text}");
        assert!(text.contains(&link), "{arguments:?}: {text}");
    }
    let text = bench
        .run(&["map-customer", "unlink", "Brook Dental", "--yes"])
        .expect(0)
        .stdout;
    assert!(text.contains("not mapped"), "{text}");
    bench.run(&["history", "--company", &brook]).expect(0);
    let own = bench.run(&["provision", "--company", "0"]).expect(2);
    assert!(own.stderr.contains("your own"), "{}", own.stderr);
}

#[test]
fn a_mapped_company_is_known_without_a_question_to_autotask() {
    let bench = mapped();
    for arguments in [
        &["explain", "alma bakery "][..],
        &["history", "--company", &id(&bench, "Alma Bakery")],
    ] {
        bench.run(arguments).expect(0);
    }
    assert!(bench.sandbox.visits().is_empty());
}

#[test]
fn the_history_and_the_bill_of_a_company_are_asked_for_by_its_name() {
    let bench = mapped();
    bench.sandbox.with_world(|world| {
        for _ in 0..2 {
            world.autotask.add_company("Twin", "Customer", true);
        }
    });
    let alma = id(&bench, "Alma Bakery");
    let by = |typed: &str| {
        let run = bench.run(&["history", "--company", typed, "-o", "json"]);
        run.expect(0).json()
    };
    assert!(!by(&alma).as_array().unwrap().is_empty());
    assert_eq!(by("alma bakery "), by(&alma));
    for command in [&["history"][..], &["billing-report", "2026-09"]] {
        let ask = |typed: &str| bench.run(&[command, &["--company", typed]].concat());
        ask("Alma Bakery").expect(0);
        let near = ask("Alma Bakry").expect(2);
        assert!(
            near.stderr
                .contains(&format!("did you mean Alma Bakery (company {alma})")),
            "{}",
            near.stderr
        );
        let several = ask("Twin").expect(2);
        assert_eq!(
            several.stderr.matches("Twin (company ").count(),
            2,
            "{}",
            several.stderr
        );
    }
}
