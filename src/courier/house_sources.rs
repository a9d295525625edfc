//! A house as couriers see it.

use crate::courier::pacing::Pacing;
use crate::courier::sources::{AddressedCode, Asked, SourceError, Sources};
use crate::engine::{EngineError, House, Identifier, Order, TenantOrder, TenantWish, Wish};
use crate::journal::{EntityEvents, Numbered};
use crate::ledger::{Actor, CourierChannel, DeviceToken, Refusal, Tenant};
use crate::values::{CustomerId, TenantId};
use std::sync::Arc;
use std::time::Duration;

/// How often a house is asked whether there are more tenants, and whether it answers again.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// How often a line moves behind operations that have nothing to tell on its channel: nobody waits for that.
const PASS_OVER_EVERY: Duration = Duration::from_secs(1);

/// The sources of a house's couriers.
#[derive(Clone)]
pub struct HouseSources {
    house: House,
    pacing: Pacing,
}

impl HouseSources {
    #[must_use]
    pub fn new(house: House, pacing: Pacing) -> Self {
        Self { house, pacing }
    }
}

impl Sources for HouseSources {
    fn new_tenants<'a>(&'a self, known: &'a [TenantId]) -> Asked<'a, Vec<TenantId>> {
        Box::pin(async move {
            loop {
                let tenants = self.house.tenants().unwrap_or_default();
                let ids = tenants.iter().map(|tenant| tenant.id);
                let new: Vec<TenantId> = ids.filter(|id| !known.contains(id)).collect();
                if !new.is_empty() {
                    return new;
                }
                self.pacing.wait(ASK_EVERY).await;
            }
        })
    }

    fn tenant(&self, tenant: TenantId) -> Result<Arc<Tenant>, SourceError> {
        let found = self.house.tenant(tenant).map_err(silent)?;
        found.ok_or_else(|| SourceError(format!("tenant {tenant} is not known")))
    }

    fn operations_after(
        &self,
        tenant: TenantId,
        after: u64,
        limit: u64,
    ) -> Asked<'_, Result<Vec<Numbered>, SourceError>> {
        Box::pin(async move {
            let page = self.house.feed(tenant, after, limit).await.map_err(silent)?;
            Ok(page.operations)
        })
    }

    fn quiet_through(&self, tenant: TenantId, channel: CourierChannel, after: u64) -> u64 {
        self.house.quiet_through(tenant, channel, after).unwrap_or(after)
    }

    fn grows(&self, tenant: TenantId, channel: CourierChannel, after: u64) -> Asked<'_, ()> {
        Box::pin(async move {
            let grown = async {
                self.pacing.wait(PASS_OVER_EVERY).await;
                self.house.feed_grows(tenant, after).await
            };
            let grown = tokio::select! {
                biased;
                told = self.house.feed_tells(tenant, channel, after) => told,
                grown = grown => grown,
            };
            if grown.is_err() {
                self.pacing.wait(ASK_EVERY).await;
            }
        })
    }

    fn login_codes(&self, numbered: &Numbered) -> Result<Vec<AddressedCode>, SourceError> {
        let mut codes = Vec::new();
        for entity in &numbered.operation.entities {
            let events = match entity {
                EntityEvents::Login(_, events) => events,
                EntityEvents::Tenant(_) | EntityEvents::Account(..) | EntityEvents::Voucher(..) => {
                    continue;
                }
            };
            for event in events {
                let sent = self.house.login_code(numbered.operation.tenant, event);
                codes.extend(
                    sent.map_err(silent)?
                        .map(|(phone, code)| AddressedCode { phone, code: code.to_string() }),
                );
            }
        }
        Ok(codes)
    }

    fn is_current(&self, tenant: TenantId, code: &AddressedCode) -> Result<bool, SourceError> {
        let current = self.house.current_login_code(tenant, code.phone).map_err(silent)?;
        Ok(current.is_some_and(|current| current.to_string() == code.code))
    }

    fn devices(
        &self,
        tenant: TenantId,
        customer: CustomerId,
    ) -> Asked<'_, Result<Vec<String>, SourceError>> {
        Box::pin(async move {
            match self.house.devices(tenant, customer).await {
                Ok(devices) => {
                    let tokens = devices.iter().map(|device| device.token.as_str().to_owned());
                    Ok(tokens.collect())
                }
                // Who is gone has no devices.
                Err(EngineError::Refused(Refusal::CustomerNotFound)) => Ok(Vec::new()),
                Err(error) => Err(silent(error)),
            }
        })
    }

    fn forget_device(
        &self,
        tenant: TenantId,
        customer: CustomerId,
        token: String,
    ) -> Asked<'_, Result<(), SourceError>> {
        Box::pin(async move {
            let Ok(token) = DeviceToken::parse(&token) else { return Ok(()) };
            let order = Order {
                tenant,
                at: self.house.stamp().map_err(silent)?,
                actor: Actor::House,
                mark: None,
                who: Identifier::Customer(customer),
                wish: Wish::ForgetDevice(token),
            };
            self.house.perform(order).await.map(drop).map_err(silent)
        })
    }

    fn advance(
        &self,
        tenant: TenantId,
        channel: CourierChannel,
        through: u64,
    ) -> Asked<'_, Result<(), SourceError>> {
        Box::pin(async move {
            let at = self.house.stamp().map_err(silent)?;
            let wish = TenantWish::AdvanceCourier { tenant, channel, through };
            let order = TenantOrder { at, actor: Actor::House, wish };
            self.house.change_tenant(order).await.map(drop).map_err(silent)
        })
    }
}

fn silent(error: EngineError) -> SourceError {
    SourceError(error.into_reason())
}
