//! A request whose tenant is known, and what every endpoint asks the house through it.

use super::customer_shape::CustomerShape;
use super::reader::Fields;
use crate::api::complaint::FieldError;
use crate::api::error::ApiError;
use crate::api::idempotency::{KeyOwner, Meaning, mark_of};
use crate::api::request::Asked;
use crate::courier::Deliveries;
use crate::engine::{EngineError, House, Identifier, Order, Wish};
use crate::ledger::{
    AccountView, Actor, LookUp, OperationMark, Refusal, SettingsDraft, Tenant, Tier,
};
use crate::values::Phone;
use std::sync::Arc;

/// A request of a tenant's till or shop.
pub(super) struct Call<'a> {
    pub(super) house: &'a House,
    pub(super) deliveries: &'a Deliveries,
    pub(super) tenant: Arc<Tenant>,
    pub(super) asked: Asked,
}

impl Call<'_> {
    /// The rules of the tenant at the instant of the request.
    pub(super) fn rules(&self) -> &SettingsDraft {
        &self.tenant.settings.at(self.asked.at).rules
    }

    /// The tiers of the tenant at the instant of the request.
    pub(super) fn tiers(&self) -> &[Tier] {
        &self.tenant.settings.at(self.asked.at).tiers
    }

    /// The fields of the body; an empty one has none.
    pub(super) fn fields(&self) -> Result<Fields<'_>, FieldError> {
        Fields::parse(&self.asked.body)
    }

    /// The phone that the path names.
    pub(super) fn phone(&self) -> Result<Phone, FieldError> {
        let text = self.asked.segment("phone")?;
        self.phone_in(&text, "phone")
    }

    /// A phone of a path or a query, where a space in front is a plus sign that was lost.
    pub(super) fn phone_in(&self, text: &str, name: &str) -> Result<Phone, FieldError> {
        let text = match text.strip_prefix(' ') {
            Some(rest) if !rest.starts_with('+') => format!("+{}", rest.trim()),
            Some(_) | None => text.to_owned(),
        };
        let country = self.rules().default_country;
        Phone::parse(&text, country).map_err(|error| FieldError::new(name, error))
    }

    /// The customer somebody names.
    pub(super) async fn customer(&self, who: Identifier) -> Result<AccountView, ApiError> {
        let look_up = LookUp::default();
        Ok(self.house.look_up(self.tenant.id, self.asked.at, who, look_up).await?)
    }

    /// A customer as this dialect shows them.
    pub(super) async fn shape<'v>(
        &self,
        view: &'v AccountView,
    ) -> Result<CustomerShape<'v>, ApiError> {
        let parent = match view.referral.inviter {
            Some(inviter) => self.phone_of(Identifier::Customer(inviter)).await?,
            None => None,
        };
        Ok(CustomerShape::new(view, &self.tenant, self.asked.at, parent))
    }

    /// The phone of somebody who may be gone.
    pub(super) async fn phone_of(&self, who: Identifier) -> Result<Option<Phone>, ApiError> {
        let look_up = LookUp::default();
        match self.house.look_up(self.tenant.id, self.asked.at, who, look_up).await {
            Ok(view) => Ok(view.phone),
            Err(EngineError::Refused(Refusal::CustomerNotFound)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// What a till asks for.
    pub(super) fn order(&self, who: Identifier, wish: Wish) -> Order {
        let (tenant, at) = (self.tenant.id, self.asked.at);
        Order { tenant, at, actor: Actor::Partner, mark: None, who, wish }
    }

    /// What an Idempotency-Key of this request marks; `None` without one.
    pub(super) fn mark(
        &self,
        meaning: impl FnOnce() -> Meaning,
    ) -> Result<Option<OperationMark>, FieldError> {
        mark_of(&self.asked, KeyOwner::Plus, self.tenant.id, meaning)
    }
}
