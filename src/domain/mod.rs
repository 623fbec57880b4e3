//! The words that both clouds and every command share.
//!
//! Nothing here does I/O, reads a clock or knows a wire format: identifiers, quantities, dates and
//! the pure rules that belong to them.

pub(crate) mod accrual;
pub(crate) mod action_kind;
pub(crate) mod adjustment_form;
pub(crate) mod contracts;
pub(crate) mod digest;
pub(crate) mod ids;
pub(crate) mod items;
pub(crate) mod journal_action;
pub(crate) mod labels;
pub(crate) mod links;
pub(crate) mod lookup_candidates;
pub(crate) mod name_pairs;
pub(crate) mod names;
pub(crate) mod ownership_tag;
pub(crate) mod period;
pub(crate) mod posting;
pub(crate) mod quota_level;
pub(crate) mod secret;
pub(crate) mod seen_contracts;
pub(crate) mod stable_words;
pub(crate) mod storages;
pub(crate) mod text;
pub(crate) mod tickets;
pub(crate) mod units;
