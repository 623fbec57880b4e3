//! What an action is called, in plans, in the journal and in scripts.

use super::stable_words::stable_words;

stable_words! {
    /// What an action does: a verb with hyphens.
    ActionKind {
        AddValue = "add-value",
        AdoptTenant = "adopt-tenant",
        CloseTicket = "close-ticket",
        CreateAdministrator = "create-administrator",
        CreateField = "create-field",
        CreateService = "create-service",
        CreateSummary = "create-summary",
        CreateTenant = "create-tenant",
        CreateTicket = "create-ticket",
        DeleteTenant = "delete-tenant",
        DisableTenant = "disable-tenant",
        DismissAlert = "dismiss-alert",
        DismissItem = "dismiss-item",
        FollowTicket = "follow-ticket",
        Free = "free",
        Leave = "leave",
        LinkCustomer = "link-customer",
        NoteChanges = "note-changes",
        NoteTicket = "note-ticket",
        PostUnits = "post-units",
        ReopenTicket = "reopen-ticket",
        SetMeasure = "set-measure",
        SetMode = "set-mode",
        SetQuota = "set-quota",
        SetTwoFactor = "set-two-factor",
        SwitchOn = "switch-on",
        UnlinkCustomer = "unlink-customer",
        Unset = "unset",
        UpdateSummary = "update-summary",
        UseService = "use-service",
    }
}

/// The word of a kind as people read it, also of one that only a newer version of the program knows.
pub(crate) fn spoken_kind(word: &str) -> String {
    word.replace('-', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_in_the_order_of_their_words_so_that_plans_are_sorted_by_word() {
        let words: Vec<&str> = ActionKind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert!(words.is_sorted());
        for kind in ActionKind::ALL {
            assert_eq!(ActionKind::parse(kind.as_str()), Some(*kind));
        }
        assert_eq!(ActionKind::parse("from-a-newer-version"), None);
    }
}
