//! Search, and the numeric ids of tenants (acronis.md §3.3).

use serde_json::{Value, json};

use super::Cloud;
use super::problem::bad;
use super::request::{Reply, Request, page};
use super::users::User;
use crate::face::Answer;

const DEFAULT_LIMIT: usize = 10;
const MOST: usize = 300;
const SHORTEST: usize = 3;

/// `GET /search`: beginnings of words, letter case aside; users are mixed in; no paging.
pub(super) fn search(cloud: &mut Cloud, request: &Request) -> Reply {
    let params = &request.params;
    params.uuid("tenant")?;
    let root = cloud.find(params.need("tenant")?, false)?;
    let text = params.need("text")?.to_lowercase();
    let limit = params.limit(DEFAULT_LIMIT)?;
    let deleted = params.flag("allow_deleted")?;
    if text.chars().count() < SHORTEST || limit > MOST {
        return Err(bad("text has at least 3 characters, limit is at most 300"));
    }
    let mut found = Vec::new();
    for at in cloud.subtree(root) {
        let tenant = &cloud.tenants[at];
        if tenant.deleted.is_some() && !deleted {
            continue;
        }
        if matches(&text, &[&json!(tenant.name), &tenant.customer_id])
            || contact_matches(&text, &tenant.contact)
        {
            found.push(tenant_hit(cloud, at));
        }
        if tenant.ancestral_access {
            let users = cloud.users.iter().filter(|user| user.tenant == at);
            let hits = users.filter(|user| {
                matches(&text, &[&json!(user.login)]) || contact_matches(&text, &user.contact)
            });
            found.extend(hits.map(|user| user_hit(cloud, user)));
        }
    }
    found.truncate(limit);
    Ok(page(None, found, None))
}

fn contact_matches(text: &str, contact: &Value) -> bool {
    let fields = ["firstname", "lastname", "email"];
    fields
        .iter()
        .any(|field| matches(text, &[&contact[*field]]))
}

/// Whether a word of one of the texts begins so.
fn matches(text: &str, places: &[&Value]) -> bool {
    places.iter().any(|place| {
        let place = place.as_str().unwrap_or("").to_lowercase();
        place.starts_with(text)
            || place
                .match_indices(|letter: char| !letter.is_alphanumeric())
                .any(|(at, gap)| place[at + gap.len()..].starts_with(text))
    })
}

fn path(cloud: &Cloud, at: usize) -> Vec<&str> {
    let mut names: Vec<&str> = cloud
        .ancestors(at)
        .map(|here| cloud.tenants[here].name.as_str())
        .collect();
    names.reverse();
    names
}

fn tenant_hit(cloud: &Cloud, at: usize) -> Value {
    let tenant = &cloud.tenants[at];
    let deleted = tenant.deleted.map(|when| super::ids::datetime(when, 0));
    json!({"obj_type": "tenant", "id": tenant.id, "parent_id": cloud.parent_id(at),
        "path": path(cloud, at), "kind": tenant.kind.word(), "name": tenant.name,
        "deleted_at": deleted})
}

fn user_hit(cloud: &Cloud, user: &User) -> Value {
    json!({"obj_type": "user", "id": user.id, "parent_id": cloud.tenants[user.tenant].id,
        "path": path(cloud, user.tenant), "login": user.login,
        "first_name": user.contact["firstname"], "last_name": user.contact["lastname"],
        "deleted_at": null})
}

/// `POST /tenants:resolve_ids`: numbers to UUIDs and back; ids it does not know are left out. No
/// document says what becomes of unknown ids or whether the number comes as text.
pub(super) fn resolve_ids(cloud: &mut Cloud, request: &Request) -> Reply {
    let asked = request.body["items"]
        .as_array()
        .ok_or_else(|| bad("items is required"))?;
    let mut items = Vec::new();
    for item in asked {
        let number = &item["id"];
        let number = number
            .as_i64()
            .or_else(|| number.as_str().and_then(|text| text.parse().ok()));
        let at = match (item["uuid"].as_str(), number) {
            (Some(uuid), None) => cloud.by_id.get(uuid),
            (None, Some(number)) => cloud.by_number.get(&number),
            (Some(_), Some(_)) | (None, None) => {
                return Err(bad("each item has either uuid or id"));
            }
        };
        if let Some(&at) = at.filter(|&&at| !cloud.is_out_of_sight(at)) {
            let tenant = &cloud.tenants[at];
            let id = if cloud.numeric_ids_as_text {
                json!(tenant.number.to_string())
            } else {
                json!(tenant.number)
            };
            items.push(json!({"id": id, "uuid": tenant.id}));
        }
    }
    Ok(Answer::json(200, &json!({"items": items})))
}

#[cfg(test)]
mod tests {
    use crate::acronis::bench::Bench;
    use serde_json::json;

    #[test]
    fn search_finds_beginnings_of_words_and_mixes_users_in() {
        let mut bench = Bench::new();
        let (root, customer) = (bench.cloud.root(), bench.customer.clone());
        bench
            .cloud
            .add_user(&customer, "contoso-admin", "a@contoso.example");
        let path = format!("/api/2/search?tenant={root}&text=CONT");
        let (_, body) = bench.get(&path);
        let kinds: Vec<&str> = body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["obj_type"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["tenant", "user"]);
        let (_, body) = bench.get(&format!("/api/2/search?tenant={root}&text=ltd"));
        assert_eq!(
            body["items"][0]["path"],
            json!(["Northwind MSP", "Contoso Ltd"])
        );
        let (_, body) = bench.get(&format!("/api/2/search?tenant={root}&text=ntoso"));
        assert_eq!(body["items"], json!([]));
        assert_eq!(
            bench.get(&format!("/api/2/search?tenant={root}&text=co")).0,
            400
        );
    }

    #[test]
    fn numeric_ids_and_uuids_translate_both_ways() {
        let mut bench = Bench::new();
        let number = bench.cloud.numeric_id(&bench.customer);
        let asked = json!({"items": [{"id": number}, {"uuid": bench.customer}, {"id": 5}]});
        let (_, body) = bench.post("/api/2/tenants:resolve_ids", asked.clone());
        let pair = json!({"id": number, "uuid": bench.customer});
        assert_eq!(body["items"], json!([pair, pair]));
        bench.cloud.numeric_ids_as_text = true;
        let (_, body) = bench.post("/api/2/tenants:resolve_ids", asked);
        assert_eq!(body["items"][0]["id"], json!(number.to_string()));
    }
}
