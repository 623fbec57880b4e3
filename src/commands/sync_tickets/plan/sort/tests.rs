//! What is too old for a ticket, and what is ignored.

use super::*;
use crate::config::sample_with;
use crate::domain::ids::AccountName;

fn read_account() -> ReadAccount {
    ReadAccount {
        account: AccountName::new("eu"),
        console: String::new(),
        companies: None,
        off: BTreeSet::new(),
        tenants: BTreeMap::new(),
        mapped_at: BTreeMap::new(),
        hidden: Vec::new(),
        alerts: Vec::new(),
        vanished: Vec::new(),
        reconciled: true,
        first_run: None,
        since: None,
        live: Vec::new(),
        closed: Vec::new(),
        held: Vec::new(),
        open: None,
        untracked: Vec::new(),
        unanswered_summaries: BTreeSet::new(),
        new_types: Vec::new(),
        pending_notes: Vec::new(),
    }
}

#[test]
fn an_alert_is_too_old_by_the_first_run_of_its_customer_unless_a_person_looks_further_back() {
    let day = |text: &str| -> Timestamp { format!("2026-{text}T08:00:00Z").parse().unwrap() };
    let tenant = TenantId::new("t");
    let tickets = sample_with("[tickets]\nfirst_run_days = 7\n").tickets;
    let (account, later) = (day("09-15"), "10-15");
    for (mapped, since, raised, updated, too_old) in [
        ("09-01", None, "09-10", "09-10", false),
        ("09-01", None, "09-01", "09-01", true),
        ("09-01", None, "09-01", "09-16", false),
        ("09-01", Some("08-20"), "09-01", "09-01", false),
        ("09-01", Some("09-14"), "09-10", "09-10", false),
        // Mapped a month after the first run.
        (later, None, "10-10", "10-10", false),
        (later, None, "10-01", "10-01", true),
        (later, None, "09-10", "09-10", true),
        (later, None, "10-01", "10-16", false),
        (later, Some("09-30"), "10-01", "10-01", false),
    ] {
        let mut read = read_account();
        read.first_run = Some(FirstRun::looking_back(account, 7));
        read.mapped_at.insert(tenant.clone(), day(mapped));
        read.since = since.map(day);
        let alert = Alert {
            created: Some(day(raised)),
            ..super::super::tests::alert("a", "PC-1")
        };
        let alert = Alert {
            updated: day(updated),
            ..alert
        };
        let destination = Destination {
            company: CompanyId(1),
            tenant: Some(tenant.clone()),
            customer: String::new(),
        };
        let sorter = Sorter::new(&read, &tickets);
        let found = sorter.find_stale("k", &alert, &destination).is_some();
        assert_eq!(found, too_old, "{mapped} {since:?} {raised} {updated}");
    }
}

const RULES: &str = r#"
[[tickets.rule]]
match = { type = "Known", company = [7] }
create = true
[[tickets.rule]]
match = { type = "Known" }
create = false
"#;

#[test]
fn an_alert_is_ignored_by_its_rule_by_the_defaults_and_when_all_is_well() {
    use NoTicketReason::{Ignored, SeverityOk};
    let given = |kind: &str, severity| Alert {
        id: crate::domain::ids::AlertId::new("a"),
        kind: kind.to_owned(),
        category: String::new(),
        severity: Some(severity),
        severity_word: String::new(),
        created: None,
        updated: Timestamp::UNIX_EPOCH,
        active: true,
        ignored: false,
        details: super::super::facts::Details::default(),
    };
    let (bad, fine) = (Severity::Critical, Severity::Ok);
    for (create, kind, severity, company, expected) in [
        (true, "Known", bad, 1, Some(Ignored)),
        (true, "Known", bad, 7, None),
        (true, "Known", fine, 7, Some(SeverityOk)),
        (true, "Other", bad, 1, None),
        (false, "Other", bad, 1, Some(Ignored)),
        (false, "Known", bad, 7, None),
    ] {
        let words = format!("{RULES}[tickets.defaults]\ncreate = {create}\n");
        let tickets = sample_with(&words).tickets;
        let found = find_ignored(&tickets, &given(kind, severity), CompanyId(company));
        assert_eq!(found, expected, "{create} {kind} {severity:?} {company}");
    }
}
