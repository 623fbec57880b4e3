//! The requests of a posting run, one by one.

use sandbox::{Fault, Kind, Visit};

use super::{ADJUST, Line, Start};

/// One request of a run: the n-th of its method and path.
#[derive(Clone, Debug)]
pub(super) struct At {
    pub(super) service: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) nth: u64,
}

impl At {
    pub(super) fn fault(&self, kind: Kind) -> Fault {
        Fault::new(&self.service, &self.method, &self.path, kind).nth(self.nth)
    }
}

/// The requests of a posting run, in order.
pub(super) fn requests(start: Start) -> Vec<At> {
    requests_of(&Line::new(start), start)
}

/// The same of a fresh line of a world that was changed.
pub(super) fn requests_of(line: &Line, start: Start) -> Vec<At> {
    line.run().expect(0);
    let visits = line.bench.sandbox.visits();
    line.ends(start, "nothing breaks");
    let mut found: Vec<At> = Vec::new();
    for visit in &visits {
        let same = found
            .iter()
            .filter(|at| at.method == visit.method && at.path == visit.path);
        let nth = u64::try_from(same.count()).unwrap() + 1;
        found.push(at(visit, nth));
    }
    found
}

/// The n-th posting.
pub(super) fn posting(nth: u64) -> At {
    At {
        service: "autotask".to_owned(),
        method: "POST".to_owned(),
        path: ADJUST.to_owned(),
        nth,
    }
}

/// Whether the request belongs to the part of a run that posts.
pub(super) fn posts(at: &At) -> bool {
    at.path.contains("ServiceAdjustments")
        || (at.path.contains("ContractServiceUnits") && at.nth > 1)
        || at.path.ends_with("/Services") && at.method == "POST"
        || (at.path.contains("/ContractServices/") && at.nth > 1)
}

fn at(visit: &Visit, nth: u64) -> At {
    At {
        service: visit.service.clone(),
        method: visit.method.clone(),
        path: visit.path.clone(),
        nth,
    }
}
