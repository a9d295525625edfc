//! What a fold keeps beside the accounts: tenants, logins, gift cards and coupons, counts and places, as the
//! journal goes on.

use crate::journal::error::JournalError;
use crate::journal::login_fold::LoginFold;
use crate::journal::misfold::{FoldError, Misfold};
use crate::journal::operation::{Capture, EntityEvents, LoneMark, Numbered, Operation, last_of};
use crate::journal::positions::FeedRun;
use crate::journal::tables::{CheckpointBatch, Tables, TenantCounts};
use crate::journal::turn::Turn;
use crate::journal::usage::Usage;
use crate::journal::voucher_fold::{VoucherFold, VoucherTurn};
use crate::ledger::{Tenant, TenantEvent, next_notice};
use crate::values::{EventNumber, TenantId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Goes through the journal in order, and hands out what is of accounts.
pub(in crate::journal) struct BesideFold {
    pub(in crate::journal) tables: Tables,
    pub(in crate::journal) tenants: BTreeMap<TenantId, (Tenant, EventNumber)>,
    changed_tenants: BTreeSet<TenantId>,
    pub(in crate::journal) logins: LoginFold,
    vouchers: VoucherFold,
    pub(in crate::journal) counts: BTreeMap<TenantId, TenantCounts>,
    pub(in crate::journal) usage: BTreeMap<TenantId, Usage>,
    /// Where the operations met since the last write begin.
    feed: BTreeMap<TenantId, FeedRun>,
    /// Met since the last write.
    lone_marks: Vec<LoneMark>,
    pub(in crate::journal) covers: EventNumber,
    pub(in crate::journal) last_time: Timestamp,
    /// Entries that the next write will have, those of accounts included.
    entries: usize,
}

impl BesideFold {
    /// Goes on where the tables end.
    pub(in crate::journal) fn resume(tables: Tables) -> Result<Self, JournalError> {
        let checkpoint = tables.checkpoint()?;
        let tenants = tables.tenants()?;
        Ok(Self {
            tenants: tenants.into_iter().map(|(tenant, at)| (tenant.id, (tenant, at))).collect(),
            changed_tenants: BTreeSet::new(),
            logins: LoginFold::of(tables.logins()?),
            vouchers: VoucherFold::default(),
            counts: tables.counts()?.into_iter().collect(),
            usage: tables.usage()?.into_iter().collect(),
            feed: BTreeMap::new(),
            lone_marks: Vec::new(),
            covers: checkpoint.covers,
            last_time: checkpoint.last_time,
            entries: 0,
            tables,
        })
    }

    /// Entries met since the last write.
    pub(in crate::journal) fn entries(&self) -> usize {
        self.entries
    }

    /// Takes the next operation in. Every turn of an account is handed to `account`, with the index of its
    /// entity in the operation; how many entries it makes is told back.
    pub(in crate::journal) fn take(
        &mut self,
        numbered: &Numbered,
        mut account: impl FnMut(usize, &Turn<'_>) -> Result<usize, FoldError>,
    ) -> Result<(), FoldError> {
        let Numbered { operation, first_event, tenant_number } = numbered;
        self.check_numbers(numbered)?;
        let mut next = *first_event;
        for (index, entity) in operation.entities.iter().enumerate() {
            let first = next;
            next = next.plus(entity.count());
            let added = match entity {
                EntityEvents::Tenant(events) => {
                    self.tenant(operation, events, first)?;
                    0
                }
                EntityEvents::Account(customer, events) => {
                    let (customer, begins) = (*customer, *first_event);
                    let turn = Turn { operation, begins, customer, events, first };
                    if !self.tenants.contains_key(&operation.tenant) {
                        return Err(turn.misfold(0, "there is no such tenant").into());
                    }
                    account(index, &turn)?
                }
                EntityEvents::Login(key, events) => {
                    usize::from(self.logins.take(operation, *key, events, first)?)
                }
                EntityEvents::Voucher(key, id, events) => {
                    let turn = VoucherTurn { operation, key: *key, id: *id, events, first };
                    self.vouchers.take(&self.tables, &turn)?
                }
            };
            self.entries = self.entries.saturating_add(added);
        }
        self.place(numbered);
        self.lone_marks.extend(operation.lone_mark(*first_event));
        let counts = self.counts.entry(operation.tenant).or_default();
        counts.counters.take(operation);
        counts.operations = counts.operations.max(*tenant_number);
        Usage::take_into(&mut self.usage, operation, *first_event);
        self.covers = EventNumber(next.number().saturating_sub(1));
        self.last_time = self.last_time.max(operation.at);
        Ok(())
    }

    /// All that the tables lack, but for accounts; from now on they are taken to have it.
    pub(in crate::journal) fn batch(&mut self) -> CheckpointBatch {
        self.entries = 0;
        let changed_tenants = std::mem::take(&mut self.changed_tenants);
        CheckpointBatch {
            covers: self.covers,
            last_time: self.last_time,
            captures: Vec::new(),
            tenants: changed_tenants
                .iter()
                .filter_map(|tenant| self.tenants.get(tenant).cloned())
                .collect(),
            counts: self.counts.iter().map(|(tenant, counts)| (*tenant, *counts)).collect(),
            settled_due: Vec::new(),
            usage: self.usage.clone(),
            feed: std::mem::take(&mut self.feed).into_values().collect(),
            logins: self.logins.changed(),
            ended_logins: self.logins.forget_over(self.last_time),
            vouchers: self.vouchers.drain(),
            settled_vouchers: Vec::new(),
            lone_marks: std::mem::take(&mut self.lone_marks),
        }
    }

    /// An account with when its customer is to be told of what expires, as things stand now.
    pub(in crate::journal) fn with_notice(&self, capture: Capture) -> Capture {
        let tenant = self.tenants.get(&capture.tenant);
        let notice_at = tenant.and_then(|(tenant, _)| {
            next_notice(&capture.account, &tenant.settings, self.last_time)
        });
        Capture { notice_at, ..capture }
    }

    /// Notes where an operation begins.
    fn place(&mut self, numbered: &Numbered) {
        let tenant = numbered.operation.tenant;
        let first = numbered.tenant_number;
        let new = || FeedRun { tenant, first, begins: Vec::new() };
        self.feed.entry(tenant).or_insert_with(new).begins.push(numbered.first_event);
        self.entries = self.entries.saturating_add(1);
    }

    /// After a checkpoint that was not finished, counts may be ahead of what it covers.
    fn check_numbers(&self, numbered: &Numbered) -> Result<(), Misfold> {
        let Numbered { operation, first_event, tenant_number } = numbered;
        let known = self.counts.get(&operation.tenant).map_or(0, |counts| counts.operations);
        let reason = if *first_event != self.covers.plus(1) {
            format!("it follows event {}", self.covers)
        } else if *tenant_number > known.saturating_add(1) {
            format!("operation {tenant_number} of the tenant follows operation {known}")
        } else {
            return Ok(());
        };
        Err(Misfold { event: *first_event, tenant: operation.tenant, customer: None, reason })
    }

    fn tenant(
        &mut self,
        operation: &Operation,
        events: &[TenantEvent],
        first: EventNumber,
    ) -> Result<(), FoldError> {
        let id = operation.tenant;
        let before = self.tenants.get(&id);
        let last = last_of(first, events.len());
        if before.is_some_and(|(_, as_of)| *as_of >= last) {
            return Ok(());
        }
        let before = before.map(|(tenant, _)| tenant.clone());
        self.tenants.insert(id, (fold_tenant(before, operation, events, first)?, last));
        self.changed_tenants.insert(id);
        Ok(())
    }
}

/// A tenant after events of an operation that begin with event `first`.
pub(in crate::journal) fn fold_tenant(
    before: Option<Tenant>,
    operation: &Operation,
    events: &[TenantEvent],
    first: EventNumber,
) -> Result<Tenant, Misfold> {
    let misfold = |reason: &str| Misfold {
        event: first,
        tenant: operation.tenant,
        customer: None,
        reason: reason.to_owned(),
    };
    let tenant = Tenant::fold(before, events).ok_or_else(|| misfold("there is no such tenant"))?;
    if tenant.id == operation.tenant {
        Ok(tenant)
    } else {
        Err(misfold(&format!("it creates tenant {}", tenant.id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::scenario::Scenario;
    use crate::journal::tables::TablesWriter;

    #[test]
    fn an_operation_out_of_its_place_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let far = EventNumber(u64::MAX);
        let writer = TablesWriter::open(dir.path(), 8 << 20, far).unwrap();
        let operations = Scenario::new(5).play(20);
        let mut fold = BesideFold::resume(writer.reader()).unwrap();
        let mut refused = |numbered: &Numbered| fold.take(numbered, |_, _| Ok(0)).unwrap_err();
        let skipped = refused(&operations[1]);
        assert!(skipped.to_string().contains("it follows event 0"), "{skipped}");
        let mut ahead = operations[0].clone();
        ahead.tenant_number = 2;
        let ahead = refused(&ahead);
        assert!(
            ahead.to_string().contains("operation 2 of the tenant follows operation 0"),
            "{ahead}"
        );
    }
}
