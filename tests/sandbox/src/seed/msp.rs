//! A managed service provider of any size.

use super::cast::{self, Cast};
use super::dice::Dice;
use super::offices;
use super::tenants::{self, Site};
use super::{Client, SeedOptions};
use crate::World;
use crate::autotask::Database;

/// The customer database id of a seeded world.
const CI: i64 = 812_345;

impl World {
    /// A believable service provider: companies of several types with people, devices and
    /// contracts, customer tenants of which some belong to them under one name or another, usages,
    /// alerts. Contracts hold no Acronis services yet: see [`World::sign_contracts`].
    #[must_use]
    pub fn msp(options: &SeedOptions) -> Self {
        let dice = Dice::new(options.seed);
        let Cast {
            companies,
            strangers,
        } = cast::cast(options.companies, &dice);
        let mut world = Self::new(options.now, Vec::new(), Database::new(CI, options.now));
        world.seed = options.seed;
        let today = world.today();
        let shelf = offices::stock(&mut world.autotask);
        let mut sites: Vec<Site> = (0..options.accounts.max(1))
            .map(|at| tenants::site(at, options.now))
            .collect();
        let (mut desk, mut house) = (dice.fork(4), dice.fork(5));
        for (number, company) in companies.iter().enumerate() {
            let database = &mut world.autotask;
            let mut client = offices::open(database, company, &shelf, today, &mut desk);
            if let Some(tenant) = &company.tenant {
                let account = number % sites.len();
                let site = &mut sites[account];
                let awkward = options.awkward;
                client.home = Some(site.move_in(account, company, tenant, awkward, &mut house));
            }
            world.clients.push(client);
        }
        for (number, name) in strangers.iter().enumerate() {
            let account = number % sites.len();
            sites[account].add_stranger(name, &mut house);
        }
        let alerts = options.alerts.unwrap_or(options.companies * 10 / 3);
        let clients: &[Client] = &world.clients;
        tenants::trouble(&mut sites, clients, alerts, options.now, &mut dice.fork(6));
        offices::post_past(&mut world.autotask, clients, today);
        world.acronis = sites.into_iter().map(|site| site.cloud).collect();
        world
    }
}
