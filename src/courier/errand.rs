//! One message on its way: attempts until it is dealt with, or left for the next start.

use crate::courier::deliveries::Deliveries;
use crate::courier::outbound::{Hitch, Outcome};
use crate::courier::outbox::{Message, Notice};
use crate::courier::pacing::Pacing;
use crate::courier::push::{Push, PushGateway, PushOutcome};
use crate::courier::retry::{Next, Retries};
use crate::courier::sms::{Sms, SmsGateway};
use crate::courier::sources::{AddressedCode, Sources};
use crate::engine::Clock;
use crate::ledger::CourierChannel;
use crate::values::{TenantId, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};

/// Attempts under way at once on one channel, over all tenants.
const IN_FLIGHT_MAX: usize = 64;

/// The ways out of the house.
#[derive(Debug, Clone)]
pub struct Gateways {
    pub sms: SmsGateway,
    pub push: PushGateway,
}

/// What all errands share.
pub(super) struct Office {
    pub(super) sources: Arc<dyn Sources>,
    pub(super) gateways: Gateways,
    pub(super) clock: Clock,
    pub(super) pacing: Pacing,
    /// Where it is noted how far each line has got.
    pub(super) deliveries: Deliveries,
    /// Held during an attempt, never during a pause: a gateway that is dead holds back nobody's attempts
    /// on the other channel, and a pause costs nobody anything.
    sms_places: Semaphore,
    push_places: Semaphore,
}

/// A message and where it comes from.
pub(super) struct Errand {
    pub(super) tenant: TenantId,
    /// The tenant's own number of the operation.
    pub(super) number: u64,
    /// When the operation was.
    pub(super) at: Timestamp,
    pub(super) message: Message,
    /// The login code that the message brings.
    pub(super) code: Option<AddressedCode>,
}

/// How an errand ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Sent, refused, or of no use any more.
    Dealt,
    /// The desk stops: it is for the next start.
    Left,
}

/// What one attempt leaves to be done.
enum Attempt {
    Done,
    Again { hitch: Hitch, after: Option<Duration> },
}

impl Office {
    pub(super) fn new(
        sources: Arc<dyn Sources>,
        gateways: Gateways,
        clock: Clock,
        pacing: Pacing,
    ) -> Self {
        let places = || Semaphore::new(IN_FLIGHT_MAX);
        let deliveries = Deliveries::default();
        let (sms_places, push_places) = (places(), places());
        Self { sources, gateways, clock, pacing, deliveries, sms_places, push_places }
    }

    /// The same, with a place that others look at to note how far each line has got.
    pub(super) fn noting_in(self, deliveries: Deliveries) -> Self {
        Self { deliveries, ..self }
    }

    fn places(&self, channel: CourierChannel) -> &Semaphore {
        match channel {
            CourierChannel::Sms => &self.sms_places,
            CourierChannel::Push => &self.push_places,
        }
    }
}

impl Message {
    pub(super) fn channel(&self) -> CourierChannel {
        match self {
            Self::Sms(_) => CourierChannel::Sms,
            Self::Push(_) => CourierChannel::Push,
        }
    }

    /// How long a message is worth trying.
    pub(super) fn retries(&self) -> Retries {
        match self {
            Self::Sms(_) => Retries::SMS,
            Self::Push(_) => Retries::PUSH,
        }
    }
}

impl Errand {
    /// How long ago the operation was; one of the future is new.
    pub(super) fn age(&self, now: Timestamp) -> Duration {
        Duration::from_millis(u64::try_from(now.millis_since(self.at)).unwrap_or(0))
    }

    /// Makes attempts until the message is dealt with or the desk stops.
    pub(super) async fn run(self, office: &Office, mut stop: watch::Receiver<bool>) -> Ended {
        let (channel, retries) = (self.message.channel(), self.message.retries());
        let mut work = Work::of(&self.message);
        let mut attempt = 1_u32;
        loop {
            let place = tokio::select! {
                biased;
                _ = stop.wait_for(|stopping| *stopping) => return Ended::Left,
                place = office.places(channel).acquire() => place,
            };
            let (tenant, number) = (self.tenant.number(), self.number);
            if self.is_withdrawn(office) {
                tracing::debug!(tenant, number, "a login code was overtaken by a newer one");
                return Ended::Dealt;
            }
            let made = work.attempt(self.tenant, office).await;
            drop(place);
            let Attempt::Again { hitch, after } = made else { return Ended::Dealt };
            match retries.next(attempt, self.age(office.clock.now()), after) {
                Next::GiveUp => {
                    tracing::warn!(tenant, number, ?channel, attempt, %hitch, "a message was given up");
                    return Ended::Dealt;
                }
                Next::Pause(pause) => {
                    tracing::debug!(tenant, number, ?channel, attempt, %hitch, ?pause, "once more");
                    tokio::select! {
                        biased;
                        _ = stop.wait_for(|stopping| *stopping) => return Ended::Left,
                        () = office.pacing.wait(pause) => {}
                    }
                }
            }
            attempt = attempt.saturating_add(1);
        }
    }
}

impl Errand {
    /// Whether it brings a login code that is void by now: who got it would only be told that it is wrong.
    /// A ledger that does not answer withdraws nothing.
    fn is_withdrawn(&self, office: &Office) -> bool {
        let current = self.code.as_ref().map(|code| office.sources.is_current(self.tenant, code));
        current.is_some_and(|current| current == Ok(false))
    }
}

/// What is still to be sent of a message.
enum Work {
    Sms(Sms),
    /// `tokens`: the devices that do not have it yet; `None`: not asked for yet.
    Push {
        notice: Notice,
        tokens: Option<Vec<String>>,
    },
}

impl Work {
    fn of(message: &Message) -> Self {
        match message {
            Message::Sms(sms) => Self::Sms(sms.clone()),
            Message::Push(notice) => Self::Push { notice: notice.clone(), tokens: None },
        }
    }

    async fn attempt(&mut self, tenant: TenantId, office: &Office) -> Attempt {
        match self {
            Self::Sms(sms) => {
                judge(tenant, CourierChannel::Sms, office.gateways.sms.send(sms).await)
            }
            Self::Push { notice, tokens } => {
                let waiting = match tokens.take() {
                    Some(waiting) => waiting,
                    None => match office.sources.devices(tenant, notice.customer).await {
                        Ok(devices) => devices,
                        Err(error) => {
                            let hitch = Hitch::NotConnected(error.to_string());
                            return Attempt::Again { hitch, after: None };
                        }
                    },
                };
                let (left, made) = send_to(notice, waiting, tenant, office).await;
                *tokens = Some(left);
                made
            }
        }
    }
}

/// Sends a notice to each device; the devices that must be tried again, and why.
async fn send_to(
    notice: &Notice,
    waiting: Vec<String>,
    tenant: TenantId,
    office: &Office,
) -> (Vec<String>, Attempt) {
    let mut left = Vec::new();
    let mut made = Attempt::Done;
    for token in waiting {
        match office.gateways.push.send(&notice.to(token.clone())).await {
            PushOutcome::Unregistered => {
                let customer = notice.customer;
                if let Err(error) = office.sources.forget_device(tenant, customer, token).await {
                    // The next notice finds it again.
                    tracing::warn!(tenant = tenant.number(), %error, "a device was not forgotten");
                }
            }
            PushOutcome::Sent(outcome) => match judge(tenant, CourierChannel::Push, outcome) {
                Attempt::Done => {}
                again @ Attempt::Again { .. } => {
                    left.push(token);
                    made = made.or_later(again);
                }
            },
        }
    }
    (left, made)
}

impl Attempt {
    /// Of two the one that wants the longer pause.
    fn or_later(self, other: Self) -> Self {
        match (&self, &other) {
            (Self::Again { after: before, .. }, Self::Again { after, .. }) if before >= after => {
                self
            }
            (Self::Again { .. } | Self::Done, Self::Again { .. }) => other,
            (Self::Again { .. } | Self::Done, Self::Done) => self,
        }
    }
}

/// A refusal is told to the log by its status alone: its text may quote the message.
fn judge(tenant: TenantId, channel: CourierChannel, outcome: Outcome) -> Attempt {
    match outcome {
        Outcome::Delivered => Attempt::Done,
        Outcome::Refused(rejection) => {
            let (tenant, status) = (tenant.number(), rejection.status);
            tracing::warn!(tenant, ?channel, ?status, "a gateway refused a message");
            Attempt::Done
        }
        Outcome::TryAgain { hitch, after } => Attempt::Again { hitch, after },
    }
}

impl Notice {
    fn to(&self, token: String) -> Push {
        Push { token, title: self.title.clone(), body: self.body.clone(), data: self.data.clone() }
    }
}
