//! What the door asks of the engine and what it gets: one closed enum each, for customers and tenants.

use crate::ledger::{
    AccountView, Actor, Adjust, CardNumber, FullName, OperationMark, Receipt, Redeem, Sell,
    SettingsDraft, Tenant, TenantName,
};
use crate::values::{CustomerId, Phone, ReferralCode, TenantId, TierId, Timestamp};
use std::sync::Arc;

/// A request that may change an account.
#[derive(Debug, Clone)]
pub struct Order {
    pub tenant: TenantId,
    /// From [`crate::engine::House::stamp`], taken once per request.
    pub at: Timestamp,
    pub actor: Actor,
    /// The caller's Idempotency-Key and what it means; never with `LogIn`.
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
    /// A tier that stays until it is taken away (`None`).
    SetTier(Option<TierId>),
    /// A referral code for a customer of an earlier release, who has none.
    GiveReferralCode,
}

/// A durable outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// A sale, redemption or adjustment. `repeated`: an Idempotency-Key was seen before, and this is
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
}

/// A tenant after a durable change, with the secrets that were made for it: shown once.
#[derive(Debug, Clone)]
pub struct TenantDone {
    pub tenant: Arc<Tenant>,
    /// 64 characters.
    pub token: Option<String>,
    pub secret: Option<String>,
}
