//! What goes wrong at customers: kinds of alerts, and the words they come with.

use serde_json::{Value, json};

use super::dice::Dice;

/// Type, category and severity (acronis.md §8.6; where the sheet has a question mark, a plausible
/// value).
pub(crate) const KINDS: &[(&str, &str, &str)] = &[
    ("BackupFailed", "Backup", "critical"),
    ("BackupFailed", "Backup", "critical"),
    ("BackupFailed", "Backup", "critical"),
    ("BackupDidNotStart", "Backup", "critical"),
    ("BackupNotResponding", "Backup", "error"),
    ("BackupCanceled", "Backup", "warning"),
    ("BackupStatusUnknown", "Backup", "warning"),
    ("NoBackupForXDays", "Backup", "warning"),
    ("PlanDeploymentFailed", "System", "error"),
    ("AgentAutoUpdateFailed", "System", "warning"),
    ("MachineOffline30", "System", "warning"),
    ("EDRIncidentDetected", "EDR", "critical"),
    ("DrInternetTrafficUnblocked", "Disaster recovery", "warning"),
    ("BackupSucceededWithWarnings", "Backup", "information"),
    ("AgentUpdated", "System", "ok"),
];

const REASONS: &[&str] = &[
    "The storage is not reachable.",
    "Not enough free space on volume C:.",
    "The snapshot could not be created: VSS writer timed out.",
    "The agent lost its connection to the management server.",
    "The credentials for the share are not valid.",
];

const PLANS: &[&str] = &["Daily", "Workstations", "Servers hourly", "Cloud only"];

/// What an alert says about one machine.
pub(crate) fn details(kind: &str, machine: &str, resource: &str, dice: &mut Dice) -> Value {
    let plan = dice.index(PLANS.len());
    let mut details = json!({
        "resourceName": machine,
        "resourceId": resource,
        "planName": PLANS[plan],
        "planId": format!("C3A1B2D4-0000-4000-8000-00000000000{plan}"),
    });
    let reason = dice.pick(REASONS);
    match kind {
        "NoBackupForXDays" => details["daysPassed"] = json!(dice.between(3, 40)),
        "MachineOffline30" => details["machineName"] = json!(machine),
        // Text at times, an object at others (acronis.md §8.2).
        _ if dice.chance(50) => details["errorMessage"] = json!(reason),
        _ => details["errorMessage"] = json!({"reason": reason, "cause": "Operation failed"}),
    }
    details
}
