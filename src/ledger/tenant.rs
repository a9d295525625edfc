//! A tenant: a chain of shops with its token, signing secret and settings, changed by events as well.

use crate::ledger::campaign::{Campaign, CampaignProgress};
use crate::ledger::command::TokenHash;
use crate::ledger::courier::{CourierChannel, CourierCursors};
use crate::ledger::event::TenantEvent;
use crate::ledger::inventory::{Inventory, InventorySync, Item};
use crate::ledger::plus_key::PlusKey;
use crate::ledger::promotion::PromotionTerms;
use crate::ledger::promotions::Promotions;
use crate::ledger::refusal::Refusal;
use crate::ledger::rules::overstock_push;
use crate::ledger::settings::{SettingsDraft, SettingsHistory, adopt};
use crate::ledger::store::{StoreCatalog, StoreDraft};
use crate::ledger::telegram::TelegramBot;
use crate::ledger::webhook::{WebhookAction, Webhooks};
use crate::values::{PromotionId, TenantId, Text, Timestamp, same_secret};
use std::fmt;
use std::sync::Arc;

pub type TenantName = Text<255>;

/// The secret a partner signs with. Kept as it is, since it must sign; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PartnerSecret(Box<str>);

/// A tenant as its events made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    pub id: TenantId,
    pub name: TenantName,
    pub created_at: Timestamp,
    pub suspended: bool,
    pub token: TokenHash,
    /// The token before, and until when it is good.
    pub previous_token: Option<(TokenHash, Timestamp)>,
    pub secret: PartnerSecret,
    /// The secret before, and until when it is good.
    pub previous_secret: Option<(PartnerSecret, Timestamp)>,
    pub settings: Arc<SettingsHistory>,
    pub inventory: Arc<Inventory>,
    pub stores: Arc<StoreCatalog>,
    pub promotions: Arc<Promotions>,
    pub couriers: CourierCursors,
    pub webhooks: Webhooks,
    pub telegram: Option<TelegramBot>,
    /// Who is told of goods that lie on the shelf too long, and how far that has got.
    pub campaign: Option<Campaign>,
    /// `None`: the tenant was created before there was a BonusPlus dialect, and has asked for no key.
    pub plus_key: Option<PlusKey>,
}

/// What is asked of a tenant.
#[derive(Debug, Clone)]
pub struct TenantCommand {
    pub now: Timestamp,
    pub action: TenantAction,
}

/// The closed list of what is done to a tenant.
#[derive(Debug, Clone)]
pub enum TenantAction {
    Create {
        tenant: TenantId,
        name: TenantName,
        token: TokenHash,
        secret: PartnerSecret,
        settings: Box<SettingsDraft>,
        plus_key: TokenHash,
    },
    /// `effective_from` absent: now.
    ChangeSettings {
        settings: Box<SettingsDraft>,
        effective_from: Option<Timestamp>,
    },
    RotateToken {
        token: TokenHash,
        grace_seconds: u32,
    },
    RotateSecret {
        secret: PartnerSecret,
        grace_seconds: u32,
    },
    Suspend,
    Resume,
    /// No sku occurs twice.
    SyncInventory {
        items: Vec<Item>,
        deactivate_missing: bool,
    },
    /// The open stores, whole.
    ListStores {
        stores: Vec<StoreDraft>,
    },
    /// `promotion` absent: a new one.
    SetPromotion {
        promotion: Option<PromotionId>,
        terms: Box<PromotionTerms>,
    },
    EndPromotion {
        promotion: PromotionId,
    },
    AdvanceCourier {
        channel: CourierChannel,
        through: u64,
    },
    Webhook(WebhookAction),
    SetTelegramBot(TelegramBot),
    /// The campaign that a synchronisation began has got on.
    AdvanceCampaign {
        sync: u64,
        progress: CampaignProgress,
    },
    RotatePlusKey {
        key: TokenHash,
        grace_seconds: u32,
    },
}

/// What a command did to a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantStep {
    pub tenant: Tenant,
    pub events: Vec<TenantEvent>,
    /// What a synchronisation of the inventory did.
    pub synced: Option<InventorySync>,
}

impl PartnerSecret {
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The bytes that sign.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PartnerSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PartnerSecret(..)")
    }
}

/// Runs a command against a tenant (`None`: it does not exist yet).
///
/// # Errors
/// The refusal; nothing was changed.
#[expect(clippy::too_many_lines, reason = "a table with a row for each of a closed list")]
pub fn step_tenant(
    tenant: Option<&Tenant>,
    command: &TenantCommand,
) -> Result<TenantStep, Refusal> {
    let at = command.now;
    let known = || tenant.ok_or(Refusal::TenantNotFound);
    let until = |grace_seconds: u32| at.plus_seconds(i64::from(grace_seconds));
    let mut synced = None;
    let events = match &command.action {
        TenantAction::Create { tenant, name, token, secret, settings, plus_key } => {
            let made = TenantEvent::TenantCreated { tenant: *tenant, name: name.clone(), at };
            let mut events = create(made, *token, secret, settings, at)?;
            events.push(TenantEvent::PlusKeySet { hash: *plus_key, previous_until: at, at });
            events
        }
        TenantAction::ChangeSettings { settings, effective_from } => {
            let from = effective_from.unwrap_or(at);
            vec![change_settings(&known()?.settings, settings, from, at)?]
        }
        TenantAction::RotateToken { token, grace_seconds } => {
            known()?;
            vec![TenantEvent::TokenSet { hash: *token, previous_until: until(*grace_seconds), at }]
        }
        TenantAction::RotateSecret { secret, grace_seconds } => {
            known()?;
            vec![TenantEvent::SecretSet {
                secret: secret.clone(),
                previous_until: until(*grace_seconds),
                at,
            }]
        }
        TenantAction::Suspend if known()?.suspended => Vec::new(),
        TenantAction::Suspend => vec![TenantEvent::Suspended { at }],
        TenantAction::Resume if !known()?.suspended => Vec::new(),
        TenantAction::Resume => vec![TenantEvent::Resumed { at }],
        TenantAction::SyncInventory { items, deactivate_missing } => {
            let (change, sync) = known()?.inventory.sync(items, *deactivate_missing)?;
            synced = Some(sync);
            let news = !change.is_empty();
            let change = Arc::new(change);
            news.then_some(TenantEvent::InventorySynced { change, at }).into_iter().collect()
        }
        TenantAction::ListStores { stores } => {
            let listed = known()?.stores.revised(stores)?;
            let event = |stores| TenantEvent::StoresListed { stores: Arc::new(stores), at };
            listed.map(event).into_iter().collect()
        }
        TenantAction::SetPromotion { promotion, terms } => {
            let next = known()?.promotions.next(*promotion, (**terms).clone(), at)?;
            vec![TenantEvent::PromotionSet { promotion: Arc::new(next) }]
        }
        TenantAction::EndPromotion { promotion } => {
            let course = known()?.promotions.course(*promotion);
            match course.ok_or(Refusal::PromotionNotFound)?.ended_at {
                Some(_) => Vec::new(),
                None => vec![TenantEvent::PromotionEnded { promotion: *promotion, at }],
            }
        }
        TenantAction::AdvanceCourier { channel, through } => {
            known()?.couriers.decide(*channel, *through, at)
        }
        TenantAction::Webhook(action) => known()?.webhooks.decide(action, at)?,
        TenantAction::SetTelegramBot(bot) if known()?.telegram.as_ref() == Some(bot) => Vec::new(),
        TenantAction::SetTelegramBot(bot) => {
            vec![TenantEvent::TelegramBotSet { bot: bot.clone(), at }]
        }
        TenantAction::AdvanceCampaign { sync, progress } => {
            Campaign::decide(known()?.campaign.as_ref(), *sync, *progress, at)
        }
        TenantAction::RotatePlusKey { key, grace_seconds } => {
            known()?;
            vec![TenantEvent::PlusKeySet { hash: *key, previous_until: until(*grace_seconds), at }]
        }
    };
    let stepped = Tenant::fold(tenant.cloned(), &events).ok_or(Refusal::TenantNotFound)?;
    Ok(follow_up(tenant, TenantStep { tenant: stepped, events, synced }, at))
}

/// What a synchronisation of the inventory leads to.
fn follow_up(before: Option<&Tenant>, mut step: TenantStep, at: Timestamp) -> TenantStep {
    let Some(before) = before.filter(|_| step.synced.is_some() && !step.events.is_empty()) else {
        return step;
    };
    if let Some(begun) = overstock_push::begin(&before.inventory, &step.tenant, at) {
        Campaign::apply(&mut step.tenant.campaign, &begun);
        step.events.push(TenantEvent::Campaign(begun));
    }
    step
}

fn create(
    made: TenantEvent,
    token: TokenHash,
    secret: &PartnerSecret,
    settings: &SettingsDraft,
    at: Timestamp,
) -> Result<Vec<TenantEvent>, Refusal> {
    let settings = Arc::new(adopt(settings.clone(), None, at)?);
    Ok(vec![
        made,
        TenantEvent::TokenSet { hash: token, previous_until: at, at },
        TenantEvent::SecretSet { secret: secret.clone(), previous_until: at, at },
        TenantEvent::SettingsAdopted { settings, at },
    ])
}

fn change_settings(
    history: &SettingsHistory,
    settings: &SettingsDraft,
    from: Timestamp,
    at: Timestamp,
) -> Result<TenantEvent, Refusal> {
    if from < at {
        return Err(Refusal::EffectiveFromInThePast);
    }
    let settings = Arc::new(adopt(settings.clone(), Some(history), from)?);
    Ok(TenantEvent::SettingsAdopted { settings, at })
}

impl Tenant {
    /// Takes events in, one after the other; `None` if they do not begin with a creation.
    #[must_use]
    pub fn fold(tenant: Option<Self>, events: &[TenantEvent]) -> Option<Self> {
        let mut folded = tenant;
        for event in events {
            folded = match folded {
                Some(mut tenant) => {
                    tenant.apply(event);
                    Some(tenant)
                }
                None => Some(Self::created(events)?),
            };
        }
        folded
    }

    /// The first four events create a tenant together: it has never been without any of them.
    fn created(events: &[TenantEvent]) -> Option<Self> {
        let [
            TenantEvent::TenantCreated { tenant, name, at },
            TenantEvent::TokenSet { hash, .. },
            TenantEvent::SecretSet { secret, .. },
            TenantEvent::SettingsAdopted { settings, .. },
            ..,
        ] = events
        else {
            return None;
        };
        Some(Self {
            id: *tenant,
            name: name.clone(),
            created_at: *at,
            suspended: false,
            token: *hash,
            previous_token: None,
            secret: secret.clone(),
            previous_secret: None,
            settings: Arc::new(SettingsHistory::new(Arc::clone(settings))),
            inventory: Arc::default(),
            stores: Arc::default(),
            promotions: Arc::default(),
            couriers: CourierCursors::default(),
            webhooks: Webhooks::default(),
            telegram: None,
            campaign: None,
            plus_key: None,
        })
    }

    fn apply(&mut self, event: &TenantEvent) {
        match event {
            TenantEvent::TenantCreated { .. } => {}
            TenantEvent::TokenSet { hash, previous_until, .. } => {
                if *hash != self.token {
                    self.previous_token = Some((self.token, *previous_until));
                    self.token = *hash;
                }
            }
            TenantEvent::SecretSet { secret, previous_until, .. } => {
                if *secret != self.secret {
                    let before = std::mem::replace(&mut self.secret, secret.clone());
                    self.previous_secret = Some((before, *previous_until));
                }
            }
            TenantEvent::SettingsAdopted { settings, .. } => {
                let known =
                    self.settings.versions().iter().any(|one| one.version == settings.version);
                if !known {
                    self.settings = Arc::new(self.settings.with(Arc::clone(settings)));
                }
            }
            TenantEvent::Suspended { .. } => self.suspended = true,
            TenantEvent::Resumed { .. } => self.suspended = false,
            TenantEvent::InventorySynced { change, .. } => {
                Arc::make_mut(&mut self.inventory).apply(change);
            }
            TenantEvent::StoresListed { stores, .. } => self.stores = Arc::clone(stores),
            TenantEvent::PromotionSet { promotion } => {
                Arc::make_mut(&mut self.promotions).set(promotion);
            }
            TenantEvent::PromotionEnded { promotion, at } => {
                Arc::make_mut(&mut self.promotions).end(*promotion, *at);
            }
            TenantEvent::CourierAdvanced { channel, through, .. } => {
                self.couriers.advance(*channel, *through);
            }
            TenantEvent::Webhook(event) => self.webhooks.apply(event),
            TenantEvent::TelegramBotSet { bot, .. } => self.telegram = Some(bot.clone()),
            TenantEvent::Campaign(event) => Campaign::apply(&mut self.campaign, event),
            TenantEvent::PlusKeySet { hash, previous_until, .. } => {
                self.plus_key = Some(PlusKey::set(self.plus_key, *hash, *previous_until));
            }
        }
    }

    /// Whether a token with this hash is good at `now`.
    #[must_use]
    pub fn accepts_token(&self, hash: &TokenHash, now: Timestamp) -> bool {
        let before = self.previous_token.as_ref().filter(|(_, until)| now < *until);
        same_secret(&self.token, hash)
            || before.is_some_and(|(before, _)| same_secret(before, hash))
    }
}
