//! `[contracts]`: what is said of Autotask's contracts.

use super::section::section;

section! {
    /// What is reported about the contracts of mapped companies.
    "contracts" struct Contracts: PartialEq, Eq {
        /// Days before its last day from which a contract that no other one follows is reported; 0 is never.
        ///
        /// It is reported once, with what happens then, and stays in `status` and `billing-report`
        /// until a contract follows or it has ended.
        warn_days: u32 = 30, in 0..=365;
    }
}
