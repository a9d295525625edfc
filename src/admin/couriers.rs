//! The ways out of the house, as the configuration means them; checked before a ledger is opened.

use crate::admin::config::Configuration;
use crate::admin::exit::Failure;
use crate::courier::{Gateways, Outbound, OutboundLimits, PushGateway, SmsGateway};
use crate::engine::Clock;

/// The HTTP client of everything that leaves the house.
pub(super) fn outbound() -> Result<Outbound, Failure> {
    Outbound::new(OutboundLimits::default())
        .map_err(|error| Failure::Unreachable(error.to_string()))
}

/// The gateways, or the field of the configuration that cannot be meant.
pub(super) fn gateways(
    configuration: &Configuration,
    outbound: &Outbound,
    clock: &Clock,
) -> Result<Gateways, Failure> {
    let unusable = |error: crate::courier::GatewayError| Failure::Usage(error.to_string());
    Ok(Gateways {
        sms: SmsGateway::new(&configuration.sms, outbound).map_err(unusable)?,
        push: PushGateway::new(&configuration.push, outbound, clock).map_err(unusable)?,
    })
}
