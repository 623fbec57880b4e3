//! The page about customers shows what the program prints.

use serde_json::json;

use super::{by_hand, tenant, world};
use crate::support::Bench;
use crate::transcripts::replay;

#[test]
fn the_page_shows_what_is_printed() {
    let mut world = world(
        &[
            "Alma Bakery",
            "Brook Dental",
            "Cliff & Söhne GmbH",
            "Dune Hotel",
            "Elm Law",
            "Fjord",
        ],
        &[
            "ALMA BAKERY, Ltd.",
            "Cliff und Sohne",
            "Dune Hotels",
            "Foreign",
            "Fjord",
            "Fjord",
        ],
    );
    world.autotask.add_company("Gale Supplies", "Vendor", true);
    world
        .autotask
        .add_company("Cliff Closed", "Customer", false);
    let brook = world
        .autotask
        .named("Companies", "companyName", "Brook Dental");
    world
        .autotask
        .add_contact(brook.unwrap(), "Ann", "Lee", "ann@brook.example", true);
    let bench = Bench::on(world);
    let foreign = tenant(&bench, "Foreign");
    by_hand(&bench, |cloud| {
        cloud.add_partner(&cloud.root(), "North");
        cloud.set_tenant(&foreign, "internal_tag", json!("psa-sync 77"));
    });
    replay("docs/mapping.md", "Customers", &bench);
}
