//! Web addresses that credentials may be sent to.

use std::net::IpAddr;

use reqwest::Url;

use super::keys::Form;
use super::read::Node;

pub(super) const ADDRESS: &Form = &Form::Text("address");

/// Reads the base address of a service: https, or http on the loopback interface, without user,
/// password, query or fragment. Returned without a slash at the end.
pub(super) fn read_base_url(node: &Node<'_>) -> Option<String> {
    let url = read_url(node)?;
    if url.query().is_some() || url.fragment().is_some() {
        return node.refuse("must not contain a `?` or a `#` part");
    }
    Some(url.as_str().trim_end_matches('/').to_owned())
}

/// Reads an address that is called as it stands; empty means none.
pub(super) fn read_ping_url(node: &Node<'_>) -> Option<Option<String>> {
    if node.as_text() == Some("") {
        return Some(None);
    }
    read_url(node).map(|url| Some(url.as_str().to_owned()))
}

/// The value is never shown: it may hold a password.
fn read_url(node: &Node<'_>) -> Option<Url> {
    let text = node.read_text()?;
    let Ok(url) = Url::parse(text.trim()) else {
        return node.refuse("must be a web address such as \"https://eu2-cloud.acronis.com\"");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return node.refuse("must not contain a user name or a password");
    }
    match url.scheme() {
        "https" if url.host_str().is_some() => Some(url),
        "http" if is_loopback(&url) => Some(url),
        "http" => node.refuse(
            "must begin with https://; plain http:// is accepted for loopback addresses only",
        ),
        _ => node.refuse("must begin with https://"),
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
