//! New customers: the tenant with its mark and its link, and what it gets besides quotas.
//!
//! `map-customer create` and `provision` both make customers; they become the same, because what is
//! decided and what is sent is here.
//!
//! A tenant gets our mark in the very request that makes it, so that a lost answer or a
//! `kill -9` at any instant leaves either no tenant or one that says whose it is: whoever plans asks
//! [`find_unfinished()`] first and takes such a tenant over instead of making a second one. Mode, two-factor
//! and administrator are remembered with the link until each is done; `provision` does what is left.

mod apply;
mod contact;
mod create;
mod gather;
mod plan;
mod recovery;
mod tags;
mod unfinished;

pub(crate) use apply::Onboarder;
pub(crate) use contact::{contact_of_company, contact_of_person};
pub(crate) use gather::{OffersByPartner, PrimaryContacts, read_login_contacts, read_new_customer};
pub(crate) use plan::{
    Action, AdoptedTenant, ContactDetails, CustomerRef, LikelyTenant, NewCustomer, OpenTenants,
    Setup, UnfinishedCustomer, find_free_name, plan_steps, refuse_likely_match,
};
pub(crate) use recovery::recover_customers;
pub(crate) use tags::{remove_tag, write_tag};
pub(crate) use unfinished::find_unfinished;
