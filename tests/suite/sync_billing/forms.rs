//! The two forms in which an adjustment names its line, and values that come as texts.

use std::collections::BTreeSet;

use jiff::civil::date;
use sandbox::autotask::AdjustmentForm::{self, Line, Product};
use sandbox::{Fault, Kind};
use serde_json::Value;

use super::{ADJUST, Alma, PERIOD};

impl Alma {
    /// So that one line alone has something to be billed.
    fn stores_nothing(&self) {
        self.bench.sandbox.with_world(|world| {
            let storages = world.dump()["storages"].clone();
            let storage = storages[0]["id"].as_str();
            let cloud = world.cloud(None).unwrap();
            cloud.set_usage(&self.tenant, "pw_base_storage", storage, 0, 0);
        });
    }

    fn refuses(&self, forms: &[AdjustmentForm]) {
        self.bench.sandbox.with_world(|world| {
            world.autotask.refused_forms = forms.iter().copied().collect::<BTreeSet<_>>();
        });
        self.bench.sandbox.clear_visits();
    }

    /// The adjustments that were asked for since the last look: which field named the line.
    fn asked(&self) -> Vec<&'static str> {
        let visits = self.bench.sandbox.visits();
        self.bench.sandbox.clear_visits();
        let sent = visits
            .iter()
            .filter(|visit| visit.method == "POST" && visit.path.ends_with("/ServiceAdjustments"));
        sent.map(|visit| {
            let body = &visit.body;
            assert!(body["contractID"].is_i64(), "{body}");
            let fields = ["contractServiceID", "serviceID"];
            let mut named = fields.into_iter().filter(|field| body[*field].is_i64());
            let only = named.next().unwrap();
            assert_eq!(named.next(), None, "{body}");
            only
        })
        .collect()
    }
}

#[test]
fn a_form_that_is_refused_is_sent_once_in_the_other_and_what_worked_goes_first_from_then_on() {
    let mut alma = Alma::new();
    alma.stores_nothing();
    alma.refuses(&[Line]);
    alma.bill().expect(0);
    assert_eq!(alma.asked(), ["contractServiceID", "serviceID"]);
    assert_eq!(alma.units(alma.workstations, PERIOD), 7);
    assert_eq!(alma.adjustments(), 1);
    alma.bill().expect(0);
    assert_eq!(alma.asked(), [""; 0]);

    alma.bench.set_now("2026-10-02T06:00:00Z");
    alma.used("pw_base_workstations", 9);
    alma.bill().expect(0);
    assert_eq!(alma.asked(), ["serviceID"]);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 9);

    // Whatever is remembered is refused one day: the other one again, and that is remembered.
    alma.refuses(&[Product]);
    alma.bench.set_now("2026-11-02T06:00:00Z");
    alma.used("pw_base_workstations", 8);
    alma.bill().expect(0);
    assert_eq!(alma.asked(), ["serviceID", "contractServiceID"]);
    alma.bench.set_now("2026-12-02T06:00:00Z");
    alma.used("pw_base_workstations", 6);
    alma.bill().expect(0);
    assert_eq!(alma.asked(), ["contractServiceID"]);
    assert_eq!(alma.units(alma.workstations, date(2026, 12, 1)), 6);
    assert_eq!(alma.adjustments(), 4);
}

#[test]
fn where_both_forms_are_refused_nothing_is_posted_and_autotasks_words_are_told() {
    let alma = Alma::new();
    alma.stores_nothing();
    alma.refuses(&[Line, Product]);
    let run = alma.bill().expect(1).json();
    assert_eq!(alma.asked(), ["contractServiceID", "serviceID"]);
    let error = run["results"][0]["error"].as_str().unwrap();
    for words in [
        "refused with contractServiceID: serviceID is required.",
        "contractServiceID is required.",
    ] {
        assert!(error.contains(words), "{error}");
    }
    assert_eq!(alma.adjustments(), 0);
    let held = alma.bill().expect(4).json();
    let refusal = &held["plan"]["gate"]["refusals"][0];
    assert_eq!(refusal["code"], "refused-before");
    let text = refusal.to_string();
    assert!(text.contains("serviceID is required."), "{text}");
    assert_eq!(alma.asked(), [""; 0]);

    alma.refuses(&[Line]);
    alma.approve();
    assert_eq!(alma.asked(), ["contractServiceID", "serviceID"]);
    assert_eq!(alma.units(alma.workstations, PERIOD), 7);
    assert_eq!(alma.adjustments(), 1);
}

#[test]
fn the_other_form_is_not_sent_for_what_is_no_matter_of_form() {
    for text in [
        "An error occurred.",
        "Attempt to insert duplicate data into contract_service_period.",
        "effectiveDate is required.; on record number [0].",
    ] {
        let alma = Alma::new();
        alma.stores_nothing();
        let refuses = Kind::Status {
            code: 500,
            body: Some(format!("{{\"errors\": [\"{text}\"]}}")),
            headers: vec![],
        };
        let fault = Fault::new("autotask", "POST", ADJUST, refuses);
        alma.bench.sandbox.fault(fault);
        alma.bill().expect(1);
        assert_eq!(alma.asked(), ["contractServiceID"], "{text}");
        assert_eq!(alma.adjustments(), 0);
    }
}

#[test]
fn an_answer_to_the_other_form_that_is_lost_is_not_posted_twice() {
    let alma = Alma::new();
    alma.stores_nothing();
    alma.refuses(&[Line]);
    let cut = Fault::new("autotask", "POST", ADJUST, Kind::CutAfter).nth(2);
    alma.bench.sandbox.fault(cut);
    alma.bill().expect(0);
    assert_eq!(alma.asked(), ["contractServiceID", "serviceID"]);
    alma.bill().expect(0);
    assert_eq!(alma.asked(), [""; 0]);
    assert_eq!(alma.units(alma.workstations, PERIOD), 7);
    assert_eq!(alma.adjustments(), 1);
}

#[test]
fn flags_and_decimals_that_come_as_texts_are_read_as_what_they_are() {
    let alma = Alma::new();
    alma.bench.sandbox.with_world(|world| {
        world.autotask.answers_texts = true;
        world.autotask.takes_texts = true;
    });
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, PERIOD), 7);
    assert_eq!(alma.units(alma.storage, PERIOD), 420);
    let report = ["billing-report", "2026-09", "--output", "json"];
    let report = alma.bench.run(&report).expect(0).json();
    let mut amounts: Vec<&str> = report.as_array().unwrap().iter().map(amount).collect();
    amounts.sort_unstable();
    assert_eq!(amounts, ["35", "42"]);
}

fn amount(line: &Value) -> &str {
    line["amount"].as_str().unwrap()
}
