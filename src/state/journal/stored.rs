//! How an action lies in the state file: as itself with a version, and, in entries that older
//! versions of the program wrote, in the words that people read.

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::action_kind::ActionKind;
use crate::domain::ids::{AlertId, TenantId, TicketId};
use crate::domain::journal_action::{JournalAction, WrittenItem, WrittenLevel};
use crate::domain::links::PendingStep;
use crate::domain::quota_level::Level;
use crate::domain::tickets::TicketKind;
use crate::domain::units::{Rounding, Unit};

/// Raised when the meaning of a stored action changes, so that an older program refuses it.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Stored<'a> {
    version: u32,
    action: &'a JournalAction,
}

#[derive(Deserialize)]
struct Read {
    version: u32,
    action: JournalAction,
}

pub(super) fn to_text(action: &JournalAction) -> Result<String> {
    let version = VERSION;
    Ok(serde_json::to_string(&Stored { version, action })?)
}

pub(super) fn from_text(text: &str) -> Result<JournalAction> {
    let Read { version, action } = serde_json::from_str(text)?;
    if version != VERSION {
        bail!("an action of version {version}, this one knows {VERSION}");
    }
    Ok(action)
}

/// The action of an entry that was written before actions were kept. What it does not say is
/// looked for by nobody.
pub(super) fn from_words(kind: &str, subject: &str, payload: &Value) -> JournalAction {
    read_words(kind, subject, payload).unwrap_or(JournalAction::Other)
}

fn read_words(kind: &str, subject: &str, payload: &Value) -> Option<JournalAction> {
    let words = EntryWords { subject, payload };
    Some(match ActionKind::parse(kind)? {
        ActionKind::CreateTenant => JournalAction::CreateTenant {
            name: subject.to_owned(),
        },
        ActionKind::AdoptTenant => JournalAction::AdoptTenant {
            tenant: TenantId::new(words.text("after", "tenant")?),
        },
        ActionKind::LinkCustomer => JournalAction::LinkCustomer {
            tenant: words.tenant("after")?,
        },
        ActionKind::NoteChanges => JournalAction::NoteChanges,
        ActionKind::UnlinkCustomer => JournalAction::UnlinkCustomer {
            tenant: words.tenant("before")?,
            is_marked: words.text("before", "mark").is_some(),
        },
        ActionKind::SetTwoFactor => complete(PendingStep::TwoFactor),
        ActionKind::SetMode => complete(PendingStep::Production),
        ActionKind::CreateAdministrator => complete(PendingStep::Administrator),
        ActionKind::DisableTenant => JournalAction::DisableTenant,
        ActionKind::DeleteTenant => JournalAction::DeleteTenant,
        ActionKind::SetQuota => words.quota("quota")?,
        ActionKind::SwitchOn => words.quota("status")?,
        ActionKind::CreateService => words.service()?,
        ActionKind::UseService
        | ActionKind::Free
        | ActionKind::Leave
        | ActionKind::Unset
        | ActionKind::SetMeasure => JournalAction::DecideItem { item: words.item() },
        ActionKind::PostUnits => JournalAction::PostUnits,
        ActionKind::CreateTicket => words.new_ticket(TicketKind::Alert)?,
        ActionKind::CreateSummary => words.new_ticket(TicketKind::Summary)?,
        ActionKind::NoteTicket
        | ActionKind::ReopenTicket
        | ActionKind::CloseTicket
        | ActionKind::UpdateSummary => JournalAction::ChangeTicket {
            ticket: words.ticket()?,
        },
        ActionKind::DismissAlert => JournalAction::DismissAlert {
            alert: AlertId::new(words.text("before", "alert")?),
            ticket: words.ticket()?,
        },
        ActionKind::AddValue
        | ActionKind::CreateField
        | ActionKind::DismissItem
        | ActionKind::FollowTicket => return None,
    })
}

fn complete(step: PendingStep) -> JournalAction {
    JournalAction::CompleteStep { step }
}

/// What people read of an action.
struct EntryWords<'a> {
    subject: &'a str,
    payload: &'a Value,
}

impl<'a> EntryWords<'a> {
    fn field(&self, side: &str, name: &str) -> Option<&'a Value> {
        self.payload.get(side)?.get(name)
    }

    fn text(&self, side: &str, name: &str) -> Option<&'a str> {
        self.field(side, name)?.as_str()
    }

    fn item(&self) -> WrittenItem {
        WrittenItem::Shown(self.subject.to_owned())
    }

    /// The tenant of a link, that stands there as `Name (id)`.
    fn tenant(&self, side: &str) -> Option<TenantId> {
        let shown = self.text(side, "tenant")?;
        let (_, id) = shown.strip_suffix(')')?.rsplit_once('(')?;
        Some(TenantId::new(id))
    }

    fn ticket(&self) -> Option<TicketId> {
        self.field("after", "ticket")?.as_i64().map(TicketId)
    }

    fn new_ticket(&self, stands_for: TicketKind) -> Option<JournalAction> {
        Some(JournalAction::CreateTicket {
            stands_for,
            external_id: self.text("after", "external_id")?.to_owned(),
        })
    }

    fn service(&self) -> Option<JournalAction> {
        let number = |name| self.field("after", name)?.as_i64();
        Some(JournalAction::CreateService {
            item: self.item(),
            name: self.text("after", "service")?.to_owned(),
            unit: self.text("after", "unit").and_then(Unit::parse),
            rounding: self.text("after", "rounding").and_then(Rounding::parse),
            included: number("included"),
            minimum: number("minimum"),
        })
    }

    fn quota(&self, field: &str) -> Option<JournalAction> {
        let exact = self.payload.pointer("/exact/after");
        let exact = exact.and_then(|after| exact_level(after.get(field)?));
        let level = match exact {
            Some(level) => WrittenLevel::Exact(level),
            // The oldest entries hold the text only, in the unit that the mapping had then.
            None => WrittenLevel::Shown(self.field("after", field)?.clone()),
        };
        let item = self.item();
        Some(JournalAction::SetQuota { item, level })
    }
}

/// A level as it stood beside what people read.
fn exact_level(value: &Value) -> Option<Level> {
    if let Some(is_on) = value.as_bool() {
        return Some(if is_on { Level::On } else { Level::Off });
    }
    if let Some(value) = value.as_i64() {
        return Some(Level::hard(value));
    }
    let text = value.as_str()?;
    if text == "unlimited" {
        return Some(Level::UNLIMITED);
    }
    let (value, overage) = text.strip_prefix("value ")?.split_once(" overage ")?;
    let number = |text: &str| match text {
        "none" => Some(None),
        number => number.parse().ok().map(Some),
    };
    Some(Level::Quota {
        value: number(value)?,
        overage: number(overage)?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_action_is_read_back_as_it_was_kept_and_one_of_a_newer_version_is_refused() {
        let action = JournalAction::DismissAlert {
            alert: AlertId::new("a-1"),
            ticket: TicketId(7),
        };
        let text = to_text(&action).unwrap();
        let expected =
            r#"{"version":1,"action":{"kind":"dismiss-alert","alert":"a-1","ticket":7}}"#;
        assert_eq!(text, expected);
        assert_eq!(from_text(&text).unwrap(), action);
        from_text(&text.replace(":1,", ":2,")).unwrap_err();
    }

    #[test]
    fn quotas_of_older_entries_are_exact_where_they_were_kept_so() {
        let level = |payload: Value| {
            let action = from_words("set-quota", "storage@i-1", &payload);
            let JournalAction::SetQuota { item, level } = action else {
                panic!("{action:?}");
            };
            assert_eq!(item, WrittenItem::Shown("storage@i-1".to_owned()));
            level
        };
        let exact = |value: Value| {
            let after = json!({"quota": "as people read it"});
            level(json!({"after": after, "exact": {"after": {"quota": value}}}))
        };
        for (value, expected) in [
            (json!(false), Level::Off),
            (json!(5), Level::hard(5)),
            (json!("unlimited"), Level::UNLIMITED),
            (
                json!("value 5368709120 overage 0"),
                Level::hard(5_368_709_120),
            ),
            (
                json!("value 5 overage none"),
                Level::Quota {
                    value: Some(5),
                    overage: None,
                },
            ),
        ] {
            assert_eq!(exact(value), WrittenLevel::Exact(expected));
        }
        assert_eq!(
            level(json!({"before": {}, "after": {"quota": "5 GiB"}})),
            WrittenLevel::Shown(json!("5 GiB"))
        );
    }

    #[test]
    fn what_older_entries_do_not_say_is_looked_for_by_nobody() {
        for (kind, payload) in [
            ("link-customer", json!({"after": {"tenant": "no id"}})),
            ("set-quota", json!({})),
            ("create-field", json!({"after": {"kind": "list"}})),
        ] {
            assert_eq!(
                from_words(kind, "x", &payload),
                JournalAction::Other,
                "{kind}"
            );
        }
    }
}
