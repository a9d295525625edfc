//! How far each courier has got behind what happens: noted by the couriers, read by those who watch.

use crate::courier::deliveries::Deliveries;
use crate::engine::House;
use crate::ledger::CourierChannel;
use crate::values::{TenantId, Timestamp, WebhookId};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Who carries something out of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Carrier {
    Messages(TenantId, CourierChannel),
    Webhook(TenantId, WebhookId),
}

/// How far a courier has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Standing {
    /// The tenant's last operation that is dealt with, and all before it.
    pub(super) through: u64,
    /// When the first one after it happened, if it was read.
    pub(super) oldest: Option<Timestamp>,
    /// Messages that were read and not dealt with.
    pub(super) waiting: u64,
}

/// All couriers that are at work.
#[derive(Debug, Default)]
pub(super) struct Standings {
    by_carrier: Mutex<HashMap<Carrier, Standing>>,
}

/// The channels, as metrics call them.
const CHANNELS: [&str; 3] = ["sms", "push", "webhook"];

/// How the couriers of one channel stand, all tenants together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Total {
    /// Operations that are not dealt with.
    behind: u64,
    waiting: u64,
    /// For how long the first of them has waited that was read, in seconds.
    seconds: u64,
}

/// Adds up how couriers stand when somebody asks.
struct Collected {
    house: House,
    deliveries: Deliveries,
}

impl Carrier {
    const fn tenant(self) -> TenantId {
        match self {
            Self::Messages(tenant, _) | Self::Webhook(tenant, _) => tenant,
        }
    }

    /// Its place among the channels.
    const fn channel(self) -> usize {
        match self {
            Self::Messages(_, CourierChannel::Sms) => 0,
            Self::Messages(_, CourierChannel::Push) => 1,
            Self::Webhook(..) => 2,
        }
    }
}

impl Standings {
    pub(super) fn note(&self, carrier: Carrier, standing: Standing) {
        self.lock().insert(carrier, standing);
    }

    /// Notes a carrier of which nothing is known.
    pub(super) fn note_first(&self, carrier: Carrier, standing: Standing) {
        self.lock().entry(carrier).or_insert(standing);
    }

    /// Forgets webhooks that are gone.
    pub(super) fn retain_webhooks(&self, is_there: impl Fn(&(TenantId, WebhookId)) -> bool) {
        self.lock().retain(|carrier, _| match carrier {
            Carrier::Messages(..) => true,
            Carrier::Webhook(tenant, webhook) => is_there(&(*tenant, *webhook)),
        });
    }

    /// How the channels stand at `now`. `last` is a tenant's last operation.
    fn totals(&self, now: Timestamp, last: impl Fn(TenantId) -> u64) -> [Total; CHANNELS.len()] {
        let mut totals = [Total::default(); CHANNELS.len()];
        for (carrier, standing) in self.lock().iter() {
            let total = &mut totals[carrier.channel()];
            let behind = last(carrier.tenant()).saturating_sub(standing.through);
            let since = standing.oldest.filter(|_| behind > 0);
            let millis = since.map_or(0, |since| now.millis_since(since));
            total.behind = total.behind.saturating_add(behind);
            total.waiting = total.waiting.saturating_add(standing.waiting);
            total.seconds = total.seconds.max(u64::try_from(millis.div_euclid(1_000)).unwrap_or(0));
        }
        totals
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Carrier, Standing>> {
        self.by_carrier.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deliveries {
    /// Adds how the couriers of a house stand to a registry.
    pub fn register(&self, house: &House, registry: &mut Registry) {
        let collected = Collected { house: house.clone(), deliveries: self.clone() };
        registry.register_collector(Box::new(collected));
    }
}

impl fmt::Debug for Collected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collected(..)")
    }
}

impl Collector for Collected {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let last = |tenant| self.house.last_operation(tenant).unwrap_or(0);
        let now = self.house.clock().now();
        let totals = self.deliveries.standings().totals(now, last);
        let help = "Operations that couriers have not dealt with";
        by_channel(&mut encoder, ("courier_lag_operations", help), totals.map(|it| it.behind))?;
        let help =
            "How long ago the first operation was that a courier read and has not dealt with";
        by_channel(&mut encoder, ("courier_lag_seconds", help), totals.map(|it| it.seconds))?;
        let help = "Messages that are read and not sent";
        by_channel(&mut encoder, ("courier_waiting_messages", help), totals.map(|it| it.waiting))?;
        let (failing, longest) = self.deliveries.failing(now);
        let help = "Webhooks whose last delivery failed";
        gauge(&mut encoder, ("webhooks_failing", help), failing)?;
        let help = "For how long the webhook has failed that has failed longest";
        gauge(&mut encoder, ("webhook_failing_seconds_max", help), longest)
    }
}

fn by_channel(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): (&str, &str),
    values: [u64; CHANNELS.len()],
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (channel, value) in CHANNELS.into_iter().zip(values) {
        ConstGauge::new(value).encode(family.encode_family(&[("channel", channel)])?)?;
    }
    Ok(())
}

fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): (&str, &str),
    value: u64,
) -> fmt::Result {
    let encoder = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    ConstGauge::new(value).encode(encoder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lags_are_added_up_by_channel_and_the_longest_is_told() {
        let standings = Standings::default();
        let (one, two) = (TenantId(1), TenantId(2));
        let at = |seconds| Timestamp::from_millis(1_800_000_000_000).plus_seconds(seconds);
        let note = |carrier, through, waiting, since: Option<i64>| {
            standings.note(carrier, Standing { through, oldest: since.map(at), waiting });
        };
        note(Carrier::Messages(one, CourierChannel::Sms), 90, 3, Some(40));
        note(Carrier::Messages(two, CourierChannel::Sms), 5, 1, Some(10));
        note(Carrier::Messages(one, CourierChannel::Push), 100, 0, Some(1));
        let hook = Carrier::Webhook(one, WebhookId(1));
        note(hook, 40, 0, None);
        note(hook, 60, 0, Some(70));
        standings.note_first(hook, Standing::default());
        let last = |tenant: TenantId| if tenant == one { 100 } else { 10 };
        let told = |of: fn(&Total) -> u64| standings.totals(at(100), last).map(|it| of(&it));
        assert_eq!(told(|it| it.behind), [15, 0, 40]);
        assert_eq!(told(|it| it.waiting), [4, 0, 0]);
        assert_eq!(told(|it| it.seconds), [90, 0, 30], "who has caught up is not late");
        standings.retain_webhooks(|_| false);
        assert_eq!(told(|it| it.behind), [15, 0, 0]);
    }
}
