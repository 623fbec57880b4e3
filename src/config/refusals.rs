//! Tables of what the loader refuses, and in which words.

use std::path::Path;

use super::load::{SAMPLE, load_file, parse, sample};
use super::problem::Problem;

/// The problems of the sample with more behind it; lines are counted from the sample's end.
fn refused(more: &str) -> Vec<String> {
    let offset = SAMPLE.lines().count();
    let text = format!("{SAMPLE}{more}");
    let problems = parse(Path::new("c.toml"), &text).unwrap_err();
    let shown = |problem: &Problem| {
        let line = problem.line.map(|line| line.saturating_sub(offset));
        format!("{}: {}: {}", line.unwrap_or(0), problem.key, problem.what)
    };
    problems.0.iter().map(shown).collect()
}

#[test]
fn the_smallest_configuration_has_every_default() {
    let config = sample();
    assert_eq!(config.limits.units_change_max, 500);
    assert_eq!(config.network.attempts, 4);
    assert_eq!(config.acronis[0].url, "https://eu2-cloud.acronis.com");
    assert_eq!(
        config.autotask.zone_url,
        "https://webservices.autotask.net/ATServicesRest"
    );
    assert_eq!(config.tickets.defaults.create, Some(true));
    assert!(config.provisioning.enabled && !config.provisioning.automatic);
}

/// What is written behind the sample, and the problems that are reported.
const MISTAKES: &[(&str, &str)] = &[
    (
        "[biling]",
        "1: biling: unknown key; did you mean `billing`?",
    ),
    (
        "[products]\npreiod = 'x'",
        "2: products.preiod: unknown key; did you mean `period`?",
    ),
    (
        "[state]\nfreeze = [1]",
        "2: state.freeze: unknown key here; it belongs in [billing]",
    ),
    (
        "[state]\ncolour = 1",
        "2: state.colour: unknown key; allowed here: path",
    ),
    (
        "[billing]\nenabled = 'yes'",
        "2: billing.enabled: must be true or false, not \"yes\"",
    ),
    (
        "[billing]\npayg_field = ' '",
        "2: billing.payg_field: must not be empty",
    ),
    (
        "[billing]\nposting = 'daily'",
        "2: billing.posting: must be \"every-run\" or \"period-end\", not \"daily\"",
    ),
    (
        "[billing]\nmeasure = 'highets'",
        "2: billing.measure: must be \"last\" or \"highest\", not \"highets\"; did you mean \
         \"highest\"?",
    ),
    (
        "[billing]\nfreeze = [1,\n 32]",
        "3: billing.freeze: must be a whole number from 1 to 31, not 32",
    ),
    (
        "[billing]\nfreeze = [1, 1]",
        "2: billing.freeze: contains the same value twice",
    ),
    (
        "[billing]\ncontracts = { 7 = 1, 07 = 2 }",
        "2: billing.contracts.7: company 7 already has a contract here",
    ),
    (
        "[billing.contracts]\nAlma = 2",
        "2: billing.contracts.Alma: the key \"Alma\" must be the id of a company",
    ),
    (
        "[billing]\neffective = 'today'",
        "2: billing.effective: \"period-end\" posts a whole period from its start, which \
         `effective = \"today\"` does not: set `posting = \"every-run\"` beside it, or another \
         `effective`",
    ),
    (
        "[billing]\nlater_changes = 'rise'",
        "2: billing.later_changes: must be \"hold\", \"today\" or \"raise\", not \"rise\"; did \
         you mean \"raise\"?",
    ),
    (
        "[[customer]]\nposting = 'every-run'",
        "1: customer.company: missing, and there is no default",
    ),
    (
        "[[customer]]\ncompany = 7",
        "1: customer: needs at least one of `exclude`, `provisioning`, `billing`, `tickets`, `posting`, `measure`, `later_changes`, `contract`",
    ),
    (
        "[[customer]]\ncompany = 7\ncontract = 1\n[[customer]]\ncompany = 7\ncontract = 2",
        "4: customer: company 7 already has a block at line 12; put all its keys in one",
    ),
    (
        "[customer]\ncompany = 7\ncontract = 1",
        "1: customer: must be a list; write [[customer]] above each block",
    ),
    (
        "[billing]\nposting = 'every-run'\neffective = 'today'\n[[customer]]\ncompany = \
         7\nposting = 'period-end'",
        "4: customer.posting: company 7: \"period-end\" posts a whole period from its start, \
         which `effective = \"today\"` does not: set `posting = \"every-run\"` beside it, or \
         another `effective`",
    ),
    (
        "[billing]\ncontracts = { 7 = 1 }\n[[customer]]\ncompany = 7\ncontract = 2",
        "3: customer.contract: company 7 has contract 2 here and 1 in `billing.contracts`: keep \
         this one",
    ),
    (
        "[limits]\nunits_change_max = 1.5",
        "2: limits.units_change_max: must be a whole number from 1 to 1000000, not 1.5",
    ),
    (
        "[limits]\nquota_lowered_percent = 101",
        "2: limits.quota_lowered_percent: must be a whole number from 0 to 100, not 101",
    ),
    (
        "[network]\ntimeout_seconds = 5",
        "1: network.connect_timeout_seconds: must not be longer than `timeout_seconds`",
    ),
    (
        "[network]\nca_file = '/no/such.pem'",
        "2: network.ca_file: cannot read /no/such.pem: No such file or directory (os error 2)",
    ),
    (
        "[state]\npath = '~/state.db'",
        "2: state.path: must be written in full: `~` is not expanded",
    ),
    (
        "[products]\nname_template = '{item} {price}'",
        "2: products.name_template: has {price}; known are {edition}, {item}, {account} and \
         {storage}",
    ),
    (
        "[provisioning]\ndefault_storage = { us = 'x' }",
        "2: provisioning.default_storage: no [[acronis]] block has the name \"us\"; there is: eu",
    ),
    (
        "[provisioning]\ncompany_types = []",
        "2: provisioning.company_types: must name at least one company type",
    ),
    (
        "[provisioning.deprovision]\ndisable_after_days = 10\ndelete_after_days = 5",
        "3: provisioning.deprovision.delete_after_days: must not be smaller than \
         `disable_after_days`: a tenant is disabled first",
    ),
    (
        "[tickets]\nreopen = 0",
        "2: tickets.reopen: must be \"always\", \"never\" or a number of days from 1 to 3650, not \
         0",
    ),
    (
        "[tickets]\ntime_zone = 'Moon/Tranquility'",
        "2: tickets.time_zone: must be a time zone such as \"Europe/Zurich\" or \"UTC\", not \
         \"Moon/Tranquility\"",
    ),
    (
        "[tickets]\nauto_close = { enabled = true, forced = true }",
        "2: tickets.auto_close.forced: unknown key; did you mean `force`?",
    ),
    (
        "[[tickets.rule]]\npriority = 'High'",
        "1: tickets.rule.match: missing, and there is no default",
    ),
    (
        "[[tickets.rule]]\nmatch = {}",
        "2: tickets.rule.match: needs at least one of `type`, `category`, `severity`, \
         `workload`, `company`",
    ),
    (
        "[[tickets.rule]]\nmatch = { severity = 'bad' }",
        "2: tickets.rule.match.severity: must be \"ok\", \"information\", \"warning\", \"error\" \
         or \"critical\", not \"bad\"",
    ),
    (
        "[[tickets.rule]]\nmatch = { type = 'A' }\nresource = 7",
        "3: tickets.rule.resource: also needs `role`: Autotask assigns both or none",
    ),
    (
        "[tickets.defaults]\ntitle = '{{ title'",
        "2: tickets.defaults.title: the template is wrong in its line 1: unexpected end of input, \
         expected end of variable block",
    ),
    (
        "[tickets.defaults]\nstatus = true",
        "2: tickets.defaults.status: must be a label in quotes or the number of an id, not true",
    ),
    (
        "[[tickets.quiet]]\nfrom = '25:00'\nto = '06:00'",
        "2: tickets.quiet.from: must be a time of day such as \"22:00\", not \"25:00\"",
    ),
    (
        "[hooks]\non_change = ['notify all']",
        "2: hooks.on_change: no shell splits this; write a list such as [\"program\", \
         \"argument\"]",
    ),
    (
        "[hooks]\nping_url = 'http://example.com/x'",
        "2: hooks.ping_url: must begin with https://; plain http:// is accepted for loopback \
         addresses only",
    ),
    (
        "acronis = 1",
        "1: autotask.acronis: unknown key; allowed here: username, secret, integration_code, url, \
         database_id, zone_url",
    ),
    (
        "[state\n",
        "1: : not valid TOML: unclosed table, expected `]`",
    ),
    (
        "[state]\npath = 'a'\npath = 'b'",
        "3: : not valid TOML: duplicate key",
    ),
];

#[test]
fn each_kind_of_mistake_is_reported_with_line_key_and_what_is_allowed() {
    for (text, expected) in MISTAKES {
        assert_eq!(refused(text), [*expected], "{text}");
    }
}

#[test]
fn all_problems_are_reported_at_once_in_the_order_of_the_file() {
    let text =
        "[limits]\nquota_lowered_min = -1\nmore = 1\n[tickets]\nenabled = 0\n[hooks]\nping_url = 7";
    assert_eq!(
        refused(text),
        [
            "2: limits.quota_lowered_min: must be a whole number from 0 to 1000000, not -1",
            "3: limits.more: unknown key; allowed here: quota_lowered_percent, quota_lowered_min, \
             links_removed_percent, links_removed_min, usage_dropped_percent, usage_dropped_min, \
             units_to_zero_max, units_change_max, amount_change_max, tickets_per_run, \
             tickets_per_company, autotask_requests_percent",
            "5: tickets.enabled: must be true or false, not 0",
            "7: hooks.ping_url: must be a text in quotes, not 7",
        ]
    );
}

#[test]
fn an_empty_file_lacks_its_two_required_sections() {
    let problems = parse(Path::new("c.toml"), "").unwrap_err();
    assert_eq!(
        problems.to_string(),
        "c.toml: acronis: missing, and there is no default\nc.toml: autotask: missing, and there \
         is no default"
    );
}

/// Name and address of a second account, and the problems that are reported.
const SECOND_ACCOUNTS: &[(&str, &str, &str)] = &[
    ("us", "https://us5-cloud.acronis.com/", ""),
    ("lo", "http://127.0.0.1:8080", ""),
    ("lo", "http://[::1]:8080", ""),
    ("lo", "http://localhost:8080", ""),
    (
        "EU",
        "https://x.example",
        "c.toml:11: acronis: the account name \"EU\" is used already at line 1; names must differ \
         by more than case",
    ),
    (
        "us",
        "https://eu2-cloud.acronis.com/",
        "c.toml:11: acronis: \"us\" is the same API client as \"eu\" at line 1; every tenant \
         would be seen twice",
    ),
    (
        "u s",
        "https://x.example",
        "c.toml:12: acronis.name: must be at most 40 of the characters A-Z, a-z, 0-9, `-` and \
         `_`, not \"u s\"",
    ),
    (
        "us",
        "http://x.example",
        "c.toml:13: acronis.url: must begin with https://; plain http:// is accepted for loopback \
         addresses only",
    ),
    (
        "us",
        "http://127.0.0.1.x.example",
        "c.toml:13: acronis.url: must begin with https://; plain http:// is accepted for loopback \
         addresses only",
    ),
    (
        "us",
        "ftp://x.example",
        "c.toml:13: acronis.url: must begin with https://",
    ),
    (
        "us",
        "https://me:pw@x.example",
        "c.toml:13: acronis.url: must not contain a user name or a password",
    ),
    (
        "us",
        "https://x.example/?a=1",
        "c.toml:13: acronis.url: must not contain a `?` or a `#` part",
    ),
    (
        "us",
        "x.example",
        "c.toml:13: acronis.url: must be a web address such as \"https://eu2-cloud.acronis.com\"",
    ),
];

#[test]
fn accounts_are_distinguished_and_have_safe_addresses() {
    let block = |name: &str, url: &str| {
        format!(
            "[[acronis]]\nname = '{name}'\nurl = '{url}'\nclient_id = 'c'\nclient_secret = 's'\n"
        )
    };
    let told = |more: &str| {
        let text = format!("{}{}", SAMPLE.trim_start(), more);
        match parse(Path::new("c.toml"), &text) {
            Ok(_) => String::new(),
            Err(problems) => problems.to_string(),
        }
    };
    for (name, url, expected) in SECOND_ACCOUNTS {
        assert_eq!(told(&block(name, url)), *expected, "{name} {url}");
    }
}

#[test]
fn a_file_that_is_not_there_is_one_problem() {
    let problems = load_file(Path::new("/no/such.toml")).unwrap_err();
    assert_eq!(
        problems.to_string(),
        "/no/such.toml: cannot be read: No such file or directory (os error 2)"
    );
}

/// Values that are wrong for nearly every key.
const ODD_VALUES: &[&str] = &[
    "-1",
    "1.5",
    "true",
    "\"\"",
    "\"x y\"",
    "[]",
    "[[1]]",
    "{}",
    "{ a = 1 }",
    "07:00:00",
];

#[test]
fn whatever_stands_behind_a_key_is_accepted_or_reported_at_its_own_line() {
    let text = super::documents::switched_on();
    let file = Path::new("c.toml");
    let mut times_refused = 0;
    for (at, line) in text.lines().enumerate() {
        let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) else {
            continue;
        };
        for value in ODD_VALUES {
            let odd = format!("{key} = {value}");
            let mutated: Vec<&str> = text
                .lines()
                .enumerate()
                .map(|(place, line)| if place == at { odd.as_str() } else { line })
                .filter(|line| !line.starts_with("ca_file") || key == "ca_file")
                .collect();
            let Err(problems) = parse(file, &mutated.join("\n")) else {
                continue;
            };
            times_refused += 1;
            assert!(!problems.0.is_empty(), "{odd}");
            for problem in problems.0 {
                assert!(!problem.what.contains("without a reason"), "{odd}");
                assert!(problem.line.is_some(), "{odd}: {problem}");
                assert!(
                    problem.key.contains(key.trim()) || ELSEWHERE.contains(&key),
                    "{odd}: {problem}"
                );
            }
        }
    }
    assert!(times_refused > 500, "only {times_refused} were wrong");
}

/// Keys whose value can make another key wrong.
const ELSEWHERE: &[&str] = &["name", "timeout_seconds", "role", "to", "from"];
