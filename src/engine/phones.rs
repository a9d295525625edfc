//! Phones that change hands: the one that a customer gave up leads to them a while longer, and cannot be
//! registered meanwhile.

use crate::engine::claim_ids::Marked;
use crate::engine::claims::{Guard, Key, Lead};
use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::engine::leads::Taken;
use crate::engine::order::{Done, Identifier};
use crate::engine::perform::{Command, Errand};
use crate::journal::{former_phone_key, phone_key};
use crate::ledger::{Action, LookUp, PhoneChange, Reason, Refusal, ZonedInstant, kept_phone};
use crate::values::{Country, CustomerId, Phone, TenantId, Timestamp};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A phone that nobody has, claimed.
pub(super) type ClaimedPhone = (Key, Guard<Lead>);

impl Core {
    /// Whoever gave up a phone lately that an identifier names.
    pub(super) async fn resolve_former(
        self: &Arc<Self>,
        tenant: TenantId,
        who: &Identifier,
        country: Option<Country>,
    ) -> Result<Option<CustomerId>, EngineError> {
        let phone = match who {
            Identifier::Phone(phone) => Some(*phone),
            Identifier::Text(text) => Phone::parse(text, country).ok(),
            Identifier::Customer(_) | Identifier::Reserve(_) | Identifier::Telegram(_) => None,
        };
        let Some(phone) = phone else { return Ok(None) };
        Ok(self.kept_for(tenant, phone).await?.map(|(customer, _)| customer))
    }

    /// Whom a phone that was given up still leads to, and until when.
    async fn kept_for(
        self: &Arc<Self>,
        tenant: TenantId,
        phone: Phone,
    ) -> Result<Option<(CustomerId, Timestamp)>, EngineError> {
        let found = self.customer_of(former_phone_key(tenant, phone), false).await?;
        let Some(customer) = found else { return Ok(None) };
        let now = Timestamp::from_millis(self.last_time.load(Ordering::Acquire));
        let key = AccountKey { tenant, customer };
        let view = self.look_at_any(key, now, LookUp::default(), None).await?;
        Ok(view.and_then(|view| {
            kept_phone(&view.former_phones, phone, now).map(|until| (view.id, until))
        }))
    }

    /// Claims a phone that nobody has; else who has it. One that another customer than `own` gave up
    /// lately is refused.
    pub(super) async fn claim_phone(
        self: &Arc<Self>,
        tenant: TenantId,
        phone: Phone,
        own: Option<CustomerId>,
    ) -> Result<Result<ClaimedPhone, CustomerId>, EngineError> {
        let key = phone_key(tenant, phone);
        let guard = match self.claim_identifier(key).await? {
            Ok(guard) => guard,
            Err(holder) => return Ok(Err(holder)),
        };
        match self.kept_for(tenant, phone).await? {
            Some((customer, until)) if Some(customer) != own => {
                Err(self.phone_kept(tenant, until).into())
            }
            Some(_) | None => {
                self.refuse_unreadable_phone(tenant, phone).await?;
                Ok(Ok((key, guard)))
            }
        }
    }

    fn phone_kept(&self, tenant: TenantId, until: Timestamp) -> Refusal {
        let now = Timestamp::from_millis(self.last_time.load(Ordering::Acquire));
        self.tenants.tenant(tenant).map_or(Refusal::TenantNotFound, |tenant| {
            let until = ZonedInstant::of(until, &tenant.settings.at(now).rules);
            Refusal::PhoneKept { until }
        })
    }

    /// An operator gives a customer another phone.
    pub(super) async fn change_phone(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
        phone: Phone,
        reason: Reason,
    ) -> Result<Done, EngineError> {
        let mut taken = match self.claim_mark(&errand).await? {
            Marked::Repeated(done) => return Ok(done),
            Marked::Fresh(claim) => Taken { operations: Vec::from_iter(claim), ..Taken::default() },
        };
        let known = self.resolve(errand.tenant_id(), &who, errand.country()).await?;
        let customer = known.ok_or(Refusal::CustomerNotFound)?;
        let mut change = PhoneChange { phone, marks: Vec::new(), reason };
        self.claim_phone_change(&errand, customer, &mut change, &mut taken).await?;
        let command = Command { taken, ..Command::from(Action::ChangePhone(change)) };
        self.act(errand, customer, command).await
    }

    /// Claims what another phone for a customer needs: the phone itself, and marks, which are noted in the change.
    pub(super) async fn claim_phone_change(
        self: &Arc<Self>,
        errand: &Errand,
        customer: CustomerId,
        change: &mut PhoneChange,
        taken: &mut Taken,
    ) -> Result<(), EngineError> {
        let (tenant, phone) = (errand.tenant_id(), change.phone);
        let key = AccountKey { tenant, customer };
        let view = self.look(key, errand.at, LookUp::default(), None).await?;
        let before = view.and_then(|view| view.phone).filter(|before| *before != phone);
        let claimed = match self.claim_phone(tenant, phone, Some(customer)).await? {
            Ok(claimed) => Some(claimed),
            Err(holder) if self.follow(tenant, holder).await? == customer => None,
            Err(_) => return Err(Refusal::PhoneTaken.into()),
        };
        let mut marked = Vec::from_iter(self.claim_mark_for(tenant, phone, customer).await?);
        if let Some(before) = before {
            // Of a customer who registered when nothing was remembered of phones.
            marked.extend(self.claim_first_mark(tenant, before).await?);
        }
        change.marks = marked.iter().map(|(mark, _)| *mark).collect();
        taken.identifiers.extend(claimed);
        taken.operations.extend(marked);
        Ok(())
    }
}
