//! Text messages: what one is, and the gateways it may leave through.

mod http;
mod log;
mod settings;
mod template;

#[cfg(test)]
mod http_tests;

pub use log::SentSms;
pub use settings::{BodyFormat, GatewayError, SmsGatewayKind, SmsSettings};

use crate::courier::outbound::{Outbound, Outcome};
use crate::courier::sms::http::HttpSms;
use crate::values::Phone;

/// A text message. Its `Debug` tells neither whom nor what.
#[derive(Clone, PartialEq, Eq)]
pub struct Sms {
    pub phone: Phone,
    pub text: String,
}

/// The way text messages leave the house.
#[derive(Debug, Clone)]
pub enum SmsGateway {
    /// Nothing leaves: what was sent can be read from the list.
    Log(SentSms),
    Http(Box<HttpSms>),
}

impl SmsGateway {
    /// The gateway that the settings mean.
    ///
    /// # Errors
    /// The field that cannot be meant, and why.
    pub fn new(settings: &SmsSettings, outbound: &Outbound) -> Result<Self, GatewayError> {
        Ok(match settings.gateway {
            SmsGatewayKind::Log => {
                settings.check_log()?;
                Self::Log(SentSms::default())
            }
            SmsGatewayKind::Http => Self::Http(Box::new(HttpSms::new(settings, outbound.clone())?)),
        })
    }

    /// Makes one attempt.
    pub async fn send(&self, sms: &Sms) -> Outcome {
        match self {
            Self::Log(sent) => sent.send(sms),
            Self::Http(gateway) => gateway.send(sms).await,
        }
    }
}

impl std::fmt::Debug for Sms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sms(..)")
    }
}
