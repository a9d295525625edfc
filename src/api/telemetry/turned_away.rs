//! Who was turned away before any route was looked at, counted by reason.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// Why somebody was turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum TurnedAwayFor {
    /// The address of the request was too long: 414.
    UriTooLong,
    /// Its head was too large, or had too many headers: 431.
    HeadTooLarge,
    /// One connection too many: closed.
    ConnectionsMax,
    /// No TLS was agreed on, or not in time: closed.
    Handshake,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    reason: &'static str,
}

/// What the doors count of them. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct TurnedAway {
    by_reason: Family<Labels, Counter>,
}

impl TurnedAway {
    pub(super) fn register(&self, registry: &mut Registry) {
        for reason in TurnedAwayFor::ALL {
            // A counter that begins at 0 can be alarmed on from the first time on.
            let _ = self.by_reason.get_or_create(&Labels { reason: reason.name() });
        }
        registry.register(
            "turned_away",
            "Requests and connections that were turned away before any route was looked at",
            self.by_reason.clone(),
        );
    }

    pub(in crate::api) fn count(&self, reason: TurnedAwayFor) {
        self.by_reason.get_or_create(&Labels { reason: reason.name() }).inc();
    }

    /// How many there were.
    #[cfg(test)]
    pub(in crate::api) fn counted(&self, reason: TurnedAwayFor) -> u64 {
        self.by_reason.get_or_create(&Labels { reason: reason.name() }).get()
    }
}

impl TurnedAwayFor {
    const ALL: [Self; 4] =
        [Self::UriTooLong, Self::HeadTooLarge, Self::ConnectionsMax, Self::Handshake];

    const fn name(self) -> &'static str {
        match self {
            Self::UriTooLong => "uri_too_long",
            Self::HeadTooLarge => "head_too_large",
            Self::ConnectionsMax => "connections_max",
            Self::Handshake => "handshake",
        }
    }
}
