//! `kill -9` between any two writes to the state file, which only debug builds can be told to do: a
//! customer that was begun gets all that a new one gets, and nothing twice.

use super::effects;
use super::onboarding::{ALL, made, ready};

#[test]
fn killed_between_any_two_writes_a_new_customer_is_finished_by_the_next_runs() {
    let create = ["map-customer", "create", "Brook Dental"];
    let wanted = {
        let bench = ready(ALL);
        bench.run(&create).expect(0);
        made(&bench, "Brook Dental")
    };
    for commit in 1.. {
        let bench = ready(ALL);
        if !bench.is_killed_after_commit(&create, commit) {
            assert!(commit > 8, "killed {commit} times only");
            break;
        }
        let case = format!("killed after commit {commit}");
        // What is linked already is finished by provisioning.
        bench.run(&create);
        bench.run(&["provision", "--yes"]).expect(0);
        assert_eq!(made(&bench, "Brook Dental"), wanted, "{case}");
        let writes = effects(&bench);
        let of = |path: &str| writes.iter().filter(|write| *write == path).count();
        assert_eq!(of("POST /api/2/tenants"), 1, "{case}: {writes:?}");
        assert_eq!(of("POST /api/2/users"), 1, "{case}: {writes:?}");
        bench.sandbox.clear_visits();
        bench.run(&["provision", "--yes"]).expect(0);
        assert_eq!(effects(&bench), [""; 0], "{case}");
        let status = bench.run(&["status"]).stdout;
        assert!(!status.contains("nobody knows yet"), "{case}: {status}");
    }
}
