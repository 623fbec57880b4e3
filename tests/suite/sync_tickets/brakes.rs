//! Never a flood: storms, damping, quiet windows, and alerts of nobody.

use super::{alerts, end, live_links, mapped, notes, raise, tickets};

#[test]
fn a_storm_is_one_summary_that_is_kept_up_to_date_and_closed() {
    let mut bench = mapped();
    let mut raised: Vec<String> = alerts(&bench);
    raised.extend((1..=11).map(|n| raise(&bench, "BackupFailed", "error", &format!("PC-{n:02}"))));
    let run = bench.run(&["sync-tickets"]).expect(0);
    assert!(run.stdout.contains("create summary"), "{}", run.stdout);
    let all = tickets(&bench);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["title"], "Many alerts at Alma Bakery");
    let text = all[0]["description"].as_str().unwrap();
    assert!(
        text.contains("Active: 12") && text.contains("- PC-11: Backup failed"),
        "{text}"
    );

    bench.set_now("2026-09-15T09:00:00Z");
    for alert in raised.iter().skip(1) {
        end(&bench, alert);
    }
    // Few new ones get tickets of their own; the summary tells who is left.
    let late = raise(&bench, "BackupFailed", "error", "PC-90");
    bench.run(&["sync-tickets"]).expect(0);
    let all = tickets(&bench);
    assert_eq!(all.len(), 2);
    let text = all[0]["description"].as_str().unwrap();
    assert!(
        text.contains("Active: 1\n") && text.contains("Ended: 11"),
        "{text}"
    );
    assert!(notes(&bench, &all[0]).is_empty());

    bench.set_now("2026-09-15T10:00:00Z");
    end(&bench, &raised[0]);
    end(&bench, &late);
    bench.run(&["sync-tickets"]).expect(0);
    assert!(tickets(&bench).iter().all(|ticket| ticket["status"] == 5));
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert!(bench.writes().is_empty());
}

#[test]
fn a_second_wave_goes_into_the_same_summary_with_one_note() {
    let mut bench = mapped();
    for n in 1..=11 {
        raise(&bench, "BackupFailed", "error", &format!("PC-{n:02}"));
    }
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T09:00:00Z");
    for n in 30..=45 {
        raise(&bench, "BackupFailed", "error", &format!("PC-{n:02}"));
    }
    bench.run(&["sync-tickets"]).expect(0);
    let all = tickets(&bench);
    assert_eq!(all.len(), 1);
    let told = notes(&bench, &all[0]);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["title"], "16 more alerts");
}

#[test]
fn more_than_one_run_may_hold_becomes_a_summary_for_each_company() {
    let bench = mapped();
    bench.configure("tickets_per_run = 500", "tickets_per_run = 2");
    for n in 1..=3 {
        raise(&bench, "BackupFailed", "error", &format!("PC-{n:02}"));
    }
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 1);
}

#[test]
fn a_damped_alert_waits_until_it_has_lasted() {
    let mut bench = mapped();
    bench.configure("[limits]", "[tickets.damping]\nminutes = 30\n\n[limits]");
    let short = raise(&bench, "BackupFailed", "error", "PC-01");
    bench.run(&["sync-tickets"]).expect(0);
    assert!(tickets(&bench).is_empty());
    bench.set_now("2026-09-15T08:20:00Z");
    end(&bench, &short);
    bench.run(&["sync-tickets"]).expect(0);
    assert!(tickets(&bench).is_empty());
    bench.set_now("2026-09-15T08:40:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 1);
    assert_eq!(tickets(&bench)[0]["title"], "Backup failed: ALMA-SRV01");
}

#[test]
fn an_alert_that_comes_and_goes_often_enough_gets_its_ticket() {
    let mut bench = mapped();
    bench.configure("[limits]", "[tickets.damping]\noccurrences = 3\n\n[limits]");
    end(&bench, &alerts(&bench)[0]);
    for (hour, made) in [(9, 0), (11, 0), (13, 1)] {
        bench.set_now(&format!("2026-09-15T{hour:02}:00:00Z"));
        let alert = raise(&bench, "BackupFailed", "error", "PC-01");
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!(tickets(&bench).len(), made, "at {hour}");
        bench.set_now(&format!("2026-09-15T{:02}:00:00Z", hour + 1));
        end(&bench, &alert);
        bench.run(&["sync-tickets"]).expect(0);
    }
}

#[test]
fn in_a_quiet_window_alerts_wait_and_come_after_it() {
    let mut bench = mapped();
    bench.configure(
        "[limits]",
        "[[tickets.quiet]]\nfrom = \"07:00\"\nto = \"09:00\"\n\n[limits]",
    );
    bench.run(&["sync-tickets"]).expect(0);
    assert!(tickets(&bench).is_empty());
    bench.set_now("2026-09-15T09:00:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 1);
}

#[test]
fn alerts_of_unmapped_tenants_are_counted_or_go_to_the_catch_all_company() {
    let bench = mapped();
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        let tenant = cloud.tenant_by_name("Unrelated").unwrap();
        let details = super::details("X-1", "It broke.");
        cloud.raise_alert(&tenant, "BackupFailed", "Backup", "error", details);
    });
    let run = bench.run(&["sync-tickets"]).expect(0);
    assert!(
        run.stdout.contains("1 active alerts belong to 1 tenants"),
        "{}",
        run.stdout
    );
    assert_eq!(tickets(&bench).len(), 1);
    let brook = bench
        .sandbox
        .with_world(|world| {
            world
                .autotask
                .named("Companies", "companyName", "Brook Dental")
        })
        .unwrap();
    bench.configure(
        "[tickets]\n",
        &format!("[tickets]\ncatch_all_company = {brook}\n"),
    );
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert_eq!(tickets(&bench).len(), 2);
    assert_eq!(tickets(&bench)[1]["companyID"], brook);
}

#[test]
fn a_storm_that_takes_over_tickets_ends_them_all_and_tracks_no_alert_twice() {
    let mut bench = mapped();
    bench.configure("[tickets]\n", "[tickets]\nreopen = \"never\"\n");
    let mut raised: Vec<String> = alerts(&bench);
    raised.extend((1..=9).map(|n| raise(&bench, "BackupFailed", "error", &format!("PC-{n:02}"))));
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 10);
    bench.set_now("2026-09-15T09:00:00Z");
    bench.sandbox.with_world(|world| {
        world.autotask.now = world.now;
        for ticket in world.autotask.tickets() {
            assert!(world.autotask.close_ticket(ticket["id"].as_i64().unwrap()));
        }
    });

    // All of them come again, with one more than a company may get.
    bench.set_now("2026-09-15T10:00:00Z");
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        for (n, alert) in raised.iter().enumerate() {
            cloud.change_alert(alert, super::details(&format!("PC-{n:02}"), "Again."));
        }
    });
    raised.push(raise(&bench, "BackupFailed", "error", "PC-90"));
    let run = bench.run(&["sync-tickets"]).expect(0);
    assert!(run.stdout.contains("create summary"), "{}", run.stdout);
    assert_eq!(tickets(&bench).len(), 11);
    assert_eq!(live_links(&bench), 1);

    bench.set_now("2026-09-15T11:00:00Z");
    for alert in &raised {
        end(&bench, alert);
    }
    bench.sandbox.clear_visits();
    let run = bench.run(&["sync-tickets"]).expect(0);
    assert!(run.stdout.contains("1 change"), "{}", run.stdout);
    assert_eq!(bench.writes().len(), 2, "{:?}", bench.writes());
    assert!(tickets(&bench).iter().all(|ticket| ticket["status"] == 5));
    assert_eq!(live_links(&bench), 0);
}
