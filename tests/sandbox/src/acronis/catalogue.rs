//! What can be sold: every offering item of acronis.md §5.6 and the applications of §4.
//!
//! Names marked "(?)" in the sheet stand here too; names it calls unknown (public IPs, EDR, `bndl_`) do
//! not. Seats with unlimited storage, the two classes of storage and geo-redundant storage and seats
//! have names of our own, and are offered only where a test asks for them: the vendor sells them under
//! names that nobody here has seen.

use std::collections::HashMap;
use std::sync::LazyLock;

pub(super) const BACKUP: &str = "6e6d758d-8e74-3ae3-ac84-50eb0dff12eb";
const FILES: &str = "dfd85a5f-a464-32ab-81fd-99bcc66a070f";
const SHIPPING: &str = "b71b2c18-590a-303c-9d5a-8444fbe713ac";
const NOTARY: &str = "f9c5744e-bd1a-36b6-b0f0-ecd7483e1796";

/// Id, type and name of each application.
pub(super) const APPLICATIONS: &[(&str, &str, &str)] = &[
    (BACKUP, "backup", "Cyber Protection"),
    (FILES, "files_cloud", "File Sync & Share"),
    (SHIPPING, "physical_data_shipping", "Physical Data Shipping"),
    (NOTARY, "notary", "Notary"),
    (
        "cc29685d-a9ca-3e87-a83d-069f18b588f0",
        "hci",
        "SPLA Microsoft licensing",
    ),
    (
        "7459244f-68f3-3bf4-9f53-5f63ecc1d91f",
        "platform",
        "Platform",
    ),
];

/// The `type` of an offering item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Count,
    Infra,
    Feature,
    /// A type that is in no document: enums stay open (acronis.md §2.5).
    Metered,
}

impl Form {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Infra => "infra",
            Self::Feature => "feature",
            Self::Metered => "metered",
        }
    }
}

/// One line of the catalogue; one offering item per storage when it has a `place`.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) application: &'static str,
    pub(super) name: String,
    pub(super) edition: Option<&'static str>,
    pub(super) usage: &'static str,
    pub(super) form: Form,
    /// `None`: the service leaves the unit out.
    pub(super) unit: Option<&'static str>,
    /// The capability a storage needs to carry this item; `None` when it has no `infra_id`.
    pub(super) place: Option<&'static str>,
    /// Shown under `include_secondary` only.
    pub(super) secondary: bool,
    /// Offered by [`Cloud::offer_item`](super::Cloud::offer_item) only.
    pub(super) on_demand: bool,
}

impl Entry {
    /// Disaster recovery may be switched off while it is in use.
    pub(super) fn is_disaster_recovery(&self) -> bool {
        self.place == Some(DR)
    }
}

/// The item of the future: offered only where a test asks for it.
pub(super) const FUTURE_ITEM: &str = "pw_base_future_workloads";

/// Names without the edition's prefix of what is offered only where a test asks for it.
const ON_DEMAND: &[&str] = &[
    "base_future_workloads",
    "base_m365_seats_unlimited",
    "base_storage_class1",
    "base_storage_class2",
    "base_secondary_storage",
    "base_secondary_storage_class2",
    "base_secondary_m365_seats",
    "base_secondary_gworkspace_seats",
];

const DR: &str = "disaster_recovery";
const PW: &str = "pw";
const PG: &str = "pg";
const BOTH: &str = "pw pg";

type Line = (
    &'static str,
    &'static str,
    Form,
    Option<&'static str>,
    Option<&'static str>,
    &'static str,
);

const PIECES: Option<&str> = Some("quantity");
const BYTES: Option<&str> = Some("bytes");
const NONE: Option<&str> = Some("n/a");

/// Cyber Protection: name without the edition's prefix, usage name, form, unit, capability, editions.
#[rustfmt::skip]
const PROTECTION: &[Line] = &[
    ("base_workstations", "workstations", Form::Count, PIECES, None, BOTH),
    ("base_servers", "servers", Form::Count, PIECES, None, BOTH),
    ("base_vms", "vms", Form::Count, PIECES, None, BOTH),
    ("base_web_hosting_servers", "web_hosting_servers", Form::Count, PIECES, None, BOTH),
    ("base_m365_seats", "mailboxes", Form::Count, PIECES, None, BOTH),
    ("base_m365_mailboxes", "o365_mailboxes", Form::Feature, NONE, None, BOTH),
    ("base_m365_onedrive", "o365_onedrive", Form::Feature, NONE, None, BOTH),
    ("base_m365_sharepoint_sites", "o365_sharepoint_sites", Form::Count, PIECES, None, BOTH),
    ("base_m365_teams", "o365_teams", Form::Count, PIECES, None, BOTH),
    ("base_c2c_storage", "c2c_storage", Form::Infra, BYTES, Some("backup"), PW),
    ("base_hosted_exchange", "hosted_exchange", Form::Count, PIECES, None, BOTH),
    ("base_gworkspace_seats", "gsuite_seats", Form::Count, PIECES, None, BOTH),
    ("base_google_mail", "google_mail", Form::Feature, NONE, None, BOTH),
    ("base_google_drive", "google_drive", Form::Feature, NONE, None, BOTH),
    ("base_google_team_drive", "google_team_drive", Form::Feature, None, None, BOTH),
    ("base_mobiles", "mobiles", Form::Count, PIECES, None, BOTH),
    ("base_websites", "websites", Form::Count, PIECES, None, BOTH),
    ("base_nas", "nas", Form::Count, PIECES, None, BOTH),
    ("base_storage", "storage", Form::Infra, BYTES, Some("backup"), BOTH),
    ("base_child_storages", "child_storages", Form::Feature, None, None, BOTH),
    ("base_secondary_workstations", "secondary_workstations", Form::Count, PIECES, None, PG),
    ("base_secondary_vms", "secondary_vms", Form::Count, PIECES, None, PG),
    ("base_dr_base", "dr_base", Form::Feature, NONE, Some(DR), BOTH),
    ("base_adv_dr_storage", "dr_storage", Form::Infra, BYTES, Some(DR), BOTH),
    ("base_adv_dr_compute_points", "compute_points", Form::Infra, Some("seconds"), Some(DR), BOTH),
    ("base_adv_dr_cloud_servers", "dr_cloud_servers", Form::Infra, PIECES, Some(DR), BOTH),
    ("base_adv_dr_internet_access", "dr_internet_access", Form::Feature, NONE, Some(DR), BOTH),
    ("pack_adv_backup_workstations", "pack_adv_backup_workstations", Form::Count, PIECES, None, BOTH),
    ("pack_adv_backup_servers", "pack_adv_backup_servers", Form::Count, PIECES, None, BOTH),
    ("pack_adv_backup_vms", "pack_adv_backup_vms", Form::Count, PIECES, None, BOTH),
    ("pack_adv_backup_web_hosting_servers", "pack_adv_backup_web_hosting_servers", Form::Count, PIECES, None, BOTH),
    ("pack_adv_management", "pack_adv_management", Form::Count, PIECES, None, BOTH),
    ("pack_adv_security", "pack_adv_security", Form::Count, PIECES, None, BOTH),
    ("pack_adv_email_security", "pack_adv_email_security_mailboxes", Form::Count, PIECES, None, BOTH),
    ("pack_adv_dlp", "pack_adv_dlp", Form::Count, PIECES, None, BOTH),
    ("base_m365_seats_unlimited", "mailboxes_unlimited", Form::Count, PIECES, None, BOTH),
    ("base_storage_class1", "storage_class1", Form::Infra, BYTES, Some("backup"), BOTH),
    ("base_storage_class2", "storage_class2", Form::Infra, BYTES, Some("backup"), BOTH),
    ("base_secondary_storage", "secondary_storage", Form::Infra, BYTES, Some("backup"), BOTH),
    ("base_secondary_storage_class2", "secondary_storage_class2", Form::Infra, BYTES, Some("backup"), BOTH),
    ("base_secondary_m365_seats", "secondary_mailboxes", Form::Count, PIECES, None, BOTH),
    ("base_secondary_gworkspace_seats", "secondary_gsuite_seats", Form::Count, PIECES, None, BOTH),
    ("base_future_workloads", "future_workloads", Form::Metered, Some("sextants"), None, PW),
];

/// The rest: application, name, edition, usage name, form, unit, capability.
type Other = (
    &'static str,
    &'static str,
    Option<&'static str>,
    &'static str,
    Form,
    Option<&'static str>,
    Option<&'static str>,
);

#[rustfmt::skip]
const OTHERS: &[Other] = &[
    (BACKUP, "local_storage", None, "local_storage", Form::Count, BYTES, None),
    (FILES, "pu_base_fc_seats", Some("fss_per_user"), "fc_seats", Form::Count, PIECES, None),
    (FILES, "pu_base_fc_storage", Some("fss_per_user"), "fc_storage", Form::Infra, BYTES, Some("files_cloud")),
    (FILES, "pg_base_fc_seats", Some("fss_per_gigabyte"), "fc_seats", Form::Count, PIECES, None),
    (FILES, "pg_base_fc_storage", Some("fss_per_gigabyte"), "fc_storage", Form::Infra, BYTES, Some("files_cloud")),
    (NOTARY, "notary_storage", None, "notary_storage", Form::Count, BYTES, None),
    (NOTARY, "notarizations", None, "notarizations", Form::Count, PIECES, None),
    (NOTARY, "esignatures", None, "esignatures", Form::Count, PIECES, None),
    (NOTARY, "document_templates", None, "document_templates", Form::Count, PIECES, None),
    (SHIPPING, "drives_shipped_to_cloud", None, "drives_shipped_to_cloud", Form::Count, PIECES, None),
    (SHIPPING, "drives_shipped_from_cloud", None, "drives_shipped_from_cloud", Form::Count, PIECES, None),
];

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let editions = [(PW, "pck_per_workload"), (PG, "pck_per_gigabyte")];
    let protection = editions.iter().flat_map(|(prefix, edition)| {
        PROTECTION
            .iter()
            .filter(move |line| line.5.contains(prefix))
            .map(move |line| protection_entry(prefix, edition, line))
    });
    let others =
        OTHERS.iter().map(
            |&(application, name, edition, usage, form, unit, place)| Entry {
                application,
                name: name.to_owned(),
                edition,
                usage,
                form,
                unit,
                place,
                secondary: false,
                on_demand: false,
            },
        );
    protection.chain(others).collect()
});

static BY_NAME: LazyLock<HashMap<&'static str, usize>> = LazyLock::new(|| {
    entries()
        .iter()
        .enumerate()
        .map(|(at, entry)| (entry.name.as_str(), at))
        .collect()
});

fn protection_entry(prefix: &str, edition: &'static str, line: &Line) -> Entry {
    let &(name, usage, form, unit, place, _) = line;
    Entry {
        application: BACKUP,
        name: format!("{prefix}_{name}"),
        edition: Some(edition),
        usage,
        form,
        unit,
        place,
        secondary: usage.starts_with("secondary_"),
        on_demand: ON_DEMAND.contains(&name),
    }
}

/// All lines, in a fixed order.
pub(super) fn entries() -> &'static [Entry] {
    &ENTRIES
}

/// The place of a line in [`entries`] by its name; names are unique over all applications.
pub(super) fn position(name: &str) -> Option<usize> {
    BY_NAME.get(name).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{entries, position};

    #[test]
    fn names_are_unique_and_found_again() {
        let names: BTreeSet<&str> = entries().iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names.len(), entries().len());
        for (at, entry) in entries().iter().enumerate() {
            assert_eq!(position(&entry.name), Some(at));
        }
    }

    #[test]
    fn usage_names_are_not_always_the_item_name_without_its_prefix() {
        let seats = &entries()[position("pw_base_m365_seats").unwrap()];
        assert_eq!(seats.usage, "mailboxes");
    }
}
