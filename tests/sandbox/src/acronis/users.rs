//! The first administrator of a customer (acronis.md §3.10).

use serde_json::{Value, json};

use super::Cloud;
use super::ids::is_uuid;
use super::problem::{Api, bad, denied};
use super::request::{Reply, Request};
use super::tenant_body::{contact, flag, need_text, object, text};
use crate::face::Answer;

#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) tenant: usize,
    /// The hidden tenant of this user.
    pub(super) personal: usize,
    pub(super) login: String,
    pub(super) contact: Value,
    pub(super) language: String,
    pub(super) enabled: bool,
    pub(super) activated: bool,
    /// Activation mails sent.
    pub(super) mails: u32,
    pub(super) version: i64,
    pub(super) policies: Vec<Value>,
}

/// `GET /users/check_login`: 204 free, 409 taken, 406 not valid.
pub(super) fn check_login(cloud: &mut Cloud, request: &Request) -> Reply {
    let login = request.params.get("username").unwrap_or("");
    if !is_login(login) {
        return Err(Api::Account.plain(406, "Login is not valid"));
    }
    if cloud.login_taken(login) {
        return Err(taken());
    }
    Ok(Answer::empty(204))
}

/// What makes a login valid is not documented; blanks and emptiness are surely not.
fn is_login(login: &str) -> bool {
    !login.is_empty() && !login.contains(char::is_whitespace)
}

fn taken() -> Answer {
    Api::Account.plain(409, "Login is taken")
}

/// `POST /users` → 200, not 201.
pub(super) fn create(cloud: &mut Cloud, request: &Request) -> Reply {
    let body = object(&request.body)?;
    let tenant_id = need_text(body, "tenant_id")?;
    let login = text(body, "login")?;
    let details = contact(body, "contact")?;
    let language = text(body, "language")?;
    let enabled = flag(body, "enabled")?;
    if body
        .get("notifications")
        .is_some_and(|list| !list.is_array())
    {
        return Err(bad("notifications is not an array"));
    }
    let email = details
        .as_ref()
        .and_then(|details| details["email"].as_str());
    if details.is_some() && email.is_none_or(str::is_empty) {
        return Err(bad("contact.email is required"));
    }
    // Without a login the address is the login; the documents leave it open.
    let Some(login) = login.or(email).map(str::to_owned) else {
        return Err(bad("login or contact.email is required"));
    };
    let at = cloud.find_open(tenant_id)?;
    if !is_login(&login) {
        return Err(bad("login is not valid"));
    }
    if cloud.login_taken(&login) {
        return Err(taken());
    }
    let number = cloud.enrol(at, &login, details.unwrap_or_else(|| json!({})));
    let user = &mut cloud.users[number];
    language.unwrap_or("en").clone_into(&mut user.language);
    user.enabled = enabled.unwrap_or(true);
    let shown = cloud.user_json(number);
    Ok(Answer::json(200, &shown))
}

const POLICY_TEXTS: &[&str] = &["id", "issuer_id", "trustee_id", "tenant_id"];

/// `PUT /users/{id}/access_policies`: overwrites all roles.
pub(super) fn set_policies(cloud: &mut Cloud, request: &Request) -> Reply {
    let user = cloud.find_user(request.var(0))?;
    let items = request.body["items"]
        .as_array()
        .ok_or_else(|| bad("items is required"))?;
    for item in items {
        let shaped = POLICY_TEXTS
            .iter()
            .all(|key| item[*key].as_str().is_some_and(is_uuid))
            && item["trustee_type"] == "user"
            && item["role_id"]
                .as_str()
                .is_some_and(|role| !role.is_empty())
            && item["version"].is_i64();
        if !shaped {
            return Err(bad("an access policy lacks a property"));
        }
        if item["trustee_id"] != json!(cloud.users[user].id) {
            return Err(bad("trustee_id is not this user"));
        }
        cloud.find_open(item["tenant_id"].as_str().unwrap_or(""))?;
    }
    cloud.users[user].policies = items.clone();
    Ok(Answer::json(200, &json!({"items": items})))
}

/// `POST /users/{id}/send-activation-email` → 204
pub(super) fn send_activation(cloud: &mut Cloud, request: &Request) -> Reply {
    let user = cloud.find_user(request.var(0))?;
    cloud.users[user].mails += 1;
    Ok(Answer::empty(204))
}

impl Cloud {
    fn login_taken(&self, login: &str) -> bool {
        let login = login.to_lowercase();
        self.users
            .iter()
            .any(|user| user.login.to_lowercase() == login)
    }

    fn find_user(&self, id: &str) -> Result<usize, Answer> {
        let at = self
            .users
            .iter()
            .position(|user| user.id == id)
            .ok_or_else(|| Api::Account.plain(404, "User not found"))?;
        let tenant = self.users[at].tenant;
        if self.tenants[tenant].ancestral_access && !self.is_below_closed(tenant) {
            Ok(at)
        } else {
            Err(denied())
        }
    }

    pub(super) fn user_json(&self, at: usize) -> Value {
        let user = &self.users[at];
        json!({"id": user.id, "tenant_id": self.tenants[user.tenant].id, "login": user.login,
            "version": user.version, "contact": user.contact, "enabled": user.enabled,
            "activated": user.activated, "personal_tenant_id": self.tenants[user.personal].id,
            "language": user.language, "terms_accepted": false})
    }
}

#[cfg(test)]
mod tests {
    use crate::acronis::bench::Bench;
    use serde_json::json;

    const NIL: &str = "00000000-0000-0000-0000-000000000000";

    #[test]
    fn a_login_is_free_then_taken_and_blanks_are_never_valid() {
        let mut bench = Bench::new();
        let check = "/api/2/users/check_login?username=ann";
        assert_eq!(bench.get(check).0, 204);
        let body = json!({"tenant_id": bench.customer, "login": "Ann",
            "contact": {"email": "ann@contoso.example"}});
        let (status, user) = bench.post("/api/2/users", body.clone());
        assert_eq!(status, 200);
        assert!(user["personal_tenant_id"].is_string());
        assert_eq!(bench.get(check).0, 409);
        assert_eq!(bench.post("/api/2/users", body).0, 409);
        let bad = "/api/2/users/check_login?username=a+b";
        assert_eq!(bench.get(bad).0, 406);
    }

    #[test]
    fn roles_are_set_and_the_mail_goes_out() {
        let mut bench = Bench::new();
        let customer = bench.customer.clone();
        let user = bench
            .cloud
            .add_user(&customer, "ann", "ann@contoso.example");
        let policy = json!({"id": NIL, "issuer_id": NIL, "trustee_id": user, "trustee_type": "user",
            "tenant_id": customer, "role_id": "company_admin", "version": 0});
        let path = format!("/api/2/users/{user}");
        let items = json!({"items": [policy]});
        assert_eq!(bench.put(&format!("{path}/access_policies"), items).0, 200);
        let bare = json!({"items": [{"role_id": "company_admin"}]});
        assert_eq!(bench.put(&format!("{path}/access_policies"), bare).0, 400);
        let mail = format!("{path}/send-activation-email");
        assert_eq!(bench.post(&mail, json!({})).0, 204);
    }
}
