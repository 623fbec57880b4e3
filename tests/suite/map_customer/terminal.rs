//! On a terminal what is missing is picked, and a taken name is asked about.

use serde_json::Value;

use super::{effects, row, tenant, world};
use crate::support::Bench;
use crate::terminal::typed;

#[test]
fn company_partner_and_customer_are_picked_by_typing_a_part_of_them() {
    let bench = Bench::on(world(&["Alma", "Brook", "Cliff"], &["One", "Two"]));
    let Some((code, shown)) = typed(&bench, &["map-customer", "link"], "broo\rsmall\rtwo\ry\r")
    else {
        return;
    };
    assert_eq!(code, 0, "{shown}");
    assert_eq!(row(&bench, "Brook")["tenant"], tenant(&bench, "Two"));
    assert_eq!(effects(&bench).len(), 1);
}

#[test]
fn the_next_free_name_is_offered_and_may_be_declined() {
    let bench = Bench::on(world(&["Alma"], &["Alma"]));
    let create = ["map-customer", "create", "Alma"];
    let Some((code, shown)) = typed(&bench, &create, "n\r") else {
        return;
    };
    assert_eq!(code, 4, "{shown}");
    assert!(effects(&bench).is_empty());
    let (code, shown) = typed(&bench, &create, "y\ry\r").unwrap();
    assert_eq!(code, 0, "{shown}");
    assert_eq!(row(&bench, "Alma")["tenant"], tenant(&bench, "Alma /2"));
}

#[test]
fn nothing_is_unlinked_while_the_question_is_declined() {
    let bench = Bench::on(world(&["Alma"], &["Alma"]));
    bench.run(&["map-customer", "suggest"]).expect(0);
    bench.sandbox.clear_visits();
    let unlink = ["map-customer", "unlink", "Alma"];
    let Some((code, shown)) = typed(&bench, &unlink, "n\r") else {
        return;
    };
    assert_eq!(code, 2, "{shown}");
    assert!(effects(&bench).is_empty());
    let (code, shown) = typed(&bench, &["map-customer", "unlink"], "alm\ry\r").unwrap();
    assert_eq!(code, 0, "{shown}");
    assert_eq!(row(&bench, "Alma")["tenant"], Value::Null);
}
