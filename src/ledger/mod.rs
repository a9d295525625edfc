//! What may happen: pure functions from (state, command) to events, a refusal or a receipt.
//!
//! Knows no thread, clock, disk, JSON, chance or async. `decide/` holds one file per action,
//! `rules/` one file per bonus rule; only `apply` changes a state.
#![warn(clippy::arithmetic_side_effects)]

mod account;
mod account_returns;
#[cfg(test)]
mod account_tests;
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
mod refund;
mod refusal;
mod returnable;
mod returned;
mod row;
mod rules;
mod sale;
mod settings;
#[cfg(test)]
mod settings_tests;
mod step;
mod tenant;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod testing_returns;
mod trail;
mod view;

pub use account::{Account, CLAWED_MAX, Profile, TOKENS_PER_CUSTOMER_MAX, Token};
pub use calendar::LocalTime;
pub use command::{
    Action, Actor, Adjust, Authenticate, BusinessTime, CardNumber, CashierName, Command,
    ExternalId, Facts, FullName, IdBlock, LineInput, LookUp, NewToken, OperationMark, Past,
    PaymentMethod, PointOfSale, Reason, ReceiptNumber, Redeem, RedeemMode, RedemptionFact,
    Register, Sell, StoreName, TokenHash,
};
pub use event::{
    AccountEvent, Clawback, Credit, CreditKind, Debit, DebitKind, Draw, Redirect, Restoration,
    TenantEvent,
};
pub use lot::{Lot, LotOrigin, Pool, Slice};
pub use policy::{
    BirthdayRules, Brand, DailyLimits, DebtRules, ExternalIdScope, GuardRules, LateRules,
    NoticeRules, OfflineDebit, Policy, PromotionRules, ReferralRules, RegressRules, ReserveRules,
    ReturnDebt, ReturnRules,
};
pub use receipt::{AdjustmentReceipt, Receipt, receipt_of};
pub use refund::{Extent, Goods, LineName, LineReturn, Refund, SaleName};
pub use refusal::Refusal;
pub use returnable::{Returnable, SaleHistory, SaleRecord};
pub use returned::{Clawed, RecordedReturn, ReturnedPart, Shares};
pub use row::{Row, RowKind};
pub use rules::business_time::{AHEAD_MAX_SECONDS, LATE_AFTER_SECONDS};
pub use sale::{
    LINES_MAX, RecordedLine, RecordedRedemption, RecordedSale, SaleKind, SaleRow, Split,
};
pub use settings::{
    AccrualStep, Days, HoldFrom, PaymentTypeWithoutGross, Settings, SettingsDraft, SettingsHistory,
    SignaturePath, Tier, TierDraft,
};
pub use step::{IdsNeeded, Step, StepError, ids_needed, needs_past, needs_returned, step};
pub use tenant::{
    PartnerSecret, Tenant, TenantAction, TenantCommand, TenantName, TenantStep, step_tenant,
};
pub use trail::{TrailStep, Trailed, trail_of};
pub use view::{AccountView, LoyaltyView, view};

/// The settings of the contract's examples, for tests of other rooms.
#[cfg(test)]
pub(crate) fn sample_settings() -> SettingsDraft {
    settings::tests::draft()
}
