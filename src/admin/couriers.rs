//! All that leaves the house, begun and ended together: webhooks, text messages, pushes. Its ways out are
//! checked before a ledger is opened.

use crate::admin::config::Configuration;
use crate::admin::exit::Failure;
use crate::courier::{
    Deliveries, Desk, GatewayError, Gateways, HouseSources, Outbound, OutboundLimits, Pacing,
    PushGateway, SmsGateway, WebhookCouriers,
};
use crate::engine::{Clock, House};
use std::sync::Arc;
use std::time::Duration;

/// The ways out of the house.
pub(super) struct WaysOut {
    outbound: Outbound,
    gateways: Gateways,
}

/// The couriers of a house, at work.
pub(super) struct Couriers {
    webhooks: WebhookCouriers,
    desk: Desk,
}

impl WaysOut {
    /// What the configuration means, or its field that cannot be meant.
    pub(super) fn new(configuration: &Configuration, clock: &Clock) -> Result<Self, Failure> {
        let outbound = Outbound::new(OutboundLimits::default())
            .map_err(|error| Failure::Unreachable(error.to_string()))?;
        let unusable = |error: GatewayError| Failure::Usage(error.to_string());
        let gateways = Gateways {
            sms: SmsGateway::new(&configuration.sms, &outbound).map_err(unusable)?,
            push: PushGateway::new(&configuration.push, &outbound, clock).map_err(unusable)?,
        };
        Ok(Self { outbound, gateways })
    }
}

impl Couriers {
    /// Begins to tell webhooks and customers what happens.
    pub(super) fn start(house: &House, deliveries: Deliveries, ways: WaysOut) -> Self {
        let WaysOut { outbound, gateways } = ways;
        let (clock, pacing) = (house.clock().clone(), Pacing::wall());
        let sources = Arc::new(HouseSources::new(house.clone(), pacing.clone()));
        let desk = Desk::start(sources, gateways, clock, pacing.clone());
        let webhooks = WebhookCouriers::start(house.clone(), outbound, pacing, deliveries);
        Self { webhooks, desk }
    }

    /// Lets what is on its way arrive, at most `within`; the rest is for the next start.
    pub(super) async fn stop(self, within: Duration) {
        let ((), in_time) = tokio::join!(self.webhooks.stop(), self.desk.stop(within));
        if !in_time {
            tracing::warn!("messages were still on their way; the next start sends them again");
        }
    }
}
