//! The tenants of a house as every request reads them, and the ids they have given out.

use crate::engine::permits::Permits;
use crate::engine::quick_map::QuickTable;
use crate::engine::shell::Mailbox;
use crate::engine::tenant_actor::TenantEntity;
use crate::journal::{Counters, Usage};
use crate::ledger::{IdBlock, IdsNeeded, Tenant, TokenHash};
use crate::values::{
    CustomerId, EventNumber, LotId, SaleId, TenantId, Timestamp, TokenId, TransactionId, VoucherId,
};
use arc_swap::ArcSwap;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The highest ids of a tenant that were given out; gaps are allowed.
#[derive(Debug, Default)]
pub(super) struct LiveCounters {
    customer: AtomicU64,
    sale: AtomicU64,
    transaction: AtomicU64,
    lot: AtomicU64,
    token: AtomicU64,
    voucher: AtomicU64,
    /// The uses of promotions, likewise.
    pub(super) permits: Arc<Permits>,
}

/// One tenant in memory.
pub(super) struct TenantEntry {
    /// As of its last durable event.
    pub(super) tenant: Arc<Tenant>,
    /// That event.
    pub(super) as_of: EventNumber,
    pub(super) counters: Arc<LiveCounters>,
    pub(super) mailbox: Mailbox<TenantEntity>,
}

#[derive(Clone, Default)]
struct Registry {
    by_id: QuickTable<TenantId, Arc<TenantEntry>>,
    by_token: QuickTable<TokenHash, TenantId>,
    by_plus_key: QuickTable<TokenHash, TenantId>,
}

/// All tenants: read by every request, replaced whole at the rare change.
#[derive(Default)]
pub(super) struct Tenants {
    registry: ArcSwap<Registry>,
    changing: Mutex<()>,
    last_id: Mutex<u32>,
    /// Every actor there is, also of tenants that are not durable yet.
    actors: Mutex<BTreeMap<TenantId, TenantActor>>,
}

/// The actor of a tenant and the ids it gives out.
#[derive(Clone)]
pub(super) struct TenantActor {
    pub(super) mailbox: Mailbox<TenantEntity>,
    pub(super) counters: Arc<LiveCounters>,
}

impl LiveCounters {
    pub(super) fn from(counters: &Counters, usage: Usage) -> Self {
        Self {
            customer: AtomicU64::new(counters.customer),
            sale: AtomicU64::new(counters.sale),
            transaction: AtomicU64::new(counters.transaction),
            lot: AtomicU64::new(counters.lot),
            token: AtomicU64::new(counters.token),
            voucher: AtomicU64::new(counters.voucher),
            permits: Permits::from(usage),
        }
    }

    pub(super) fn snapshot(&self) -> Counters {
        Counters {
            customer: self.customer.load(Ordering::Acquire),
            sale: self.sale.load(Ordering::Acquire),
            transaction: self.transaction.load(Ordering::Acquire),
            lot: self.lot.load(Ordering::Acquire),
            token: self.token.load(Ordering::Acquire),
            voucher: self.voucher.load(Ordering::Acquire),
        }
    }

    pub(super) fn next_customer(&self) -> CustomerId {
        CustomerId(take(&self.customer, 1))
    }

    pub(super) fn last_customer(&self) -> CustomerId {
        CustomerId(self.customer.load(Ordering::Acquire))
    }

    pub(super) fn next_token(&self) -> TokenId {
        TokenId(take(&self.token, 1))
    }

    pub(super) fn next_voucher(&self) -> VoucherId {
        VoucherId(take(&self.voucher, 1))
    }

    pub(super) fn last_sale(&self) -> SaleId {
        SaleId(self.sale.load(Ordering::Acquire))
    }

    /// Sets ids aside for one command: one sale, so many transactions and lots.
    pub(super) fn reserve(&self, needed: IdsNeeded) -> IdBlock {
        IdBlock {
            sale: SaleId(take(&self.sale, 1)),
            transaction: TransactionId(take(&self.transaction, needed.transactions)),
            lot: LotId(take(&self.lot, needed.lots)),
        }
    }

    /// Takes back what a command did not use, if nobody has reserved since.
    pub(super) fn give_back(&self, reserved: IdBlock, needed: IdsNeeded, unused_from: IdBlock) {
        give(&self.sale, reserved.sale.number(), 1, unused_from.sale.number());
        give(&self.lot, reserved.lot.number(), needed.lots, unused_from.lot.number());
        give(
            &self.transaction,
            reserved.transaction.number(),
            needed.transactions,
            unused_from.transaction.number(),
        );
    }
}

fn take(counter: &AtomicU64, count: u64) -> u64 {
    counter.fetch_add(count, Ordering::AcqRel).saturating_add(1)
}

fn give(counter: &AtomicU64, first: u64, count: u64, unused_from: u64) {
    let last_reserved = first.saturating_add(count).saturating_sub(1);
    let last_used = unused_from.saturating_sub(1);
    let _ = counter.compare_exchange(last_reserved, last_used, Ordering::AcqRel, Ordering::Acquire);
}

impl Tenants {
    pub(super) fn entry(&self, id: TenantId) -> Option<Arc<TenantEntry>> {
        self.registry.load().by_id.get(&id).cloned()
    }

    pub(super) fn tenant(&self, id: TenantId) -> Option<Arc<Tenant>> {
        self.registry.load().by_id.get(&id).map(|entry| Arc::clone(&entry.tenant))
    }

    pub(super) fn by_token(&self, hash: &TokenHash, now: Timestamp) -> Option<Arc<Tenant>> {
        let registry = self.registry.load();
        let entry = registry.by_id.get(registry.by_token.get(hash)?)?;
        entry.tenant.accepts_token(hash, now).then(|| Arc::clone(&entry.tenant))
    }

    /// The tenant whose key of the BonusPlus dialect has this hash.
    pub(super) fn by_plus_key(&self, hash: &TokenHash, now: Timestamp) -> Option<Arc<Tenant>> {
        let registry = self.registry.load();
        let entry = registry.by_id.get(registry.by_plus_key.get(hash)?)?;
        let good = entry.tenant.plus_key.is_some_and(|key| key.accepts(hash, now));
        good.then(|| Arc::clone(&entry.tenant))
    }

    pub(super) fn all(&self) -> Vec<Arc<TenantEntry>> {
        let mut entries: Vec<Arc<TenantEntry>> =
            self.registry.load().by_id.values().cloned().collect();
        entries.sort_by_key(|entry| entry.tenant.id);
        entries
    }

    /// Keeps the actor of a tenant.
    pub(super) fn keep(&self, id: TenantId, actor: TenantActor) {
        self.actors.lock().unwrap_or_else(PoisonError::into_inner).insert(id, actor);
    }

    /// Lets go of the actor of a tenant that does not come to be.
    pub(super) fn let_go(&self, id: TenantId) {
        self.actors.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// All actors, with the tenants they stand for.
    pub(super) fn actors(&self) -> Vec<(TenantId, TenantActor)> {
        let actors = self.actors.lock().unwrap_or_else(PoisonError::into_inner);
        actors.iter().map(|(id, actor)| (*id, actor.clone())).collect()
    }

    /// A number no tenant has had.
    pub(super) fn next_id(&self) -> TenantId {
        let mut last = self.last_id.lock().unwrap_or_else(PoisonError::into_inner);
        *last = last.saturating_add(1);
        TenantId(*last)
    }

    /// Shows a tenant as it durably is. Answers leave through several arbiters: an earlier state may come
    /// later.
    pub(super) fn publish(&self, entry: TenantEntry) {
        let _one_at_a_time = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut last = self.last_id.lock().unwrap_or_else(PoisonError::into_inner);
        *last = (*last).max(entry.tenant.id.number());
        let mut registry = Registry::clone(&self.registry.load());
        if registry.by_id.get(&entry.tenant.id).is_some_and(|shown| shown.as_of > entry.as_of) {
            return;
        }
        registry.by_token.retain(|_, id| *id != entry.tenant.id);
        registry.by_token.insert(entry.tenant.token, entry.tenant.id);
        if let Some((before, _)) = entry.tenant.previous_token {
            registry.by_token.insert(before, entry.tenant.id);
        }
        registry.by_plus_key.retain(|_, id| *id != entry.tenant.id);
        if let Some(key) = entry.tenant.plus_key {
            registry.by_plus_key.insert(key.hash, entry.tenant.id);
            registry.by_plus_key.extend(key.previous.map(|(before, _)| (before, entry.tenant.id)));
        }
        registry.by_id.insert(entry.tenant.id, Arc::new(entry));
        self.registry.store(Arc::new(registry));
    }

    /// Lets go of all actors.
    pub(super) fn clear(&self) {
        self.registry.store(Arc::new(Registry::default()));
        self.actors.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unused_ids_go_to_the_next_command_unless_someone_was_faster() {
        let counters = LiveCounters::default();
        let needed = |transactions, lots| IdsNeeded { transactions, lots };
        let first = counters.reserve(needed(3, 2));
        let used = IdBlock { transaction: TransactionId(2), lot: LotId(2), ..first };
        counters.give_back(first, needed(3, 2), used);
        let second = counters.reserve(needed(3, 1));
        assert_eq!(
            second,
            IdBlock { sale: SaleId(1), transaction: TransactionId(2), lot: LotId(2) }
        );
        let third = counters.reserve(needed(1, 1));
        counters.give_back(second, needed(3, 1), second);
        assert_eq!(third.transaction, TransactionId(5));
        assert_eq!(counters.reserve(needed(1, 1)).transaction, TransactionId(6));
    }
}
