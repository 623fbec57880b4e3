//! The control address: drives a running sandbox from any language. What can be asked is written in
//! `tests/sandbox/README.md`.

mod ask;
mod customers;
mod sales;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::face::{Answer, Call};
use crate::faults::Fault;
use crate::stage::Stage;
use ask::{Ask, Refusal};

type Outcome = Result<Value, Refusal>;

/// Answers one control call.
pub(crate) fn answer(stage: &Stage, call: &Call) -> Answer {
    match route(stage, call) {
        Ok(value) => Answer::json(200, &value),
        Err(refusal) => Answer::json(refusal.status, &json!({"error": refusal.text})),
    }
}

fn route(stage: &Stage, call: &Call) -> Outcome {
    let path = call.path.trim_matches('/');
    let (noun, id) = path.split_once('/').unwrap_or((path, ""));
    match (call.method.as_str(), noun) {
        ("GET", "requests") => requests(stage, call),
        ("DELETE", "requests") => {
            stage.visits.clear();
            Ok(json!({}))
        }
        ("GET", "world") => Ok(stage.world().dump()),
        ("GET", "pairs") => Ok(pairs(stage)),
        ("GET", "faults") => Ok(stage.faults().to_json()),
        ("POST", "faults") => {
            let fault = Fault::from_json(&body(call)?).map_err(Refusal::bad)?;
            Ok(json!({"id": stage.faults().add(fault)}))
        }
        ("DELETE", "faults") => forget_faults(stage, id),
        ("GET", "clock") => Ok(json!({"now": stage.world().now.to_string()})),
        ("POST", "clock") => clock(stage, &body(call)?),
        ("POST", "latency") => {
            let body = body(call)?;
            let ms = Ask::new(&body, &["ms"])?.int("ms")?;
            let ms = u64::try_from(ms).map_err(|_| Refusal::bad("ms must not be negative"))?;
            stage.set_latency_ms(ms);
            Ok(json!({}))
        }
        ("POST", "usage") => customers::usage(&mut stage.world(), &body(call)?),
        ("POST", "alerts") => customers::alerts(&mut stage.world(), &body(call)?),
        ("POST", "tenants") => customers::tenants(&mut stage.world(), &body(call)?),
        ("POST", "contracts") => sales::contracts(&mut stage.world(), &body(call)?),
        ("POST", "tickets") => sales::tickets(&mut stage.world(), &body(call)?),
        ("POST", "companies") => sales::companies(&mut stage.world(), &body(call)?),
        ("POST", "autotask") => sales::service(&mut stage.world(), &body(call)?),
        ("POST", "post-period") => sales::post_period(&mut stage.world(), &body(call)?),
        (method, _) => Err(Refusal::missing(format!(
            "there is no {method} /{noun}; see tests/sandbox/README.md"
        ))),
    }
}

fn pairs(stage: &Stage) -> Value {
    let pairs = stage.world().pairs();
    pairs
        .iter()
        .map(|pair| {
            let spelling = format!("{:?}", pair.spelling).to_lowercase();
            json!({"company": pair.company, "account": pair.account, "tenant": pair.tenant,
                "spelling": spelling})
        })
        .collect()
}

/// The body of a call; an empty one is an empty object.
fn body(call: &Call) -> Outcome {
    if call.body.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(&call.body).map_err(|e| Refusal::bad(format!("not JSON: {e}")))
}

fn requests(stage: &Stage, call: &Call) -> Outcome {
    let after = call.param("after").unwrap_or("0");
    let after = after
        .parse()
        .map_err(|_| Refusal::bad("after must be a whole number"))?;
    let visits = stage.visits.after(after);
    Ok(visits.iter().map(crate::Visit::to_json).collect())
}

fn forget_faults(stage: &Stage, id: &str) -> Outcome {
    if id.is_empty() {
        stage.faults().clear();
        return Ok(json!({}));
    }
    let id: u64 = id
        .parse()
        .map_err(|_| Refusal::bad("a fault's id is a whole number"))?;
    if stage.faults().remove(id) {
        Ok(json!({}))
    } else {
        Err(Refusal::missing(format!("there is no fault {id}")))
    }
}

/// Moves the clock; it may go back, as clocks do.
fn clock(stage: &Stage, body: &Value) -> Outcome {
    let ask = Ask::new(body, &["now", "ticking"])?;
    if let Some(ticking) = ask.maybe_flag("ticking")? {
        stage.set_ticking(ticking);
    }
    if let Some(now) = ask.maybe_text("now")? {
        let now: Timestamp = now
            .parse()
            .map_err(|_| Refusal::bad("now must be an instant: YYYY-MM-DDTHH:MM:SSZ"))?;
        stage.world().now = now;
    }
    Ok(json!({"now": stage.world().now.to_string()}))
}
