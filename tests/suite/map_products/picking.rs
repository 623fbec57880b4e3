//! What happens where an argument is missing.

use super::{listed, row, write};
use crate::support::Bench;

#[test]
fn without_a_terminal_a_missing_argument_is_named() {
    let bench = Bench::small();
    for (arguments, word) in [
        (&["use"][..], "no ITEM was named"),
        (&["use", "pw_base_vms"], "no SERVICE was named"),
        (&["create"], "no ITEM was named"),
        (&["free"], "no ITEM was named"),
        (&["unset"], "no ITEM was named"),
    ] {
        let refused = write(&bench, arguments).expect(2);
        assert!(
            refused.stderr.contains(word),
            "{arguments:?}: {}",
            refused.stderr
        );
    }
    assert_eq!(row(&listed(&bench), "pw_base_vms")["state"], "unmapped");
}
