//! What may happen: pure functions from (state, command) to events, a refusal or a receipt.
//!
//! Knows no thread, clock, disk, JSON, chance or async. `decide/` holds one file per action,
//! `rules/` one file per bonus rule; only `apply` changes a state.
#![warn(clippy::arithmetic_side_effects)]

mod account;
#[cfg(test)]
mod account_tests;
mod birthday;
pub mod books;
mod calendar;
mod command;
mod decide;
mod event;
pub mod invariants;
mod lot;
#[cfg(test)]
mod model;
mod policy;
mod receipt;
mod referral;
mod refusal;
mod row;
mod rules;
mod sale;
mod settings;
#[cfg(test)]
mod settings_tests;
mod standing;
mod step;
#[cfg(test)]
mod telling;
mod tenant;
#[cfg(test)]
mod testing;
mod view;

pub use account::{Account, Profile, TOKENS_PER_CUSTOMER_MAX, Token};
pub use birthday::Birthday;
pub use calendar::LocalTime;
pub use command::{
    Action, Actor, Adjust, Authenticate, BusinessTime, CardNumber, CashierName, Command,
    ExternalId, Facts, FullName, IdBlock, IdsNeeded, LineInput, LookUp, NewToken, OperationMark,
    Past, PaymentMethod, PointOfSale, Reason, ReceiptNumber, Redeem, RedeemMode, RedemptionFact,
    Register, Sell, StoreName, TokenHash,
};
pub use event::{
    AccountEvent, Credit, CreditKind, Debit, DebitKind, Draw, LotDraw, TakenBack, TenantEvent,
};
pub use lot::{Lot, LotOrigin, Pool};
pub use policy::{
    BirthdayRules, Brand, DailyLimits, DebtRules, ExternalIdScope, GuardRules, LateRules,
    NoticeRules, OfflineDebit, Policy, PromotionRules, ReferralRules, RegressRules, ReserveRules,
    ReturnDebt, ReturnRules,
};
pub use receipt::{AdjustmentReceipt, Receipt, receipt_of};
pub use referral::{Completion, Referral, ReferralEvent, ReferralMessage, ReferralNews, Reward};
pub use refusal::Refusal;
pub use row::{Row, RowKind};
pub use rules::business_time::{AHEAD_MAX_SECONDS, LATE_AFTER_SECONDS};
pub use rules::notice::next_notice;
pub use rules::tier::TierProjection;
pub use sale::{
    LINES_MAX, RecordedLine, RecordedRedemption, RecordedSale, SaleKind, SaleRow, Split,
};
pub use settings::{
    AccrualStep, Days, HoldFrom, PaymentTypeWithoutGross, Settings, SettingsDraft, SettingsHistory,
    SignaturePath, Tier, TierDraft,
};
pub use standing::{ManualTier, SPENDINGS_MAX, Spending, Standing, TierEvent};
pub use step::{Step, StepError, ids_needed, needs_past, step};
pub use tenant::{
    PartnerSecret, Tenant, TenantAction, TenantCommand, TenantName, TenantStep, step_tenant,
};
pub use view::{AccountView, LoyaltyView, view};

/// The settings of the contract's examples, for tests of other rooms.
#[cfg(test)]
pub(crate) fn sample_settings() -> SettingsDraft {
    settings::tests::draft()
}
