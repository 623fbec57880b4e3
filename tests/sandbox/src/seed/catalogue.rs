//! Finding the Autotask service of an offering item by its name, as an account manager does.

/// An item, the words its service may be called by, and whether it is an advanced pack.
const ITEMS: &[(&str, &[&str], bool)] = &[
    (
        "pw_base_workstations",
        &["workstations", "workstation"],
        false,
    ),
    ("pw_base_servers", &["servers", "server"], false),
    ("pw_base_vms", &["virtual machines", "vms"], false),
    (
        "pw_base_m365_seats",
        &["microsoft 365 seats", "m365 seats", "microsoft 365"],
        false,
    ),
    ("pw_base_websites", &["websites", "website"], false),
    ("pw_base_mobiles", &["mobile devices", "mobiles"], false),
    ("pw_base_storage", &["cloud storage", "storage"], false),
    (
        "pw_pack_adv_security",
        &["advanced security", "security"],
        true,
    ),
];

/// Words of other items that share a word with one of ours, and of the other edition.
const OTHERS: &[&str] = &[
    "gigabyte",
    "per gb",
    "pck_per_gigabyte",
    "web hosting",
    "hosting",
    "sharepoint",
    "teams",
    "c2c",
    "cloud to cloud",
    "local",
    "disaster",
    "dr",
    "notary",
    "sync",
    "share",
    "secondary",
    "geo redundant",
    "child",
    "file",
    "files",
    "edr",
    "email",
    "legacy",
];

/// The service that an item was made into: by the item's raw name if a service bears it, else by
/// its usual words. `storage` is the name of the item's storage, if it has one.
pub(crate) fn service_for(
    services: &[(i64, String)],
    item: &str,
    storage: Option<&str>,
) -> Option<i64> {
    services
        .iter()
        .filter_map(|(id, name)| Some((fit(name, item, storage)?, *id)))
        .max_by_key(|(score, id)| (*score, -id))
        .map(|(_, id)| id)
}

/// How well a service's name fits an item; `None` when it does not.
fn fit(name: &str, item: &str, storage: Option<&str>) -> Option<i64> {
    let name = plain(name);
    if storage.is_some_and(|storage| !has_words(&name, &plain(storage))) {
        return None;
    }
    if has_words(&name, &plain(item)) {
        return Some(1_000);
    }
    let (_, labels, pack) = ITEMS.iter().find(|(known, _, _)| *known == item)?;
    let rest = storage.map_or_else(|| name.clone(), |storage| name.replace(&plain(storage), ""));
    let is_pack = ["advanced", "adv", "pack"]
        .iter()
        .any(|word| has_words(&rest, word));
    if !has_words(&rest, "acronis") || is_pack != *pack {
        return None;
    }
    if OTHERS.iter().any(|other| has_words(&rest, other)) {
        return None;
    }
    let label = labels.iter().find(|label| has_words(&rest, label))?;
    let extra = i64::try_from(rest.split(' ').count()).ok()?;
    let length = i64::try_from(label.len()).ok()?;
    Some(100 + length - extra)
}

/// Lower case, with single spaces for all that is neither letter nor digit nor underscore.
fn plain(text: &str) -> String {
    let spaced: String = text
        .to_lowercase()
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || c == '_' {
                c
            } else {
                ' '
            }
        })
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn has_words(text: &str, words: &str) -> bool {
    format!(" {text} ").contains(&format!(" {words} "))
}

#[cfg(test)]
mod tests {
    use super::service_for;

    fn services(names: &[&str]) -> Vec<(i64, String)> {
        (1..)
            .zip(names.iter().map(|name| (*name).to_owned()))
            .collect()
    }

    #[test]
    fn human_names_are_told_apart() {
        let services = services(&[
            "Acronis - Per gigabyte - Workstations",
            "Acronis - Per workload - Advanced Backup - Workstations",
            "Acronis - Per workload - Workstations",
            "Acronis - Per workload - Web hosting servers",
            "Acronis - Per workload - Servers",
            "Acronis - Per workload - Microsoft 365 seats",
            "Acronis - Per workload - Microsoft 365 SharePoint sites",
            "Acronis - Per workload - Advanced Security",
            "Acronis - Per workload - Advanced Email Security",
            "Managed Workstation",
        ]);
        let find = |item| service_for(&services, item, None);
        assert_eq!(find("pw_base_workstations"), Some(3));
        assert_eq!(find("pw_base_servers"), Some(5));
        assert_eq!(find("pw_base_m365_seats"), Some(6));
        assert_eq!(find("pw_pack_adv_security"), Some(8));
        assert_eq!(find("pw_base_websites"), None);
    }

    #[test]
    fn raw_names_win() {
        let services = services(&[
            "Acronis - pck_per_workload - pw_base_web_hosting_servers",
            "Acronis - pck_per_workload - pw_base_servers",
            "Acronis - pck_per_gigabyte - pg_base_servers",
        ]);
        assert_eq!(service_for(&services, "pw_base_servers", None), Some(2));
    }

    #[test]
    fn storages_are_told_apart_by_their_names() {
        let services = services(&[
            "Acronis - Per workload - Cloud storage - Frankfurt 1",
            "Acronis - Per workload - Cloud storage (Google Zurich)",
            "Acronis - Per workload - Disaster recovery storage (Frankfurt 1)",
            "Acronis - Per workload - Cloud-to-cloud storage - Frankfurt 1",
            "Acronis - Per GB - Cloud storage - Frankfurt 1",
        ]);
        let find = |storage| service_for(&services, "pw_base_storage", Some(storage));
        assert_eq!(find("Frankfurt 1"), Some(1));
        assert_eq!(find("Google Zurich"), Some(2));
        assert_eq!(find("Basement"), None);
    }
}
