//! What may happen: pure functions from (state, command) to events, a refusal or a receipt.
//!
//! Knows no thread, clock, disk, JSON, chance or async. `decide/` holds one file per action,
//! `rules/` one file per bonus rule; only `apply` changes a state.
#![warn(clippy::arithmetic_side_effects)]

mod abuse;
mod account;
mod account_changes;
mod account_forget;
mod account_merges;
mod account_returns;
#[cfg(test)]
mod account_tests;
mod birthday;
pub mod books;
mod calendar;
mod campaign;
mod category_rules;
mod command;
mod courier;
mod decide;
mod device;
mod event;
mod expired;
mod facts;
mod feed_kind;
mod forget;
mod former_phone;
mod gift;
mod guard;
mod import;
pub mod invariants;
mod inventory;
mod liability;
#[cfg(test)]
mod liability_tests;
mod login;
mod login_code;
mod lot;
mod merge;
#[cfg(test)]
mod model;
mod open_lots;
mod operator;
mod person;
mod plus_key;
mod policy;
mod posting;
mod promotion;
mod promotions;
mod quote;
#[cfg(test)]
mod quote_tests;
mod rates;
mod receipt;
mod referral;
mod refund;
mod refusal;
mod refusal_field;
mod reserve;
mod retail;
mod returnable;
mod returned;
mod row;
mod rules;
mod sale;
mod settings;
#[cfg(test)]
mod settings_tests;
mod standing;
mod step;
mod store;
mod subscription;
mod tally;
mod telegram;
mod tenant;
#[cfg(test)]
mod tenant_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod testing_merges;
#[cfg(test)]
mod testing_reserves;
#[cfg(test)]
mod testing_returns;
#[cfg(test)]
mod testing_sales;
#[cfg(test)]
mod testing_vouchers;
#[cfg(test)]
mod told;
mod trail;
mod turnover;
mod view;
mod voucher;
mod webhook;
#[cfg(test)]
mod webhook_tests;
mod zoned;

pub use abuse::{
    AbuseFigures, AbuseFold, AbuseQuestion, AbuseReport, BUSY_CARDS_MAX, BusyCard, REPORT_DAYS_MAX,
    REPORT_ROWS_MAX, ReportBy,
};
pub use account::{Account, CLAWED_MAX, OverstockNotice, Profile, TOKENS_PER_CUSTOMER_MAX, Token};
pub use birthday::Birthday;
pub use calendar::{LocalTime, end_of_day, local_instant, start_of_day};
pub use campaign::{
    CAMPAIGN_CATEGORIES_MAX, CAMPAIGN_PROMOTIONS_MAX, Campaign, CampaignEvent, CampaignProgress,
    CampaignTarget,
};
pub use category_rules::{CategoryEffect, CategoryRule, CategoryRules, Goods};
pub use command::{
    Action, Actor, Adjust, Authenticate, BusinessTime, CardNumber, CashierName, Change, Command,
    CommitReserve, ExternalId, FullName, Gender, LineInput, LookUp, NewToken, OperationMark,
    OverstockOffer, PaymentMethod, PhoneChange, PointOfSale, ProfileChange, Reason, ReceiptNumber,
    Redeem, RedeemMode, Register, ReleaseReserve, Sell, SetAside, StoreName, TokenHash,
};
pub use courier::{CourierChannel, CourierCursors};
pub use device::{DEVICES_PER_CUSTOMER_MAX, Device, DeviceToken, Platform};
pub use event::{
    AccountEvent, Clawback, Credit, CreditKind, Debit, DebitKind, Draw, LotDraw, Redirect,
    Restoration, TakenBack, TenantEvent,
};
pub use expired::{EXPIRED_SLICES_MAX, ExpiredSlice, ExpiryRevert};
pub use facts::{Facts, IdBlock, IdsNeeded, Past, PastWindow, PromotionFacts, RedemptionFact};
pub use feed_kind::FeedKind;
pub use forget::Forget;
pub use former_phone::{FORMER_PHONES_MAX, FormerPhone, PhoneMark, kept_phone};
pub use gift::{Forfeit, Gift, Gifts};
pub use guard::{
    AccountFlag, Confirmation, ExternalIdScope, GuardRules, OnSuspicion, code_to_prove, proved,
};
pub use import::{
    BatchKey, BatchName, Carried, IMPORT_LOTS_MAX, IMPORT_ROWS_MAX, ImportCustomer, ImportEvent,
    ImportReversal, ImportSale, ImportedLot, LotEnd, Newcomer, OpeningLot, RowKey,
};
pub use inventory::{
    INVENTORY_ITEMS_MAX, InterestTag, Inventory, InventoryChange, InventorySync, Item,
    SYNC_ITEMS_MAX, Sku,
};
pub use liability::{LiabilityAges, LiabilityFold, LiabilityLine, LotAge, Movements, add_ages};
pub use login::{
    Attempt, CODE_ATTEMPTS_MAX, CODE_SECONDS, CODES_PER_DAY_MAX, CODES_PER_HOUR_MAX, CodeNonce,
    Login, LoginEvent, LoginMisfit, LoginStep, RESEND_SECONDS, SentCode,
};
pub use login_code::{CODE_DIGITS, LoginCode, NotLoginCode};
pub use lot::{Kept, Lot, LotOrigin, Pool, Slice};
pub use merge::{Estate, Merge, MergedIn, MergedOut, MovedParts, MovedReferral};
pub use open_lots::{LotIter, OpenLots};
pub use operator::{
    ActingAs, ActingName, KnownOperator, OPERATORS_MAX, Operator, OperatorChange, OperatorEvent,
    OperatorName, OperatorRefusal, Operators, RequestId, Role,
};
pub use person::{
    CustomerChange, LongRemark, Membership, NamePart, PERSON_ENTRIES_MAX, Person, PersonChange,
    PersonEvent, Relative, Remark, Sex, SignificantDate,
};
pub use plus_key::PlusKey;
pub use policy::{
    BirthdayRules, Brand, DailyLimits, DebtRules, ExtUnique, LateRules, NoticeRules, OfflineDebit,
    OverstockRules, PlusRules, Policy, PromotionRules, ReferralRules, RegressRules, ReserveRules,
    RetailRules, ReturnDebt, ReturnRules, SupportRules, UnknownCustomer,
};
pub use posting::{CommandKind, Posting};
pub use promotion::{
    CONDITION_ENTRIES_MAX, CategoryCode, Promotion, PromotionCondition, PromotionKind,
    PromotionLimits, PromotionRef, PromotionReward, PromotionTerms,
};
pub use promotions::{Course, PROMOTION_VERSIONS_MAX, PROMOTIONS_MAX, Promotions};
pub use quote::{EarnReason, LineReasons, Quote, RedeemReason, Spendable, quote};
pub use rates::RateRules;
pub use receipt::{
    AdjustmentReceipt, CommitReceipt, MergeReceipt, Receipt, ReleaseReceipt, receipt_of,
};
pub use referral::{Completion, Referral, ReferralEvent, ReferralMessage, ReferralNews, Reward};
pub use refund::{Extent, LineName, LineReturn, Portion, Refund, SaleName};
pub use refusal::Refusal;
pub use reserve::{
    RELEASED_GRACE_SECONDS, RESERVES_PER_CUSTOMER_MAX, RecordedReserve, ReleaseReason, Reserve,
    ReserveId, ReserveRelease,
};
pub use retail::{
    Dialect, ExtUse, ItemExt, ItemLabel, RetailItem, RetailSale, SaleNote, SellMode, TAGS_MAX,
};
pub use returnable::{Counted, Returnable, SaleHistory};
pub use returned::{Clawed, RecordedReturn, ReturnedPart, Shares};
pub use row::{Row, RowKind, SaleFigures, tell_sale_figures};
pub use rules::business_time::{
    AHEAD_MAX_SECONDS, LATE_AFTER_SECONDS, instant as business_instant,
};
pub use rules::earn::{AccrualCap, AccrualTerms, Unrounded};
pub use rules::item_net::item_net;
pub use rules::notice::next_notice;
pub use rules::overstock_push::{is_concerned, is_time_to_tell};
pub use rules::spend_cap::{RedeemBound, RedeemLimit};
pub use rules::tier::TierProjection;
pub use sale::{
    LINES_MAX, PromotedLine, RecordedLine, RecordedRedemption, RecordedSale, SaleKind, SaleRecord,
    SaleRow, Split,
};
pub use settings::{
    AccrualStep, Days, HoldFrom, PaymentTypeWithoutGross, Settings, SettingsDraft, SettingsHistory,
    SignaturePath, Tier, TierDraft,
};
pub use standing::{ManualTier, SPENDINGS_MAX, Spending, Standing, TierEvent};
pub use step::{Step, StepError, ids_needed, needs_past, needs_returned, permits_wanted, step};
pub use store::{STORES_MAX, Store, StoreAddress, StoreCatalog, StoreDraft};
pub use subscription::{
    AUTHORIZATION_MAX, Authorization, Subscription, SubscriptionContentType, SubscriptionMethod,
};
pub use tally::{CouponUses, DayCount, LimitsGivenBack, PromotionUses, Tallies};
pub use telegram::{BotToken, TelegramBot, TelegramName, TelegramUser};
pub use tenant::{
    PartnerSecret, Tenant, TenantAction, TenantCommand, TenantName, TenantStep, step_tenant,
};
pub use trail::{TrailStep, Trailed, trail_of};
pub use turnover::Turnover;
pub use view::{AccountView, LoyaltyView, settled_ahead, view};
pub use voucher::{
    Coupon, CouponEvent, CouponStatus, CouponTerms, GiftCard, GiftCardChange, GiftCardEvent,
    GiftCardStatus, GiftCardTerms, GiftPart, HeldVouchers, UsedCoupon, VOUCHERS_PER_SALE_MAX,
    Voucher, VoucherCode, VoucherCodeError, VoucherEvent, VoucherKind, VoucherMisfit, VoucherStep,
};
pub use webhook::{
    Skipped, WEBHOOKS_PER_TENANT_MAX, Webhook, WebhookAction, WebhookEvent, WebhookManner,
    WebhookPause, WebhookUrl, Webhooks, wants,
};
pub use zoned::ZonedInstant;

/// The settings of the contract's examples, for tests of other rooms.
#[cfg(test)]
pub(crate) fn sample_settings() -> SettingsDraft {
    settings::tests::draft()
}
