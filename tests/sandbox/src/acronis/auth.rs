//! Tokens, the client, and scopes (acronis.md §1.2, §1.4, §1.5).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use serde_json::json;

use super::Cloud;
use super::ids::{datetime, mix};
use super::problem::{Api, oauth};
use super::request::{Reply, Request, form};
use crate::face::{Answer, Call};

/// Tokens live for two hours (the guide).
const LIFETIME_SECONDS: i64 = 7200;

/// What a client made by a partner's administrator may do.
pub(super) const SCOPES: &[&str] = &[
    "urn:acronis.com::account-server::tenant_viewer",
    "urn:acronis.com::account-server::tenant_admin",
    "urn:acronis.com::account-server::partner_admin",
    "urn:acronis.com::account-server::user_admin",
    "urn:acronis.com::alert_manager::viewer",
    "urn:acronis.com::alert_manager::admin",
];

impl Cloud {
    /// Every token that is out stops working, as after a revocation.
    pub fn expire_tokens(&mut self) {
        self.tokens.clear();
    }

    /// Takes a scope away from the client by the last word of its name, as `tenant_admin` or
    /// `alert_manager::admin`.
    pub fn drop_scope(&mut self, suffix: &str) {
        self.client_scopes
            .retain(|scope| !scope.ends_with(&format!("::{suffix}")));
    }

    /// A token is good until it expires, and only while the client and its tenant are enabled.
    fn token_is_good(&self, token: &str) -> bool {
        self.client_enabled
            && self.tenants[0].enabled
            && self
                .tokens
                .get(token)
                .is_some_and(|expires| *expires > self.now)
    }
}

/// Lets a call with a good bearer token pass.
pub(super) fn bearer(cloud: &Cloud, call: &Call, api: Api) -> Result<(), Answer> {
    let token = call
        .header("authorization")
        .and_then(|text| text.strip_prefix("Bearer "));
    match token {
        Some(token) if cloud.token_is_good(token) => Ok(()),
        Some(_) | None => Err(api.unauthorized()),
    }
}

/// Lets a call pass whose client holds one of the scopes (short: the last word is enough).
pub(super) fn scope(cloud: &Cloud, any_of: &[&str], api: Api) -> Result<(), Answer> {
    let prefix = match api {
        Api::Account => "urn:acronis.com::account-server::",
        Api::Alerts => "urn:acronis.com::alert_manager::",
    };
    let held = |name: &&str| {
        let full = format!("{prefix}{name}");
        cloud.client_scopes.contains(&full)
    };
    if any_of.is_empty() || any_of.iter().any(held) {
        return Ok(());
    }
    match api {
        Api::Account => Err(super::problem::denied()),
        Api::Alerts => Err(api.plain(403, "Insufficient scope")),
    }
}

/// Whether the Basic header names the client and its secret.
fn is_client(cloud: &Cloud, call: &Call) -> bool {
    let expected = STANDARD.encode(format!("{}:{}", cloud.client_id, cloud.client_secret));
    cloud.client_enabled
        && cloud.tenants[0].enabled
        && call
            .header("authorization")
            .and_then(|text| text.strip_prefix("Basic "))
            == Some(expected.as_str())
}

fn is_form(call: &Call) -> bool {
    call.header("content-type")
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

/// `POST /idp/token`
pub(super) fn token(cloud: &mut Cloud, call: &Call) -> Reply {
    let fields = form(&call.body);
    let grant = fields.iter().find(|(key, _)| key == "grant_type");
    if !is_form(call) || grant.is_none() {
        let text = "a form with grant_type is expected";
        return Err(oauth(400, "invalid_request", text));
    }
    if grant.is_some_and(|(_, kind)| kind != "client_credentials") {
        // The other grants exist; this client's tool has no use for them (acronis.md §1.3).
        let text = "grant type is not allowed to this client";
        return Err(oauth(400, "unsupported_grant_type", text));
    }
    if !is_client(cloud, call) {
        let text = "Client authentication failed";
        return Err(oauth(401, "invalid_client", text));
    }
    let asked = fields.iter().find(|(key, _)| key == "scope");
    let words = asked.map_or("", |(_, text)| text.as_str());
    let mut words = words.split_whitespace();
    if !words.all(|scope| cloud.client_scopes.iter().any(|held| held == scope)) {
        let text = "scope is not allowed to this client";
        return Err(oauth(403, "access_denied", text));
    }
    cloud.made += 1;
    let token = format!(
        "{:016x}{:016x}",
        mix(cloud.salt ^ cloud.made),
        mix(cloud.made)
    );
    let expires = cloud.now + SignedDuration::from_secs(LIFETIME_SECONDS);
    cloud.tokens.insert(token.clone(), expires);
    Ok(Answer::json(
        200,
        &json!({"access_token": token, "token_type": "bearer", "expires_on": expires.as_second(),
            "id_token": "opaque"}),
    ))
}

/// `POST /idp/revoke_token`
pub(super) fn revoke(cloud: &mut Cloud, call: &Call) -> Reply {
    if !is_client(cloud, call) {
        let text = "Client authentication failed";
        return Err(oauth(401, "invalid_client", text));
    }
    let fields = form(&call.body);
    let Some((_, token)) = fields.iter().find(|(key, _)| key == "token") else {
        return Err(oauth(400, "invalid_request", "token is required"));
    };
    cloud.tokens.remove(token);
    Ok(Answer::empty(200))
}

/// `GET /clients/{id}`: how a client learns its own tenant.
pub(super) fn client(cloud: &mut Cloud, request: &Request) -> Reply {
    if request.var(0) != cloud.client_id {
        return Err(Api::Account.plain(404, "Client not found"));
    }
    let created = cloud.tenants[0].created;
    Ok(Answer::json(
        200,
        &json!({"client_id": cloud.client_id, "tenant_id": cloud.root(), "type": "api_client",
            "status": if cloud.client_enabled { "enabled" } else { "disabled" },
            "data": {"client_name": "acrotask"}, "created_at": datetime(created, 0),
            "created_by": null, "last_access_at": datetime(cloud.now, 2), "last_access_from_ip": null,
            "client_secret_expires_at": 0, "token_endpoint_auth_method": "client_secret_basic",
            "redirect_uris": null, "origin_id": null}),
    ))
}

#[cfg(test)]
mod tests {
    use crate::acronis::bench::{Bench, call};
    use serde_json::json;

    #[test]
    fn a_token_is_bearer_in_lower_case_and_says_when_it_ends_in_absolute_seconds() {
        let mut bench = Bench::new();
        let (status, body) = bench.token("client", "secret");
        assert_eq!(status, 200);
        assert_eq!(body["token_type"], "bearer");
        let expected = bench.now.as_second() + 7200;
        assert_eq!(body["expires_on"], json!(expected));
        assert!(body.get("expires_in").is_none());
    }

    #[test]
    fn a_wrong_secret_is_refused_in_the_oauth_shape() {
        let mut bench = Bench::new();
        let (status, body) = bench.token("client", "guess");
        assert_eq!(status, 401);
        assert_eq!(body["error"], "invalid_client");
        assert!(body["error_description"].is_string());
    }

    #[test]
    fn an_expired_token_is_refused_as_json_here_and_as_a_page_there() {
        let mut bench = Bench::new();
        let root = bench.cloud.root();
        let path = format!("/api/2/tenants/{root}");
        assert_eq!(bench.get(&path).0, 200);
        bench.cloud.expire_tokens();
        let (status, body) = bench.get(&path);
        assert_eq!(status, 401);
        assert!(body["error"]["message"].is_string());
        let answer = bench.raw("GET", "/api/alert_manager/v1/alerts", None);
        assert_eq!(answer.status, 401);
        assert!(answer.body.starts_with(b"<html>"));
    }

    #[test]
    fn a_token_ends_after_two_hours() {
        let mut bench = Bench::new();
        let path = format!("/api/2/clients/{}", bench.cloud.client_id);
        bench.now += jiff::SignedDuration::from_mins(119);
        assert_eq!(bench.get(&path).0, 200);
        bench.now += jiff::SignedDuration::from_mins(1);
        assert_eq!(bench.get(&path).0, 401);
    }

    #[test]
    fn a_disabled_client_gets_no_token_and_loses_the_one_it_has() {
        let mut bench = Bench::new();
        bench.cloud.client_enabled = false;
        assert_eq!(bench.token("client", "secret").0, 401);
        let path = format!("/api/2/clients/{}", bench.cloud.client_id);
        assert_eq!(bench.get(&path).0, 401);
    }

    #[test]
    fn the_client_names_its_tenant() {
        let mut bench = Bench::new();
        let (_, body) = bench.get("/api/2/clients/client");
        assert_eq!(body["tenant_id"], json!(bench.cloud.root()));
    }

    #[test]
    fn a_missing_scope_is_403() {
        let mut bench = Bench::new();
        let root = bench.cloud.root();
        bench.cloud.drop_scope("tenant_viewer");
        assert_eq!(bench.get(&format!("/api/2/tenants/{root}")).0, 403);
        assert_eq!(bench.get("/api/alert_manager/v1/alerts").0, 200);
        bench.cloud.drop_scope("alert_manager::viewer");
        assert_eq!(bench.get("/api/alert_manager/v1/alerts").0, 403);
    }

    #[test]
    fn a_write_without_its_content_type_is_415() {
        let mut bench = Bench::new();
        let mut request = call(
            "POST",
            "/api/2/tenants:resolve_ids",
            Some(json!({"items": []})),
        );
        request.headers.clear();
        assert_eq!(bench.send(request).status, 415);
    }

    #[test]
    fn an_unknown_path_is_404_and_a_wrong_method_405() {
        let mut bench = Bench::new();
        assert_eq!(bench.get("/api/2/nothing").0, 404);
        assert_eq!(bench.get("/api/3/tenants").0, 404);
        assert_eq!(bench.delete("/api/2/applications").0, 405);
    }

    #[test]
    fn a_scope_the_client_lacks_is_refused_at_the_token() {
        let mut bench = Bench::new();
        let mut request = call("POST", "/api/2/idp/token", None);
        request.headers[0].1 = "application/x-www-form-urlencoded".to_owned();
        let basic = (
            "authorization".to_owned(),
            "Basic Y2xpZW50OnNlY3JldA==".to_owned(),
        );
        request.headers.push(basic);
        request.body = b"grant_type=client_credentials&scope=urn%3Aother".to_vec();
        let answer = crate::acronis::answer(&mut bench.cloud, bench.now, &request);
        assert_eq!(answer.status, 403);
    }

    #[test]
    fn an_unknown_parameter_is_refused() {
        let mut bench = Bench::new();
        let root = bench.cloud.root();
        let path = format!("/api/2/tenants/offering_items?subtree_root_id={root}");
        assert_eq!(bench.get(&path).0, 400);
    }
}
