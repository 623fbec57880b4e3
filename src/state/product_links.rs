//! What was decided for each offering item; one item ↔ one service, in both directions.

use anyhow::Result;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::State;
use super::rows::{Cells, Columns as _, infra_or_empty, read_first_row, read_rows, table_row};
use crate::domain::ids::{AccountName, ItemKey, ServiceId};
use crate::domain::links::{MappingChoice, ProductLink};

/// A second use of an item or of a service, naming both offenders.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProductTaken {
    #[error(
        "service {service} is the service of {account}/{holder} already; {account_refused}/{refused} \
         cannot have it too"
    )]
    Service {
        service: ServiceId,
        account: AccountName,
        holder: ItemKey,
        account_refused: AccountName,
        refused: ItemKey,
    },
    #[error(
        "{account}/{item} is mapped to service {service} already; it cannot be mapped to service \
         {refused} too"
    )]
    Item {
        account: AccountName,
        item: ItemKey,
        service: ServiceId,
        refused: ServiceId,
    },
}

table_row! { ProductLink: account, item, edition, choice, measure }

impl State {
    /// All product links, by account and item.
    pub(crate) fn product_links(&self) -> Result<Vec<ProductLink>> {
        self.read_in_transaction(|tx| {
            let sql = "SELECT * FROM product_links ORDER BY account, item, infra, application";
            read_rows(tx, sql, [], ProductLink::from_row)
        })
    }
}

/// Saves a decision, or another measure for the same one.
///
/// The error's root is a [`ProductTaken`] when the service counts another item, or when the item is
/// counted by another service: unset it first, within one transaction where items swap services.
pub(super) fn save_product_link(tx: &Connection, link: &ProductLink, now: Timestamp) -> Result<()> {
    refuse_second_use(tx, link)?;
    let cells = Cells::of(link).with("changed_at", &now);
    cells.replace_in(tx, "product_links")?;
    Ok(())
}

/// Looks before writing: `INSERT OR REPLACE` would silently remove the other user of the service.
fn refuse_second_use(tx: &Connection, link: &ProductLink) -> Result<()> {
    let MappingChoice::Service { id: wanted, .. } = &link.choice else {
        return Ok(());
    };
    let sql = "SELECT * FROM product_links WHERE service = ?1";
    let holder = read_first_row(tx, sql, params![wanted], ProductLink::from_row)?
        .filter(|holder| (&holder.account, &holder.item) != (&link.account, &link.item));
    if let Some(holder) = holder {
        return Err(ProductTaken::Service {
            service: *wanted,
            account: holder.account,
            holder: holder.item,
            account_refused: link.account.clone(),
            refused: link.item.clone(),
        }
        .into());
    }
    match find_product_link(tx, &link.account, &link.item)?.map(|held| held.choice) {
        Some(MappingChoice::Service { id, .. }) if id != *wanted => Err(ProductTaken::Item {
            account: link.account.clone(),
            item: link.item.clone(),
            service: id,
            refused: *wanted,
        }
        .into()),
        Some(MappingChoice::Service { .. } | MappingChoice::Free | MappingChoice::Leave) | None => {
            Ok(())
        }
    }
}

/// Forgets a decision: the item is unmapped. Says what it was.
pub(super) fn delete_product_link(
    tx: &Connection,
    account: &AccountName,
    item: &ItemKey,
) -> Result<Option<ProductLink>> {
    let held = find_product_link(tx, account, item)?;
    let mut statement = tx.prepare_cached(
        "DELETE FROM product_links
         WHERE account = ?1 AND application = ?2 AND item = ?3 AND infra = ?4",
    )?;
    statement.execute(params![
        account,
        item.application,
        item.name,
        infra_or_empty(item)
    ])?;
    Ok(held)
}

fn find_product_link(
    tx: &Connection,
    account: &AccountName,
    item: &ItemKey,
) -> Result<Option<ProductLink>> {
    let sql = "SELECT * FROM product_links
               WHERE account = ?1 AND application = ?2 AND item = ?3 AND infra = ?4";
    let key = params![account, item.application, item.name, infra_or_empty(item)];
    read_first_row(tx, sql, key, ProductLink::from_row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{ApplicationId, InfraId};
    use crate::domain::units::{Measure, Rounding, Unit};
    use crate::state::open::tests::{now, temporary};

    fn link(account: &str, name: &str, infra: Option<&str>, service: i64) -> ProductLink {
        ProductLink {
            account: AccountName::new(account),
            item: ItemKey {
                name: name.to_owned(),
                infra: infra.map(InfraId::new),
                application: ApplicationId::new("app"),
            },
            edition: Some("pck_per_workload".to_owned()),
            choice: MappingChoice::Service {
                id: ServiceId(service),
                name: format!("Acronis - {name}"),
            },
            measure: Measure {
                unit: Unit::TiB,
                rounding: Rounding::Nearest,
                included: 5,
                minimum: 2,
            },
        }
    }

    fn keep(state: &State, link: &ProductLink) -> Result<()> {
        state.write_in_transaction(|tx| save_product_link(tx, link, now()))
    }

    /// Lets go of what the items had, then sets all, in one stroke.
    fn swap(state: &State, links: &[ProductLink]) -> Result<()> {
        state.write_in_transaction(|tx| {
            for link in links {
                delete_product_link(tx, &link.account, &link.item)?;
            }
            links
                .iter()
                .try_for_each(|link| save_product_link(tx, link, now()))
        })
    }

    fn taken(result: Result<()>) -> ProductTaken {
        result.unwrap_err().downcast::<ProductTaken>().unwrap()
    }

    #[test]
    fn links_come_back_as_they_were_saved() {
        let (_dir, state) = temporary();
        let storage = link("eu", "storage", Some("11111111"), 7);
        let mut free = link("eu", "storage", None, 0);
        free.choice = MappingChoice::Free;
        let mut leave = link("eu", "notary", None, 0);
        leave.choice = MappingChoice::Leave;
        for link in [&storage, &free, &leave] {
            keep(&state, link).unwrap();
        }
        assert_eq!(state.product_links().unwrap(), [leave, free, storage]);
    }

    #[test]
    fn a_service_counts_one_item_only_across_all_accounts() {
        let (_dir, state) = temporary();
        let first = link("eu", "servers", None, 7);
        keep(&state, &first).unwrap();
        let second = link("us", "servers", None, 7);
        let refusal = taken(keep(&state, &second));
        assert_eq!(
            refusal.to_string(),
            "service 7 is the service of eu/servers already; us/servers cannot have it too"
        );
        assert_eq!(state.product_links().unwrap(), [first]);
    }

    #[test]
    fn an_item_has_one_service_only_and_keeps_it_when_its_measure_changes() {
        let (_dir, state) = temporary();
        let mut held = link("eu", "servers", None, 7);
        keep(&state, &held).unwrap();
        let refusal = taken(keep(&state, &link("eu", "servers", None, 8)));
        assert_eq!(
            refusal.to_string(),
            "eu/servers is mapped to service 7 already; it cannot be mapped to service 8 too"
        );
        held.measure.included = 50;
        keep(&state, &held).unwrap();
        assert_eq!(state.product_links().unwrap(), [held]);
    }

    #[test]
    fn services_are_swapped_all_or_none() {
        let (_dir, state) = temporary();
        let (a, b) = (link("eu", "a", None, 1), link("eu", "b", None, 2));
        swap(&state, &[a.clone(), b.clone()]).unwrap();
        let swapped = [link("eu", "a", None, 2), link("eu", "b", None, 1)];
        swap(&state, &swapped).unwrap();
        assert_eq!(state.product_links().unwrap(), swapped);

        let clash = [link("eu", "a", None, 3), link("eu", "b", None, 3)];
        taken(swap(&state, &clash));
        assert_eq!(state.product_links().unwrap(), swapped);
    }

    #[test]
    fn unset_frees_the_service() {
        let (_dir, state) = temporary();
        let held = link("eu", "a", None, 1);
        keep(&state, &held).unwrap();
        let was = state
            .write_in_transaction(|tx| delete_product_link(tx, &held.account, &held.item))
            .unwrap();
        assert_eq!(was, Some(held));
        keep(&state, &link("eu", "b", None, 1)).unwrap();
    }
}
