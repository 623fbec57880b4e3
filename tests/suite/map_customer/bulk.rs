//! Many pairs at once: CSV, export and import.

use super::{company, document, listed, mark, row, tenant, world};
use crate::support::Bench;

fn pairs(bench: &Bench) -> Vec<(String, String)> {
    listed(bench)
        .iter()
        .filter(|row| row["state"] == "mapped")
        .map(|row| {
            let text = |key: &str| row[key].as_str().unwrap().to_owned();
            (text("company_name"), text("tenant_name"))
        })
        .collect()
}

fn pair(company: &str, tenant: &str) -> (String, String) {
    (company.to_owned(), tenant.to_owned())
}

fn export(bench: &Bench) -> String {
    bench.run(&["map-customer", "export"]).expect(0).stdout
}

#[test]
fn pairs_from_csv_are_linked_together_and_again_without_a_write() {
    let bench = Bench::on(world(&["A", "B"], &["x", "y"]));
    let csv = format!(
        "company,tenant\n{},x\nB,{}\n",
        company(&bench, "A"),
        tenant(&bench, "y")
    );
    let link = ["map-customer", "link", "--from-csv", "-"];
    bench.run_with_input(&link, &csv).expect(0);
    assert_eq!(pairs(&bench), [pair("A", "x"), pair("B", "y")]);
    assert_eq!(row(&bench, "A")["how"], "import");
    assert_eq!(bench.writes().len(), 2);
    bench.run_with_input(&link, &csv).expect(0);
    assert_eq!(bench.writes().len(), 2);
}

#[test]
fn one_bad_line_keeps_all_back_unless_asked_to_keep_going() {
    let bench = Bench::on(world(&["A", "B"], &["x", "y"]));
    let csv = "company,tenant\nA,x\nNobody,y\nB\n";
    let link = ["map-customer", "link", "--from-csv", "-"];
    let run = bench.run_with_input(&link, csv).expect(2);
    assert!(run.stderr.contains("-:3: "), "{}", run.stderr);
    assert!(run.stderr.contains("Nobody"), "{}", run.stderr);
    assert!(run.stderr.contains("-:4: "), "{}", run.stderr);
    assert!(bench.writes().is_empty());
    let going = [&link[..], &["--keep-going"]].concat();
    let run = bench.run_with_input(&going, csv).expect(3);
    assert!(run.stdout.contains("line 3 was skipped"), "{}", run.stdout);
    assert_eq!(pairs(&bench), [pair("A", "x")]);
}

#[test]
fn a_pair_given_twice_is_reported_with_both_ends() {
    let bench = Bench::on(world(&["A", "B"], &["x", "y"]));
    let link = ["map-customer", "link", "--from-csv", "-"];
    for csv in ["company,tenant\nA,x\nA,y\n", "company,tenant\nA,x\nB,x\n"] {
        let run = bench.run_with_input(&link, csv).expect(2);
        assert!(run.stderr.contains("-:3: "), "{}", run.stderr);
        assert!(run.stderr.contains("given twice"), "{}", run.stderr);
    }
    assert!(bench.writes().is_empty());
}

#[test]
fn a_wrong_header_is_named() {
    let bench = Bench::on(world(&["A"], &["x"]));
    let link = ["map-customer", "link", "--from-csv", "-"];
    let run = bench
        .run_with_input(&link, "customer,tenant\nA,x\n")
        .expect(2);
    assert!(run.stderr.contains("`company,tenant`"), "{}", run.stderr);
    assert!(run.stderr.contains("customer"), "{}", run.stderr);
}

#[test]
fn export_import_export_is_a_fixed_point_on_another_machine() {
    let names = [
        "Brick \"&\" Söhne",
        "=cmd|' /C calc'!A0",
        "Line\u{1b}[2J\nbreak",
        "株式会社",
    ];
    let bench = Bench::on(world(&names, &names));
    bench.run(&["map-customer", "suggest"]).expect(0);
    let first = export(&bench);
    assert_eq!(pairs(&bench).len(), 4);
    assert!(!first.contains('\u{1b}'));
    std::fs::remove_file(bench.state()).unwrap();
    assert!(pairs(&bench).is_empty());
    bench.sandbox.clear_visits();
    let import = ["map-customer", "import", "-"];
    bench.run_with_input(&import, &first).expect(0);
    assert_eq!(export(&bench), first);
    // The marks were there already, and a second import has nothing to do.
    assert!(bench.writes().is_empty());
    let again = bench.run_with_input(&import, &first).expect(0);
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
}

#[test]
fn an_import_swaps_tenants_without_ever_linking_one_twice() {
    let bench = Bench::on(world(&["A", "B"], &["x", "y"]));
    let link = ["map-customer", "link", "--from-csv", "-"];
    bench
        .run_with_input(&link, "company,tenant\nA,x\nB,y\n")
        .expect(0);
    let (x, y) = (tenant(&bench, "x"), tenant(&bench, "y"));
    let swapped = export(&bench)
        .replace(&x, "?")
        .replace(&y, &x)
        .replace('?', &y);
    let preview = ["map-customer", "import", "-", "-n"];
    let run = bench.run_with_input(&preview, &swapped).expect(0);
    assert!(run.stdout.contains("unlink customer"), "{}", run.stdout);
    bench
        .run_with_input(&["map-customer", "import", "-"], &swapped)
        .expect(0);
    assert_eq!(pairs(&bench), [pair("A", "y"), pair("B", "x")]);
    assert_eq!(document(&bench, "y")["internal_tag"], mark(&bench, "A"));
    assert_eq!(document(&bench, "x")["internal_tag"], mark(&bench, "B"));
}

#[test]
fn what_is_not_in_the_document_stays_unless_asked_and_many_need_approval() {
    let names: Vec<String> = (1..=12).map(|number| format!("Company {number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let bench = Bench::on(world(&names, &names));
    bench.run(&["map-customer", "suggest"]).expect(0);
    let few: String = export(&bench)
        .split("\n[[customer]]")
        .take(4)
        .collect::<Vec<_>>()
        .join("\n[[customer]]");
    let import = ["map-customer", "import", "-"];
    let run = bench.run_with_input(&import, &few).expect(0);
    assert!(run.stdout.contains("--remove-missing"), "{}", run.stdout);
    assert_eq!(pairs(&bench).len(), 12);

    let removing = [&import[..], &["--remove-missing"]].concat();
    let run = bench.run_with_input(&removing, &few).expect(4);
    assert!(run.stdout.contains("9 of 12 (75 %)"), "{}", run.stdout);
    assert!(
        run.stdout.contains("limits.links_removed_percent"),
        "{}",
        run.stdout
    );
    assert_eq!(pairs(&bench).len(), 12);
    let digest = run.stdout.split("--expect-plan ").nth(1).unwrap();
    let digest = digest.split_whitespace().next().unwrap();
    let approved = [&removing[..], &["--expect-plan", digest]].concat();
    bench.run_with_input(&approved, &few).expect(0);
    assert_eq!(pairs(&bench).len(), 3);
}

#[test]
fn a_document_is_refused_as_a_whole_with_its_lines() {
    let bench = Bench::on(world(&["A"], &["x"]));
    let (a, x) = (company(&bench, "A"), tenant(&bench, "x"));
    let import = ["map-customer", "import", "-"];
    let good = format!("[[customer]]\ncompany = {a}\naccount = \"eu\"\ntenant = \"{x}\"\n");
    let cases = [
        (format!("{good}colour = \"red\"\n"), "-:5: "),
        (
            format!("{good}\n[[customer]]\ncompany = 999\naccount = \"eu\"\ntenant = \"{x}\"\n"),
            "-:6: ",
        ),
        (
            good.replace("\"eu\"", "\"mars\""),
            "no Acronis account is named mars",
        ),
        (
            good.replace(&x, "00000000-0000-4000-8000-000000000000"),
            "-:1: ",
        ),
        (good.replace("tenant", "tenants"), "-:4: "),
    ];
    for (text, words) in cases {
        let run = bench.run_with_input(&import, &text).expect(2);
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
    }
    assert!(bench.writes().is_empty());
    assert!(pairs(&bench).is_empty());
}

#[test]
fn what_a_spreadsheet_writes_is_read() {
    let bench = Bench::on(world(&["A", "B"], &["x", "y"]));
    let link = ["map-customer", "link", "--from-csv", "-"];
    let csv = "\u{feff}Company;Contact;Tenant;;\r\nA;\"Lee; Ann\";x;;\r\nB;;y;;\r\n";
    bench.run_with_input(&link, csv).expect(0);
    assert_eq!(pairs(&bench), [pair("A", "x"), pair("B", "y")]);
    // What `list` writes is read back.
    let list = bench.run(&["map-customer", "list", "-o", "csv"]).expect(0);
    let again = bench.run_with_input(&link, &list.stdout).expect(0);
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
}

#[test]
fn an_import_that_keeps_going_lists_the_conflicts_and_does_the_rest() {
    let bench = Bench::on(world(&["A", "B", "C"], &["x", "y"]));
    bench.run(&["map-customer", "link", "A", "x"]).expect(0);
    let entry = |name: &str, to: &str| {
        format!(
            "[[customer]]\ncompany = {}\naccount = \"eu\"\ntenant = \"{}\"\n",
            company(&bench, name),
            tenant(&bench, to)
        )
    };
    let text = entry("B", "x") + &entry("C", "y");
    let import = ["map-customer", "import", "-"];
    bench.run_with_input(&import, &text).expect(4);
    assert_eq!(pairs(&bench), [pair("A", "x")]);
    let going = [&import[..], &["--keep-going"]].concat();
    let run = bench.run_with_input(&going, &text).expect(3);
    assert!(run.stdout.contains("line 1 was skipped"), "{}", run.stdout);
    assert!(
        run.stdout.contains("is already linked to A"),
        "{}",
        run.stdout
    );
    assert_eq!(pairs(&bench), [pair("A", "x"), pair("C", "y")]);
}
