//! Customers as a shop keeps them: registered on its word, changed, and sure of their phone.

use crate::engine::claims::{Guard, Key, Lead};
use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::leads::Taken;
use crate::engine::order::{Done, Identifier, NewCustomer};
use crate::engine::perform::{Command, Errand};
use crate::engine::phones::ClaimedPhone;
use crate::journal::{card_key, referral_key};
use crate::ledger::{Action, CardNumber, Change, CustomerChange, LoginCode, Refusal, Register};
use crate::values::{CustomerId, Phone, TenantId};
use std::sync::Arc;

impl Core {
    /// Opens an account for a phone that nobody has; an archived one is revived.
    pub(super) async fn register_customer(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
        new: NewCustomer,
    ) -> Result<Done, EngineError> {
        let Identifier::Phone(phone) = who else {
            return Err(EngineError::Broken("a registration came without a phone".into()));
        };
        match self.claim_phone(errand.tenant_id(), phone, None).await? {
            Ok(claimed) => self.open_customer(errand, phone, claimed, new).await,
            Err(customer) => {
                let change = CustomerChange { revives: true, ..new.change };
                self.change_known(errand, customer, Box::new(change)).await
            }
        }
    }

    async fn open_customer(
        self: &Arc<Self>,
        errand: Errand,
        phone: Phone,
        claimed: ClaimedPhone,
        new: NewCustomer,
    ) -> Result<Done, EngineError> {
        let NewCustomer { change, welcome, parent } = new;
        let tenant = errand.tenant_id();
        let inviter = match parent {
            None => None,
            Some(parent) if parent == phone => return Err(Refusal::ReferralCodeOwn.into()),
            Some(parent) => {
                let found = self.customer_of_phone(tenant, parent).await?;
                Some(found.ok_or(Refusal::ReferralCodeUnknown)?)
            }
        };
        let marked = self.claim_next_mark(tenant, phone).await?;
        let had_gifts = marked.owner_before.is_some();
        if had_gifts && inviter.is_some() {
            return Err(Refusal::ReferralTooLate.into());
        }
        let mut claims = vec![claimed];
        claims.extend(self.claim_card(tenant, &change.card, None).await?);
        let (code, guard) = self.claim_referral_code(tenant).await?;
        claims.push((referral_key(tenant, code), guard));
        let customer = self.next_customer(&errand)?;
        let confirmed =
            self.logins.of(self.house_key.logins_key(tenant, phone)).is_confirmed(errand.at);
        let register = Register {
            customer,
            phone,
            full_name: None,
            token: None,
            welcome: welcome && !had_gifts,
            mark: marked.claimed.as_ref().map(|(mark, _)| *mark),
            telegram: None,
            referral_code: Some(code),
            inviter,
            change: Some(Box::new(change)),
            confirmed,
        };
        let mut command = Command::from(Action::Register(register));
        command.taken.identifiers.extend(claims);
        command.taken.operations.extend(marked.claimed);
        command.opens = true;
        self.act(errand, customer, command).await
    }

    pub(super) async fn change_customer(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
        change: Box<CustomerChange>,
    ) -> Result<Done, EngineError> {
        let customer = self.resolve(errand.tenant_id(), &who, errand.country()).await?;
        let customer = customer.ok_or_else(|| who.not_found())?;
        self.change_known(errand, customer, change).await
    }

    async fn change_known(
        self: &Arc<Self>,
        errand: Errand,
        customer: CustomerId,
        mut change: Box<CustomerChange>,
    ) -> Result<Done, EngineError> {
        let claims = self.claim_card(errand.tenant_id(), &change.card, Some(customer)).await?;
        let mut taken = Taken { identifiers: claims, ..Taken::default() };
        if let Some(phone) = &mut change.phone {
            self.claim_phone_change(&errand, customer, phone, &mut taken).await?;
        }
        let command = Command { taken, ..Command::from(Action::ChangeCustomer(change)) };
        self.act(errand, customer, command).await
    }

    /// An operator gives a customer a club card, or takes it away.
    pub(super) async fn set_card(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
        card: Option<CardNumber>,
    ) -> Result<Done, EngineError> {
        let mut command = Command::from(Action::SetCard(card.clone()));
        if let Some(repeated) = self.claim_ids(&errand, &mut command).await? {
            return Ok(repeated);
        }
        let customer = self.resolve(errand.tenant_id(), &who, errand.country()).await?;
        let customer = customer.ok_or(Refusal::CustomerNotFound)?;
        let change = card.map_or(Change::Clear, Change::Set);
        let claims = self.claim_card(errand.tenant_id(), &change, Some(customer)).await?;
        command.taken.identifiers.extend(claims);
        self.act(errand, customer, command).await
    }

    /// Claims a card for a customer (`None`: one about to be) who may have it already, be it through an
    /// account that was merged into theirs.
    async fn claim_card(
        &self,
        tenant: TenantId,
        card: &Change<CardNumber>,
        customer: Option<CustomerId>,
    ) -> Result<Vec<(Key, Guard<Lead>)>, EngineError> {
        let Change::Set(card) = card else { return Ok(Vec::new()) };
        let key = card_key(tenant, card);
        let holder = match self.claim_identifier(key).await? {
            Ok(guard) => return Ok(vec![(key, guard)]),
            Err(holder) => self.follow(tenant, holder).await?,
        };
        if customer == Some(holder) { Ok(Vec::new()) } else { Err(Refusal::CardTaken.into()) }
    }

    /// Uses a code up: whoever has it has the phone, which their account remembers if there is one.
    pub(super) async fn check_code(
        self: &Arc<Self>,
        errand: Errand,
        phone: Phone,
        code: LoginCode,
    ) -> Result<(), EngineError> {
        let proof = self.prove_change(&errand, phone, code).await?;
        match self.customer_of_phone(errand.tenant_id(), phone).await? {
            None => self.commit_login(proof, errand.actor.clone(), errand.at).await,
            Some(customer) => {
                let mut command = Command::from(Action::ConfirmPhone);
                command.beside = vec![self.login_beside(proof)];
                self.act(errand, customer, command).await.map(drop)
            }
        }
    }
}
