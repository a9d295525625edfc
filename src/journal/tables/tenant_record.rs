//! How a tenant lies in the tables. The versions of its settings and its stores are entries of their
//! own, since they are many and seldom change.

use crate::journal::codec::{CodecError, Decode, Encode};
use crate::journal::error::JournalError;
use crate::journal::record::Envelope;
use crate::journal::record::fields::{instant, optional, text};
use crate::journal::tables::campaign_record::CampaignRecord;
use crate::journal::tables::webhook_record::WebhooksRecord;
use crate::journal::vault::{Holder, Place, Sealing};
use crate::ledger::{
    CourierChannel, CourierCursors, Inventory, PlusKey, Promotion, Promotions, Settings,
    SettingsHistory, StoreCatalog, Tenant, TokenHash,
};
use crate::values::{EventNumber, PromotionId, SettingsVersion, TenantId};
use std::sync::Arc;

/// A tenant at an event.
#[derive(Debug, Encode, Decode)]
pub(super) struct TenantRecord {
    pub(super) as_of: u64,
    name: String,
    created_at: i64,
    suspended: bool,
    token: TokenHash,
    previous_token: Option<(TokenHash, i64)>,
    secret: Envelope,
    previous_secret: Option<(Envelope, i64)>,
    telegram: Option<Envelope>,
    /// The latest version of its settings; all from the first one on are its.
    pub(super) latest_settings: u32,
    /// Its inventory; 0: it has none.
    pub(super) inventory_version: u64,
    /// The version of its catalog of stores; 0: it never had a store.
    pub(super) stores: u32,
    /// The latest version of its promotions; likewise.
    pub(super) latest_promotion: u32,
    /// When promotions were ended for good.
    promotions_ended: Vec<(u32, i64)>,
    /// How far the couriers have got, by channel.
    courier_sms: u64,
    courier_push: u64,
    webhooks: WebhooksRecord,
    campaign: Option<CampaignRecord>,
    plus_key: Option<(TokenHash, Option<(TokenHash, i64)>)>,
}

impl TenantRecord {
    pub(super) fn of(tenant: &Tenant, as_of: EventNumber) -> Self {
        let previous_secret = tenant.previous_secret.as_ref();
        let versions = tenant.settings.versions().iter();
        Self {
            as_of: as_of.number(),
            name: tenant.name.as_str().to_owned(),
            created_at: tenant.created_at.millis(),
            suspended: tenant.suspended,
            token: tenant.token,
            previous_token: tenant.previous_token.map(|(hash, until)| (hash, until.millis())),
            secret: Envelope::of_secret(&tenant.secret),
            previous_secret: previous_secret
                .map(|(secret, until)| (Envelope::of_secret(secret), until.millis())),
            telegram: tenant.telegram.as_ref().map(Envelope::of_bot),
            latest_settings: versions
                .map(|settings| settings.version)
                .max()
                .map_or(0, SettingsVersion::number),
            inventory_version: tenant.inventory.version(),
            stores: tenant.stores.version(),
            latest_promotion: tenant
                .promotions
                .versions()
                .last()
                .map_or(0, |promotion| promotion.version.number()),
            promotions_ended: tenant
                .promotions
                .courses()
                .filter_map(|(id, course)| Some((id.number(), course.ended_at?.millis())))
                .collect(),
            courier_sms: tenant.couriers.through(CourierChannel::Sms),
            courier_push: tenant.couriers.through(CourierChannel::Push),
            webhooks: WebhooksRecord::of(&tenant.webhooks),
            campaign: tenant.campaign.as_ref().map(CampaignRecord::of),
            plus_key: tenant.plus_key.map(|key| {
                (key.hash, key.previous.map(|(before, until)| (before, until.millis())))
            }),
        }
    }

    /// Seals what is secret of it.
    pub(super) fn seal(&mut self, sealing: &Sealing, id: TenantId) -> Result<(), JournalError> {
        let place = self.place(id);
        self.envelopes().try_for_each(|envelope| envelope.seal(sealing, &place))
    }

    /// Unseals it.
    pub(super) fn unseal(&mut self, sealing: &Sealing, id: TenantId) -> Result<(), CodecError> {
        let place = self.place(id);
        self.envelopes().try_for_each(|envelope| envelope.unseal(sealing, &place))
    }

    const fn place(&self, id: TenantId) -> Place {
        Place::in_table(Holder::Tenant(id), EventNumber(self.as_of))
    }

    fn envelopes(&mut self) -> impl Iterator<Item = &mut Envelope> {
        let previous = self.previous_secret.as_mut().map(|(secret, _)| secret);
        let own = [Some(&mut self.secret), previous, self.telegram.as_mut()];
        own.into_iter().flatten().chain(self.webhooks.envelopes())
    }

    /// The tenant with its settings and promotions, in order of adoption, and its stores.
    pub(super) fn restore(
        self,
        id: TenantId,
        settings: impl IntoIterator<Item = Settings>,
        inventory: Inventory,
        stores: StoreCatalog,
        promotions: impl IntoIterator<Item = Promotion>,
    ) -> Result<Tenant, CodecError> {
        let mut versions = settings.into_iter().map(Arc::new);
        let first = versions.next().ok_or(CodecError::OutOfRange("a tenant without settings"))?;
        let history = versions.fold(SettingsHistory::new(first), |known, next| known.with(next));
        let mut known = Promotions::default();
        promotions.into_iter().for_each(|promotion| known.set(&Arc::new(promotion)));
        for (promotion, at) in self.promotions_ended {
            known.end(PromotionId(promotion), instant(at)?);
        }
        let (previous_token, previous_secret) = (self.previous_token, self.previous_secret);
        Ok(Tenant {
            id,
            name: text(&self.name)?,
            created_at: instant(self.created_at)?,
            suspended: self.suspended,
            token: self.token,
            previous_token: previous_token
                .map(|(hash, until)| instant(until).map(|until| (hash, until)))
                .transpose()?,
            secret: self.secret.secret()?,
            previous_secret: previous_secret
                .map(|(before, until)| Ok((before.secret()?, instant(until)?)))
                .transpose()?,
            settings: Arc::new(history),
            inventory: Arc::new(inventory),
            stores: Arc::new(stores),
            promotions: Arc::new(known),
            couriers: CourierCursors::new(self.courier_sms, self.courier_push),
            webhooks: self.webhooks.restore()?,
            telegram: optional(self.telegram, |bot| bot.bot())?,
            campaign: optional(self.campaign, CampaignRecord::restore)?,
            plus_key: optional(self.plus_key, plus_key)?,
        })
    }
}

fn plus_key(
    (hash, previous): (TokenHash, Option<(TokenHash, i64)>),
) -> Result<PlusKey, CodecError> {
    let previous = optional(previous, |(before, until)| Ok((before, instant(until)?)))?;
    Ok(PlusKey { hash, previous })
}
