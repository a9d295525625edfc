//! What a door says about a request beside the request itself.

use super::Door;
use axum::http::{Extensions, HeaderMap};
use std::net::IpAddr;
use std::time::Duration;

/// How a request came in; an extension of it. A request that came through no door has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Who sent it, as far as the proxies in between are trusted.
    pub client: IpAddr,
    /// How long its body may take to arrive.
    pub body_time: Duration,
    /// Whether it came encrypted.
    pub is_encrypted: bool,
}

impl Arrival {
    /// How a request with these headers came in over a connection of `peer`.
    pub(super) fn new(door: &Door, peer: IpAddr, headers: &HeaderMap) -> Self {
        Self {
            client: door.proxies.client_of(peer, headers),
            body_time: door.body_time,
            is_encrypted: door.tls.is_some(),
        }
    }
}

/// How a request with these extensions came in.
pub(in crate::api) fn arrival_of(extensions: &Extensions) -> Option<Arrival> {
    extensions.get::<Arrival>().copied()
}
