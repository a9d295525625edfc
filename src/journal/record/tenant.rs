//! What happened to a tenant, as it is stored. The order of variants and fields is the format.

use crate::journal::codec::{BorrowDecode, CodecError, Decode, Encode};
use crate::journal::record::campaign::StoredCampaignEvent;
use crate::journal::record::fields::{all, instant, text};
use crate::journal::record::inventory::StoredInventoryChange;
use crate::journal::record::promotion::StoredPromotion;
use crate::journal::record::sealing::Envelope;
use crate::journal::record::settings::{StoredSettings, StoredWholeSettings};
use crate::journal::record::store::{StoredStore, store_catalog};
use crate::journal::record::webhook::StoredWebhookEvent;
use crate::ledger::{CourierChannel, Policy, Promotion, Store, TenantEvent, TokenHash};
use crate::values::{PromotionId, TenantId};
use std::sync::Arc;

/// Something that happened to a tenant.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) enum StoredTenantEvent<'a> {
    TenantCreated {
        tenant: u32,
        name: &'a str,
        at: i64,
    },
    TokenSet {
        hash: TokenHash,
        previous_until: i64,
        at: i64,
    },
    SecretSet {
        secret: Envelope,
        previous_until: i64,
        at: i64,
    },
    SettingsAdopted {
        settings: StoredSettings<'a>,
        at: i64,
    },
    Suspended {
        at: i64,
    },
    Resumed {
        at: i64,
    },
    SettingsAdoptedWhole {
        settings: StoredWholeSettings<'a>,
        at: i64,
    },
    InventorySynced {
        change: StoredInventoryChange<'a>,
        at: i64,
    },
    StoresListed {
        version: u32,
        stores: Vec<StoredStore<'a>>,
        at: i64,
    },
    PromotionSet(StoredPromotion<'a>),
    PromotionEnded {
        promotion: u32,
        at: i64,
    },
    CourierAdvanced {
        channel: StoredCourierChannel,
        through: u64,
        at: i64,
    },
    Webhook(StoredWebhookEvent<'a>),
    TelegramBotSet {
        bot: Envelope,
        at: i64,
    },
    Campaign(StoredCampaignEvent<'a>),
    /// A promotion that takes a coupon.
    CouponPromotionSet(StoredPromotion<'a>),
    PlusKeySet {
        hash: TokenHash,
        previous_until: i64,
        at: i64,
    },
}

impl StoredTenantEvent<'_> {
    /// What of it is secret.
    pub(super) fn envelope(&mut self) -> Option<&mut Envelope> {
        if let Self::Webhook(event) = self {
            event.envelope()
        } else if let Self::SecretSet { secret: sealed, .. }
        | Self::TelegramBotSet { bot: sealed, .. } = self
        {
            Some(sealed)
        } else {
            None
        }
    }
}

stored_words!(StoredCourierChannel is CourierChannel { Sms, Push });

impl<'a> From<&'a TenantEvent> for StoredTenantEvent<'a> {
    fn from(event: &'a TenantEvent) -> Self {
        match event {
            TenantEvent::TenantCreated { tenant, name, at } => Self::TenantCreated {
                tenant: tenant.number(),
                name: name.as_str(),
                at: at.millis(),
            },
            TenantEvent::TokenSet { hash, previous_until, at } => Self::TokenSet {
                hash: *hash,
                previous_until: previous_until.millis(),
                at: at.millis(),
            },
            TenantEvent::SecretSet { secret, previous_until, at } => Self::SecretSet {
                secret: Envelope::of_secret(secret),
                previous_until: previous_until.millis(),
                at: at.millis(),
            },
            // The form of the first version says all that there is to say.
            TenantEvent::SettingsAdopted { settings, at }
                if settings.rules.policy == Policy::default() =>
            {
                Self::SettingsAdopted { settings: (&**settings).into(), at: at.millis() }
            }
            TenantEvent::SettingsAdopted { settings, at } => {
                Self::SettingsAdoptedWhole { settings: (&**settings).into(), at: at.millis() }
            }
            TenantEvent::Suspended { at } => Self::Suspended { at: at.millis() },
            TenantEvent::Resumed { at } => Self::Resumed { at: at.millis() },
            TenantEvent::InventorySynced { change, at } => {
                Self::InventorySynced { change: (&**change).into(), at: at.millis() }
            }
            TenantEvent::StoresListed { stores, at } => Self::StoresListed {
                version: stores.version(),
                stores: stores.all().iter().map(StoredStore::from).collect(),
                at: at.millis(),
            },
            TenantEvent::PromotionSet { promotion } if promotion.terms.condition.coupon => {
                Self::CouponPromotionSet((&**promotion).into())
            }
            TenantEvent::PromotionSet { promotion } => Self::PromotionSet((&**promotion).into()),
            TenantEvent::PromotionEnded { promotion, at } => {
                Self::PromotionEnded { promotion: promotion.number(), at: at.millis() }
            }
            TenantEvent::CourierAdvanced { channel, through, at } => Self::CourierAdvanced {
                channel: (*channel).into(),
                through: *through,
                at: at.millis(),
            },
            TenantEvent::Webhook(event) => Self::Webhook(event.into()),
            TenantEvent::TelegramBotSet { bot, at } => {
                Self::TelegramBotSet { bot: Envelope::of_bot(bot), at: at.millis() }
            }
            TenantEvent::Campaign(event) => Self::Campaign(event.into()),
            TenantEvent::PlusKeySet { hash, previous_until, at } => Self::PlusKeySet {
                hash: *hash,
                previous_until: previous_until.millis(),
                at: at.millis(),
            },
        }
    }
}

impl TryFrom<StoredTenantEvent<'_>> for TenantEvent {
    type Error = CodecError;

    fn try_from(stored: StoredTenantEvent<'_>) -> Result<Self, CodecError> {
        Ok(match stored {
            StoredTenantEvent::TenantCreated { tenant, name, at } => Self::TenantCreated {
                tenant: TenantId(tenant),
                name: text(name)?,
                at: instant(at)?,
            },
            StoredTenantEvent::TokenSet { hash, previous_until, at } => {
                Self::TokenSet { hash, previous_until: instant(previous_until)?, at: instant(at)? }
            }
            StoredTenantEvent::SecretSet { secret, previous_until, at } => Self::SecretSet {
                secret: secret.secret()?,
                previous_until: instant(previous_until)?,
                at: instant(at)?,
            },
            StoredTenantEvent::SettingsAdopted { settings, at } => {
                Self::SettingsAdopted { settings: Arc::new(settings.try_into()?), at: instant(at)? }
            }
            StoredTenantEvent::SettingsAdoptedWhole { settings, at } => {
                Self::SettingsAdopted { settings: Arc::new(settings.try_into()?), at: instant(at)? }
            }
            StoredTenantEvent::Suspended { at } => Self::Suspended { at: instant(at)? },
            StoredTenantEvent::Resumed { at } => Self::Resumed { at: instant(at)? },
            StoredTenantEvent::InventorySynced { change, at } => {
                Self::InventorySynced { change: Arc::new(change.try_into()?), at: instant(at)? }
            }
            StoredTenantEvent::StoresListed { version, stores, at } => {
                let stores = all(stores, Store::try_from)?;
                Self::StoresListed {
                    stores: Arc::new(store_catalog(version, stores)?),
                    at: instant(at)?,
                }
            }
            StoredTenantEvent::PromotionSet(promotion) => {
                Self::PromotionSet { promotion: Arc::new(promotion.try_into()?) }
            }
            StoredTenantEvent::CouponPromotionSet(promotion) => {
                let mut promotion: Promotion = promotion.try_into()?;
                promotion.terms.condition.coupon = true;
                Self::PromotionSet { promotion: Arc::new(promotion) }
            }
            StoredTenantEvent::PromotionEnded { promotion, at } => {
                Self::PromotionEnded { promotion: PromotionId(promotion), at: instant(at)? }
            }
            StoredTenantEvent::CourierAdvanced { channel, through, at } => {
                Self::CourierAdvanced { channel: channel.into(), through, at: instant(at)? }
            }
            StoredTenantEvent::Webhook(event) => Self::Webhook(event.try_into()?),
            StoredTenantEvent::TelegramBotSet { bot, at } => {
                Self::TelegramBotSet { bot: bot.bot()?, at: instant(at)? }
            }
            StoredTenantEvent::Campaign(event) => Self::Campaign(event.try_into()?),
            StoredTenantEvent::PlusKeySet { hash, previous_until, at } => Self::PlusKeySet {
                hash,
                previous_until: instant(previous_until)?,
                at: instant(at)?,
            },
        })
    }
}
