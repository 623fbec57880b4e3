//! What people call the offering items. The service has no display names (acronis.md §5.1), so
//! this table gives labels and nothing else: the items themselves always come from the service.

/// Name prefixes by edition, longest first where one is the start of another (acronis.md §5.5).
const PREFIXES: &[&str] = &[
    "pw_base_", "pg_base_", "pu_base_", "pw_pack_", "pg_pack_", "pw_", "pg_", "bndl_",
];

/// The part after the prefix → label (acronis.md §5.6).
const LABELS: &[(&str, &str)] = &[
    ("workstations", "Workstations"),
    ("servers", "Servers"),
    ("vms", "Virtual machines"),
    ("web_hosting_servers", "Web hosting servers"),
    ("m365_seats", "Microsoft 365 seats"),
    ("m365_mailboxes", "Microsoft 365 mailboxes"),
    ("m365_onedrive", "Microsoft 365 OneDrive"),
    ("m365_sharepoint_sites", "Microsoft 365 SharePoint sites"),
    ("m365_teams", "Microsoft 365 Teams"),
    ("c2c_storage", "Cloud-to-cloud storage"),
    ("hosted_exchange", "Hosted Exchange"),
    ("gworkspace_seats", "Google Workspace seats"),
    ("google_mail", "Google Mail"),
    ("google_drive", "Google Drive"),
    ("google_team_drive", "Google shared drives"),
    ("mobiles", "Mobile devices"),
    ("websites", "Websites"),
    ("nas", "NAS"),
    ("storage", "Cloud storage"),
    ("child_storages", "Storages of child tenants"),
    ("local_storage", "Local storage"),
    ("secondary_workstations", "Geo-redundant workstations"),
    ("secondary_vms", "Geo-redundant virtual machines"),
    ("dr_base", "Disaster recovery"),
    ("adv_dr_storage", "Disaster recovery storage"),
    ("adv_dr_compute_points", "Disaster recovery compute points"),
    ("adv_dr_cloud_servers", "Disaster recovery cloud servers"),
    (
        "adv_dr_internet_access",
        "Disaster recovery internet access",
    ),
    ("adv_backup_workstations", "Advanced Backup workstations"),
    ("adv_backup_servers", "Advanced Backup servers"),
    ("adv_backup_vms", "Advanced Backup virtual machines"),
    (
        "adv_backup_web_hosting_servers",
        "Advanced Backup web hosting servers",
    ),
    ("adv_management", "Advanced Management"),
    ("adv_security", "Advanced Security"),
    ("adv_email_security", "Advanced Email Security"),
    ("adv_dlp", "Advanced Data Loss Prevention"),
    ("fc_seats", "File Sync & Share users"),
    ("fc_storage", "File Sync & Share storage"),
    ("notary_storage", "Notary storage"),
    ("notarizations", "Notarizations"),
    ("esignatures", "Notary eSignatures"),
    ("document_templates", "Notary document templates"),
    ("drives_shipped_to_cloud", "Drives shipped to the cloud"),
    ("drives_shipped_from_cloud", "Drives shipped from the cloud"),
];

const EDITIONS: &[(&str, &str)] = &[
    ("pck_per_workload", "Per workload"),
    ("pck_per_gigabyte", "Per GB"),
    ("bundled", "Solutions"),
    ("fss_per_user", "Per user"),
    ("fss_per_gigabyte", "Per GB"),
    ("fss_legacy", "Legacy"),
    ("standard", "Standard (legacy)"),
    ("advanced", "Advanced (legacy)"),
    ("disaster_recovery", "Disaster recovery (legacy)"),
    ("per_workload", "Per workload (legacy)"),
    ("per_gigabyte", "Per GB (legacy)"),
];

/// The label of an item; its raw name when none is known.
pub(super) fn item_label(name: &str) -> String {
    let bare = PREFIXES
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name);
    find_label(LABELS, bare).unwrap_or_else(|| name.to_owned())
}

/// The label of an edition; its raw name when none is known, empty where there is no edition.
pub(super) fn edition_label(edition: Option<&str>) -> String {
    edition
        .map(|raw| find_label(EDITIONS, raw).unwrap_or_else(|| raw.to_owned()))
        .unwrap_or_default()
}

fn find_label(table: &[(&str, &str)], key: &str) -> Option<String> {
    table
        .iter()
        .find(|(known, _)| *known == key)
        .map(|(_, label)| (*label).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_editions_share_labels_and_unknown_names_stay_raw() {
        assert_eq!(item_label("pw_base_workstations"), "Workstations");
        assert_eq!(item_label("pg_base_workstations"), "Workstations");
        assert_eq!(
            item_label("pw_pack_adv_dlp"),
            "Advanced Data Loss Prevention"
        );
        assert_eq!(item_label("local_storage"), "Local storage");
        assert_eq!(item_label("pw_base_quantum"), "pw_base_quantum");
        assert_eq!(edition_label(Some("pck_per_gigabyte")), "Per GB");
        assert_eq!(edition_label(Some("new_one")), "new_one");
        assert_eq!(edition_label(None), "");
    }
}
