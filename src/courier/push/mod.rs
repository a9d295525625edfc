//! Notices to apps: what one is, and the gateways it may leave through.

mod assertion;
mod fcm;
mod fcm_answer;
mod log;
mod service_account;
mod settings;

#[cfg(test)]
mod fcm_tests;

pub use log::SentPushes;
pub use settings::PushSettings;

use crate::courier::outbound::{Outbound, Outcome};
use crate::courier::push::fcm::Fcm;
use crate::courier::sms::GatewayError;
use crate::engine::Clock;
use std::sync::Arc;

/// A notice to one device. Its `Debug` tells neither whom nor what.
#[derive(Clone, PartialEq, Eq)]
pub struct Push {
    /// The device's registration token.
    pub token: String,
    pub title: String,
    pub body: String,
    /// For the app, not for the eye.
    pub data: Vec<(&'static str, String)>,
}

/// What became of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushOutcome {
    Sent(Outcome),
    /// The app is gone from the device: the token is of no use any more.
    Unregistered,
}

/// The way notices leave the house.
#[derive(Debug, Clone)]
pub enum PushGateway {
    /// Nothing leaves: what was sent can be read from the list.
    Log(SentPushes),
    Fcm(Arc<Fcm>),
}

impl PushGateway {
    /// The gateway that the settings mean: FCM if they name a service account, else the log.
    ///
    /// # Errors
    /// The field that cannot be meant, and why.
    pub fn new(
        settings: &PushSettings,
        outbound: &Outbound,
        clock: &Clock,
    ) -> Result<Self, GatewayError> {
        Ok(match settings.account()? {
            None => Self::Log(SentPushes::default()),
            Some(account) => {
                let base = settings.base()?;
                Self::Fcm(Arc::new(Fcm::new(account, &base, outbound.clone(), clock.clone())))
            }
        })
    }

    /// Makes one attempt.
    pub async fn send(&self, push: &Push) -> PushOutcome {
        match self {
            Self::Log(sent) => PushOutcome::Sent(sent.send(push)),
            Self::Fcm(fcm) => fcm.send(push).await,
        }
    }
}

impl std::fmt::Debug for Push {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Push(..)")
    }
}
