//! All that leaves the house, begun and ended together: webhooks, text messages, pushes. Its ways out are
//! checked before a ledger is opened.

use crate::admin::config::Configuration;
use crate::admin::exit::Failure;
use crate::admin::terminal;
use crate::courier::{
    Deliveries, Desk, GatewayError, Gateways, HouseSources, Outbound, OutboundLimits, Pacing,
    PushGateway, SentPushes, SentSms, Sms, SmsGateway, WebhookCouriers,
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
        let outbound = outbound()?;
        let unusable = |error: GatewayError| Failure::Usage(error.to_string());
        let gateways = Gateways {
            sms: SmsGateway::new(&configuration.sms, &outbound).map_err(unusable)?,
            push: PushGateway::new(&configuration.push, &outbound, clock).map_err(unusable)?,
        };
        Ok(Self { outbound, gateways })
    }

    /// No message leaves: text messages are kept in `sent`, pushes in a list of their own.
    pub(super) fn kept_in(sent: SentSms) -> Result<Self, Failure> {
        let push = PushGateway::Log(SentPushes::default());
        let gateways = Gateways { sms: SmsGateway::Log(sent), push };
        Ok(Self { outbound: outbound()?, gateways })
    }

    /// The same, with every text message of the `log` gateway on the terminal. Refused with any other
    /// gateway: a login code belongs to the owner of the phone.
    pub(super) fn printing_codes(mut self) -> Result<Self, Failure> {
        self.gateways.sms = match self.gateways.sms {
            SmsGateway::Log(_) => SmsGateway::Log(printed()),
            SmsGateway::Http(_) => {
                let why = "--print-codes goes with sms.gateway = \"log\" alone";
                return Err(Failure::Usage(why.to_owned()));
            }
        };
        Ok(self)
    }
}

/// A list of text messages that are also shown on the terminal.
pub(super) fn printed() -> SentSms {
    SentSms::read_by(|sms| terminal::say(&as_told(sms)))
}

/// A text message as it is shown.
pub(super) fn as_told(sms: &Sms) -> String {
    format!("SMS to +{}: {}", sms.phone.number(), sms.text)
}

fn outbound() -> Result<Outbound, Failure> {
    Outbound::new(OutboundLimits::default())
        .map_err(|error| Failure::Unreachable(error.to_string()))
}

impl Couriers {
    /// Begins to tell webhooks and customers what happens.
    pub(super) fn start(house: &House, deliveries: Deliveries, ways: WaysOut) -> Self {
        let WaysOut { outbound, gateways } = ways;
        let (clock, pacing) = (house.clock().clone(), Pacing::wall());
        let sources = Arc::new(HouseSources::new(house.clone(), pacing.clone()));
        let desk = Desk::start(sources, gateways, clock, pacing.clone(), deliveries.clone());
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
