//! On a terminal a person sees how far a run is.

use super::{Alma, PERIOD};
use crate::terminal::typed;

#[test]
fn a_run_that_takes_longer_shows_how_many_lines_are_done_and_asks_first() {
    let alma = Alma::new();
    let Some((code, shown)) = typed(&alma.bench, &["sync-billing"], "y\r") else {
        return;
    };
    assert_eq!(code, 0, "{shown}");
    assert_eq!(alma.units(alma.workstations, PERIOD), 7);
    assert!(
        shown.contains("sync-billing") && shown.contains("2/2"),
        "{shown}"
    );
    let (code, shown) = typed(&alma.bench, &["sync-billing", "--quiet"], "").unwrap();
    assert_eq!(code, 0, "{shown}");
    assert!(
        !shown.contains("2/2") && !shown.contains('\u{1b}'),
        "{shown}"
    );
}
