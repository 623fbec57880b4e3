//! What the types of alerts are called, and what to do first. The service has no titles for its own
//! types (acronis.md §8.2): this table gives words and nothing else, and a type that is not in it is
//! named from its id.

/// Type → title and suggested first step.
const TYPES: &[(&str, &str, &str)] = &[
    (
        "BackupFailed",
        "Backup failed",
        "Open the workload's activities in the console, read the error, mend it and start the backup once by hand.",
    ),
    (
        "BackupCanceled",
        "Backup canceled",
        "Ask who stopped the backup, or whether its window closed, and start it again.",
    ),
    (
        "BackupDidNotStart",
        "Backup did not start",
        "Check that the machine was on and its agent online at the planned time.",
    ),
    (
        "BackupNotResponding",
        "Backup does not respond",
        "Check the machine and restart the agent service; then start the backup once by hand.",
    ),
    (
        "BackupStatusUnknown",
        "Backup status unknown",
        "Check that the agent is online; its last backup may not have been reported.",
    ),
    (
        "NoBackupForXDays",
        "No backup for days",
        "Check that the machine is on and its agent online, and start the backup once by hand.",
    ),
    (
        "PlanDeploymentFailed",
        "Plan could not be applied",
        "Open the plan in the console and read why it does not fit the workload; often another plan is in the way.",
    ),
    (
        "AgentAutoUpdateFailed",
        "Agent update failed",
        "Check free disk space and the connection of the machine, then update the agent from the console.",
    ),
    (
        "M365ApplicationConsentRequired",
        "Microsoft 365 consent required",
        "An administrator of the customer's Microsoft 365 must grant the application its consent again.",
    ),
    (
        "EDRIncidentDetected",
        "Security incident detected",
        "Open the incident in the console at once; isolate the workload when in doubt.",
    ),
    (
        "DrInternetTrafficUnblocked",
        "Internet traffic of a recovery server unblocked",
        "Check that somebody meant to; block it again otherwise.",
    ),
    (
        "DrStorageHardQuotaExceeds",
        "Disaster recovery storage quota exceeded",
        "Raise the quota in the contract or remove recovery points that are not needed.",
    ),
];

/// Category → suggested first step, where the type says nothing.
const CATEGORIES: &[(&str, &str)] = &[
    (
        "backup",
        "Open the workload's activities in the console and read the error.",
    ),
    (
        "disaster recovery",
        "Open the recovery servers in the console and read the error.",
    ),
    (
        "antimalware protection",
        "Open the alert in the console; check what was found and whether it was stopped.",
    ),
    (
        "edr",
        "Open the incident in the console at once; isolate the workload when in doubt.",
    ),
    (
        "url filtering",
        "Open the alert in the console and ask the user about the address.",
    ),
    (
        "licensing",
        "Compare the quota with the contract; raise it or free what is not needed.",
    ),
    (
        "device control",
        "Open the alert in the console and ask the user about the transfer.",
    ),
    (
        "system",
        "Check that the machine is on, has free disk space and its agent is online.",
    ),
    (
        "email security",
        "Open the alert in the console and check whether the message was stopped.",
    ),
];

const MALICIOUS_EMAIL: &str = "MaliciousEmailDetected";
const MACHINE_OFFLINE: &str = "MachineOffline";

/// The title of a type; its id in words when it is not known.
pub(crate) fn title_of_type(kind: &str) -> String {
    if let Some((_, title, _)) = TYPES.iter().find(|(id, _, _)| *id == kind) {
        return (*title).to_owned();
    }
    if kind.starts_with(MALICIOUS_EMAIL) {
        return "Malicious e-mail detected".to_owned();
    }
    // `MachineOffline30`: the number is days (acronis.md §8.6).
    match kind.strip_prefix(MACHINE_OFFLINE) {
        Some("") => "Machine offline".to_owned(),
        Some(days) if days.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("Machine offline for {days} days")
        }
        Some(_) | None => type_in_words(kind),
    }
}

/// What to do first, where the type or the category says it.
pub(crate) fn first_step(kind: &str, category: &str) -> Option<&'static str> {
    if let Some((_, _, step)) = TYPES.iter().find(|(id, _, _)| *id == kind) {
        return Some(step);
    }
    let category = category.to_lowercase();
    CATEGORIES
        .iter()
        .find(|(known, _)| *known == category)
        .map(|(_, step)| *step)
}

/// `PlanDeploymentFailed` → `Plan deployment failed`; `cti.a.p.am.alert.x.y.v1.0` → its last part that
/// is no version.
fn type_in_words(kind: &str) -> String {
    let names = |part: &&str| part.chars().any(char::is_alphabetic);
    let last = kind
        .rsplit(['.', '~'])
        .filter(names)
        .find(|part| !is_version(part))
        .unwrap_or(kind);
    let spoken = split_words(last).into_iter().enumerate().map(|(at, word)| {
        // Abbreviations stay as they are.
        let short = word.chars().filter(|c| c.is_uppercase()).count() > 1;
        if short {
            word
        } else if at == 0 {
            with_capital(&word)
        } else {
            word.to_lowercase()
        }
    });
    spoken.collect::<Vec<_>>().join(" ")
}

/// `v1`.
fn is_version(part: &str) -> bool {
    let digits = part.strip_prefix(['v', 'V']).unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn with_capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.as_str().chars()).collect()
}

/// `URLFilteringBlocked` → `URL`, `Filtering`, `Blocked`.
fn split_words(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut words = vec![String::new()];
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(at + 1);
        let starts = letter.is_uppercase()
            && before.is_some_and(|c| !c.is_uppercase() || after.is_some_and(|c| c.is_lowercase()));
        if starts || *letter == '_' {
            words.push(String::new());
        }
        if *letter != '_'
            && let Some(word) = words.last_mut()
        {
            word.push(*letter);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_called_by_its_title_or_by_its_id_in_words() {
        for (kind, expected) in [
            ("BackupFailed", "Backup failed"),
            ("MachineOffline30", "Machine offline for 30 days"),
            ("MachineOffline", "Machine offline"),
            (
                "MaliciousEmailDetectedGreatHornError",
                "Malicious e-mail detected",
            ),
            ("DiskFailureImminent", "Disk failure imminent"),
            ("URLFilteringBlocked", "URL filtering blocked"),
            ("cti.a.p.am.alert.vendor.app.QuotaReached", "Quota reached"),
            ("plain_words", "Plain words"),
            ("cti.a.p.am.alert.vnd.disk_is_dying.v1.0", "Disk is dying"),
            ("v1", "V1"),
            ("", ""),
        ] {
            assert_eq!(title_of_type(kind), expected, "{kind}");
        }
    }

    #[test]
    fn a_first_step_comes_from_the_type_or_else_the_category() {
        assert!(first_step("BackupFailed", "").is_some());
        assert!(first_step("NeverSeen", "Licensing").is_some());
        assert_eq!(first_step("NeverSeen", "Astrology"), None);
    }
}
