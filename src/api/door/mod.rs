//! A listener's way of treating connections: who is believed about addresses, how long anything may take,
//! how many may come, and whether they are encrypted.

mod arrival;
mod connection;
mod doorbell;
mod proxies;
mod tls;
#[cfg(test)]
mod tls_tests;
mod write_timeout;

pub(in crate::api) use arrival::arrival_of;
pub(in crate::api) use connection::Connections;
pub(in crate::api) use doorbell::holding_back;

pub use arrival::Arrival;
pub use proxies::{ForwardedHeader, ProxiesError, TrustedProxies};
pub use tls::{Tls, TlsError, TlsFiles};

use crate::api::telemetry::TurnedAway;
use std::time::Duration;

/// How long the head of a request may take to arrive unless told otherwise, in seconds.
const HEADER_SECONDS: u64 = 60;
/// How long a body may take to arrive unless told otherwise, in seconds.
const BODY_SECONDS: u64 = 30;
/// How long a caller may take nothing of an answer unless told otherwise, in seconds.
const WRITE_SECONDS: u64 = 60;
/// Connections of a listener unless told otherwise.
const CONNECTIONS_MAX: usize = 8_192;

/// How a listener treats connections.
#[derive(Debug, Clone)]
pub struct Door {
    /// `None`: bytes as they are.
    pub tls: Option<Tls>,
    pub proxies: TrustedProxies,
    /// How long the head of a request may take to arrive, the wait for it on an open connection included.
    pub header_time: Duration,
    /// How long a body may take to arrive.
    pub body_time: Duration,
    /// How long a caller may take nothing of what is written to it; the connection is then closed.
    pub write_time: Duration,
    /// Connections at once; one more is closed at once.
    pub connections_max: usize,
    /// Where those are counted who are turned away: see [`crate::api::Telemetry::watched`].
    pub turned_away: TurnedAway,
}

impl Default for Door {
    fn default() -> Self {
        Self {
            tls: None,
            proxies: TrustedProxies::default(),
            header_time: Duration::from_secs(HEADER_SECONDS),
            body_time: Duration::from_secs(BODY_SECONDS),
            write_time: Duration::from_secs(WRITE_SECONDS),
            connections_max: CONNECTIONS_MAX,
            turned_away: TurnedAway::default(),
        }
    }
}
