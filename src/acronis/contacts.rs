//! People and addresses of tenants and users (acronis.md §3.1).

use serde::{Deserialize, Serialize};

use super::lenient;

/// A person or address of a tenant; all fields optional, `email` empty or like one (acronis.md §3.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct TenantContact {
    #[serde(
        deserialize_with = "lenient::lenient_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) email: Option<String>,
    #[serde(
        deserialize_with = "lenient::lenient_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) firstname: Option<String>,
    #[serde(
        deserialize_with = "lenient::lenient_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) lastname: Option<String>,
    #[serde(
        deserialize_with = "lenient::lenient_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) phone: Option<String>,
    #[serde(
        deserialize_with = "lenient::lenient_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) address1: Option<String>,
    #[serde(
        deserialize_with = "lenient::lenient_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) address2: Option<String>,
    #[serde(
        deserialize_with = "lenient::lenient_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) city: Option<String>,
    #[serde(
        deserialize_with = "lenient::lenient_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) state: Option<String>,
    #[serde(
        deserialize_with = "lenient::lenient_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) zipcode: Option<String>,
    #[serde(
        deserialize_with = "lenient::lenient_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) country: Option<String>,
    #[serde(
        deserialize_with = "lenient::lenient_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) website: Option<String>,
    #[serde(
        deserialize_with = "lenient::lenient_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) title: Option<String>,
    /// Of `legal`, `primary`, `billing`, `technical`, `management`.
    #[serde(
        deserialize_with = "lenient::lenient_list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub(crate) types: Vec<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_filled_fields_of_a_contact_are_sent() {
        let contact = TenantContact {
            email: Some("it@alma.example".to_owned()),
            ..TenantContact::default()
        };
        assert_eq!(json!(contact), json!({ "email": "it@alma.example" }));
    }
}
