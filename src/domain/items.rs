//! Facts about offering items that no answer of the service carries.

/// Usage names and item suffixes of what accrues over a period: billed by the period's own figure
/// and not by the accumulated one (rules: billing; acronis.md §6.2).
const ACCRUING: &[&str] = &[
    "compute_points",
    "notarizations",
    "drives_shipped_to_cloud",
    "drives_shipped_from_cloud",
];

/// Items that are parts of another one, by the ends of their names: who pays for the seat pays for
/// its parts (acronis.md §5.6, the lines under "seats").
const PARTS: &[(&str, &[&str])] = &[
    (
        "m365_seats",
        &[
            "m365_mailboxes",
            "m365_onedrive",
            "m365_sharepoint_sites",
            "m365_teams",
        ],
    ),
    (
        "gworkspace_seats",
        &["google_mail", "google_drive", "google_team_drive"],
    ),
];

/// Whether an item accrues over a period.
pub(crate) fn accrues_over_period(name: &str, usage_name: Option<&str>) -> bool {
    ACCRUING
        .iter()
        .any(|word| name.ends_with(word) || usage_name == Some(word))
}

/// The name of the item that this one is a part of; of the same edition.
pub(crate) fn whole_of(name: &str) -> Option<String> {
    PARTS.iter().find_map(|(whole, parts)| {
        let part = parts.iter().find(|part| name.ends_with(*part))?;
        let prefix = name.strip_suffix(*part)?;
        Some(format!("{prefix}{whole}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_accrues_is_known_by_its_name_in_every_edition() {
        assert!(accrues_over_period("pw_base_adv_dr_compute_points", None));
        assert!(accrues_over_period("notarizations", Some("notarizations")));
        assert!(accrues_over_period("renamed", Some("compute_points")));
        assert!(!accrues_over_period("pw_base_storage", Some("storage")));
    }

    #[test]
    fn a_part_names_its_whole_of_the_same_edition() {
        assert_eq!(
            whole_of("pg_base_m365_teams").as_deref(),
            Some("pg_base_m365_seats")
        );
        assert_eq!(
            whole_of("pw_base_google_drive").as_deref(),
            Some("pw_base_gworkspace_seats")
        );
        assert_eq!(whole_of("pw_base_m365_seats"), None);
    }
}
