//! A new customer tenant with its mark and its link, and the marks of tenants that exist.
//!
//! `map-customer create` and `provision` both make tenants; what they must never do twice is here.
//!
//! A tenant is born with our mark in the very request that makes it, so that a lost answer or a
//! `kill -9` at any instant leaves either no tenant or one that says whose it is: whoever plans asks
//! [`unfinished`] first and takes such a tenant over instead of making a second one.

mod contact;
mod create;
mod marks;
mod plan;
mod recovery;
mod unfinished;

pub(crate) use contact::{of_company, of_person};
pub(crate) use create::{adopt, create};
pub(crate) use marks::{mark, unmark};
pub(crate) use plan::{Adopted, Card, NewCustomer, free_name};
pub(crate) use recovery::recover;
pub(crate) use unfinished::unfinished;
