//! Customers that a person has made become the same as those of automatic provisioning, and none is
//! made beside a tenant that may be the company's already.

use std::process::Command;

use sandbox::{Fault, Kind};
use serde_json::Value;

use super::{company, effects, tenant};
use crate::support::{Bench, Run, ended};

pub(super) const ALL: &str =
    "[provisioning]\ntwo_factor = true\nadministrator = \"primary-contact\"";

/// Everything is mapped and on contracts, and Alma Bakery is linked to its tenant.
pub(super) fn ready(settings: &str) -> Bench {
    let bench = Bench::small();
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.sandbox.with_world(sandbox::World::sign_contracts);
    bench.run(&["map-customer", "suggest"]).expect(0);
    bench.configure("[provisioning]", settings);
    bench.sandbox.clear_visits();
    bench
}

/// What a customer is in the end: mode, two-factor, users with their roles, items with quotas.
pub(super) fn made(bench: &Bench, name: &str) -> Value {
    let id = tenant(bench, name);
    let dump = bench.sandbox.with_world(|world| world.dump());
    let tenants = dump["tenants"].as_array().unwrap();
    let found = tenants.iter().find(|one| one["id"] == id).unwrap();
    let users = found["users"].as_array().unwrap().iter();
    let roles: Vec<&Value> = users
        .clone()
        .map(|user| &user["access_policies"][0]["role_id"])
        .collect();
    let mails: i64 = users
        .map(|user| user["activation_mails"].as_i64().unwrap().min(1))
        .sum();
    let items = bench
        .sandbox
        .with_world(|world| world.acronis[0].items_of(&id));
    let items: Vec<Value> = items
        .iter()
        .filter(|item| item["status"] == 1)
        .map(|item| serde_json::json!([item["name"], item["quota"]["value"]]))
        .collect();
    serde_json::json!({
        "mode": found["pricing"]["mode"], "mfa": found["mfa"], "roles": roles, "mails": mails,
        "items": items,
    })
}

/// The same as provisioning makes by itself.
fn automatic() -> Value {
    let bench = ready(&format!("{ALL}\nautomatic = true"));
    bench.run(&["provision", "--yes"]).expect(0);
    made(&bench, "Brook Dental")
}

fn codes(run: &Run) -> Vec<String> {
    let document = run.json();
    let refusals = document["plan"]["gate"]["refusals"].as_array().unwrap();
    refusals
        .iter()
        .map(|one| one["code"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_customer_made_by_hand_is_the_same_as_an_automatic_one_in_one_plan() {
    let bench = ready(ALL);
    let create = ["map-customer", "create", "Brook Dental"];
    bench.run(&[&create[..], &["--dry-run"]].concat()).expect(0);
    assert_eq!(effects(&bench), [""; 0]);
    bench.run(&create).expect(0);
    let found = made(&bench, "Brook Dental");
    assert_eq!(found, automatic());
    assert_eq!(found["mode"], "production");
    assert_eq!(found["roles"], serde_json::json!(["company_admin"]));
    assert!(
        found["items"].to_string().contains("pw_base_storage"),
        "{found}"
    );
    // Two-factor stands before the first user, so that it holds for every one.
    let order: Vec<String> = effects(&bench)
        .iter()
        .map(|write| write.rsplit('/').next().unwrap().to_owned())
        .collect();
    let place = |word: &str| order.iter().position(|step| step == word).unwrap();
    assert!(place("status") < place("users"), "{order:?}");
    bench.sandbox.clear_visits();
    bench.run(&["provision", "--yes"]).expect(0);
    assert_eq!(effects(&bench), [""; 0]);
}

#[test]
fn a_trial_is_left_a_trial_and_nothing_more_is_given_than_is_configured() {
    let bench = ready("[provisioning]\nmode = \"trial\"");
    bench
        .run(&["map-customer", "create", "Brook Dental"])
        .expect(0);
    let found = made(&bench, "Brook Dental");
    assert_eq!(
        (&found["mode"], &found["mails"]),
        (&Value::from("trial"), &Value::from(0))
    );
}

#[test]
fn whatever_step_failed_is_done_by_the_next_provision() {
    let wanted = automatic();
    for (method, path) in [
        ("PUT", "*/mfa/status"),
        ("PUT", "*/offering_items"),
        ("PUT", "*/pricing"),
        ("POST", "/api/2/users"),
        ("PUT", "*/access_policies"),
        ("POST", "*/send-activation-email"),
    ] {
        for kind in [super::refusing(403), Kind::CutAfter, Kind::CutBefore] {
            let bench = ready(ALL);
            let case = format!("{method} {path} {kind:?}");
            bench
                .sandbox
                .fault(Fault::new("acronis", method, path, kind));
            let run = bench.run(&["map-customer", "create", "Brook Dental"]);
            bench.sandbox.clear_faults();
            assert_ne!(run.code, 2, "{case}: {}", run.stderr);
            bench.run(&["provision", "--yes"]).expect(0);
            assert_eq!(made(&bench, "Brook Dental"), wanted, "{case}");
            bench.sandbox.clear_visits();
            bench.run(&["provision", "--yes"]).expect(0);
            assert_eq!(effects(&bench), [""; 0], "{case}");
        }
    }
}

#[test]
fn a_tenant_whose_making_was_cut_off_is_taken_over_by_the_next_provision() {
    let wanted = automatic();
    // The answer is lost, and so is the look for what became of it.
    let bench = ready(ALL);
    bench.sandbox.fault(Fault::new(
        "acronis",
        "POST",
        "/api/2/tenants",
        Kind::CutAfter,
    ));
    let children = Fault::new(
        "acronis",
        "GET",
        "/api/2/tenants?parent_id=*",
        super::refusing(500),
    );
    bench.sandbox.fault(children.times(0));
    let run = bench.run(&["map-customer", "create", "Brook Dental"]);
    assert_ne!(run.code, 0);
    bench.sandbox.clear_faults();
    bench.run(&["provision", "--yes"]).expect(0);
    assert_eq!(made(&bench, "Brook Dental"), wanted);
    let posts = effects(&bench);
    let tenants = posts.iter().filter(|write| *write == "POST /api/2/tenants");
    assert_eq!(tenants.count(), 1);
}

#[test]
fn what_was_pending_ends_with_the_link() {
    let bench = ready(ALL);
    let mfa = Fault::new("acronis", "PUT", "*/mfa/status", super::refusing(403));
    bench.sandbox.fault(mfa.times(0));
    bench
        .run(&["map-customer", "create", "Brook Dental"])
        .expect(3);
    bench.sandbox.clear_faults();
    bench
        .run(&["map-customer", "unlink", "Brook Dental", "--yes"])
        .expect(0);
    // A person links another tenant, and that one is theirs.
    bench
        .run(&["map-customer", "link", "Brook Dental", "Unrelated"])
        .expect(0);
    bench.run(&["provision", "--yes"]);
    let found = made(&bench, "Unrelated");
    assert_eq!(found["mode"], "trial");
    assert_eq!(found["mails"], 0);
}

#[test]
fn a_tenant_of_a_similar_name_holds_the_company_back_until_it_is_linked_or_approved() {
    for automatic in [false, true] {
        let settings = format!("[provisioning]\nautomatic = {automatic}");
        let bench = ready(&settings);
        bench.sandbox.with_world(|world| {
            let root = world.acronis[0].root();
            world.acronis[0].add_customer(&root, "Brok Dental");
        });
        let like = tenant(&bench, "Brok Dental");
        let id = company(&bench, "Brook Dental").to_string();
        let verb: &[&str] = if automatic {
            &["provision", "--yes", "-o", "json"]
        } else {
            &[
                "map-customer",
                "create",
                "Brook Dental",
                "--yes",
                "-o",
                "json",
            ]
        };
        let run = bench.run(verb).expect(4);
        assert_eq!(codes(&run), ["likely-match"]);
        let document = run.json();
        let gate = &document["plan"]["gate"];
        let text = gate["refusals"][0]["text"].as_str().unwrap();
        let cure = format!("acrotask map-customer link {id} {like}");
        assert!(text.contains(&cure) && text.contains(" %"), "{text}");
        assert_eq!(effects(&bench), [""; 0]);
        let digest = gate["expect_plan"].as_str().unwrap();
        let approved = [verb, &["--expect-plan", digest]].concat();
        if automatic {
            bench.run(&approved).expect(0);
            assert_ne!(tenant(&bench, "Brook Dental"), like);
        } else {
            bench.run(&["map-customer", "link", &id, &like]).expect(0);
            let again = bench.run(verb).expect(4);
            assert!(
                again.stderr.contains("is already linked to"),
                "{}",
                again.stderr
            );
        }
    }
}

#[test]
fn without_automatic_provisioning_the_possible_match_is_named_with_its_command() {
    let bench = ready("[provisioning]\nautomatic = false");
    bench.sandbox.with_world(|world| {
        let root = world.acronis[0].root();
        world.acronis[0].add_customer(&root, "Brok Dental");
    });
    let text = bench.run(&["provision", "--yes"]).expect(0).stdout;
    let link = format!(
        "acrotask map-customer link {} {}",
        company(&bench, "Brook Dental"),
        tenant(&bench, "Brok Dental")
    );
    assert!(text.contains(&link), "{text}");
}

/// Runs `examples/onboarding.sh` as a person would, with the binary in the path.
fn script(bench: &Bench, companies: &[String]) -> Run {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_acrotask"));
    let folder = program.parent().unwrap().display();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/onboarding.sh");
    let mut command = Command::new("sh");
    command
        .arg(script)
        .args(companies)
        .env_clear()
        .env("PATH", format!("{folder}:/usr/bin:/bin"))
        .env("ACROTASK_CONFIG", &bench.config)
        .env("ACROTASK_NOW", crate::support::NOW)
        .env("TZ", "UTC")
        .current_dir(bench.dir());
    ended(command.output().unwrap())
}

#[test]
fn the_example_makes_whole_customers_and_stops_for_the_ones_that_a_person_has_to_look_at() {
    let bench = ready(ALL);
    let caro = bench.sandbox.with_world(|world| {
        let root = world.acronis[0].root();
        world.acronis[0].add_customer(&root, "Caro Desing");
        world.autotask.add_company("Caro Design", "Customer", true)
    });
    let brook = company(&bench, "Brook Dental");
    let both = [caro.to_string(), brook.to_string()];
    let run = script(&bench, &both).expect(4);
    assert!(run.stdout.contains("map-customer link"), "{}", run.stdout);
    assert_eq!(made(&bench, "Brook Dental"), automatic());
    bench
        .run(&["map-customer", "link", "Caro Design", "Caro Desing"])
        .expect(0);
    bench.sandbox.clear_visits();
    script(&bench, &both).expect(0);
    assert_eq!(effects(&bench), [""; 0]);
    script(&bench, &["424242".to_owned()]).expect(2);
}
