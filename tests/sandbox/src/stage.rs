//! One request from arrival to answer: faults, latency, limits and records around a face.
//! The world is never held while anything waits.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::face::{Answer, Call};
use crate::faults::{Faults, Kind, Subject, status_answer};
use crate::gate::Gate;
use crate::visits::{Book, Visits};
use crate::{World, acronis, autotask, control};

/// Requests answered at once for one Autotask entity (autotask.md §4).
const THREADS_MAX: u32 = 3;

/// Who lives behind an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// The n-th account of the world.
    Acronis(usize),
    Autotask,
    Control,
}

/// What goes back to the client.
#[derive(Debug)]
pub(crate) enum Reply {
    Answer(Answer),
    /// The connection ends here.
    Cut,
}

/// Everything that requests share.
#[derive(Debug)]
pub(crate) struct Stage {
    world: Mutex<World>,
    /// When the world's clock was last moved on; `None` while it stands still.
    ticked: Mutex<Option<Instant>>,
    faults: Mutex<Faults>,
    pub(crate) visits: Visits,
    pub(crate) gate: Gate,
    latency_ms: AtomicU64,
    /// Names of the accounts, in the world's order.
    accounts: Vec<String>,
}

/// A moment of a sandbox, to come back to (see [`crate::Sandbox::save`]).
#[derive(Clone, Debug)]
pub struct Saved {
    world: World,
    faults: Faults,
    visits: Book,
}

impl Saved {
    /// The world of that moment.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }
}

impl Stage {
    pub(crate) fn save(&self) -> Saved {
        Saved {
            world: self.world().clone(),
            faults: self.faults().clone(),
            visits: self.visits.save(),
        }
    }

    pub(crate) fn restore(&self, saved: &Saved) {
        let Saved {
            world,
            faults,
            visits,
        } = saved;
        self.world().clone_from(world);
        self.faults().clone_from(faults);
        self.visits.restore(visits);
    }

    pub(crate) fn new(world: World) -> Self {
        Self {
            accounts: world.acronis.iter().map(|c| c.name.clone()).collect(),
            world: Mutex::new(world),
            ticked: Mutex::new(None),
            faults: Mutex::new(Faults::default()),
            visits: Visits::default(),
            gate: Gate::default(),
            latency_ms: AtomicU64::new(0),
        }
    }

    pub(crate) fn accounts(&self) -> &[String] {
        &self.accounts
    }

    /// The world, with its clock moved on if it runs.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        // A face that panicked has shown its defect on standard error; the rest may go on.
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ticked = self.ticked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = *ticked {
            let elapsed = last.elapsed();
            world.now = world.now.saturating_add(elapsed).unwrap_or(world.now);
            *ticked = Some(last + elapsed);
        }
        drop(ticked);
        world
    }

    /// Lets the world's clock run, or stand still.
    pub(crate) fn set_ticking(&self, ticking: bool) {
        drop(self.world());
        *self.ticked.lock().unwrap_or_else(PoisonError::into_inner) = ticking.then(Instant::now);
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_latency_ms(&self, latency_ms: u64) {
        self.latency_ms.store(latency_ms, Ordering::Relaxed);
    }

    /// Answers one request. `hang_up` closes the connection before that.
    pub(crate) fn respond(
        &self,
        service: Service,
        call: &Call,
        query: &str,
        hang_up: &dyn Fn(),
    ) -> Reply {
        let (name, account, bucket) = match service {
            Service::Control => return Reply::Answer(control::answer(self, call)),
            Service::Acronis(at) => ("acronis", self.account(at), self.account(at).to_owned()),
            Service::Autotask => {
                let entity = autotask::entity_of(&call.path);
                ("autotask", "", entity.unwrap_or_default())
            }
        };
        let subject = Subject {
            service: name,
            account,
            method: &call.method,
            path: &call.path,
            query,
        };
        let bucket = format!("{name}/{bucket}");
        let arrival = self.visits.arrive(&subject, call, &bucket);
        let fired = self.faults().fire(&subject);
        if service == Service::Autotask && too_many_threads(call, arrival.in_flight) {
            let answer = autotask::thread_limit_answer();
            arrival.answered(&answer, true, false);
            return Reply::Answer(answer);
        }
        self.wait(service, &fired);
        self.hold_before(&fired, hang_up);
        let outcome = self.perform(service, call, &fired);
        self.hold_after(&fired);
        let took_effect = arrival.write && outcome.took_effect;
        arrival.answered(&outcome.answer, !outcome.cut, took_effect);
        if outcome.cut {
            return Reply::Cut;
        }
        Reply::Answer(outcome.answer)
    }

    /// Lets the service answer, unless a fault does.
    fn perform(&self, service: Service, call: &Call, fired: &[Kind]) -> Outcome {
        for kind in fired {
            match kind {
                Kind::Status {
                    code,
                    body,
                    headers,
                } => {
                    let answer = status_answer(*code, body.as_deref(), headers);
                    return Outcome::instead(answer, false);
                }
                Kind::CutBefore => return Outcome::instead(Answer::empty(0), true),
                Kind::ExpireToken => self.expire_tokens(service),
                Kind::Delay { .. }
                | Kind::Hold { .. }
                | Kind::HeldBefore
                | Kind::HeldAfter
                | Kind::Late
                | Kind::CutAfter
                | Kind::StatusAfter { .. }
                | Kind::Body { .. } => {}
            }
        }
        let mut answer = self.ask(service, call);
        let took_effect = answer.status < 300;
        for kind in fired {
            if let Kind::Body { text } = kind {
                answer.body = text.clone().into_bytes();
            }
            if let Kind::StatusAfter {
                code,
                body,
                headers,
            } = kind
            {
                answer = status_answer(*code, body.as_deref(), headers);
            }
        }
        Outcome {
            cut: fired.contains(&Kind::CutAfter) || fired.contains(&Kind::Late),
            took_effect,
            answer,
        }
    }

    fn ask(&self, service: Service, call: &Call) -> Answer {
        let mut world = self.world();
        let now = world.now;
        let mut answer = match service {
            Service::Acronis(at) => world
                .acronis
                .get_mut(at)
                .map_or(Answer::empty(404), |cloud| {
                    acronis::answer(cloud, now, call)
                }),
            Service::Autotask => autotask::answer(&mut world.autotask, now, call),
            Service::Control => Answer::empty(404),
        };
        answer.headers.push(("date".to_owned(), http_date(now)));
        answer
    }

    fn expire_tokens(&self, service: Service) {
        if let Service::Acronis(at) = service
            && let Some(cloud) = self.world().acronis.get_mut(at)
        {
            cloud.expire_tokens();
        }
    }

    fn wait(&self, service: Service, fired: &[Kind]) {
        let mut wait_ms = self.latency_ms.load(Ordering::Relaxed);
        for kind in fired {
            if let Kind::Delay { ms } = kind {
                wait_ms = wait_ms.saturating_add(*ms);
            }
        }
        if service == Service::Autotask {
            wait_ms = wait_ms.saturating_add(self.world().autotask.added_latency_ms());
        }
        sleep(wait_ms);
    }

    fn hold_before(&self, fired: &[Kind], hang_up: &dyn Fn()) {
        if fired.contains(&Kind::Late) {
            hang_up();
        }
        if fired.contains(&Kind::HeldBefore) || fired.contains(&Kind::Late) {
            self.gate.hold();
        }
    }

    fn hold_after(&self, fired: &[Kind]) {
        for kind in fired {
            if let Kind::Hold { ms } = kind {
                sleep(*ms);
            }
        }
        if fired.contains(&Kind::HeldAfter) {
            self.gate.hold();
        }
    }

    fn account(&self, at: usize) -> &str {
        self.accounts.get(at).map_or("", String::as_str)
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "simulated latency is the one wait of the sandbox"
)]
fn sleep(wait_ms: u64) {
    if wait_ms > 0 {
        std::thread::sleep(Duration::from_millis(wait_ms));
    }
}

struct Outcome {
    answer: Answer,
    cut: bool,
    /// The service itself answered, and not with a refusal.
    took_effect: bool,
}

impl Outcome {
    fn instead(answer: Answer, cut: bool) -> Self {
        Self {
            answer,
            cut,
            took_effect: false,
        }
    }
}

/// Three threads for each entity; finding the zone is exempt (autotask.md §2, §4), and so is what
/// no entity answers.
fn too_many_threads(call: &Call, in_flight: u32) -> bool {
    in_flight > THREADS_MAX && autotask::entity_of(&call.path).is_some()
}

/// As in a `Date` header (RFC 9110 §5.6.7).
fn http_date(now: Timestamp) -> String {
    now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
