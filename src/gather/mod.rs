//! Facts that several commands need, read the same way for all of them.

pub(crate) mod billing_windows;
pub(crate) mod companies;
pub(crate) mod company_names;
pub(crate) mod customer_blocks;
pub(crate) mod customers;
pub(crate) mod links;
pub(crate) mod lost_state;
pub(crate) mod mapping_files;
pub(crate) mod offers;
pub(crate) mod products;
pub(crate) mod setup_gaps;
pub(crate) mod tenant_tree;
pub(crate) mod ticket_lists;
