//! What enters the journal and what comes out of it: operations of one tenant, each a list of events
//! of one or more entities, applied together or not at all.

use crate::journal::keys::LookUpKey;
use crate::journal::proof::RecordHash;
use crate::ledger::{
    Account, AccountEvent, Actor, Login, LoginEvent, OperationMark, Row, SaleRow, TenantEvent,
    Trailed, Voucher, VoucherEvent,
};
use crate::values::{
    Bonus, CustomerId, EventNumber, Money, SaleId, SettingsVersion, TenantId, Timestamp, VoucherId,
};
use std::sync::Arc;

/// One operation, as decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    pub tenant: TenantId,
    /// The command's instant.
    pub at: Timestamp,
    pub actor: Actor,
    /// The settings in force when it was decided; 0 for what happens to a tenant itself, or to a
    /// login alone.
    pub rule_version: SettingsVersion,
    /// The caller's Idempotency-Key, hashed, and what it meant.
    pub mark: Option<OperationMark>,
    pub entities: Vec<EntityEvents>,
}

/// The events of one entity in an operation; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntityEvents {
    Tenant(Vec<TenantEvent>),
    Account(CustomerId, Vec<AccountEvent>),
    /// The logins of a phone, by its look-up key.
    Login(LookUpKey, Vec<LoginEvent>),
    /// A gift card or a coupon, by its look-up key and its number.
    Voucher(LookUpKey, VoucherId, Vec<VoucherEvent>),
}

/// An operation with its place in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    pub operation: Operation,
    /// The number of its first event; the others follow without a gap, entity by entity.
    pub first_event: EventNumber,
    /// The tenant's own gap-free operation number, from 1.
    pub tenant_number: u64,
}

/// What an external id or an Idempotency-Key leads to; kept for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationRef {
    Sale {
        customer: CustomerId,
        sale: SaleId,
        event: EventNumber,
        /// What it meant, in the dialect whose sales may be sent again (rule 19).
        meaning: Option<[u8; 16]>,
    },
    Redemption {
        customer: CustomerId,
        sale: SaleId,
        event: EventNumber,
        amount: Bonus,
        order_total: Money,
    },
    /// An Idempotency-Key: the operation that begins at `event`, and what it meant.
    Marked { customer: CustomerId, event: EventNumber, meaning: [u8; 16] },
    /// A return, under its own external id.
    Return { customer: CustomerId, sale: SaleId, event: EventNumber },
    /// The caller's own id of a reserve.
    Reserve { customer: CustomerId, event: EventNumber },
    /// The caller's own id of an item of a receipt.
    Item {
        customer: CustomerId,
        sale: SaleId,
        /// The index of the line, from 0.
        line: u16,
        event: EventNumber,
    },
    /// A customer who got a phone, by the mark of that: the first one's tells that the phone had its gifts.
    PhoneMark { customer: CustomerId, event: EventNumber },
    /// An Idempotency-Key of an operation that touches no customer.
    MarkedAlone { event: EventNumber, meaning: [u8; 16] },
}

impl OperationRef {
    /// Whose it is; `None`: no customer's.
    #[must_use]
    pub fn customer(&self) -> Option<CustomerId> {
        match *self {
            Self::Sale { customer, .. }
            | Self::Redemption { customer, .. }
            | Self::Marked { customer, .. }
            | Self::Return { customer, .. }
            | Self::Reserve { customer, .. }
            | Self::Item { customer, .. }
            | Self::PhoneMark { customer, .. } => Some(customer),
            Self::MarkedAlone { .. } => None,
        }
    }
}

/// The mark of an operation of gift cards and coupons alone, or of a tenant: no account has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoneMark {
    pub key: LookUpKey,
    pub event: EventNumber,
    pub meaning: [u8; 16],
}

/// Whether the group that something waited for is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// With the hash of the record that completes the group; `None` where no group was waited for, since
    /// it was durable already.
    Durable(Option<RecordHash>),
    /// The write failed, or the journal was closed before: nothing may be said about it.
    Lost,
}

/// Who waits for a group to become durable. All replies of a group with the same home leave together.
pub struct Reply {
    /// The arbiter that finishes it.
    pub home: usize,
    pub finish: Box<dyn FnOnce(Outcome) + Send>,
}

/// An account's state on its way into the tables, with what it adds to them since its last capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    pub tenant: TenantId,
    pub account: Account,
    /// The last event in `account`.
    pub as_of: EventNumber,
    /// Shared with the account, which goes on answering from it until the tables have it: a copy of a busy
    /// account's would be tens of thousands of bytes.
    pub additions: Arc<Additions>,
    /// When the customer is to be told of what expires, by the tenant's settings now.
    pub notice_at: Option<Timestamp>,
    /// What is due next by the state of the account that the tables are known to have; they have it
    /// registered then. `None`: nothing is known.
    pub due_in_tables: Option<Timestamp>,
}

/// What an account adds to the tables since its last capture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Additions {
    /// History rows, oldest first; the first has index `account.rows - rows.len()`.
    pub rows: Vec<Row>,
    /// Sale records, oldest first.
    pub sales: Vec<SaleRow>,
    /// External ids and marks, by look-up key.
    pub operations: Vec<([u8; 16], OperationRef)>,
    /// Identifiers, by look-up key; `None`: no longer leads anywhere.
    pub identifiers: Vec<([u8; 16], Option<CustomerId>)>,
    /// Steps of the trails of sales, oldest first.
    pub trails: Vec<Trailed>,
}

impl Capture {
    /// The additions, to be extended. Nobody shares them yet; if somebody did, these would be its own.
    pub(in crate::journal) fn additions_mut(&mut self) -> &mut Additions {
        Arc::make_mut(&mut self.additions)
    }
}

/// The logins of a phone as they are at an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginCapture {
    /// The phone's look-up key; no phone stands here.
    pub key: LookUpKey,
    pub tenant: TenantId,
    pub login: Login,
    /// The last event in `login`.
    pub as_of: EventNumber,
}

/// A gift card or a coupon on its way into the tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoucherCapture {
    pub key: LookUpKey,
    pub tenant: TenantId,
    pub voucher: Voucher,
    /// The last event in `voucher`.
    pub as_of: EventNumber,
    /// The last rows of its history, oldest first: at least those that the tables lack.
    pub rows: Vec<VoucherRow>,
}

/// A row of a voucher's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoucherRow {
    /// The number of the event.
    pub number: EventNumber,
    pub event: VoucherEvent,
}

impl EntityEvents {
    /// How many events there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        let count = match self {
            Self::Tenant(events) => events.len(),
            Self::Account(_, events) => events.len(),
            Self::Login(_, events) => events.len(),
            Self::Voucher(_, _, events) => events.len(),
        };
        u64::try_from(count).unwrap_or(u64::MAX)
    }
}

impl Operation {
    /// Its mark, where it is of gift cards, coupons or the tenant alone and begins at `first_event`.
    #[must_use]
    pub fn lone_mark(&self, first_event: EventNumber) -> Option<LoneMark> {
        let alone = self.entities.iter().all(|entity| match entity {
            EntityEvents::Tenant(_) | EntityEvents::Voucher(..) => true,
            EntityEvents::Account(..) | EntityEvents::Login(..) => false,
        });
        let mark = self.mark.filter(|_| alone)?;
        Some(LoneMark { key: mark.key, event: first_event, meaning: mark.meaning })
    }

    /// How many events there are in all.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.entities.iter().fold(0, |sum, entity| sum.saturating_add(entity.count()))
    }
}

impl LoneMark {
    /// What its key leads to.
    #[must_use]
    pub fn reference(&self) -> OperationRef {
        OperationRef::MarkedAlone { event: self.event, meaning: self.meaning }
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").field("home", &self.home).finish_non_exhaustive()
    }
}

/// The number of the last of so many events that begin with `first`.
pub(in crate::journal) fn last_of(first: EventNumber, count: usize) -> EventNumber {
    first.plus(u64::try_from(count.saturating_sub(1)).unwrap_or(u64::MAX))
}

/// An account's state at an event, with nothing to add to the tables.
pub(in crate::journal) fn capture_of(
    tenant: TenantId,
    account: Account,
    as_of: EventNumber,
) -> Capture {
    Capture {
        tenant,
        account,
        as_of,
        additions: Arc::default(),
        notice_at: None,
        due_in_tables: None,
    }
}
