//! What happened, in the past tense, with every figure inside: `apply` never computes one.

use crate::ledger::account::Profile;
use crate::ledger::birthday::Birthday;
use crate::ledger::campaign::CampaignEvent;
use crate::ledger::command::{CardNumber, Reason, TokenHash};
use crate::ledger::courier::CourierChannel;
use crate::ledger::device::{Device, DeviceToken};
use crate::ledger::expired::ExpiryRevert;
use crate::ledger::former_phone::PhoneMark;
use crate::ledger::gift::Forfeit;
use crate::ledger::guard::AccountFlag;
use crate::ledger::import::ImportEvent;
use crate::ledger::inventory::InventoryChange;
use crate::ledger::lot::{LotOrigin, Pool, Slice};
use crate::ledger::merge::{MergedIn, MergedOut};
use crate::ledger::person::PersonEvent;
use crate::ledger::promotion::Promotion;
use crate::ledger::referral::ReferralEvent;
use crate::ledger::reserve::{RecordedReserve, ReserveRelease};
use crate::ledger::returned::RecordedReturn;
use crate::ledger::sale::{RecordedRedemption, RecordedSale};
use crate::ledger::settings::Settings;
use crate::ledger::standing::TierEvent;
use crate::ledger::store::StoreCatalog;
use crate::ledger::tally::{DayCount, LimitsGivenBack};
use crate::ledger::telegram::{TelegramBot, TelegramUser};
use crate::ledger::tenant::{PartnerSecret, TenantName};
use crate::ledger::webhook::WebhookEvent;
use crate::values::{
    Balance, Bonus, CustomerId, LotId, Phone, PromotionId, SaleId, TenantId, Timestamp, TokenId,
    TransactionId,
};
use std::sync::Arc;

/// Something that happened to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountEvent {
    AccountOpened {
        customer: CustomerId,
        at: Timestamp,
    },
    /// Personal.
    PhoneAssigned {
        phone: Phone,
    },
    /// Personal. `None`: the card was taken away.
    CardAssigned {
        card: Option<CardNumber>,
    },
    /// Personal.
    ProfileChanged(Box<Profile>),
    TokenIssued {
        token: TokenId,
        hash: TokenHash,
        at: Timestamp,
    },
    TokenRevoked {
        token: TokenId,
        at: Timestamp,
    },
    Blocked {
        at: Timestamp,
    },
    Unblocked {
        at: Timestamp,
    },
    Credited(Credit),
    /// A held lot became spendable; part of it may have paid debt.
    LotActivated {
        lot: LotId,
        amount: Bonus,
        debt_paid: Bonus,
        at: Timestamp,
    },
    LotExpired {
        transaction: TransactionId,
        lot: LotId,
        amount: Bonus,
        at: Timestamp,
    },
    Debited(Debit),
    /// Shared with whoever is told of it.
    SaleRecorded(Arc<RecordedSale>),
    RedemptionRecorded(Box<RecordedRedemption>),
    AdjustmentRecorded {
        transaction: TransactionId,
        amount: Balance,
        reason: Reason,
        balance_after: Balance,
    },
    /// What a command adds to the sums of a local day that limits count.
    DayCounted(DayCount),
    ClawedBack(Box<Clawback>),
    Restored(Box<Restoration>),
    ReturnRecorded(Box<RecordedReturn>),
    /// Value was set aside for a checkout.
    Reserved(Box<RecordedReserve>),
    ReserveReleased(Box<ReserveRelease>),
    /// A lot's end came while so much of it was covered: that much is kept.
    LotKept {
        lot: LotId,
        amount: Bonus,
        at: Timestamp,
    },
    ExpiryReverted(ExpiryRevert),
    /// What a reserve released paid debt.
    DebtPaid {
        draws: Vec<Draw>,
        at: Timestamp,
    },
    /// There is debt that will be written off.
    DebtDated {
        write_off_at: Timestamp,
        at: Timestamp,
    },
    DebtWrittenOff {
        transaction: TransactionId,
        amount: Bonus,
        at: Timestamp,
    },
    /// Personal.
    TelegramLinked(Box<TelegramUser>),
    /// Personal. Known before: it becomes the newest.
    DeviceRegistered(Device),
    /// Personal.
    DeviceForgotten {
        token: DeviceToken,
    },
    Referral(ReferralEvent),
    Tier(TierEvent),
    /// Personal. `None`: the birth date is not known any more.
    BirthdayAwaited(Option<Birthday>),
    /// The customer is told, once, that so much expires soon.
    ExpiryNoticed {
        amount: Bonus,
        expires_at: Timestamp,
        at: Timestamp,
    },
    /// What a referral had paid goes back.
    RewardTakenBack(TakenBack),
    /// A return makes room again under limits that its sale had counted against.
    LimitsGivenBack(LimitsGivenBack),
    /// The customer is told, once for a synchronisation of the inventory, of a promotion on what lies
    /// on the shelf too long.
    OverstockNoticed {
        promotion: PromotionId,
        /// Which synchronisation it was.
        sync: u64,
        at: Timestamp,
    },
    /// An operator says something of the customer, or takes it back.
    FlagSet {
        flag: AccountFlag,
        on: bool,
        at: Timestamp,
    },
    /// Personal. The phone leads here until then, and can be registered again from then on.
    PhoneRetired {
        phone: Phone,
        until: Timestamp,
        /// Absent where it came with another account.
        reason: Option<Reason>,
    },
    /// The customer got a phone, or gives one up that was not remembered when they got it. Whoever gets it later is
    /// given nothing that a phone gets once.
    PhoneMarked {
        mark: PhoneMark,
    },
    MergedOut(MergedOut),
    MergedIn(Box<MergedIn>),
    /// What was left of a gift goes, as a larger one of the same kind took its place; or of every lot, as
    /// its customer is forgotten.
    GiftForfeited(Forfeit),
    /// Personal where it says something about a person.
    Person(PersonEvent),
    Import(ImportEvent),
    /// The customer was forgotten: what named them is gone, and nothing leads here any more. The last
    /// event that can be personal comes before it.
    Forgotten {
        reason: Reason,
        at: Timestamp,
    },
}

impl AccountEvent {
    /// Whether it comes of taking over what an old system knew.
    #[must_use]
    pub const fn is_import(&self) -> bool {
        matches!(self, Self::Import(_))
    }
}

/// What a credit was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreditKind {
    Accrual,
    Welcome,
    Adjust,
    Birthday,
    ReferralInviter,
    ReferralInvitee,
    /// An opening balance of an old system.
    Import,
}

/// A new lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    pub transaction: TransactionId,
    pub kind: CreditKind,
    pub lot: LotId,
    pub origin: LotOrigin,
    pub pool: Pool,
    pub amount: Bonus,
    /// What of `amount` paid an open debt at once and never entered the lot.
    pub debt_paid: Bonus,
    /// Whether the lot waits for `activates_at`; else it was spendable at once.
    pub held: bool,
    pub activates_at: Timestamp,
    /// The first instant at which the lot can no longer be spent.
    pub expires_at: Option<Timestamp>,
    pub at: Timestamp,
}

/// What a debit was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DebitKind {
    Redeem,
    Adjust,
}

/// Bonuses taken, with the slices they were drawn from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debit {
    pub transaction: TransactionId,
    pub kind: DebitKind,
    pub sale: Option<SaleId>,
    pub amount: Bonus,
    pub draws: Vec<Draw>,
    /// What no lot covered.
    pub debt: Bonus,
    pub at: Timestamp,
}

/// A slice of a lot that a debit took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    pub lot: LotId,
    pub amount: Bonus,
}

/// Bonuses taken back because the sale that earned them was returned (rule 24).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clawback {
    pub transaction: TransactionId,
    /// The sale that earned them.
    pub sale: SaleId,
    pub amount: Bonus,
    /// Active and held lots alike.
    pub draws: Vec<Slice>,
    /// What no lot covered.
    pub debt: Bonus,
    /// What no lot covered and was let go, beyond `amount`.
    pub let_go: Bonus,
    /// What of `amount` was let go before.
    pub recovered: Bonus,
    pub at: Timestamp,
}

/// Bonuses given back because the sale that had redeemed them was returned (rule 24).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restoration {
    pub transaction: TransactionId,
    /// The sale that had redeemed them.
    pub sale: SaleId,
    pub amount: Bonus,
    /// What of `amount` paid an open debt at once.
    pub debt_paid: Bonus,
    /// Where the others went; a lot that is gone is made again, one that was put off is a new one.
    pub parts: Vec<Slice>,
    /// What went to lots that had paid an earlier clawback.
    pub redirected: Vec<Redirect>,
    pub at: Timestamp,
}

/// A part of a restoration that went to a lot which had paid for the return of its own sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redirect {
    /// The returned sale.
    pub sale: SaleId,
    /// The lot that had paid.
    pub lot: LotId,
    pub amount: Bonus,
}
/// Bonuses taken back, with the slices they were drawn from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    pub transaction: TransactionId,
    pub amount: Bonus,
    pub draws: Vec<LotDraw>,
    /// What no lot covered.
    pub debt: Bonus,
    pub at: Timestamp,
}

/// A slice of a lot that may still be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LotDraw {
    pub lot: LotId,
    pub amount: Bonus,
    pub held: bool,
}

/// Something that happened to a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantEvent {
    TenantCreated {
        tenant: TenantId,
        name: TenantName,
        at: Timestamp,
    },
    /// The API token changed; the one before is good until `previous_until`.
    TokenSet {
        hash: TokenHash,
        previous_until: Timestamp,
        at: Timestamp,
    },
    /// The signing secret changed; the one before is good until `previous_until`.
    SecretSet {
        secret: PartnerSecret,
        previous_until: Timestamp,
        at: Timestamp,
    },
    SettingsAdopted {
        settings: Arc<Settings>,
        at: Timestamp,
    },
    Suspended {
        at: Timestamp,
    },
    Resumed {
        at: Timestamp,
    },
    InventorySynced {
        change: Arc<InventoryChange>,
        at: Timestamp,
    },
    /// The stores were listed anew.
    StoresListed {
        stores: Arc<StoreCatalog>,
        at: Timestamp,
    },
    /// A new promotion, or a new version of one.
    PromotionSet {
        promotion: Arc<Promotion>,
    },
    /// A promotion is over for good.
    PromotionEnded {
        promotion: PromotionId,
        at: Timestamp,
    },
    /// All messages of the tenant's operations up to its own number `through` are dealt with.
    CourierAdvanced {
        channel: CourierChannel,
        through: u64,
        at: Timestamp,
    },
    Webhook(WebhookEvent),
    TelegramBotSet {
        bot: TelegramBot,
        at: Timestamp,
    },
    Campaign(CampaignEvent),
    /// The key of the BonusPlus dialect changed; the one before is good until `previous_until`.
    PlusKeySet {
        hash: TokenHash,
        previous_until: Timestamp,
        at: Timestamp,
    },
}
