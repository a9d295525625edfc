//! What the door asks of the engine and what it gets: one closed enum each, for customers and tenants.

use crate::ledger::{
    AccountFlag, AccountView, Actor, Adjust, CampaignProgress, CardNumber, CommitReserve,
    CourierChannel, CustomerChange, Device, DeviceToken, ExternalId, FeedKind, FullName,
    InventorySync, Item, LoginCode, OperationMark, ProfileChange, PromotionTerms, Quote, Reason,
    Receipt, Redeem, Refund, Refusal, ReleaseReserve, ReserveId, Sell, SettingsDraft, StoreDraft,
    Subscription, TelegramBot, TelegramUser, Tenant, TenantName, WebhookAction, WebhookUrl,
};
use crate::values::{
    Bonus, CustomerId, Money, Phone, PromotionId, ReferralCode, TelegramId, TenantId, TierId,
    Timestamp,
};
use std::sync::Arc;

/// A request that may change an account.
#[derive(Debug, Clone)]
pub struct Order {
    pub tenant: TenantId,
    /// From [`crate::engine::House::stamp`], taken once per request.
    pub at: Timestamp,
    pub actor: Actor,
    /// The caller's Idempotency-Key and what it means; never with what gives out a token.
    pub mark: Option<OperationMark>,
    pub who: Identifier,
    pub wish: Wish,
}

/// How a caller names a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identifier {
    Phone(Phone),
    /// After "+" a phone; otherwise an EAN, then a club card, then a phone (rule 27).
    Text(String),
    Customer(CustomerId),
    /// The customer that this reserve belongs to.
    Reserve(ReserveId),
    Telegram(TelegramId),
}

/// What is wanted of the account.
#[derive(Debug, Clone)]
pub enum Wish {
    Sell(Box<Sell>),
    Redeem(Redeem),
    /// A Bearer token; `who` must be a phone where the customer may have to be created.
    LogIn {
        full_name: Option<FullName>,
        create_if_missing: bool,
        /// Of whoever brought a new customer.
        referral_code: Option<ReferralCode>,
    },
    Adjust(Adjust),
    Block,
    Unblock,
    SetCard(Option<CardNumber>),
    ChangeProfile(Box<ProfileChange>),
    Refund(Box<Refund>),
    SetAside(SetAsideWish),
    CommitReserve(Box<CommitReserve>),
    ReleaseReserve(ReleaseReserve),
    /// A Bearer token for who has the code that was sent to the phone `who`.
    LogInByCode(LoginCode),
    /// A new customer for who has the code that was sent to the phone `who`.
    RegisterByCode {
        code: LoginCode,
        full_name: Option<FullName>,
        referral_code: Option<ReferralCode>,
    },
    /// A Bearer token for a user whom the tenant's bot vouches for; `who` is that user.
    LogInByTelegram(TelegramUser),
    /// The same, where the bot vouches for the phone `who` as well: links both, and creates the customer
    /// where there is none.
    LogInByContact {
        user: TelegramUser,
        full_name: Option<FullName>,
        referral_code: Option<ReferralCode>,
    },
    LinkTelegram(TelegramUser),
    /// A device of another customer leaves that one first.
    RegisterDevice(Device),
    ForgetDevice(DeviceToken),
    /// What a sale would do now; nothing is changed and no id is taken.
    Quote(Box<Sell>),
    /// A tier that stays until it is taken away (`None`).
    SetTier(Option<TierId>),
    /// A referral code for a customer of an earlier release, who has none.
    GiveReferralCode,
    SetFlag {
        flag: AccountFlag,
        on: bool,
    },
    /// Another phone; the one before leads to the customer as long as sales may arrive late.
    ChangePhone {
        phone: Phone,
        reason: Reason,
    },
    /// `who` hands over all they have to another customer, and is a second name of that one.
    Merge {
        into: Identifier,
        reason: Reason,
    },
    /// A new customer whom a shop vouches for; `who` is their phone. One who was archived comes back.
    RegisterCustomer(Box<NewCustomer>),
    ChangeCustomer(Box<CustomerChange>),
    Archive,
    /// Nothing that names the customer stays, in no account that was merged into theirs either.
    Forget {
        reason: Reason,
    },
}

/// A customer about to be.
#[derive(Debug, Clone)]
pub struct NewCustomer {
    pub change: CustomerChange,
    /// Whether they get the welcome bonus, if there is one.
    pub welcome: bool,
    /// Of whoever brought them.
    pub parent: Option<Phone>,
}

/// Bonuses to be set aside.
#[derive(Debug, Clone)]
pub struct SetAsideWish {
    /// `None`: a new reserve, which the house names.
    pub reserve: Option<ReserveId>,
    pub amount: Bonus,
    /// The order they are for, where its limits are to be checked already.
    pub order_total: Option<Money>,
    pub external_id: Option<ExternalId>,
    /// Whether a till of the BonusPlus dialect asks.
    pub by_plus: bool,
}

/// A durable outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// A sale, redemption, adjustment, return or reserve. `repeated`: an Idempotency-Key was seen before, and this is
    /// the first answer again.
    Receipt {
        customer: CustomerId,
        receipt: Receipt,
        repeated: bool,
    },
    LoggedIn {
        token: String,
        created: bool,
        view: Box<AccountView>,
    },
    /// The account after a change that has no receipt.
    Changed(Box<AccountView>),
    /// What a sale of a customer would do.
    Quoted {
        customer: CustomerId,
        quote: Box<Quote>,
    },
}

/// Which part of a list is wanted, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub skip: u64,
    pub limit: usize,
}

/// A part of a list, newest first, and how long the whole list is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub total: u64,
    pub entries: Vec<T>,
}

/// A request that changes a tenant.
#[derive(Debug, Clone)]
pub struct TenantOrder {
    pub at: Timestamp,
    pub actor: Actor,
    pub wish: TenantWish,
}

/// What is wanted of a tenant.
#[derive(Debug, Clone)]
pub enum TenantWish {
    Create {
        name: TenantName,
        settings: Box<SettingsDraft>,
    },
    /// `effective_from` absent: now.
    ChangeSettings {
        tenant: TenantId,
        settings: Box<SettingsDraft>,
        effective_from: Option<Timestamp>,
    },
    RotateToken {
        tenant: TenantId,
        grace_seconds: u32,
    },
    RotateSecret {
        tenant: TenantId,
        grace_seconds: u32,
    },
    Suspend {
        tenant: TenantId,
    },
    Resume {
        tenant: TenantId,
    },
    /// No sku occurs twice.
    SyncInventory {
        tenant: TenantId,
        items: Vec<Item>,
        deactivate_missing: bool,
    },
    ListStores {
        tenant: TenantId,
        stores: Vec<StoreDraft>,
    },
    /// `promotion` absent: a new one.
    SetPromotion {
        tenant: TenantId,
        promotion: Option<PromotionId>,
        terms: Box<PromotionTerms>,
    },
    /// For good.
    EndPromotion {
        tenant: TenantId,
        promotion: PromotionId,
    },
    /// A courier has dealt with the tenant's operations up to its own number `through`.
    AdvanceCourier {
        tenant: TenantId,
        channel: CourierChannel,
        through: u64,
    },
    /// A new webhook; its secret is made by the engine, its deliveries begin now.
    SetWebhook {
        tenant: TenantId,
        url: WebhookUrl,
        kinds: Vec<FeedKind>,
    },
    /// A webhook of the BonusPlus dialect; its deliveries begin now.
    Subscribe {
        tenant: TenantId,
        url: WebhookUrl,
        subscription: Subscription,
    },
    /// A change of a webhook that is there.
    ChangeWebhook {
        tenant: TenantId,
        action: WebhookAction,
    },
    SetTelegramBot {
        tenant: TenantId,
        bot: TelegramBot,
    },
    /// The campaign that synchronisation `sync` began has got on.
    AdvanceCampaign {
        tenant: TenantId,
        sync: u64,
        progress: CampaignProgress,
    },
    RotatePlusKey {
        tenant: TenantId,
        grace_seconds: u32,
    },
}

/// A tenant after a durable change, with the secrets that were made for it: shown once.
#[derive(Debug, Clone)]
pub struct TenantDone {
    pub tenant: Arc<Tenant>,
    /// 64 characters.
    pub token: Option<String>,
    pub secret: Option<String>,
    /// The key of the BonusPlus dialect.
    pub plus_key: Option<String>,
    /// What a synchronisation of the inventory did.
    pub synced: Option<InventorySync>,
}

impl Identifier {
    /// The refusal where it leads to nobody.
    pub(super) fn not_found(&self) -> Refusal {
        match self {
            Self::Reserve(_) => Refusal::ReserveNotFound,
            Self::Phone(_) | Self::Text(_) | Self::Customer(_) | Self::Telegram(_) => {
                Refusal::CustomerNotFound
            }
        }
    }
}
