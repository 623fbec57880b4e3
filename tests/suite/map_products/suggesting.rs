//! `map-products suggest`.

use super::{action, add_service, listed, notes, row, write};
use crate::support::Bench;

#[test]
fn equal_names_become_a_plan_and_near_ones_are_listed_with_their_score_and_left() {
    let bench = Bench::small();
    let same = add_service(&bench, "ACRONIS: per workload / servers", 2);
    add_service(&bench, "Acronis - Per workload - Virtual machine", 2);
    add_service(&bench, "Something else", 2);
    let run = write(&bench, &["suggest"]).expect(0).json();
    assert_eq!(run["summary"]["actions"], 1, "{run}");
    let mapped = action(&run, "pw_base_servers")["after"]["mapping"].clone();
    assert!(
        mapped.as_str().unwrap().contains(&same.to_string()),
        "{mapped}"
    );
    let near = notes(&run, "near").join("\n");
    assert!(
        near.contains("`Acronis - Per workload - Virtual machine`"),
        "{near}"
    );
    assert!(near.contains("97 %"), "{near}");
    assert!(!near.contains("Something else"), "{near}");
    let rows = listed(&bench);
    assert_eq!(row(&rows, "pw_base_servers")["service_id"], same);
    assert_eq!(row(&rows, "pw_base_vms")["state"], "unmapped");
    assert_eq!(bench.writes(), [""; 0]);
    assert_eq!(
        write(&bench, &["suggest"]).expect(0).json()["summary"]["actions"],
        0
    );
}

#[test]
fn two_services_of_one_plain_name_are_listed_and_not_applied() {
    let bench = Bench::small();
    add_service(&bench, "Acronis - Per workload - Servers", 2);
    add_service(&bench, "acronis per workload servers", 2);
    let run = write(&bench, &["suggest"]).expect(0).json();
    assert_eq!(run["summary"]["actions"], 0);
    let told = notes(&run, "ambiguous").join(" ");
    for word in [
        "eu/pw_base_servers",
        "Acronis - Per workload - Servers",
        "acronis per workload servers",
    ] {
        assert!(told.contains(word), "{told}");
    }
}

#[test]
fn a_suggestion_of_another_period_is_held_back_and_the_others_go_on() {
    let bench = Bench::small();
    add_service(&bench, "Acronis - Per workload - Servers", 5);
    add_service(&bench, "Acronis - Per workload - Websites", 2);
    let run = write(&bench, &["suggest"]).expect(4).json();
    assert_eq!(run["summary"]["done"], 1, "{run}");
    let rows = listed(&bench);
    assert_eq!(row(&rows, "pw_base_servers")["state"], "unmapped");
    assert_eq!(row(&rows, "pw_base_websites")["state"], "mapped");
}

#[test]
fn a_service_that_is_called_as_the_item_is_shown_fits_where_one_edition_is_chosen() {
    let bench = Bench::small();
    let id = add_service(&bench, "Servers", 2);
    let with_edition = add_service(&bench, "Per workload: Websites", 2);
    let both = write(&bench, &["suggest", "-n"]).expect(0).json();
    assert_eq!(action(&both, "pw_base_websites")["kind"], "use-service");
    assert!(
        notes(&both, "ambiguous")
            .join(" ")
            .contains("pg_base_servers"),
        "{both}"
    );
    let one = ["suggest", "--edition", "per_workload"];
    let run = write(&bench, &one).expect(0).json();
    let rows = listed(&bench);
    assert_eq!(row(&rows, "pw_base_servers")["service_id"], id, "{run}");
    assert_eq!(row(&rows, "pw_base_websites")["service_id"], with_edition);
    assert_eq!(row(&rows, "pg_base_servers")["state"], "unmapped");
}
