//! An opened ledger: the journal's writer, the readers, the tenants and the directory of accounts,
//! as every actor and every request sees them. Thrown away whole after a failed write.

use crate::engine::account_actor::AccountEntity;
use crate::engine::account_turn::AccountTurn;
use crate::engine::admission::Places;
use crate::engine::arbiters::Arbiters;
use crate::engine::claims::{Claims, Lead};
use crate::engine::clock::Clock;
use crate::engine::coverage::Coverage;
use crate::engine::dirty_accounts::DirtyAccounts;
use crate::engine::entropy::Entropy;
use crate::engine::error::EngineError;
use crate::engine::feeds::Feeds;
use crate::engine::fresh_sales::FreshSales;
use crate::engine::house_key::HouseKey;
use crate::engine::logins::Logins;
use crate::engine::lone_marks::LoneMarks;
use crate::engine::pulse::Pulse;
use crate::engine::quick_map::QuickMap;
use crate::engine::readers::Readers;
use crate::engine::room::Room;
use crate::engine::shell::Mailbox;
use crate::engine::tenants::{TenantEntry, Tenants};
use crate::engine::vouchers::Vouchers;
use crate::journal::{
    Capture, Journal, LoginCapture, OperationRef, PackedAccount, Seen, Usage, Vault,
    VoucherCapture, phone_key,
};
use crate::ledger::{Refusal, Tenant};
use crate::values::{CustomerId, EventNumber, Phone, TenantId, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::Sender;
use tokio::sync::{Notify, Semaphore, oneshot};

/// How far the clock may be behind what was already written, in milliseconds.
const STEP_BACK_MAX_MILLIS: i64 = 5_000;

/// An account, wherever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct AccountKey {
    pub(super) tenant: TenantId,
    pub(super) customer: CustomerId,
}

/// What reaches the tables' thread once everything before it is durable.
pub(super) enum Forwarded {
    Account(Box<Capture>),
    Tenant(Box<Tenant>, EventNumber),
    Usage(TenantId, Usage),
    Logins(Vec<LoginCapture>),
    Vouchers(Vec<VoucherCapture>),
    /// The end of a checkpoint.
    Marker(u64),
}

/// Where the directory has an account.
pub(super) enum Slot {
    Resident {
        mailbox: Mailbox<AccountEntity>,
        used_at: AtomicI64,
    },
    /// On its way from the tables; whoever waits is told when to ask again.
    Hydrating(Vec<oneshot::Sender<()>>),
    /// Nobody asked for it for a while: without an actor, just as the tables have it.
    Resting {
        account: PackedAccount,
        used_at: Timestamp,
    },
    /// Its actor died, and nobody has folded it anew yet: the tables may be behind.
    Dead,
}

/// One opening of a ledger.
pub(super) struct Core {
    pub(super) clock: Clock,
    pub(super) entropy: Entropy,
    pub(super) journal: Journal,
    pub(super) arbiters: Arc<Arbiters>,
    pub(super) readers: Readers,
    pub(super) seen: Seen,
    pub(super) places: Arc<Places>,
    pub(super) tenants: Tenants,
    pub(super) accounts: QuickMap<AccountKey, Slot>,
    pub(super) identifiers: Arc<Claims<Lead>>,
    pub(super) operations: Arc<Claims<OperationRef>>,
    pub(super) fresh_sales: FreshSales,
    /// Turns at what is no account and no identifier: the logins of a phone, a device, a gift card or coupon.
    pub(super) turns: Arc<Claims<()>>,
    pub(super) logins: Arc<Logins>,
    pub(super) vouchers: Arc<Vouchers>,
    pub(super) house_key: HouseKey,
    pub(super) vault: Arc<Vault>,
    pub(super) dirty: DirtyAccounts,
    /// The latest command time, in milliseconds.
    pub(super) last_time: AtomicI64,
    /// Whether this opening is over.
    pub(super) dismissed: AtomicBool,
    /// The way to the tables' thread.
    pub(super) forwarded: Sender<Forwarded>,
    /// Told once when a write has failed.
    pub(super) failure: Arc<Notify>,
    /// What happened in each tenant, as far as it is durable.
    pub(super) feeds: Arc<Feeds>,
    pub(super) lone_marks: LoneMarks,
    /// What is noted for those who watch.
    pub(super) pulse: Arc<Pulse>,
    pub(super) room: Room,
    pub(super) coverage: Coverage,
    /// Places of statements that are told.
    pub(super) statements: Arc<Semaphore>,
    /// Where a test stops a checkpoint.
    #[cfg(test)]
    pub(super) gate: crate::engine::phase_gate::PhaseGate,
}

impl Core {
    /// The instant of a request: the clock's, but never before what was already written.
    pub(super) fn stamp(&self) -> Result<Timestamp, EngineError> {
        let now = self.clock.now();
        let last = self.last_time.fetch_max(now.millis(), Ordering::AcqRel);
        if now.millis() < last.saturating_sub(STEP_BACK_MAX_MILLIS) {
            return Err(EngineError::ClockSteppedBack);
        }
        Ok(now.max(Timestamp::from_millis(last)))
    }

    /// How far the clock is behind what was already written, in milliseconds; 0: it is not.
    pub(super) fn clock_behind_millis(&self) -> i64 {
        let last = self.last_time.load(Ordering::Acquire);
        last.saturating_sub(self.clock.now().millis()).max(0)
    }

    /// Whether it is further behind than may be.
    pub(super) fn is_clock_too_far_behind(&self) -> bool {
        self.clock_behind_millis() > STEP_BACK_MAX_MILLIS
    }

    /// What a caller is told whose outcome is unknown. If a write has failed, the supervisor is woken;
    /// a single actor that died is the directory's affair.
    pub(super) fn lost(&self) -> EngineError {
        let Some(reason) = self.journal.failed() else {
            return EngineError::Unavailable("the request was interrupted; ask again".into());
        };
        self.failure.notify_one();
        EngineError::Unavailable(reason.to_string())
    }

    /// The arbiter an account lives on; the same for ever, for a number of arbiters.
    pub(super) fn arbiter_of(&self, key: AccountKey) -> usize {
        const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
        let mixed = (key.customer.number() ^ u64::from(key.tenant.number()).rotate_left(40))
            .wrapping_mul(SPREAD);
        let high = usize::try_from(mixed >> 33).unwrap_or(0);
        high.checked_rem(self.arbiters.count()).unwrap_or(0)
    }

    /// Hands something to the tables' thread, behind everything submitted so far; dropped if that never
    /// becomes durable. Whether the journal took it.
    pub(super) fn forward(&self, item: Forwarded) -> bool {
        let forwarded = self.forwarded.clone();
        self.journal.forward(Box::new(move || drop(forwarded.send(item)))).is_ok()
    }

    /// Lets go of an account that leaves memory.
    pub(super) fn let_go(&self, key: AccountKey, phones: &[Phone]) {
        self.accounts.remove_if(&key, |_, slot| matches!(slot, Slot::Resident { .. }));
        self.room.one_left();
        self.forget_phones(key, phones);
    }

    /// What led to an account that leaves memory; a phone that leads to another one by now stays.
    pub(super) fn forget_phones(&self, key: AccountKey, phones: &[Phone]) {
        for phone in phones {
            let led = Lead::To(key.customer);
            self.identifiers.forget_this(phone_key(key.tenant, *phone), &led);
        }
    }

    /// Sends a turn to an account if it is in memory.
    pub(super) fn tell(&self, key: AccountKey, turn: AccountTurn) -> bool {
        match self.accounts.get(&key).as_deref() {
            Some(Slot::Resident { mailbox, .. }) if mailbox.connected() => {
                mailbox.deliver(turn);
                true
            }
            Some(
                Slot::Resident { .. } | Slot::Hydrating(_) | Slot::Resting { .. } | Slot::Dead,
            )
            | None => false,
        }
    }

    /// A tenant of ours.
    pub(super) fn tenant_entry(&self, id: TenantId) -> Result<Arc<TenantEntry>, EngineError> {
        let found = self.unless_dismissed(self.tenants.entry(id))?;
        found.ok_or_else(|| Refusal::TenantNotFound.into())
    }

    /// What was looked for in memory; in an opening that is over, its not being there says nothing.
    pub(super) fn unless_dismissed<T>(&self, found: Option<T>) -> Result<Option<T>, EngineError> {
        if found.is_none() && self.dismissed.load(Ordering::SeqCst) {
            return Err(EngineError::Unavailable("it is closing".into()));
        }
        Ok(found)
    }

    /// Lets go of all actors; they end when what they were sent is taken. From now on nobody may conclude
    /// anything from an account or a tenant not being in memory.
    pub(super) fn dismiss(&self) {
        self.dismissed.store(true, Ordering::SeqCst);
        self.accounts.clear();
        self.tenants.clear();
        self.feeds.close();
    }
}
