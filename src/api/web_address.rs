//! Whether a text is an address on the web that the couriers can send to.

use axum::http::Uri;

/// `http://` or `https://`, a host, no user name, and no fragment, which would not be sent.
pub(in crate::api) fn is_web_address(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    let host = uri.host().is_some_and(|host| !host.is_empty());
    matches!(uri.scheme_str(), Some("http" | "https"))
        && host
        && !uri.authority().is_some_and(|authority| authority.as_str().contains('@'))
        && !text.contains('#')
}
