//! `map-products export` and `import`.

use super::{action, add_service, listed, notes, offer, row, two_accounts, write};
use crate::support::{Bench, Run};

fn export(bench: &Bench) -> String {
    bench.run(&["map-products", "export"]).expect(0).stdout
}

fn import(bench: &Bench, text: &str, more: &[&str]) -> Run {
    let arguments = [&["map-products", "import", "-", "--output", "json"], more].concat();
    bench.run_with_input(&arguments, text)
}

/// Some of everything, on two accounts.
fn decided() -> Bench {
    let bench = two_accounts();
    let odd = add_service(&bench, "Odd \"name\" \\ # 1\n[x]", 2).to_string();
    write(
        &bench,
        &[
            "create",
            "eu/pw_base_storage@Frankfurt 1",
            "--unit",
            "TB",
            "--included",
            "5",
        ],
    )
    .expect(0);
    write(
        &bench,
        &["create", "us/pw_base_storage", "--rounding", "down"],
    )
    .expect(0);
    write(&bench, &["use", "eu/pw_base_vms", &odd, "--minimum", "3"]).expect(0);
    write(
        &bench,
        &["free", "us/pw_base_vms", "eu/pw_base_m365_mailboxes"],
    )
    .expect(0);
    write(&bench, &["leave", "eu/local_storage"]).expect(0);
    bench
}

#[test]
fn what_was_exported_imports_without_a_change_and_exports_the_same() {
    let bench = decided();
    let text = export(&bench);
    assert_eq!(text.matches("[[item]]").count(), 6, "{text}");
    let run = import(&bench, &text, &[]).expect(0).json();
    assert_eq!(run["summary"]["actions"], 0, "{run}");
    assert_eq!(export(&bench), text);
    std::fs::remove_file(bench.state()).unwrap();
    let run = import(&bench, &text, &[]).expect(0).json();
    assert_eq!(run["summary"]["done"], 6, "{run}");
    assert_eq!(export(&bench), text);
    assert!(
        bench
            .writes()
            .iter()
            .all(|write| write.ends_with("/Services")),
        "{:?}",
        bench.writes()
    );
}

#[test]
fn an_export_needs_neither_service_and_works_without_a_state_file() {
    let bench = Bench::small();
    assert_eq!(export(&bench).matches("[[item]]").count(), 0);
    assert!(bench.sandbox.visits().is_empty());
}

#[test]
fn an_import_previews_additions_changes_and_removals_and_applies_them_together() {
    let bench = decided();
    let text = export(&bench);
    let id = |account: &str| {
        let rows = listed(&bench);
        let is_it = |row: &&serde_json::Value| {
            row["account"] == account
                && row["name"] == "pw_base_storage"
                && row["state"] == "mapped"
        };
        rows.iter().find(is_it).unwrap()["service_id"]
            .as_i64()
            .unwrap()
    };
    let (eu, us) = (id("eu"), id("us"));
    let names = |account: &str| {
        let rows = listed(&bench);
        let is_it = |row: &&serde_json::Value| {
            row["account"] == account
                && row["name"] == "pw_base_storage"
                && row["state"] == "mapped"
        };
        rows.iter().find(is_it).unwrap()["service"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (eu_name, us_name) = (names("eu"), names("us"));
    // The two storages swap their services, one item goes, one comes.
    let swapped = text
        .replace(
            &format!("service = {eu}\nservice_name = \"{eu_name}\""),
            "service = X",
        )
        .replace(
            &format!("service = {us}\nservice_name = \"{us_name}\""),
            &format!("service = {eu}"),
        )
        .replace("service = X", &format!("service = {us}"));
    let blocks = swapped.split("\n\n").map(|block| {
        if block.contains("local_storage") {
            block
                .replace("local_storage", "pw_base_nas")
                .replace("GiB", "count")
        } else {
            block.to_owned()
        }
    });
    let swapped = blocks.collect::<Vec<_>>().join("\n\n");
    assert_ne!(swapped, text);
    let preview = import(&bench, &swapped, &["-n", "--detailed-exitcode"])
        .expect(10)
        .json();
    assert_eq!(preview["summary"]["actions"], 4, "{preview}");
    assert_eq!(action(&preview, "local_storage")["kind"], "unset");
    assert_eq!(action(&preview, "pw_base_nas")["kind"], "leave");
    assert_eq!(export(&bench), text);
    import(&bench, &swapped, &[]).expect(0);
    assert_eq!((id("eu"), id("us")), (us, eu));
    assert_eq!(
        import(&bench, &swapped, &[]).expect(0).json()["summary"]["actions"],
        0
    );
}

#[test]
fn everything_wrong_in_a_document_is_said_with_its_line_and_nothing_is_applied() {
    let bench = Bench::small();
    let text = "\
[[item]]
account = \"eu\"
item = \"pw_base_vms\"
decision = \"free\"

[[item]]
account = \"eu\"
item = \"pw_base_gone\"
decision = \"free\"

[[item]]
account = \"eu\"
item = \"pw_base_servers\"
service = 999999

[[item]]
account = \"eu\"
item = \"pw_base_nas\"
service_name = \"Managed Workstation\"
unit = \"TiB\"

[[item]]
account = \"eu\"
item = \"pw_base_websites\"
decision = \"maybe\"
";
    let refused = import(&bench, text, &[]).expect(2);
    for sentence in [
        "-: line 6: there is no offering item eu/pw_base_gone;",
        "-: line 11: there is no service 999999 in Autotask",
        "-: line 16: eu/pw_base_nas cannot be counted in TiB; possible units: count",
        "-: line 22: eu/pw_base_websites: decision must be",
        "nothing was written",
    ] {
        assert!(
            refused.stderr.contains(sentence),
            "{sentence}: {}",
            refused.stderr
        );
    }
    assert_eq!(row(&listed(&bench), "pw_base_vms")["state"], "unmapped");

    let partly = import(&bench, text, &["--keep-going"]).expect(3).json();
    assert_eq!(partly["summary"]["done"], 1, "{partly}");
    assert_eq!(notes(&partly, "entry-wrong").len(), 4);
    assert_eq!(row(&listed(&bench), "pw_base_vms")["state"], "free");
}

#[test]
fn a_document_that_breaks_one_to_one_is_refused_with_both_lines() {
    let bench = Bench::small();
    let entry = |item: &str| {
        format!(
            "[[item]]\naccount = \"eu\"\nitem = \"{item}\"\nservice_name = \"Managed Workstation\"\n"
        )
    };
    let text = entry("pw_base_vms") + &entry("pw_base_nas") + &entry("pw_base_vms");
    let refused = import(&bench, &text, &[]).expect(2);
    for sentence in [
        "line 5: the service `Managed Workstation`",
        "is mapped to eu/pw_base_vms in line 1, so it cannot be mapped to eu/pw_base_nas too",
        "line 9: eu/pw_base_vms is already in line 1",
    ] {
        assert!(
            refused.stderr.contains(sentence),
            "{sentence}: {}",
            refused.stderr
        );
    }
    assert_eq!(export(&bench).matches("[[item]]").count(), 0);
    let partly = import(&bench, &text, &["--keep-going"]).expect(3).json();
    assert_eq!(notes(&partly, "entry-wrong").len(), 2, "{partly}");
    assert_eq!(
        row(&listed(&bench), "pw_base_vms")["service"],
        "Managed Workstation"
    );
    assert_eq!(row(&listed(&bench), "pw_base_nas")["state"], "unmapped");
    // What is passed over keeps its service, so no other line takes that.
    let wrong = entry("pw_base_vms") + "unit = \"GiB\"\n" + &entry("pw_base_nas");
    let partly = import(&bench, &wrong, &["--keep-going"]).expect(3).json();
    let told = notes(&partly, "entry-wrong").join(" ");
    assert!(
        told.contains("is mapped to eu/pw_base_vms, which stays"),
        "{told}"
    );
    assert_eq!(
        row(&listed(&bench), "pw_base_vms")["service"],
        "Managed Workstation"
    );
}

#[test]
fn no_document_at_all_is_refused_in_one_sentence() {
    let bench = Bench::small();
    let refused = import(&bench, "[[item]]\naccount = \"eu\"\nitme = \"x\"\n", &[]).expect(2);
    assert!(
        refused.stderr.contains("line 3: unknown field `itme`"),
        "{}",
        refused.stderr
    );
    let refused = import(&bench, "[[item]\n", &[]).expect(2);
    assert!(refused.stderr.contains("line 1:"), "{}", refused.stderr);
    let refused = write(&bench, &["import", "nowhere.toml"]).expect(2);
    assert!(
        refused.stderr.contains("nowhere.toml"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_number_that_is_another_service_here_is_refused() {
    let bench = decided();
    let text = export(&bench).replace(
        "Acronis - Per workload - Cloud storage - Boston",
        "Something else",
    );
    let refused = import(&bench, &text, &[]).expect(2);
    assert!(
        refused.stderr.contains(
            "is named `Acronis - Per workload - Cloud storage - Boston` in Autotask, not `Something else`"
        ),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_renamed_service_and_a_missing_item_survive_the_round_trip() {
    let bench = Bench::small();
    write(&bench, &["create", "pw_base_nas", "pw_base_vms"]).expect(0);
    let id = row(&listed(&bench), "pw_base_vms")["service_id"]
        .as_i64()
        .unwrap();
    bench.sandbox.with_world(|world| {
        assert!(world.autotask.set("Services", id, "name", "Renamed".into()));
    });
    offer(&bench, "pw_base_nas", false);
    let text = export(&bench);
    assert_eq!(
        import(&bench, &text, &[]).expect(0).json()["summary"]["actions"],
        0
    );
    assert_eq!(export(&bench), text);
}

#[test]
fn an_import_tells_a_service_of_another_period_and_maps_it_as_the_document_says() {
    let bench = Bench::small();
    add_service(&bench, "Yearly", 5);
    let text = "[[item]]\naccount = \"eu\"\nitem = \"pw_base_vms\"\nservice_name = \"Yearly\"\n";
    let run = import(&bench, text, &[]).expect(0).json();
    let told = notes(&run, "service-period-differs").join(" ");
    for word in ["eu/pw_base_vms", "`Yearly`", "billed Yearly", "is Monthly"] {
        assert!(told.contains(word), "{told}");
    }
    assert_eq!(row(&listed(&bench), "pw_base_vms")["state"], "mapped");
}
