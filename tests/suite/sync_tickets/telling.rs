//! What a technician who opens a ticket finds: whose it is, everything that happened, what changed since,
//! and nothing that steers a terminal or forges a line.

use serde_json::{Value, json};

use super::{caught, details, mapped, notes, pick, raise, tickets};
use crate::support::Bench;
use crate::transcripts::compare_texts;

fn ticket_of(bench: &Bench, word: &str) -> Value {
    let mut all = tickets(bench).into_iter();
    let found = all.find(|ticket| ticket["title"].as_str().unwrap().contains(word));
    found.unwrap_or_else(|| panic!("{word} is in no title"))
}

/// Title and description of the ticket with this word in its title.
fn told(bench: &Bench, word: &str) -> (String, String) {
    let ticket = ticket_of(bench, word);
    let text = |field: &str| ticket[field].as_str().unwrap().to_owned();
    (text("title"), text("description"))
}

/// Title and text of each note on the ticket with this word in its title.
fn told_later(bench: &Bench, word: &str) -> Vec<(String, String)> {
    let notes = notes(bench, &ticket_of(bench, word)).into_iter();
    let text = |note: &Value, field: &str| note[field].as_str().unwrap().to_owned();
    notes
        .map(|note| (text(&note, "title"), text(&note, "description")))
        .collect()
}

pub(super) fn set_severity(bench: &Bench, alert: &str, severity: &str) {
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        assert!(cloud.set_severity(alert, severity));
    });
}

fn change(bench: &Bench, alert: &str, details: Value) {
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        assert!(cloud.change_alert(alert, details));
    });
}

fn raise_with(bench: &Bench, kind: &str, details: Value) -> String {
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        let tenant = cloud.tenant_by_name("Alma Bakery").unwrap();
        cloud.raise_alert(&tenant, kind, "Monitoring", "error", details)
    })
}

#[test]
fn no_control_character_of_an_alert_reaches_a_ticket() {
    let bench = mapped();
    let odd = "SRV\0\u{1b}[31m\u{9b}2J\u{202e}10\r\nForged: line";
    let details = json!({"resourceName": odd, "planName": odd, "extra": odd,
        "errorMessage": {"reason": odd}});
    raise_with(&bench, "BackupFailed", details);
    bench.run(&["sync-tickets"]).expect(0);
    let (title, text) = told(&bench, "SRV10");
    assert_eq!(title, "Backup failed: SRV10 Forged: line");
    for line in [
        "Workload: SRV10 Forged: line",
        "extra: SRV10 Forged: line",
        "What happened:",
    ] {
        assert!(
            text.lines().any(|one| one == line),
            "{line} is missing in:\n{text}"
        );
    }
    let raw = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!text.contains(raw), "{text:?}");
}

#[test]
fn a_type_without_details_is_named_by_its_last_word_that_is_no_version() {
    let bench = mapped();
    raise_with(
        &bench,
        "cti.a.p.am.alert.vnd.disk_is_dying.v1.0",
        Value::Null,
    );
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(told(&bench, "dying").0, "Disk is dying: Alma Bakery");
}

#[test]
fn an_incident_number_is_told_and_the_services_own_ids_are_not() {
    let bench = mapped();
    let uuid = "7a9c3f10-2b4d-4e6f-8a1b-3c5d7e9f0a1b";
    let details = json!({"resourceName": "SRV-02", "resourceId": uuid, "incidentId": "INC-00101",
        "agentId": uuid, "threatId": uuid, "threatName": "EICAR"});
    raise_with(&bench, "EDRIncidentDetected", details);
    bench.run(&["sync-tickets"]).expect(0);
    let (_, text) = told(&bench, "SRV-02");
    assert!(
        text.contains("incidentId: INC-00101\nthreatName: EICAR\n"),
        "{text}"
    );
    assert!(!text.contains(uuid), "{text}");
}

#[test]
fn a_ticket_of_the_catch_all_company_names_its_customer_and_the_partner_below() {
    let bench = mapped();
    caught(&bench);
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        let root = cloud.root();
        let partner = cloud.add_partner(&root, "Northwind IT");
        let customer = cloud.add_customer(&partner, "Cove Clinic");
        let unit = cloud.add_unit(&customer, "Front desk");
        let details = super::details("Y-1", "It broke.");
        cloud.raise_alert(&unit, "BackupFailed", "Backup", "error", details);
    });
    bench.run(&["sync-tickets"]).expect(0);
    let (title, text) = told(&bench, "X-1");
    assert_eq!(title, "Backup failed: X-1 (Unrelated)");
    assert!(text.starts_with("Customer: Unrelated\n"), "{text}");
    let (title, text) = told(&bench, "Y-1");
    let name = "Cove Clinic (partner Northwind IT)";
    assert_eq!(title, format!("Backup failed: Y-1 ({name})"));
    assert!(text.starts_with(&format!("Customer: {name}\n")), "{text}");
}

#[test]
fn a_customer_whose_name_cannot_be_read_goes_by_its_whole_id() {
    let bench = mapped();
    let caught = caught(&bench);
    let lists = sandbox::Fault::new(
        "acronis",
        "GET",
        "*/tenants",
        sandbox::Kind::Status {
            code: 403,
            body: None,
            headers: Vec::new(),
        },
    );
    bench.sandbox.fault(lists.times(9));
    bench.run(&["sync-tickets"]).expect(0);
    let expected = format!("Customer: unknown customer (tenant {})\n", caught.tenant);
    let (_, text) = told(&bench, "X-1");
    assert!(text.starts_with(&expected), "{text}");
}

/// What versions remembered of the one alert of a machine that told no ids: its text in their form.
fn as_older_version(bench: &Bench, fingerprint: &str) {
    let state = rusqlite::Connection::open(bench.state()).unwrap();
    let sql = "UPDATE ticket_alerts SET fingerprint = ?1, says = NULL, said = NULL
        WHERE label LIKE 'SRV-02%'";
    assert_eq!(state.execute(sql, [fingerprint]).unwrap(), 1);
    let sql = "UPDATE ticket_links SET priority = NULL";
    state.execute(sql, []).unwrap();
}

#[test]
fn an_upgrade_alone_writes_no_note_though_ids_are_told_now() {
    let mut bench = mapped();
    let details = |hour: i64| {
        json!({"resourceName": "SRV-02", "incidentId": "INC-1", "count": hour,
            "errorMessage": {"reason": "It broke."}})
    };
    let alert = raise_with(&bench, "BackupFailed", details(8));
    bench.run(&["sync-tickets"]).expect(0);
    as_older_version(&bench, "bebc79df28b5ee45");
    bench.set_now("2026-09-15T14:00:00Z");
    bench.sandbox.with_world(|world| {
        world.cloud(None).unwrap().change_alert(&alert, details(14));
    });
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets"]).expect(0);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
}

#[test]
fn what_an_older_version_told_is_not_guessed_and_its_priority_not_raised() {
    let mut bench = mapped();
    let alert = raise(&bench, "BackupFailed", "warning", "SRV-02");
    bench.run(&["sync-tickets"]).expect(0);
    as_older_version(&bench, "0123456789abcdef");
    bench.set_now("2026-09-15T14:00:00Z");
    set_severity(&bench, &alert, "critical");
    bench.run(&["sync-tickets"]).expect(0);
    let ticket = ticket_of(&bench, "SRV-02");
    assert_eq!(ticket["priority"], pick(&bench, "priority", "Medium"));
    let note = &notes(&bench, &ticket)[0];
    assert_eq!(note["title"], "The alert changed");
    let text = note["description"].as_str().unwrap();
    assert!(
        text.starts_with("SRV-02: Backup failed, plan Daily, severity critical, since 2026-09-15"),
        "{text}"
    );
}

fn raise_malicious_emails(bench: &Bench, users: &[String]) {
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        let tenant = cloud.tenant_by_name("Alma Bakery").unwrap();
        cloud.raise_malicious_emails(&tenant, &users);
    });
}

/// So many users' addresses.
fn users(count: usize) -> Vec<String> {
    (1..=count)
        .map(|n| format!("user{n:02}@alma.example"))
        .collect()
}

#[test]
fn a_ticket_of_five_alerts_names_all_five_users_and_incidents() {
    let mut bench = mapped();
    raise_malicious_emails(&bench, &users(5));
    bench.run(&["sync-tickets"]).expect(0);
    let (_, text) = told(&bench, "Malicious");
    for (n, user) in users(5).iter().enumerate() {
        assert_eq!(text.matches(user).count(), 1, "{user}:\n{text}");
        let incident = format!("INC-{:05}", 101 + n);
        assert_eq!(text.matches(&incident).count(), 1, "{incident}:\n{text}");
    }
    assert!(
        text.contains("4 more alerts are active under this ticket:"),
        "{text}"
    );
    assert_eq!(text.matches("Microsoft 365").count(), 1, "{text}");
    bench.set_now("2026-09-15T14:00:00Z");
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
}

#[test]
fn what_a_description_has_no_room_for_stands_in_the_next_note() {
    let mut bench = mapped();
    raise_malicious_emails(&bench, &users(90));
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T08:10:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    let (_, text) = told(&bench, "Malicious");
    assert!(text.encode_utf16().count() <= 8_000);
    let notes = told_later(&bench, "Malicious");
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert_eq!(notes[0].0, "Another alert of the same problem");
    for user in users(90) {
        let all = format!("{text}{}", notes[0].1);
        assert_eq!(all.matches(&user).count(), 1, "{user}:\n{all}");
    }
    bench.set_now("2026-09-15T14:00:00Z");
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
}

#[test]
fn two_plans_that_fail_on_one_machine_are_both_told() {
    let bench = mapped();
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        cloud.set_context_keys("BackupFailed", &["resourceId"]);
        let tenant = cloud.tenant_by_name("Alma Bakery").unwrap();
        cloud.raise_failing_plans(&tenant, "SRV-02", &["Daily", "Weekly"]);
    });
    bench.run(&["sync-tickets"]).expect(0);
    let (_, text) = told(&bench, "SRV-02");
    for plan in ["Daily", "Weekly"] {
        let reason = format!("{plan} cannot write to its storage.");
        assert_eq!(text.matches(&reason).count(), 1, "{text}");
        assert_eq!(text.matches(plan).count(), 2, "{text}");
    }
}

#[test]
fn a_note_begins_with_what_changed_and_repeats_nothing() {
    let mut bench = mapped();
    let alert = raise(&bench, "BackupFailed", "error", "SRV-02");
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T09:00:00Z");
    let mut now = details("SRV-02", "The network is down.");
    now["incidentId"] = json!("INC-7");
    now["attempts"] = json!(4);
    change(&bench, &alert, now);
    bench.run(&["sync-tickets"]).expect(0);
    let notes = told_later(&bench, "SRV-02");
    assert_eq!(notes[0].0, "The alert changed");
    let expected = "SRV-02: Backup failed, plan Daily\n\
        What happened: The disk is full. → The network is down.\n\
        attempts: nothing → 4\n\
        incidentId: nothing → INC-7\n\n\
        Times: 1 → 2\nLast raised: 2026-09-15 09:00 UTC\nConsole: ";
    assert!(notes[0].1.starts_with(expected), "{}", notes[0].1);
}

/// An alert that is a warning, and rises to critical half an hour after the last note; what is done in
/// between.
fn risen(between: impl FnOnce(&Bench)) -> Bench {
    let mut bench = mapped();
    let alert = raise(&bench, "BackupFailed", "warning", "SRV-02");
    bench.run(&["sync-tickets"]).expect(0);
    let medium = pick(&bench, "priority", "Medium");
    assert_eq!(ticket_of(&bench, "SRV-02")["priority"], medium);
    bench.set_now("2026-09-15T09:00:00Z");
    change(&bench, &alert, details("SRV-02", "Another reason."));
    bench.run(&["sync-tickets"]).expect(0);
    between(&bench);
    bench.set_now("2026-09-15T09:30:00Z");
    set_severity(&bench, &alert, "critical");
    bench.run(&["sync-tickets"]).expect(0);
    bench
}

#[test]
fn a_rise_in_severity_is_told_at_once_and_raises_the_priority() {
    let bench = risen(|_| {});
    let ticket = ticket_of(&bench, "SRV-02");
    assert_eq!(ticket["priority"], pick(&bench, "priority", "Critical"));
    let notes = told_later(&bench, "SRV-02");
    assert_eq!(notes.len(), 2);
    assert_eq!(notes[1].0, "The severity rose to critical");
    let expected = "SRV-02: Backup failed, plan Daily\nSeverity: warning → critical\n\n\
        Priority: Medium → Critical\nTimes: 2 → 3\n";
    assert!(notes[1].1.starts_with(expected), "{}", notes[1].1);
    // It does not fall with the severity.
    let mut bench = bench;
    bench.set_now("2026-09-15T14:00:00Z");
    let alerts = super::alerts(&bench);
    set_severity(&bench, alerts.last().unwrap(), "error");
    bench.run(&["sync-tickets"]).expect(0);
    let ticket = ticket_of(&bench, "SRV-02");
    assert_eq!(ticket["priority"], pick(&bench, "priority", "Critical"));
    assert_eq!(told_later(&bench, "SRV-02")[2].0, "The alert changed");
}

#[test]
fn a_priority_that_a_person_set_stays() {
    let bench = risen(|bench| {
        let id = ticket_of(bench, "SRV-02")["id"].as_i64().unwrap();
        let low = pick(bench, "priority", "Low");
        bench.sandbox.with_world(|world| {
            assert!(world.autotask.edit_ticket(id, "priority", json!(low)));
        });
    });
    let ticket = ticket_of(&bench, "SRV-02");
    assert_eq!(ticket["priority"], pick(&bench, "priority", "Low"));
    let notes = told_later(&bench, "SRV-02");
    assert!(
        notes[1]
            .1
            .contains("\nPriority: stays Low, which is not what acrotask set last\n"),
        "{}",
        notes[1].1
    );
}

#[test]
fn the_page_shows_what_tickets_and_notes_say() {
    let mut bench = mapped();
    raise_malicious_emails(&bench, &users(2));
    bench.run(&["sync-tickets"]).expect(0);
    let (title, description) = told(&bench, "Malicious");
    bench.set_now("2026-09-15T09:30:00Z");
    let first = bench.sandbox.with_world(|world| {
        let alerts = world.acronis[0].alerts();
        let mut mails = alerts
            .iter()
            .filter(|alert| alert["category"] == "Email security");
        mails.next().unwrap()["id"].as_str().unwrap().to_owned()
    });
    set_severity(&bench, &first, "critical");
    bench.run(&["sync-tickets"]).expect(0);
    let notes = told_later(&bench, "Malicious");
    let console = |text: String| {
        let lines = text.lines().map(|line| match line.split_once(": http") {
            Some(("Console", rest)) => {
                let way = rest.split_once(" > ").unwrap().1;
                format!("Console: https://eu2-cloud.acronis.com > {way}")
            }
            Some(_) | None => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let written = [
        format!("{title}\n\n{}", console(description)),
        format!("{}\n\n{}", notes[0].0, console(notes[0].1.clone())),
    ];
    compare_texts("docs/tickets.md", "What a ticket contains", &written);
}
