//! New customers: what they get, and that there is never a second one.

use sandbox::Visit;

use super::*;

const ALL: &str =
    "[provisioning]\nautomatic = true\ntwo_factor = true\nadministrator = \"primary-contact\"";

/// The tenants that bear the mark of a company, as documents.
fn marked(bench: &Bench, name: &str) -> Vec<Value> {
    let mark = format!("acrotask:4711:{}", company(bench, name));
    let dump = bench.sandbox.with_world(|world| world.dump());
    let tenants = dump["tenants"].as_array().unwrap().iter();
    let marked = tenants.filter(|tenant| tenant["internal_tag"] == mark.as_str());
    marked.cloned().collect()
}

/// Everything that a new customer should have in the end.
fn complete(bench: &Bench, case: &str) {
    let tenants = marked(bench, "Brook Dental");
    assert_eq!(tenants.len(), 1, "{case}: {tenants:?}");
    let made = &tenants[0];
    let id = made["id"].as_str().unwrap();
    assert_eq!(made["pricing"]["mode"], "production", "{case}");
    assert_eq!(item(bench, id, "pw_base_workstations").0, 1, "{case}");
    assert_eq!(item(bench, id, "pw_base_storage").0, 1, "{case}");
    let users = made["users"].as_array().unwrap();
    assert_eq!(users.len(), 1, "{case}: {users:?}");
    assert_eq!(
        users[0]["access_policies"][0]["role_id"], "company_admin",
        "{case}"
    );
    assert!(
        users[0]["activation_mails"].as_i64().unwrap() >= 1,
        "{case}"
    );
    let listed = bench
        .run(&["map-customer", "list", "--all", "-o", "json"])
        .expect(0)
        .json();
    let listed = listed.as_array().unwrap().iter();
    let row = listed
        .clone()
        .find(|row| row["company_name"] == "Brook Dental");
    assert_eq!(row.unwrap()["state"], "mapped", "{case}");
}

#[test]
fn a_new_customer_gets_two_factor_quotas_production_and_an_administrator() {
    let bench = Bench::small();
    ready(&bench);
    bench.configure("[provisioning]", ALL);
    provision(&bench, &[]).expect(0);
    complete(&bench, "plain");
    let paths: Vec<String> = bench.writes().iter().map(|write| short(write)).collect();
    assert_eq!(
        paths,
        [
            "POST tenants",
            "PUT mfa/status",
            "PUT offering_items",
            "PUT pricing",
            "POST users",
            "PUT access_policies",
            "POST send-activation-email",
        ]
    );
    bench.sandbox.clear_visits();
    provision(&bench, &[]).expect(0);
    assert_eq!(bench.writes(), [""; 0]);
}

/// A write without its ids.
fn short(write: &str) -> String {
    let (method, path) = write.split_once(' ').unwrap();
    let words = path.trim_start_matches("/api/2/").split('/');
    let words: Vec<&str> = words
        .filter(|word| !word.contains('-') || word.starts_with("send"))
        .collect();
    let last = match words.as_slice() {
        ["tenants" | "users", rest @ ..] if !rest.is_empty() => rest.join("/"),
        all => all.join("/"),
    };
    format!("{method} {last}")
}

#[test]
fn a_trial_customer_stays_in_trial() {
    let bench = Bench::small();
    ready(&bench);
    bench.configure(
        "[provisioning]",
        "[provisioning]\nautomatic = true\nmode = \"trial\"",
    );
    provision(&bench, &[]).expect(0);
    assert_eq!(
        marked(&bench, "Brook Dental")[0]["pricing"]["mode"],
        "trial"
    );
}

#[test]
fn a_login_that_is_taken_is_reported_before_anything_is_made_and_the_rest_is_done() {
    let bench = Bench::small();
    ready(&bench);
    bench.configure("[provisioning]", ALL);
    let other = tenant(&bench, "Unrelated");
    bench.sandbox.with_world(|world| {
        world.acronis[0].add_user(&other, "ann@customer.example", "ann@customer.example");
    });
    let run = provision(&bench, &[]).expect(0).json();
    let notes = run["plan"]["notes"].to_string();
    assert!(
        notes.contains("ann@customer.example is taken by somebody else"),
        "{notes}"
    );
    let made = &marked(&bench, "Brook Dental")[0];
    assert_eq!(made["pricing"]["mode"], "production");
    assert_eq!(made["users"].as_array().unwrap().len(), 0);
}

#[test]
fn a_tenant_of_the_same_name_is_reported_and_no_second_one_made() {
    let bench = Bench::small();
    ready(&bench);
    bench.configure("[provisioning]", AUTOMATIC);
    bench.sandbox.with_world(|world| {
        let root = world.acronis[0].root();
        world.acronis[0].add_customer(&root, "BROOK  dental")
    });
    let run = provision(&bench, &[]).expect(4).json();
    assert_eq!(bench.writes(), [""; 0]);
    assert_eq!(codes(&run), ["name-taken"]);
    let text = run["plan"]["gate"]["refusals"].to_string();
    assert!(text.contains("acrotask map-customer link"), "{text}");
}

#[test]
fn a_company_that_a_person_unlinked_gets_no_new_tenant() {
    let bench = Bench::small();
    ready(&bench);
    bench.configure("[provisioning]", AUTOMATIC);
    provision(&bench, &[]).expect(0);
    let id = company(&bench, "Brook Dental").to_string();
    bench
        .run(&["map-customer", "unlink", &id, "--yes"])
        .expect(0);
    bench.sandbox.clear_visits();
    let run = provision(&bench, &[]).expect(0).json();
    assert_eq!(bench.writes(), [""; 0]);
    assert!(run["plan"]["notes"].to_string().contains("unlinked-before"));
}

#[test]
fn a_tenant_that_was_unlinked_while_it_was_hidden_is_not_taken_over_again() {
    let bench = Bench::small();
    ready(&bench);
    bench.configure("[provisioning]", ALL);
    let alma = bench
        .sandbox
        .with_world(|world| world.acronis[0].tenant_by_name("Alma Bakery").unwrap());
    let hide = |hidden: bool| {
        bench.sandbox.with_world(|world| {
            let cloud = &mut world.acronis[0];
            if hidden {
                cloud.hide_tenant(&alma);
            } else {
                cloud.unhide_tenant(&alma);
            }
        });
    };
    provision(&bench, &[]);
    hide(true);
    bench
        .run(&["map-customer", "unlink", "Alma Bakery", "--yes"])
        .expect(0);
    hide(false);
    assert_eq!(marked(&bench, "Alma Bakery").len(), 1);
    bench.sandbox.clear_visits();
    let run = provision(&bench, &[]).json();
    let notes = run["plan"]["notes"].to_string();
    assert!(
        notes.contains("a tenant still has acrotask's tag for it"),
        "{notes}"
    );
    assert!(!bench.writes().iter().any(|write| write.contains(&alma)));
    let links = bench.run(&["map-customer", "export"]).expect(0).stdout;
    assert!(!links.contains("Alma Bakery"), "{links}");
    // A person says whose it is.
    bench
        .run(&["map-customer", "create", "Alma Bakery"])
        .expect(4);
    bench
        .run(&["map-customer", "link", "Alma Bakery", "Alma Bakery"])
        .expect(0);
}

#[test]
fn several_storages_without_a_default_hold_the_customer_back_and_name_the_choices() {
    let bench = Bench::small();
    ready(&bench);
    let text = std::fs::read_to_string(&bench.config).unwrap();
    let line = text
        .lines()
        .find(|line| line.starts_with("default_storage"))
        .unwrap();
    bench.configure(line, "automatic = true");
    bench.sandbox.with_world(|world| {
        world.acronis[0].add_infra("Dublin 2", "Dublin", Some("acronis"), true, &["backup"]);
    });
    let run = provision(&bench, &[]).expect(4).json();
    assert_eq!(codes(&run), ["no-default-storage"]);
    let text = run["plan"]["gate"]["refusals"][0]["text"].as_str().unwrap();
    assert!(
        text.contains("Frankfurt 1") && text.contains("Dublin 2"),
        "{text}"
    );
    assert_eq!(bench.writes(), [""; 0]);
    assert!(marked(&bench, "Brook Dental").is_empty());
}

#[test]
fn a_lost_answer_makes_no_second_tenant() {
    for kind in [Kind::CutAfter, Kind::CutBefore] {
        let bench = Bench::small();
        ready(&bench);
        bench.configure("[provisioning]", ALL);
        bench.sandbox.fault(Fault::new(
            "acronis",
            "POST",
            "/api/2/tenants",
            kind.clone(),
        ));
        provision(&bench, &[]);
        provision(&bench, &[]).expect(0);
        complete(&bench, &format!("{kind:?}"));
    }
}

/// Requests of a clean run, from the one before the first write on, each with its place among those
/// of its service.
fn requests() -> Vec<(u64, Visit)> {
    let bench = Bench::small();
    ready(&bench);
    bench.configure("[provisioning]", ALL);
    provision(&bench, &[]).expect(0);
    let visits = bench.sandbox.visits();
    let first = visits.iter().position(|visit| visit.write).unwrap();
    let place = |at: usize| {
        let same = visits[..=at]
            .iter()
            .filter(|visit| visit.service == visits[at].service);
        u64::try_from(same.count()).unwrap()
    };
    (first - 1..visits.len())
        .map(|at| (place(at), visits[at].clone()))
        .collect()
}

#[test]
fn killed_between_any_two_requests_the_next_run_ends_with_one_tenant_and_its_link() {
    let all = requests();
    assert!(all.len() >= 12, "{}", all.len());
    for (nth, visit) in &all {
        let bench = Bench::small();
        ready(&bench);
        bench.configure("[provisioning]", ALL);
        let case = format!("killed at {} {} ({nth})", visit.method, visit.path);
        bench
            .sandbox
            .fault(Fault::new(&visit.service, "*", "*", Kind::HeldBefore).nth(*nth));
        let mut command = bench.command(&["provision"]);
        assert!(bench.killed_when_held(&mut command), "{case}");
        bench.sandbox.clear_faults();
        provision(&bench, &[]);
        // What was under way when the program was killed lands only now.
        bench.sandbox.settle();
        provision(&bench, &[]).expect(0);
        complete(&bench, &case);
        bench.sandbox.clear_visits();
        provision(&bench, &[]).expect(0);
        assert_eq!(bench.writes(), [""; 0], "{case}");
        let status = bench.run(&["status", "-o", "json"]).stdout;
        assert!(!status.contains("uncertain"), "{case}: {status}");
    }
}
