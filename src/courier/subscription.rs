//! Delivers changes of balances to one subscriber of the BonusPlus dialect: one request for each, in
//! order. What the receiver refuses for good is counted and skipped; one that fails for days is paused.

use crate::courier::balance_change::{BalanceChange, balance_changes};
use crate::courier::follower::{Handed, Sink};
use crate::courier::outbound::{OutboundRequest, Verb};
use crate::courier::rounds::{DELIVERY_HEADER, Ended, FinalNo, HOUSE_PAUSE, Rounds};
use crate::engine::{EngineError, Identifier};
use crate::journal::Numbered;
use crate::ledger::{LookUp, Refusal, Subscription, SubscriptionMethod};
use crate::values::{CustomerId, Phone, Timestamp};

/// The courier of one subscription.
pub(super) struct SubscriptionCourier {
    pub(super) rounds: Rounds,
    pub(super) subscription: Subscription,
    /// Refused for good since the cursor was journaled.
    skipped: u64,
    /// The status of the last of them.
    last_no: Option<u16>,
}

impl SubscriptionCourier {
    pub(super) const fn new(rounds: Rounds, subscription: Subscription) -> Self {
        Self { rounds, subscription, skipped: 0, last_no: None }
    }
}

impl Sink for SubscriptionCourier {
    /// One operation that changed balances at once, so that little is delivered twice when it is stopped.
    async fn take(&mut self, page: &[Numbered]) -> Handed {
        for (passed_over, numbered) in page.iter().enumerate() {
            let changes = balance_changes(&numbered.operation);
            if changes.is_empty() {
                continue;
            }
            for (index, change) in changes.iter().enumerate() {
                let hook = self.rounds.hook.id;
                let delivery =
                    format!("{hook}-{}-{}", numbered.tenant_number, index.saturating_add(1));
                match self.tell(change, &delivery).await {
                    Ended::Delivered => {}
                    Ended::Skipped(status) => {
                        self.skipped = self.skipped.saturating_add(1);
                        self.last_no = status;
                    }
                    Ended::Paused => return Handed::Done,
                }
            }
            return Handed::Acted(passed_over.saturating_add(1));
        }
        Handed::PassedOver(page.len())
    }

    fn note(&self, through: u64, oldest: Option<Timestamp>) {
        self.rounds.note(through, oldest);
    }

    async fn keep(&mut self, through: u64) -> Result<(), EngineError> {
        self.rounds.advance(through, self.skipped).await?;
        if self.skipped > 0 {
            let (tenant, webhook) = (self.rounds.tenant, self.rounds.hook.id);
            let (skipped, status) = (self.skipped, self.last_no);
            tracing::warn!(%tenant, %webhook, skipped, ?status, "a subscriber refused deliveries");
        }
        self.skipped = 0;
        Ok(())
    }
}

impl SubscriptionCourier {
    async fn tell(&self, change: &BalanceChange, delivery: &str) -> Ended {
        let phone = self.phone_of(change.customer).await;
        let body = change.body(phone, self.subscription.content_type);
        self.rounds.deliver(FinalNo::Skips, |_| self.request(delivery, &body)).await
    }

    /// The customer's phone as it is now.
    async fn phone_of(&self, customer: CustomerId) -> Option<Phone> {
        loop {
            match self.look_up(customer).await {
                Ok(phone) => return phone,
                Err(EngineError::Refused(Refusal::CustomerNotFound)) => return None,
                Err(error) => {
                    tracing::debug!(%error, "a courier waits for the ledger");
                    self.rounds.office.pacing.wait(HOUSE_PAUSE).await;
                }
            }
        }
    }

    async fn look_up(&self, customer: CustomerId) -> Result<Option<Phone>, EngineError> {
        let (house, tenant) = (&self.rounds.office.house, self.rounds.tenant);
        let (at, who) = (house.stamp()?, Identifier::Customer(customer));
        let view = house.look_up(tenant, at, who, LookUp::default()).await?;
        Ok(view.phone)
    }

    fn request(&self, delivery: &str, body: &[u8]) -> OutboundRequest {
        let Subscription { method, content_type, authorization } = &self.subscription;
        let mut headers = vec![
            ("Content-Type".to_owned(), content_type.name().to_owned()),
            (DELIVERY_HEADER.to_owned(), delivery.to_owned()),
        ];
        if let Some(authorization) = authorization {
            headers.push(("Authorization".to_owned(), authorization.as_str().to_owned()));
        }
        OutboundRequest {
            verb: match method {
                SubscriptionMethod::Post => Verb::Post,
                SubscriptionMethod::Put => Verb::Put,
            },
            url: self.rounds.hook.url.as_str().to_owned(),
            headers,
            body: body.to_vec(),
        }
    }
}
