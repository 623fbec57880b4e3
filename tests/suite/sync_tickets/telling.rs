//! What a technician who opens a ticket finds: whose it is, everything that happened, and nothing that
//! steers a terminal or forges a line.

use serde_json::{Value, json};

use super::{caught, mapped, tickets};
use crate::support::Bench;

/// The ticket with this word in its title, and what its description says.
fn told(bench: &Bench, word: &str) -> (String, String) {
    let all = tickets(bench);
    let mut titles = all.iter();
    let ticket = titles.find(|ticket| ticket["title"].as_str().unwrap().contains(word));
    let ticket = ticket.unwrap_or_else(|| panic!("{word} is in no title of {all:#?}"));
    let text = |field: &str| ticket[field].as_str().unwrap().to_owned();
    (text("title"), text("description"))
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
    let sql = "UPDATE ticket_alerts SET fingerprint = ?1 WHERE label LIKE 'SRV-02%'";
    assert_eq!(state.execute(sql, [fingerprint]).unwrap(), 1);
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
