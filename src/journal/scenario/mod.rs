//! Chains, customers and operations for the tests of this room: decided by the ledger from a seed, with
//! everything that the tables must then say about them.

mod actions;
mod actors;
mod app;
mod chain;
mod dice;
mod forget;
mod goods;
mod guard;
mod imports;
mod merges;
mod note;
mod people;
mod program;
mod reserves;
mod retail;
mod returns;
mod vouchers;

pub(in crate::journal) use chain::{journal_of, journal_of_groups, journal_under};
pub(in crate::journal) use dice::Dice;

use crate::journal::derive::derive;
use crate::journal::keys::LookUpKey;
use crate::journal::operation::{
    Capture, EntityEvents, LoneMark, Numbered, Operation, OperationRef,
};
use crate::journal::positions::FeedRun;
use crate::journal::scenario::chain::create;
use crate::journal::tables::{CheckpointBatch, TenantCounts};
use crate::journal::usage::Usage;
use crate::ledger::{
    Account, AccountEvent, Command, Facts, IdBlock, OperationMark, Row, SaleRow, Tenant,
    TenantAction, TenantCommand, TenantEvent, Trailed, step, step_tenant,
};
use crate::values::{
    CustomerId, EventNumber, LotId, SaleId, SettingsVersion, TenantId, Timestamp, TransactionId,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const TENANTS: u64 = 3;
const CUSTOMERS: u64 = 12;
const CARDS: u64 = 5;

type Who = (TenantId, CustomerId);

/// A world that goes on by itself.
pub(in crate::journal) struct Scenario {
    dice: Dice,
    now: Timestamp,
    pub(in crate::journal) next_event: EventNumber,
    pub(in crate::journal) counts: BTreeMap<TenantId, TenantCounts>,
    pub(in crate::journal) tenants: BTreeMap<TenantId, (Tenant, EventNumber)>,
    pub(in crate::journal) accounts: BTreeMap<Who, (Account, EventNumber)>,
    pub(in crate::journal) rows: BTreeMap<Who, Vec<Row>>,
    pub(in crate::journal) sales: BTreeMap<Who, Vec<SaleRow>>,
    pub(in crate::journal) operations: BTreeMap<LookUpKey, OperationRef>,
    pub(in crate::journal) identifiers: BTreeMap<LookUpKey, CustomerId>,
    pub(in crate::journal) usage: BTreeMap<TenantId, Usage>,
    pub(in crate::journal) trails: BTreeMap<TenantId, Vec<Trailed>>,
    /// Every operation of an account, by its first event.
    happened: BTreeMap<EventNumber, Vec<AccountEvent>>,
    dirty: BTreeMap<Who, Capture>,
    logins: app::Logins,
    vouchers: vouchers::Vouchers,
    dirty_tenants: BTreeSet<TenantId>,
    /// Where the operations since the last batch begin.
    feed: BTreeMap<TenantId, FeedRun>,
    lone_marks: Vec<LoneMark>,
}

impl Scenario {
    pub(in crate::journal) fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed),
            now: Timestamp::parse_rfc3339("2026-01-01T00:00:00Z").unwrap(),
            next_event: EventNumber(1),
            counts: BTreeMap::new(),
            tenants: BTreeMap::new(),
            accounts: BTreeMap::new(),
            rows: BTreeMap::new(),
            sales: BTreeMap::new(),
            operations: BTreeMap::new(),
            identifiers: BTreeMap::new(),
            usage: BTreeMap::new(),
            trails: BTreeMap::new(),
            happened: BTreeMap::new(),
            dirty: BTreeMap::new(),
            logins: app::Logins::default(),
            vouchers: vouchers::Vouchers::default(),
            dirty_tenants: BTreeSet::new(),
            feed: BTreeMap::new(),
            lone_marks: Vec::new(),
        }
    }

    /// The last event so far.
    pub(in crate::journal) fn tail(&self) -> EventNumber {
        EventNumber(self.next_event.number() - 1)
    }

    pub(in crate::journal) fn now(&self) -> Timestamp {
        self.now
    }

    /// The next so many operations.
    pub(in crate::journal) fn play(&mut self, count: usize) -> Vec<Numbered> {
        (0..count).map(|_| self.next()).collect()
    }

    /// What a checkpoint would take from the actors now.
    pub(in crate::journal) fn batch(&mut self) -> CheckpointBatch {
        let tenants = std::mem::take(&mut self.dirty_tenants);
        CheckpointBatch {
            covers: self.tail(),
            last_time: self.now,
            captures: std::mem::take(&mut self.dirty).into_values().collect(),
            tenants: tenants.iter().map(|id| self.tenants[id].clone()).collect(),
            counts: self.counts.iter().map(|(tenant, counts)| (*tenant, *counts)).collect(),
            settled_due: Vec::new(),
            usage: self.usage.clone(),
            feed: std::mem::take(&mut self.feed).into_values().collect(),
            ended_logins: self.ended_logins(),
            logins: self.changed_logins(),
            vouchers: self.changed_vouchers(),
            settled_vouchers: Vec::new(),
            lone_marks: std::mem::take(&mut self.lone_marks),
        }
    }

    fn next(&mut self) -> Numbered {
        let minutes = [1, 30, 600, 3_000][self.pick(4)];
        let minutes = 1 + self.dice.below(minutes);
        self.now = self.now.plus_seconds(60 * i64::try_from(minutes).unwrap());
        let tenant = TenantId(1 + u32::try_from(self.dice.below(TENANTS)).unwrap());
        if !self.tenants.contains_key(&tenant) {
            return self.change_tenant(tenant, create(tenant));
        }
        if self.dice.below(40) == 0 {
            let action = self.tenant_action(tenant);
            if let Some(numbered) = self.try_change_tenant(tenant, action) {
                return numbered;
            }
        }
        if self.dice.below(5) == 0
            && let Some(numbered) = self.try_log_in(tenant)
        {
            return numbered;
        }
        if self.dice.below(8) == 0
            && let Some(numbered) = self.try_voucher(tenant)
        {
            return numbered;
        }
        loop {
            let customer = CustomerId(1 + self.dice.below(CUSTOMERS));
            if let Some(numbered) = self.try_account(tenant, customer) {
                return numbered;
            }
        }
    }

    fn pick(&mut self, sides: u64) -> usize {
        usize::try_from(self.dice.below(sides)).unwrap()
    }

    fn change_tenant(&mut self, id: TenantId, action: TenantAction) -> Numbered {
        self.try_change_tenant(id, action).unwrap()
    }

    fn try_change_tenant(&mut self, id: TenantId, action: TenantAction) -> Option<Numbered> {
        let before = self.tenants.get(&id).map(|(tenant, _)| tenant);
        let command = TenantCommand { now: self.now, action };
        let step = step_tenant(before, &command).ok().filter(|step| !step.events.is_empty())?;
        let events: Vec<TenantEvent> = step.events;
        let numbered = self.number(id, None, vec![EntityEvents::Tenant(events)]);
        self.tenants.insert(id, (step.tenant, self.tail()));
        self.dirty_tenants.insert(id);
        Some(numbered)
    }

    fn try_account(&mut self, tenant: TenantId, customer: CustomerId) -> Option<Numbered> {
        let who = (tenant, customer);
        let before = self.accounts.get(&who).map(|(account, _)| account.clone());
        if before.as_ref().is_some_and(|account| account.merged_into.is_some()) {
            return None;
        }
        let action = match &before {
            None => self.newcomer(tenant, customer),
            Some(account) => self.action_or_import(tenant, account),
        };
        let counters = self.counts[&tenant].counters;
        let returned = self.returned_by(who, &action);
        let vouchers = self.held(tenant, &action, returned.as_deref());
        let command = Command {
            now: self.now,
            action,
            facts: Facts {
                settings: self.tenants[&tenant].0.settings.clone(),
                ids: IdBlock {
                    sale: SaleId(counters.sale + 1),
                    transaction: TransactionId(counters.transaction + 1),
                    lot: LotId(counters.lot + 1),
                },
                completes: None,
                past: None,
                promotions: self.promotions(tenant),
                returned,
                vouchers,
            },
        };
        let step = step(before.as_ref(), &command).ok().filter(|step| !step.events.is_empty())?;
        let mark = (self.dice.below(3) == 0).then(|| OperationMark {
            key: u128::from(self.next_event.number()).to_be_bytes(),
            meaning: [3; 16],
        });
        let mut entities = Self::entities(customer, &step);
        entities.extend(Self::voucher_entities(tenant, &step.vouchers));
        let numbered = self.number(tenant, mark, entities);
        self.note_vouchers(tenant, step.vouchers, &numbered);
        self.note(who, before.as_ref(), &numbered, &step.events);
        self.happened.insert(numbered.first_event, step.events.clone());
        self.capture(who, before.as_ref(), &numbered, *step.account, step.rows);
        if let Some(other) = step.other {
            self.take_other(tenant, *other, &numbered);
        }
        Some(numbered)
    }

    fn number(
        &mut self,
        tenant: TenantId,
        mark: Option<OperationMark>,
        entities: Vec<EntityEvents>,
    ) -> Numbered {
        let operation = Operation {
            tenant,
            at: self.now,
            actor: self.actor(),
            rule_version: SettingsVersion(1),
            mark,
            entities,
        };
        let counts = self.counts.entry(tenant).or_default();
        counts.operations += 1;
        counts.counters.take(&operation);
        let first_event = self.next_event;
        self.next_event = first_event.plus(operation.count());
        let first = counts.operations;
        let run = self.feed.entry(tenant);
        let run = run.or_insert_with(|| FeedRun { tenant, first, begins: Vec::new() });
        run.begins.push(first_event);
        Numbered { operation, first_event, tenant_number: first }
    }

    /// What the actor of an account keeps for the next checkpoint.
    fn capture(
        &mut self,
        who: Who,
        before: Option<&Account>,
        numbered: &Numbered,
        account: Account,
        rows: Vec<Row>,
    ) {
        let derived = derive(&numbered.operation, who.1, before, numbered.first_event);
        let as_of = last_event_of(numbered, who.1);
        self.sales.entry(who).or_default().extend(&derived.sales);
        for (key, reference) in &derived.operations {
            self.operations.insert(*key, *reference);
        }
        self.accounts.insert(who, (account.clone(), as_of));
        let capture = self.dirty.entry(who).or_insert_with(|| Capture {
            tenant: who.0,
            account: account.clone(),
            as_of,
            additions: Arc::default(),
            notice_at: None,
            due_in_tables: None,
        });
        capture.account = account;
        capture.as_of = as_of;
        let rows = rows.into_iter().map(|row| Row { event: numbered.first_event, ..row });
        let rows: Vec<Row> = rows.collect();
        self.rows.entry(who).or_default().extend(rows.iter().cloned());
        self.trails.entry(who.0).or_default().extend(derived.trails.iter().cloned());
        let additions = capture.additions_mut();
        additions.rows.extend(rows);
        additions.sales.extend(derived.sales);
        additions.operations.extend(derived.operations);
        additions.identifiers.extend(derived.identifiers);
        additions.trails.extend(derived.trails);
    }
}

/// The last event of an account in an operation.
fn last_event_of(numbered: &Numbered, customer: CustomerId) -> EventNumber {
    let mut last = EventNumber(numbered.first_event.number() - 1);
    for entity in &numbered.operation.entities {
        last = last.plus(entity.count());
        if matches!(entity, EntityEvents::Account(owner, _) if *owner == customer) {
            return last;
        }
    }
    last
}
