//! What the answer to the first signed request says about a user that is refused. Only API users may
//! call the REST API; ordinary users sign in to Autotask's own pages (autotask.md §1).

use crate::http::Failure;

/// How to get a user that may call the API: vendor help, "Adding or editing an API user".
const CREATE_API_USER: &str = "create an API user in Autotask (Admin > Organization Settings & Users > Resources/Users \
     (HR) > Resources/Users > New > New API User) with the security level \"API User (system)\" \
     and the API tracking identifier \"Custom (Internal Integration)\", and write its user name, \
     secret and tracking identifier into [autotask]";

/// How a signed request was refused before any other was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefusedUser {
    /// 401 in the zone that is this user's: an ordinary user and a wrong secret look alike.
    Unauthorized,
    /// 403: the secret is right, and nothing was allowed yet.
    Forbidden,
    /// The service says that it does not know the user, whose zone it just named.
    Unknown,
    /// The service says that the tracking identifier is not good.
    TrackingIdentifier,
}

impl RefusedUser {
    /// What a text about the credentials names.
    pub(super) fn from_text(text: &str) -> Self {
        let text = text.to_lowercase();
        let code = ["integrationcode", "integration code", "tracking identifier"];
        if code.iter().any(|word| text.contains(word)) {
            Self::TrackingIdentifier
        } else {
            Self::Unknown
        }
    }

    /// The failure with what it means and what to create.
    pub(super) fn explain(self, failure: Failure) -> Failure {
        failure.with_cause(match self {
            Self::Unauthorized => format!(
                "the secret is wrong or expired, the user is locked or inactive, or it is an \
                 ordinary user, which cannot use the API: if people sign in to Autotask with this \
                 user, {CREATE_API_USER}"
            ),
            Self::Forbidden => format!(
                "the secret is right, but the user may not use the API at all, as an ordinary \
                 user: {CREATE_API_USER}"
            ),
            Self::Unknown => format!(
                "the API does not accept this user name: it is misspelled or an ordinary user, \
                 which cannot use the API; if it is one, {CREATE_API_USER}"
            ),
            Self::TrackingIdentifier => format!(
                "the API tracking identifier is not the one of this user: copy it from the user's \
                 page in Autotask, or {CREATE_API_USER}"
            ),
        })
    }
}
