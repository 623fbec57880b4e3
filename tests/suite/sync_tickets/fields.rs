//! Fields that some databases require of every ticket, and the contract, which is for those who use it.

use serde_json::json;

use super::{alerts, mapped, raise, tickets};
use crate::support::Bench;

/// Puts keys at the beginning of `[tickets.defaults]`.
fn by_default(bench: &Bench, keys: &str) {
    bench.configure(
        "[tickets.defaults]\n",
        &format!("[tickets.defaults]\n{keys}\n"),
    );
}

fn alma(bench: &Bench) -> i64 {
    bench.sandbox.with_world(|world| {
        let named = world
            .autotask
            .named("Companies", "companyName", "Alma Bakery");
        named.unwrap()
    })
}

#[test]
fn a_database_that_requires_a_contact_gets_the_companys_primary_one() {
    let bench = mapped();
    let company = alma(&bench);
    let contact = bench.sandbox.with_world(|world| {
        world.autotask.require_on_tickets("contactID");
        let contacts = world.autotask.all("Contacts").into_iter();
        let mut primary =
            contacts.filter(|one| one["companyID"] == company && one["primaryContact"] == true);
        primary.next().unwrap()["id"].as_i64().unwrap()
    });
    // Autotask's own words, and nothing is made.
    let run = bench.run(&["sync-tickets"]).expect(3);
    assert!(run.stdout.contains("contactID"), "{}", run.stdout);
    assert!(tickets(&bench).is_empty());
    let run = bench.run(&["check"]);
    assert!(run.stdout.contains("set `contact`"), "{}", run.stdout);
    by_default(&bench, "contact = \"primary\"");
    let run = bench.run(&["check"]);
    assert!(!run.stdout.contains("set `contact`"), "{}", run.stdout);
    let run = bench.run(&["sync-tickets"]).expect(0);
    let shown = format!("contact {contact}");
    assert!(run.stdout.contains(&shown), "{}", run.stdout);
    assert_eq!(tickets(&bench)[0]["contactID"], contact);
}

#[test]
fn a_company_without_a_primary_contact_gets_its_ticket_without_one() {
    let bench = mapped();
    by_default(&bench, "contact = \"primary\"");
    let company = alma(&bench);
    bench.sandbox.with_world(|world| {
        let desk = &mut world.autotask;
        for contact in desk.all("Contacts") {
            if contact["companyID"] == company {
                let id = contact["id"].as_i64().unwrap();
                desk.set("Contacts", id, "primaryContact", false.into());
            }
        }
    });
    bench.run(&["sync-tickets"]).expect(0);
    assert!(tickets(&bench)[0]["contactID"].is_null());
}

#[test]
fn a_rule_can_name_a_contact_an_agreement_and_add_a_user_defined_field() {
    let bench = mapped();
    let company = alma(&bench);
    let contact = bench.sandbox.with_world(|world| {
        let desk = &mut world.autotask;
        desk.define_required_ticket_field("Cause", &["Backup", "Security"]);
        desk.define_required_ticket_field("Seen by", &[]);
        desk.add_contact(company, "Eve", "Other", "eve@alma.example", false)
    });
    let run = bench.run(&["check"]);
    for name in ["Cause", "Seen by"] {
        let words = format!("requires \"{name}\" on tickets");
        assert!(run.stdout.contains(&words), "{}", run.stdout);
    }
    by_default(&bench, "user_defined = { \"seen by\" = \"acrotask\" }");
    let rule = format!(
        "[[tickets.rule]]\nmatch = {{ type = \"BackupFailed\" }}\ncontact = {contact}\n\
         sla = \"premium 24x7\"\nuser_defined = {{ \"Cause\" = \"backup\" }}\n\n[[tickets.rule]]"
    );
    bench.configure("[[tickets.rule]]", &rule);
    bench.run(&["sync-tickets"]).expect(0);
    let ticket = tickets(&bench).remove(0);
    assert_eq!(ticket["contactID"], contact);
    assert_eq!(ticket["serviceLevelAgreementID"], 8);
    let set = ticket["userDefinedFields"].as_array().unwrap();
    for field in [
        json!({"name": "Cause", "value": "Backup"}),
        json!({"name": "Seen by", "value": "acrotask"}),
    ] {
        assert!(set.contains(&field), "{set:?}");
    }
}

#[test]
fn a_user_defined_field_or_value_that_is_not_there_is_refused_with_what_there_is() {
    for (keys, words) in [
        (
            "user_defined = { \"Reason\" = \"Backup\" }",
            "tickets have no user-defined field \"Reason\"; there are: Cause",
        ),
        (
            "user_defined = { \"Cause\" = \"Weather\" }",
            "\"Weather\" is not a value of \"Cause\"; allowed: Backup, Security",
        ),
        ("sla = \"Gold\"", "\"Gold\" is not a value of"),
    ] {
        let bench = mapped();
        bench.sandbox.with_world(|world| {
            let items = ["Backup", "Security"];
            world.autotask.define_required_ticket_field("Cause", &items);
        });
        by_default(&bench, keys);
        let run = bench.run(&["sync-tickets"]).expect(2);
        assert!(run.stderr.contains(words), "{}", run.stderr);
        let run = bench.run(&["check"]);
        assert!(run.stdout.contains(words), "{}", run.stdout);
        assert!(tickets(&bench).is_empty());
    }
}

#[test]
fn a_contract_is_named_only_while_provisioning_or_billing_is_on_for_the_customer() {
    for (provisioning, billing, apart, named) in [
        (true, true, "", true),
        (false, true, "", true),
        (false, false, "", false),
        (true, true, "billing = false", true),
        (true, true, "billing = false\nprovisioning = false", false),
        (true, false, "provisioning = false", false),
    ] {
        let bench = mapped();
        bench.sandbox.with_world(|world| world.sign_contracts());
        let head = format!("[provisioning]\nenabled = {provisioning}\n");
        bench.configure("[provisioning]\n", &head);
        let mut sections = format!("[billing]\nenabled = {billing}\n\n[limits]");
        if !apart.is_empty() {
            let company = alma(&bench);
            sections = format!("[[customer]]\ncompany = {company}\n{apart}\n\n{sections}");
        }
        bench.configure("[limits]", &sections);
        bench.run(&["sync-tickets"]).expect(0);
        let ticket = tickets(&bench).remove(0);
        let case = format!("provisioning {provisioning}, billing {billing}, {apart}");
        assert_eq!(!ticket["contractID"].is_null(), named, "{case}");
        let text = ticket["description"].as_str().unwrap();
        let said = text.contains("neither provisioning nor billing is on for this customer");
        assert_eq!(said, !named, "{case}: {text}");
    }
}

#[test]
fn an_api_user_is_not_among_those_who_can_be_assigned() {
    let bench = mapped();
    by_default(&bench, "resource = \"Nobody\"\nrole = \"Engineer\"");
    let run = bench.run(&["sync-tickets"]).expect(2);
    assert!(run.stderr.contains("Ben Okafor"), "{}", run.stderr);
    assert!(!run.stderr.contains("acrotask API"), "{}", run.stderr);
}

#[test]
fn an_alert_is_explained_by_its_ticket_too() {
    let bench = mapped();
    bench.run(&["sync-tickets"]).expect(0);
    let ticket = tickets(&bench).remove(0);
    let alert = alerts(&bench).remove(0);
    let number = ticket["ticketNumber"].as_str().unwrap();
    let external_id = ticket["externalID"].as_str().unwrap();
    let explained = |given: &str| {
        let run = bench.run(&["sync-tickets", "--explain", given]).expect(0);
        let id = alert.to_lowercase();
        assert!(run.stdout.contains(&id), "{given}: {}", run.stdout);
        run.stdout
    };
    let by_alert = explained(&alert);
    assert_eq!(explained(number), by_alert);
    assert_eq!(explained(&number.to_lowercase()), by_alert);
    assert_eq!(explained(external_id), by_alert);
}

#[test]
fn what_names_no_alert_and_no_ticket_is_refused_with_what_can_be_given() {
    let bench = mapped();
    raise(&bench, "BackupFailed", "error", "PC-01");
    let foreign = bench.sandbox.with_world(|world| {
        let tickets = world.autotask.tickets();
        assert!(tickets.is_empty());
        "T20200101.0001"
    });
    for (given, words) in [
        ("nonsense", "the id of an alert, the number of a ticket"),
        (foreign, "ticket T20200101.0001 was not found in Autotask"),
        ("acrotask-0123", "ticket acrotask-0123 was not found"),
    ] {
        let run = bench.run(&["sync-tickets", "--explain", given]).expect(2);
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
}
