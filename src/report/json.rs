//! The JSON forms that scripts rely on. Keys are only ever added.

use serde_json::{Map, Value as Json, json};

use super::controls::escape_json;
use super::list::{Column, List};
use super::run::{
    HeldItem, PlanView, RemarkNovelty, RunReport, ShownLine, ShownRefusal, ShownRemark,
};
use crate::domain::ids::AccountName;
use crate::plan::{CompanyRef, Description, FieldChange, Reach, Refusal, Remark, Value};

/// One document for one run of a writing command, also when it failed.
pub(crate) fn run_as_json(run: &RunReport) -> String {
    let RunReport {
        run: id,
        command,
        dry_run,
        plan,
        results,
        held,
        requests,
        accounts,
        incomplete: _,
        exit_code,
        success,
        error,
    } = run;
    let accounts: Vec<Json> = accounts
        .iter()
        .map(|one| {
            json!({
                "account": one.account.as_str(),
                "read": one.error.is_none(),
                "error": one.error,
            })
        })
        .collect();
    let results: Vec<Json> = results
        .iter()
        .map(|row| {
            json!({
                "action": row.action,
                "kind": row.description.kind.as_str(),
                "subject": row.description.subject,
                "company": company_id(row.description.company.as_ref()),
                "outcome": row.outcome.as_str(),
                "error": row.outcome.error_text(),
            })
        })
        .collect();
    to_document(&json!({
        "run": id,
        "command": command,
        "dry_run": dry_run,
        "plan": plan.as_ref().map(|plan| plan_document(plan, run.gate_word(plan))),
        "results": results,
        "held": held.iter().map(held_item).collect::<Vec<_>>(),
        "summary": {
            "actions": plan.as_ref().map_or(0, |plan| plan.lines.len()),
            "notes": plan.as_ref().map_or(0, |plan| plan.notes.len()),
            "refused": plan.as_ref().map_or(0, count_refused),
            "held": held.len(),
            "done": run.count_outcome("done"),
            "failed": run.count_outcome("failed"),
            "uncertain": run.count_outcome("uncertain"),
            "skipped": run.count_outcome("skipped"),
            "requests": {"acronis": requests.acronis, "autotask": requests.autotask},
        },
        "accounts": accounts,
        "exit_code": exit_code,
        "success": success,
        "error": error,
    }))
}

/// An array with one object per row.
pub(super) fn list_as_json(list: &List) -> String {
    let rows: Vec<Json> = list
        .rows
        .iter()
        .map(|row| {
            let cells = list.columns.iter().zip(row);
            Json::Object(
                cells
                    .map(|(column, cell)| (column.name.to_owned(), cell_as_json(column, cell)))
                    .collect(),
            )
        })
        .collect();
    to_document(&Json::Array(rows))
}

fn cell_as_json(column: &Column, cell: &Value) -> Json {
    match cell {
        Value::Text(text) if column.is_json => {
            serde_json::from_str(text).unwrap_or_else(|_| json!(text))
        }
        Value::Absent
        | Value::Flag(_)
        | Value::Whole(_)
        | Value::Text(_)
        | Value::Amount { .. } => json!(cell),
    }
}

fn to_document(json: &Json) -> String {
    escape_json(&format!("{json:#}\n"))
}

fn count_refused(plan: &PlanView) -> usize {
    plan.lines.iter().filter(|line| line.refused).count()
}

fn held_item(item: &HeldItem) -> Json {
    let HeldItem {
        key,
        kind,
        account,
        company,
        text,
        digest,
        reported,
    } = item;
    json!({
        "key": key,
        "kind": kind.as_str(),
        "account": account.as_ref().map(AccountName::as_str),
        "company": company.map(|company| company.0),
        "text": text,
        "digest": digest,
        "reported": reported,
    })
}

fn plan_document(plan: &PlanView, verdict: &str) -> Json {
    let actions: Vec<Json> = plan.lines.iter().map(action_as_json).collect();
    json!({
        "digest": plan.digest,
        "actions": actions,
        "notes": plan.notes.iter().map(remark_as_json).collect::<Vec<_>>(),
        "gate": {
            "verdict": verdict,
            "refusals": plan.refusals.iter().map(|shown| refusal_as_json(shown, plan.account_of(&shown.refusal))).collect::<Vec<_>>(),
            "expect_plan": plan.approving_digest(),
        },
    })
}

fn action_as_json(line: &ShownLine) -> Json {
    let ShownLine {
        description,
        refused,
        hidden: _,
        retried: _,
    } = line;
    let Description {
        stage,
        account,
        company,
        kind,
        subject,
        changes,
        because,
    } = description;
    json!({
        "kind": kind.as_str(),
        "stage": stage,
        "subject": subject,
        "company": company_id(company.as_ref()),
        "company_name": company.as_ref().map(|party| &party.name),
        "account": account.as_ref().map(AccountName::as_str),
        "before": fields_as_json(changes, |change| &change.before),
        "after": fields_as_json(changes, |change| &change.after),
        "because": because,
        "refused": refused,
    })
}

fn fields_as_json(changes: &[FieldChange], side: impl Fn(&FieldChange) -> &Value) -> Json {
    let object: Map<String, Json> = changes
        .iter()
        .map(|change| (change.field.to_owned(), json!(side(change))))
        .collect();
    Json::Object(object)
}

fn company_id(company: Option<&CompanyRef>) -> Json {
    company.map_or(Json::Null, |party| json!(party.id.0))
}

fn remark_as_json(shown: &ShownRemark) -> Json {
    let ShownRemark { note, reporting } = shown;
    let Remark {
        kind,
        account,
        company,
        subject,
        text,
        needs_person,
        figures: _,
    } = note;
    json!({
        "kind": kind.as_str(),
        "account": account.as_ref().map(AccountName::as_str),
        "company": company_id(company.as_ref()),
        "company_name": company.as_ref().map(|party| &party.name),
        "subject": subject,
        "text": text,
        "needs_person": needs_person,
        "reported": *reporting == RemarkNovelty::Reported,
        "dismissed": *reporting == RemarkNovelty::Dismissed,
    })
}

fn refusal_as_json(shown: &ShownRefusal, account: Option<&AccountName>) -> Json {
    let ShownRefusal { refusal, reporting } = shown;
    let Refusal {
        code,
        text,
        key,
        scope,
        approvable,
    } = refusal;
    let scope = match scope {
        Reach::Run => "run",
        Reach::Lines(_) => "lines",
        Reach::Companies(_) => "companies",
        Reach::Nothing(_) => "nothing",
    };
    json!({
        "code": code.as_str(),
        "account": account.map(AccountName::as_str),
        "text": text,
        "key": key,
        "scope": scope,
        "approvable": approvable,
        "reported": *reporting == RemarkNovelty::Reported,
    })
}
