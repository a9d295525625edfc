//! Finding things on the shelf: states, look-ups, pages of history, due dates.

use crate::journal::error::JournalError;
use crate::journal::keys::LookUpKey;
use crate::journal::operation::OperationRef;
use crate::journal::record::StoredWholeSettings;
use crate::journal::tables::account_record::{AccountRecord, LotRecord};
use crate::journal::tables::layout::{self, Due};
use crate::journal::tables::row_record::{
    OperationRefRecord, RowRecord, SaleBucket, SaleRowRecord,
};
use crate::journal::tables::runs::{LastBlocks, Runs, Walked};
use crate::journal::tables::shelf::Shelf;
use crate::journal::tables::tenant_record::TenantRecord;
use crate::journal::tables::{CountsRecord, Lead, LeadRecord, SpentLater, TenantCounts};
use crate::ledger::{Account, PastWindow, Row, SaleKind, SaleRow, Settings, Tenant};
use crate::values::{CustomerId, EventNumber, Money, TenantId, Timestamp};
use std::ops::Bound;

/// The bytes of a bucket, and the index of its first entry among the account's.
type Bucket = (u64, Vec<u8>);

/// How often a read begins again because the account was written meanwhile.
const READS_MAX: usize = 4;

impl Shelf {
    pub(super) fn account(
        &self,
        tenant: TenantId,
        customer: CustomerId,
        last: &mut LastBlocks,
    ) -> Result<Option<(Account, EventNumber)>, JournalError> {
        for _ in 0..READS_MAX {
            match self.account_once(tenant, customer, last)? {
                Reading::Nothing => return Ok(None),
                Reading::Whole(account, as_of) => return Ok(Some((*account, as_of))),
                Reading::Overtaken => {}
            }
        }
        let place = format!("table {}: lots of customer {customer} are missing", layout::LOTS);
        Err(JournalError::damaged(self.store.path(), place))
    }

    fn account_once(
        &self,
        tenant: TenantId,
        customer: CustomerId,
        last: &mut LastBlocks,
    ) -> Result<Reading, JournalError> {
        let key = layout::account_key(tenant, customer);
        let Some(bytes) = self.rack.accounts.get_near(&key, last)? else {
            return Ok(Reading::Nothing);
        };
        let mut record: AccountRecord = self.decode(layout::ACCOUNTS, &bytes)?;
        let as_of = EventNumber(record.as_of);
        for piece in 0..record.lot_pieces {
            let key = layout::lots_key(tenant, customer, as_of, piece);
            let Some(bytes) = self.get(&self.lots, &key)? else { return Ok(Reading::Overtaken) };
            let lots: Vec<LotRecord> = self.decode(layout::LOTS, &bytes)?;
            record.lots.extend(lots);
        }
        let opened = record.unseal(&self.sealing, tenant, customer);
        let account = opened.and_then(|()| record.restore(customer));
        let account = account.map_err(|error| self.damaged(layout::ACCOUNTS, &error))?;
        Ok(Reading::Whole(Box::new(account), as_of))
    }

    pub(super) fn lead(&self, key: &LookUpKey) -> Result<Option<Lead>, JournalError> {
        let bytes = self.rack.identifiers.get(&self.mask.of(key))?;
        bytes.map(|bytes| self.lead_of(&bytes)).transpose()
    }

    pub(super) fn operation(&self, key: &LookUpKey) -> Result<Option<OperationRef>, JournalError> {
        let bytes = self.rack.operations.get(key)?;
        bytes.map(|bytes| self.operation_of(&bytes)).transpose()
    }

    pub(super) fn tenants(&self) -> Result<Vec<(Tenant, EventNumber)>, JournalError> {
        let mut tenants = Vec::new();
        for entry in self.tenants.iter() {
            let (key, value) = self.next(entry)?;
            let id = layout::parse_tenant_key(&key)
                .ok_or_else(|| self.malformed_key(layout::TENANTS))?;
            let mut record: TenantRecord = self.decode(layout::TENANTS, &value)?;
            let opened = record.unseal(&self.sealing, id);
            opened.map_err(|error| self.damaged(layout::TENANTS, &error))?;
            let as_of = EventNumber(record.as_of);
            let settings = self.settings(id, record.latest_settings)?;
            let inventory = self.inventory(id, record.inventory_version)?;
            let stores = self.stores(id, record.stores)?;
            let promotions = self.promotions(id, record.latest_promotion)?;
            let tenant = record.restore(id, settings, inventory, stores, promotions);
            let tenant = tenant.map_err(|error| self.damaged(layout::TENANTS, &error))?;
            tenants.push((tenant, as_of));
        }
        Ok(tenants)
    }

    pub(super) fn tenant_record(
        &self,
        tenant: TenantId,
    ) -> Result<Option<TenantRecord>, JournalError> {
        let bytes = self.get(&self.tenants, &layout::tenant_key(tenant))?;
        bytes.map(|bytes| self.decode(layout::TENANTS, &bytes)).transpose()
    }

    /// A tenant's settings up to a version.
    fn settings(&self, tenant: TenantId, latest: u32) -> Result<Vec<Settings>, JournalError> {
        let range = layout::settings_key(tenant, 0)..=layout::settings_key(tenant, latest);
        self.settings
            .range(range)
            .map(|entry| {
                let (_, value) = self.next(entry)?;
                let stored: StoredWholeSettings<'_> = self.decode(layout::SETTINGS, &value)?;
                stored.try_into().map_err(|error| self.damaged(layout::SETTINGS, &error))
            })
            .collect()
    }

    pub(super) fn counts(&self) -> Result<Vec<(TenantId, TenantCounts)>, JournalError> {
        self.counters
            .iter()
            .map(|entry| {
                let (key, value) = self.next(entry)?;
                let tenant = layout::parse_tenant_key(&key)
                    .ok_or_else(|| self.malformed_key(layout::COUNTERS))?;
                let record: CountsRecord = self.decode(layout::COUNTERS, &value)?;
                Ok((tenant, record.into()))
            })
            .collect()
    }

    pub(super) fn spent_later(
        &self,
        tenant: TenantId,
        customer: CustomerId,
        window: &PastWindow,
    ) -> Result<SpentLater, JournalError> {
        let (mut spent, mut returned) = (Money::ZERO, Money::ZERO);
        // The state first: its sales were written before it, so none of them is missing below.
        let known = self.account(tenant, customer, &mut LastBlocks::default())?;
        let through = known.map_or(EventNumber::default(), |(_, as_of)| as_of);
        let who = (tenant, customer);
        for bucket in self.buckets(&self.rack.sales, layout::SALES, who, u64::MAX)? {
            let bucket = self.sale_bucket(&bucket?.1)?;
            if bucket.latest_at <= window.after.millis() {
                break;
            }
            for sale in self.sales_of(bucket)? {
                if !window.holds(&sale) || sale.event > through {
                    continue;
                }
                let sum = match sale.kind {
                    SaleKind::Purchase | SaleKind::Redemption => &mut spent,
                    SaleKind::Return => &mut returned,
                };
                // More than the largest amount is as good as the largest: tiers end far below.
                *sum = sum.checked_add(sale.total).unwrap_or(*sum);
            }
        }
        Ok(SpentLater { spent, returned, through })
    }

    pub(super) fn history(
        &self,
        tenant: TenantId,
        customer: CustomerId,
        below: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Row)>, JournalError> {
        let who = (tenant, customer);
        let buckets = self.buckets(&self.rack.history, layout::HISTORY, who, below)?;
        newest(buckets, below, limit, |bytes| self.rows_of(bytes))
    }

    pub(super) fn sales(
        &self,
        tenant: TenantId,
        customer: CustomerId,
        below: u64,
        limit: usize,
    ) -> Result<Vec<(u64, SaleRow)>, JournalError> {
        let buckets = self.buckets(&self.rack.sales, layout::SALES, (tenant, customer), below)?;
        newest(buckets, below, limit, |bytes| self.sales_of(self.sale_bucket(bytes)?))
    }

    pub(super) fn due_until(
        &self,
        instant: Timestamp,
        limit: usize,
    ) -> Result<Vec<Due>, JournalError> {
        let last = Due { at: instant, tenant: TenantId(u32::MAX), customer: CustomerId(u64::MAX) };
        let entries = self.due.range(..=layout::due_key(&last)).take(limit);
        entries
            .map(|entry| {
                let (key, _) = self.next(entry)?;
                layout::parse_due_key(&key).ok_or_else(|| self.malformed_key(layout::DUE))
            })
            .collect()
    }

    pub(super) fn is_due(&self, due: &Due) -> Result<bool, JournalError> {
        Ok(self.get(&self.due, &layout::due_key(due))?.is_some())
    }

    pub(super) fn customers_after(
        &self,
        tenant: TenantId,
        after: CustomerId,
        limit: usize,
    ) -> Result<Vec<CustomerId>, JournalError> {
        let last = layout::account_key(tenant, CustomerId(u64::MAX));
        if after.number() == u64::MAX {
            return Ok(Vec::new());
        }
        let entries =
            self.rack.accounts.range(layout::account_key(tenant, after.plus(1))..=last)?;
        entries.take(limit).map(|entry| self.account_key_of(entry).map(|(_, id)| id)).collect()
    }

    pub(super) fn accounts_after(
        &self,
        after: Option<(TenantId, CustomerId)>,
        limit: usize,
    ) -> Result<Vec<(TenantId, CustomerId)>, JournalError> {
        let after = after.map_or(Bound::Unbounded, |(tenant, customer)| {
            Bound::Excluded(layout::account_key(tenant, customer))
        });
        let entries = self.rack.accounts.range((after, Bound::Unbounded))?.take(limit);
        entries.map(|entry| self.account_key_of(entry)).collect()
    }

    pub(super) fn history_bucket(
        &self,
        tenant: TenantId,
        customer: CustomerId,
        from: u64,
    ) -> Result<Option<(u64, Vec<Row>)>, JournalError> {
        let bucket =
            self.bucket_from(&self.rack.history, layout::HISTORY, (tenant, customer), from)?;
        bucket.map(|(first, bytes)| Ok((first, self.rows_of(&bytes)?))).transpose()
    }

    pub(super) fn sales_bucket(
        &self,
        tenant: TenantId,
        customer: CustomerId,
        from: u64,
    ) -> Result<Option<(u64, Vec<SaleRow>)>, JournalError> {
        let bucket = self.bucket_from(&self.rack.sales, layout::SALES, (tenant, customer), from)?;
        let sales = |bytes: &[u8]| self.sales_of(self.sale_bucket(bytes)?);
        bucket.map(|(first, bytes)| Ok((first, sales(&bytes)?))).transpose()
    }

    pub(super) fn operations_after(
        &self,
        after: Option<LookUpKey>,
        limit: usize,
    ) -> Result<Vec<(LookUpKey, OperationRef)>, JournalError> {
        let entries = self.rack.operations.range(beyond(after))?.take(limit);
        entries
            .map(|entry| {
                let (key, value) = entry?;
                let key = self.look_up_key(&key, layout::OPERATIONS)?;
                Ok((key, self.operation_of(&value)?))
            })
            .collect()
    }

    pub(super) fn identifiers_after(
        &self,
        after: Option<LookUpKey>,
        limit: usize,
    ) -> Result<Vec<(LookUpKey, Lead)>, JournalError> {
        let entries = self.rack.identifiers.range(beyond(after))?.take(limit);
        entries
            .map(|entry| {
                let (key, value) = entry?;
                let key = self.look_up_key(&key, layout::IDENTIFIERS)?;
                Ok((key, self.lead_of(&value)?))
            })
            .collect()
    }

    fn look_up_key(&self, key: &[u8], table: &str) -> Result<LookUpKey, JournalError> {
        key.try_into().map_err(|_| self.malformed_key(table))
    }

    fn account_key_of(
        &self,
        entry: Result<Walked, JournalError>,
    ) -> Result<(TenantId, CustomerId), JournalError> {
        let (key, _) = entry?;
        layout::parse_account_key(&key).ok_or_else(|| self.malformed_key(layout::ACCOUNTS))
    }

    fn lead_of(&self, bytes: &[u8]) -> Result<Lead, JournalError> {
        let LeadRecord { tenant, customer, as_of } = self.decode(layout::IDENTIFIERS, bytes)?;
        Ok(Lead {
            tenant: TenantId(tenant),
            customer: CustomerId(customer),
            as_of: EventNumber(as_of),
        })
    }

    fn operation_of(&self, bytes: &[u8]) -> Result<OperationRef, JournalError> {
        let record: OperationRefRecord = self.decode(layout::OPERATIONS, bytes)?;
        record.restore().map_err(|error| self.damaged(layout::OPERATIONS, &error))
    }

    /// An account's buckets that begin below an index, newest first.
    fn buckets<'a>(
        &'a self,
        runs: &Runs,
        table: &'static str,
        (tenant, customer): (TenantId, CustomerId),
        below: u64,
    ) -> Result<impl Iterator<Item = Result<Bucket, JournalError>> + use<'a>, JournalError> {
        let range =
            layout::bucket_key(tenant, customer, 0)..layout::bucket_key(tenant, customer, below);
        Ok(runs.range_down(range)?.map(move |entry| self.bucket(entry, table)))
    }

    /// The first bucket of an account that begins with index `from` or later.
    fn bucket_from(
        &self,
        runs: &Runs,
        table: &str,
        (tenant, customer): (TenantId, CustomerId),
        from: u64,
    ) -> Result<Option<Bucket>, JournalError> {
        let range = layout::bucket_key(tenant, customer, from)
            ..=layout::bucket_key(tenant, customer, u64::MAX);
        runs.range(range)?.next().map(|entry| self.bucket(entry, table)).transpose()
    }

    fn bucket(
        &self,
        entry: Result<Walked, JournalError>,
        table: &str,
    ) -> Result<Bucket, JournalError> {
        let (key, value) = entry?;
        let (_, _, first) =
            layout::parse_bucket_key(&key).ok_or_else(|| self.malformed_key(table))?;
        Ok((first, value))
    }

    fn rows_of(&self, bytes: &[u8]) -> Result<Vec<Row>, JournalError> {
        let records: Vec<RowRecord> = self.decode(layout::HISTORY, bytes)?;
        let rows = records.into_iter().map(RowRecord::restore).collect::<Result<_, _>>();
        rows.map_err(|error| self.damaged(layout::HISTORY, &error))
    }

    fn sale_bucket(&self, bytes: &[u8]) -> Result<SaleBucket, JournalError> {
        self.decode(layout::SALES, bytes)
    }

    fn sales_of(&self, bucket: SaleBucket) -> Result<Vec<SaleRow>, JournalError> {
        let sales = bucket.sales.into_iter().map(SaleRowRecord::restore).collect::<Result<_, _>>();
        sales.map_err(|error| self.damaged(layout::SALES, &error))
    }
}

/// Up to `limit` entries with an index below `below` out of buckets that come newest first.
fn newest<T>(
    buckets: impl Iterator<Item = Result<Bucket, JournalError>>,
    below: u64,
    limit: usize,
    entries_of: impl Fn(&[u8]) -> Result<Vec<T>, JournalError>,
) -> Result<Vec<(u64, T)>, JournalError> {
    let mut page = Vec::new();
    for bucket in buckets {
        let (first, bytes) = bucket?;
        let entries: Vec<(u64, T)> = (first..).zip(entries_of(&bytes)?).collect();
        let wanted = entries.into_iter().rev().filter(|(index, _)| *index < below);
        page.extend(wanted.take(limit.saturating_sub(page.len())));
        if page.len() == limit {
            break;
        }
    }
    Ok(page)
}

/// The range of keys after one, or of all.
fn beyond(after: Option<LookUpKey>) -> (Bound<LookUpKey>, Bound<LookUpKey>) {
    (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
}

/// What one attempt to read an account met.
enum Reading {
    Nothing,
    Whole(Box<Account>, EventNumber),
    /// It was written while it was read.
    Overtaken,
}
