//! A small world behind sockets, and calls to it.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use sandbox::{Sandbox, World};
use serde_json::{Value, json};

use crate::http::{Response, post_form, send};

pub(crate) fn now() -> Timestamp {
    "2026-09-15T08:00:00Z".parse().unwrap()
}

pub(crate) fn small() -> World {
    World::small(now())
}

pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
}

impl Bench {
    pub(crate) fn start() -> Self {
        Self::over(small())
    }

    pub(crate) fn over(world: World) -> Self {
        Self {
            sandbox: Sandbox::start(world),
        }
    }

    /// A call as acrotask's Autotask client makes it.
    pub(crate) fn autotask(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> io::Result<Response> {
        let login = self
            .sandbox
            .with_world(|world| world.autotask.credentials.clone());
        let url = format!("{}V1.0/{path}", self.sandbox.autotask_url());
        let headers = [
            ("Content-Type", "application/json"),
            ("UserName", login.username.as_str()),
            ("Secret", login.secret.as_str()),
            ("ApiIntegrationCode", login.integration_code.as_str()),
        ];
        send(method, &url, &headers, body)
    }

    /// The body of a ticket that Autotask takes.
    pub(crate) fn ticket(&self) -> Value {
        let company = self.sandbox.with_world(|world| {
            let dump = world.dump();
            dump["companies"][1]["id"].clone()
        });
        json!({"companyID": company, "title": "Backup failed", "status": 1, "priority": 2,
            "dueDateTime": "2026-09-16T08:00:00Z", "queueID": self.queue()})
    }

    fn queue(&self) -> i64 {
        let fields = self.autotask("GET", "Tickets/entityInformation/fields", None);
        let fields = fields.unwrap().json();
        let queue = fields["fields"].as_array().unwrap().iter();
        let queue = queue
            .clone()
            .find(|field| field["name"] == "queueID")
            .unwrap();
        queue["picklistValues"][0]["value"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap()
    }

    /// How many tickets there are.
    pub(crate) fn tickets(&self) -> usize {
        self.sandbox
            .with_world(|world| world.dump()["tickets"].as_array().unwrap().len())
    }

    pub(crate) fn token(&self) -> String {
        let (account, login) = self.sandbox.with_world(|world| {
            let cloud = &world.acronis[0];
            let login = format!("{}:{}", cloud.client_id, cloud.client_secret);
            (cloud.name.clone(), login)
        });
        let url = format!("{}/api/2/idp/token", self.sandbox.acronis_url(&account));
        let basic = format!("Basic {}", STANDARD.encode(login));
        let answer = post_form(&url, &basic, "grant_type=client_credentials").unwrap();
        let token = answer.json();
        token["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) fn acronis(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> io::Result<Response> {
        let account = self.sandbox.accounts()[0].clone();
        let url = format!("{}{path}", self.sandbox.acronis_url(&account));
        let bearer = format!("Bearer {token}");
        let headers = [
            ("Content-Type", "application/json"),
            ("Authorization", bearer.as_str()),
        ];
        send(method, &url, &headers, body)
    }

    /// A control call that must succeed.
    pub(crate) fn control(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let answer = self.try_control(method, path, body);
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.body);
        answer.json()
    }

    pub(crate) fn try_control(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
        send(
            method,
            &format!("{}{path}", self.sandbox.control_url()),
            &[],
            body,
        )
        .unwrap()
    }

    pub(crate) fn world(&self) -> Value {
        self.control("GET", "/world", None)
    }
}
