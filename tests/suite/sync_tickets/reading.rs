//! What is read, how often, and whose it is.

use serde_json::json;

use super::{alerts, details, end, mapped, pick, raise, tickets};

#[test]
fn alerts_of_units_and_personal_tenants_belong_to_their_customer() {
    let bench = mapped();
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        let alma = cloud.tenant_by_name("Alma Bakery").unwrap();
        let unit = cloud.add_unit(&alma, "Bakehouse");
        let user = cloud.add_user(&unit, "ann", "ann@customer.example");
        let personal = cloud.personal_tenant(&user);
        // Every third alert lacks the UUID of its tenant.
        for (n, tenant) in [&unit, &personal, &alma, &unit, &personal]
            .into_iter()
            .enumerate()
        {
            let details = details(&format!("PC-{n}"), "It broke.");
            cloud.raise_alert(tenant, "BackupFailed", "Backup", "error", details);
        }
    });
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 6);
}

#[test]
fn the_first_run_looks_back_only_so_far_and_later_ones_never_further() {
    let mut bench = mapped();
    bench.set_now("2026-09-25T08:00:00Z");
    raise(&bench, "BackupFailed", "error", "PC-01");
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 1);
    bench.set_now("2026-09-27T08:00:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 1);
}

#[test]
fn a_run_in_which_nothing_changed_asks_next_to_nothing() {
    let mut bench = mapped();
    for n in 0..9 {
        raise(&bench, "BackupFailed", "error", &format!("PC-{n}"));
    }
    bench.run(&["sync-tickets"]).expect(0);
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets"]).expect(0);
    let visits = bench.sandbox.visits();
    assert!(visits.len() <= 6, "{} requests", visits.len());
    bench.set_now("2026-09-15T12:00:00Z");
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(bench.sandbox.visits().len(), 2);
}

#[test]
fn a_run_right_after_a_burst_in_which_nothing_changed_asks_next_to_nothing_either() {
    let mut bench = mapped();
    // Eight minutes of storm, half of it about nobody's tenants; some alerts lack the UUID.
    for minute in 50..58 {
        bench.set_now(&format!("2026-09-15T08:{minute}:00Z"));
        bench.sandbox.with_world(|world| {
            let cloud = world.cloud(None).unwrap();
            for (n, name) in (0..250).zip(["Alma Bakery", "Unrelated"].into_iter().cycle()) {
                let tenant = cloud.tenant_by_name(name).unwrap();
                let details = details(&format!("PC-{minute}-{n}"), "It broke.");
                cloud.raise_alert(&tenant, "BackupFailed", "Backup", "error", details);
            }
        });
    }
    bench.set_now("2026-09-15T08:58:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    for now in ["08:58", "08:59", "09:07", "09:08", "09:30"] {
        bench.set_now(&format!("2026-09-15T{now}:00Z"));
        bench.sandbox.clear_visits();
        bench.run(&["sync-tickets"]).expect(0);
        let visits = bench.sandbox.visits();
        assert!(visits.len() <= 3, "{now}: {visits:?}");
    }
    assert_eq!(tickets(&bench).len(), 1);
}

#[test]
fn an_alert_that_comes_late_with_an_earlier_time_is_found_in_the_overlap() {
    let mut bench = mapped();
    raise(&bench, "BackupFailed", "error", "PC-01");
    bench.run(&["sync-tickets"]).expect(0);
    for (late, now) in [("07:52", "08:01"), ("07:51", "09:00")] {
        bench.set_now(&format!("2026-09-15T{late}:00Z"));
        raise(&bench, "BackupFailed", "error", &format!("PC-{late}"));
        bench.set_now(&format!("2026-09-15T{now}:00Z"));
        bench.run(&["sync-tickets"]).expect(0);
    }
    assert_eq!(tickets(&bench).len(), 4);
}

#[test]
fn what_was_raised_before_the_first_run_looked_back_waits_until_it_is_told_again() {
    let mut bench = mapped();
    bench.set_now("2026-09-01T08:00:00Z");
    let old = raise(&bench, "BackupFailed", "error", "PC-01");
    let retell = |bench: &crate::support::Bench| {
        bench.sandbox.with_world(|world| {
            let cloud = world.cloud(None).unwrap();
            assert!(cloud.change_alert(&old, details("PC-01", "It broke again.")));
        });
    };
    bench.set_now("2026-09-15T07:00:00Z");
    retell(&bench);
    // Only the alert of the small world itself is young enough, however often all are compared.
    bench.set_now("2026-09-15T08:00:00Z");
    for _ in 0..2 {
        bench.run(&["sync-tickets", "--all"]).expect(0);
        assert_eq!(tickets(&bench).len(), 1);
    }
    bench.set_now("2026-09-15T09:00:00Z");
    retell(&bench);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 2);
}

#[test]
fn short_pages_and_cursors_that_stand_alone_are_read_to_the_end() {
    let bench = mapped();
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        cloud.page_cap = Some(2);
        cloud.strict_alert_cursors = true;
    });
    for n in 0..6 {
        raise(&bench, "BackupFailed", "error", &format!("PC-{n}"));
    }
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 7);
}

#[test]
fn a_run_for_some_companies_leaves_the_others_for_the_next() {
    let bench = mapped();
    let other = bench.sandbox.with_world(|world| {
        let database = &world.autotask;
        database.named("Companies", "companyName", "Cliff Supplies")
    });
    let other = other.unwrap().to_string();
    bench.run(&["sync-tickets", "--company", &other]).expect(0);
    assert!(tickets(&bench).is_empty());
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 1);
}

#[test]
fn a_word_that_is_on_no_list_is_refused_with_what_is_allowed() {
    let bench = mapped();
    bench.configure("priority = \"Medium\"", "priority = \"Urgent\"");
    let run = bench.run(&["sync-tickets"]).expect(2);
    assert!(
        run.stderr.contains("tickets.defaults.priority"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("Medium (2)"), "{}", run.stderr);
    assert!(bench.writes().is_empty());
}

#[test]
fn who_reads_the_notes_is_asked_for_where_the_list_does_not_tell() {
    let bench = mapped();
    let relabel = |labels: [&str; 2]| {
        bench.sandbox.with_world(|world| {
            let list = world.autotask.picklist_mut("TicketNotes", "publish");
            for (pick, label) in list.iter_mut().zip(labels) {
                label.clone_into(&mut pick.label);
            }
        });
    };
    relabel(["Everybody", "Technicians"]);
    bench.configure("note_publish = \"Internal Only\"\n", "");
    let run = bench.run(&["sync-tickets"]).expect(2);
    for part in [
        "tickets.note_publish: not set",
        "Everybody (1), Technicians (2)",
    ] {
        assert!(run.stderr.contains(part), "{}", run.stderr);
    }
    let check = bench.run(&["check", "-o", "json"]);
    assert!(check.stdout.contains("note_publish"), "{}", check.stdout);
    assert!(bench.writes().is_empty());
    relabel(["Internal, with the partner", "Internal"]);
    bench.run(&["sync-tickets"]).expect(0);
    relabel(["Everybody", "Technicians"]);
    bench.configure("[tickets]\n", "[tickets]\nnote_publish = \"Technicians\"\n");
    bench.run(&["sync-tickets", "--all"]).expect(0);
}

#[test]
fn every_field_of_a_rule_reaches_the_ticket() {
    let bench = mapped();
    bench.configure(
        "[[tickets.rule]]",
        "[[tickets.rule]]\nmatch = { type = \"BackupFailed\", workload = \"ALMA-*\" }\n\
         priority = \"Low\"\nqueue = \"Triage\"\ncategory = \"Backup Alert\"\ntype = \"Alert\"\n\
         issue_type = \"Backup\"\nsub_issue_type = \"Backup failed\"\nwork_type = \"Remote Support\"\n\
         due_in_hours = 4\nresource = \"Ben Okafor\"\nrole = \"Engineer\"\n\
         title = \"{{ severity }}: {{ workload }}\"\n\n[[tickets.rule]]",
    );
    bench.run(&["sync-tickets"]).expect(0);
    let ticket = &tickets(&bench)[0];
    assert_eq!(ticket["title"], "critical: ALMA-SRV01");
    for (field, label) in [
        ("priority", "Low"),
        ("queueID", "Triage"),
        ("ticketCategory", "Backup Alert"),
        ("ticketType", "Alert"),
        ("issueType", "Backup"),
        ("subIssueType", "Backup failed"),
        ("source", "Monitoring Alert"),
    ] {
        assert_eq!(ticket[field], pick(&bench, field, label), "{field}");
    }
    assert_eq!(ticket["dueDateTime"], "2026-09-15T12:00:00.000Z");
    for field in [
        "assignedResourceID",
        "assignedResourceRoleID",
        "billingCodeID",
    ] {
        assert!(ticket[field].is_i64(), "{field}: {ticket}");
    }
}

#[test]
fn a_ticket_goes_on_the_contract_that_holds_a_mapped_service() {
    let bench = mapped();
    bench
        .run(&["map-products", "unset", "pw_base_servers"])
        .expect(0);
    bench
        .run(&[
            "map-products",
            "use",
            "pw_base_servers",
            "Managed Workstation",
        ])
        .expect(0);
    bench.run(&["sync-tickets"]).expect(0);
    let contract = bench.sandbox.with_world(|world| {
        world
            .autotask
            .named("Contracts", "contractName", "Cloud backup Alma Bakery")
    });
    let ticket = &tickets(&bench)[0];
    assert_eq!(ticket["contractID"], json!(contract));
    let text = ticket["description"].as_str().unwrap();
    assert!(
        text.contains("Contract: Cloud backup Alma Bakery"),
        "{text}"
    );
}

#[test]
fn an_alert_is_explained_without_writing_anything() {
    let bench = mapped();
    let alert = alerts(&bench)[0].clone();
    let run = bench.run(&["sync-tickets", "--explain", &alert]).expect(0);
    for part in [
        "severity is critical",
        "a ticket is created",
        "Backup failed: ALMA-SRV01",
    ] {
        assert!(
            run.stdout.contains(part),
            "{part} is missing in\n{}",
            run.stdout
        );
    }
    assert!(bench.writes().is_empty());
    bench.run(&["sync-tickets"]).expect(0);
    let run = bench.run(&["sync-tickets", "--explain", &alert]).expect(0);
    assert!(run.stdout.contains("is for"), "{}", run.stdout);
    bench
        .run(&["sync-tickets", "--explain", "no-such-alert"])
        .expect(2);
}

#[test]
fn an_account_that_cannot_be_read_is_told_and_costs_the_run_its_clean_end() {
    let mut bench = mapped();
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T09:00:00Z");
    end(&bench, &alerts(&bench)[0]);
    bench
        .sandbox
        .with_world(|world| world.cloud(None).unwrap().client_enabled = false);
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets"]).expect(5);
    assert!(bench.writes().is_empty());
}
