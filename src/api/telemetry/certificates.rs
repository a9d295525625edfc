//! How long the certificates of the doors are still good.

use crate::api::door::Tls;
use crate::engine::Clock;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

const DAY_MILLIS: i64 = 86_400_000;

/// The certificates that are watched, by the name of their listener. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Certificates {
    watched: Arc<Mutex<Vec<(&'static str, Tls)>>>,
}

/// Looks at them when somebody asks.
struct Watch {
    certificates: Certificates,
    clock: Clock,
}

impl Certificates {
    pub(super) fn register(&self, clock: Clock, registry: &mut Registry) {
        let certificates = self.clone();
        registry.register_collector(Box::new(Watch { certificates, clock }));
    }

    pub(super) fn watch(&self, listener: &'static str, tls: Tls) {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).push((listener, tls));
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch(..)")
    }
}

impl Collector for Watch {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let watched = self.certificates.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let help = "Whole days until the certificate of a listener ends; below 0 once it has";
        let name = "tls_certificate_days_left";
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        let now = self.clock.now();
        for (listener, tls) in watched.iter() {
            let days = tls.ends_at().millis_since(now).div_euclid(DAY_MILLIS);
            ConstGauge::new(days).encode(family.encode_family(&[("listener", *listener)])?)?;
        }
        Ok(())
    }
}
