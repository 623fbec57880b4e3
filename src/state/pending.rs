//! Items that need attention, remembered so that cron tells each once; and those that a person
//! settled by hand.

use anyhow::Result;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::Value;

use super::State;
use super::columns::word_columns;
use super::journal::JournalId;
use super::rows::{Cells, Columns as _, read_rows, table_row};
use crate::domain::digest;
use crate::domain::ids::{AccountName, CompanyId};

/// The kind of what the other side refuses to take: the text is its words.
pub(crate) const REFUSED_WRITE: &str = "refused-write";

/// How much an item asks of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PendingClass {
    /// A guard, a conflict or the other side holds a change back.
    Held,
    /// Only a person can settle it.
    Attention,
    /// Something that was found; nobody has to act.
    Remark,
}

impl PendingClass {
    const ALL: [Self; 3] = [Self::Held, Self::Attention, Self::Remark];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Attention => "attention",
            Self::Remark => "remark",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == word)
    }
}

word_columns!(PendingClass);

/// Something that a run found and told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PendingItem {
    pub(crate) command: String,
    /// What it is about, unique within the command.
    pub(crate) key: String,
    /// The word of the note or of the refusal.
    pub(crate) kind: String,
    pub(crate) class: PendingClass,
    pub(crate) account: Option<AccountName>,
    pub(crate) company: Option<CompanyId>,
    /// What to do, in a sentence.
    pub(crate) text: String,
    /// When this changes, the item is new again.
    pub(crate) fingerprint: String,
    /// The figures behind it, for whoever plans after it was dismissed.
    pub(crate) payload: Value,
}

table_row! { PendingItem: command, key, kind, class, account, company, text, fingerprint, payload }
table_row! { ReportedItem: item, first_seen, last_seen }
table_row! { Dismissal: item, reason, at = "dismissed_at" }

impl PendingItem {
    /// The key that people type: `status dismiss 3fa91c07`.
    pub(crate) fn short_key(&self) -> String {
        digest::short_key(&self.command, &self.key)
    }

    /// Whether it is what the other side refuses to take.
    pub(crate) fn is_refused_write(&self) -> bool {
        self.kind == REFUSED_WRITE
    }
}

/// A remembered item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReportedItem {
    pub(crate) item: PendingItem,
    /// Since when it stands with this fingerprint.
    pub(crate) first_seen: Timestamp,
    pub(crate) last_seen: Timestamp,
}

/// An item that a person settled by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dismissal {
    /// As it stood then: with this fingerprint it is not told again.
    pub(crate) item: PendingItem,
    pub(crate) reason: String,
    pub(crate) at: Timestamp,
}

/// The fingerprint of an item is made otherwise than by an older version, of the same figures.
#[derive(Clone, Debug)]
pub(crate) struct RenewedFingerprint {
    pub(crate) key: String,
    pub(crate) former: String,
    pub(crate) now: String,
}

impl State {
    /// What is pending, of one command or of all; remarks are not.
    pub(crate) fn pending_items(&self, command: Option<&str>) -> Result<Vec<ReportedItem>> {
        let mut items = self.reported_items(command)?;
        items.retain(|one| one.item.class != PendingClass::Remark);
        Ok(items)
    }

    /// Everything that was told and stands, remarks too.
    pub(crate) fn reported_items(&self, command: Option<&str>) -> Result<Vec<ReportedItem>> {
        self.read_in_transaction(|tx| reported(tx, command))
    }

    /// Takes over what a run told: what it saw is remembered, and what it looked at (`covered`) but
    /// did not see any more is forgotten. A run that was narrowed to some companies, or that lost an
    /// account, covers only the rest. What is known under a former fingerprint stands on, under the
    /// one that it has now.
    pub(crate) fn keep_pending(
        &self,
        command: &str,
        seen: &[PendingItem],
        renewed: &[RenewedFingerprint],
        covered: impl Fn(&PendingItem) -> bool,
        now: Timestamp,
    ) -> Result<()> {
        self.write_in_transaction(|tx| {
            for one in renewed {
                renew_fingerprint(tx, command, one)?;
            }
            for held in reported(tx, Some(command))? {
                let still_there = seen.iter().any(|one| one.key == held.item.key);
                if !still_there && covered(&held.item) {
                    forget(tx, command, &held.item.key)?;
                }
            }
            seen.iter().try_for_each(|one| raise(tx, one, now))
        })
    }

    /// What people settled by hand, of one command or of all.
    pub(crate) fn dismissals(&self, command: Option<&str>) -> Result<Vec<Dismissal>> {
        self.read_in_transaction(|tx| {
            let sql = "SELECT *, 'attention' AS class FROM dismissals
                       WHERE ?1 IS NULL OR command = ?1 ORDER BY command, key";
            read_rows(tx, sql, params![command], Dismissal::from_row)
        })
    }
}

/// Settles an item by hand: it is pending no more, and this is remembered for as long as its
/// fingerprint stays.
pub(super) fn dismiss(tx: &Connection, journal: JournalId, dismissal: &Dismissal) -> Result<()> {
    forget(tx, &dismissal.item.command, &dismissal.item.key)?;
    let cells = Cells::of(dismissal).without("class");
    let cells = cells.with("journal", &journal);
    cells.replace_in(tx, "dismissals")?;
    Ok(())
}

fn raise(tx: &Connection, item: &PendingItem, now: Timestamp) -> Result<()> {
    let cells = Cells::of(item).with("first_seen", &now);
    let cells = cells.with("last_seen", &now);
    let since = "iif(fingerprint = excluded.fingerprint, first_seen, excluded.first_seen)";
    let kept = [("first_seen", since)];
    cells.merge_into(tx, "pending_items", &["command", "key"], &kept)?;
    Ok(())
}

fn renew_fingerprint(tx: &Connection, command: &str, one: &RenewedFingerprint) -> Result<()> {
    for table in ["pending_items", "dismissals"] {
        let sql = format!(
            "UPDATE {table} SET fingerprint = ?4 WHERE command = ?1 AND key = ?2 AND fingerprint = ?3"
        );
        tx.prepare_cached(&sql)?
            .execute(params![command, one.key, one.former, one.now])?;
    }
    Ok(())
}

fn forget(tx: &Connection, command: &str, key: &str) -> Result<()> {
    let sql = "DELETE FROM pending_items WHERE command = ?1 AND key = ?2";
    tx.prepare_cached(sql)?.execute(params![command, key])?;
    Ok(())
}

fn reported(tx: &Connection, command: Option<&str>) -> Result<Vec<ReportedItem>> {
    let sql = "SELECT * FROM pending_items
               WHERE ?1 IS NULL OR command = ?1 ORDER BY command, key";
    read_rows(tx, sql, params![command], ReportedItem::from_row)
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use serde_json::json;

    use super::*;
    use crate::state::journal::Outcome;
    use crate::state::journal::tests::intent;
    use crate::state::open::tests::{now, start_run, temporary};
    use crate::state::state_changes::StateChange;

    fn item(key: &str, company: i64, fingerprint: &str) -> PendingItem {
        PendingItem {
            command: "sync-billing".to_owned(),
            key: key.to_owned(),
            kind: "line-missing".to_owned(),
            class: PendingClass::Attention,
            account: None,
            company: Some(CompanyId(company)),
            text: format!("look at {key}"),
            fingerprint: fingerprint.to_owned(),
            payload: json!({"units": 5}),
        }
    }

    fn keep(state: &State, seen: &[PendingItem], days: i64) {
        let at = now() + (24 * days).hours();
        state
            .keep_pending("sync-billing", seen, &[], |_| true, at)
            .unwrap();
    }

    fn keys(state: &State, command: &str) -> Vec<String> {
        let items = state.pending_items(Some(command)).unwrap();
        items.into_iter().map(|one| one.item.key).collect()
    }

    #[test]
    fn an_item_stands_since_its_cause_changed() {
        let (_dir, state) = temporary();
        keep(&state, &[item("a", 1, "5 devices")], 0);
        keep(&state, &[item("a", 1, "5 devices")], 1);
        let held = state.pending_items(None).unwrap();
        assert_eq!(held[0].first_seen, now());
        assert_eq!(held[0].last_seen, now() + 24.hours());
        assert_eq!(held[0].item, item("a", 1, "5 devices"));

        keep(&state, &[item("a", 1, "6 devices")], 2);
        let held = state.pending_items(None).unwrap();
        assert_eq!(held[0].first_seen, now() + 48.hours());
    }

    #[test]
    fn an_item_that_is_gone_is_forgotten_and_would_be_new_again() {
        let (_dir, state) = temporary();
        keep(&state, &[item("a", 1, "x"), item("b", 2, "x")], 0);
        keep(&state, &[item("b", 2, "x")], 1);
        assert_eq!(keys(&state, "sync-billing"), ["b"]);
    }

    #[test]
    fn a_run_forgets_only_what_it_looked_at() {
        let (_dir, state) = temporary();
        keep(&state, &[item("a", 1, "x"), item("b", 2, "x")], 0);
        let first_only = |item: &PendingItem| item.company == Some(CompanyId(1));
        state
            .keep_pending("sync-billing", &[], &[], first_only, now())
            .unwrap();
        assert_eq!(keys(&state, "sync-billing"), ["b"]);
        assert!(keys(&state, "provision").is_empty());
    }

    #[test]
    fn a_remark_is_remembered_and_is_not_pending() {
        let (_dir, state) = temporary();
        let remark = PendingItem {
            class: PendingClass::Remark,
            ..item("a", 1, "")
        };
        keep(&state, std::slice::from_ref(&remark), 0);
        assert!(keys(&state, "sync-billing").is_empty());
        assert_eq!(state.reported_items(None).unwrap()[0].item, remark);
    }

    #[test]
    fn what_was_dismissed_is_pending_no_more_and_is_kept_with_its_reason_and_figures() {
        let (_dir, state) = temporary();
        let run = start_run(&state, "r1");
        keep(&state, &[item("a", 1, "x")], 0);
        let entry = state.intend(&intent(&run, "a", 1), now()).unwrap();
        let done = Outcome::Done {
            answer: String::new(),
        };
        let dismissal = Dismissal {
            item: item("a", 1, "x"),
            reason: "agreed with the customer".to_owned(),
            at: now(),
        };
        let effect = StateChange::Dismiss(Box::new(dismissal.clone()));
        state.settle_with(entry, &done, &[effect], now()).unwrap();
        assert!(keys(&state, "sync-billing").is_empty());
        assert_eq!(
            state.dismissals(Some("sync-billing")).unwrap(),
            std::slice::from_ref(&dismissal)
        );
        assert!(state.dismissals(Some("provision")).unwrap().is_empty());
        assert_eq!(dismissal.item.short_key().len(), 8);
    }

    #[test]
    fn an_item_that_is_known_under_a_former_fingerprint_stands_on_since_it_was_told() {
        let (_dir, state) = temporary();
        keep(&state, &[item("a", 1, "by its text")], 0);
        let renewed = RenewedFingerprint {
            key: "a".to_owned(),
            former: "by its text".to_owned(),
            now: "by its figures".to_owned(),
        };
        let later = now() + 24.hours();
        for figures in ["by its figures", "by others"] {
            let seen = [item("a", 1, figures)];
            let renewed = std::slice::from_ref(&renewed);
            state
                .keep_pending("sync-billing", &seen, renewed, |_| true, later)
                .unwrap();
            let held = state.pending_items(None).unwrap();
            let is_old = held[0].first_seen == now();
            assert_eq!(is_old, figures == "by its figures");
        }
    }
}
