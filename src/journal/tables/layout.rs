//! Where things lie in the tables: the names of the trees and the bytes of their keys.

use crate::journal::keys::LookUpKey;
use crate::ledger::VoucherKind;
use crate::values::{CustomerId, EventNumber, PromotionId, SaleId, TenantId, Timestamp, VoucherId};

pub(super) const ACCOUNTS: &str = "accounts";
/// Lots of accounts that have more of them than fit into one value.
pub(super) const LOTS: &str = "lots";
pub(super) const TENANTS: &str = "tenants";
/// Versions of tenants' settings, one entry each; a version never changes.
pub(super) const SETTINGS: &str = "settings";
/// Items of tenants, in pieces under a version each.
pub(super) const INVENTORY: &str = "inventory";
/// Tenants' stores, some of them to an entry.
pub(super) const STORES: &str = "stores";
/// Versions of tenants' promotions, one entry each; a version never changes.
pub(super) const PROMOTIONS: &str = "promotions";
/// How often promotions were used, one entry each.
pub(super) const USAGE: &str = "usage";
pub(super) const COUNTERS: &str = "counters";
pub(super) const IDENTIFIERS: &str = "identifiers";
pub(super) const OPERATIONS: &str = "operations";
pub(super) const HISTORY: &str = "history";
pub(super) const SALES: &str = "sales";
pub(super) const TRAILS: &str = "trails";
pub(super) const DUE: &str = "due";
/// Where each tenant's operations begin, by its own numbers.
pub(super) const FEED: &str = "feed";
pub(super) const FILTERS: &str = "filters";
/// Phones that were sent a code of late.
pub(super) const LOGINS: &str = "logins";
/// Gift cards and coupons by key; their rows by key and index; their keys by tenant, kind and number.
pub(super) const VOUCHERS: &str = "vouchers";
pub(super) const VOUCHER_ROWS: &str = "voucher_rows";
pub(super) const VOUCHER_NUMBERS: &str = "voucher_numbers";
/// When what is left of gift cards expires.
pub(super) const VOUCHER_DUE: &str = "voucher_due";
pub(super) const META: &str = "meta";

pub(super) const META_FOLD_VERSION: &[u8] = b"fold_version";
/// Which files the tables in runs are made of.
pub(super) const META_RUNS: &[u8] = b"runs";
/// The list of runs as of the last checkpoint.
pub(super) const META_WHOLE_RUNS: &[u8] = b"whole_runs";
/// The fingerprint of the mask over the keys of identifiers.
pub(super) const META_MASK: &[u8] = b"mask";
/// What all of the tables cover.
pub(super) const META_CHECKPOINT: &[u8] = b"checkpoint";
/// The latest event that anything in the tables may rest on: ahead of the checkpoint while one is
/// being written, and after a crash in the middle of it.
pub(super) const META_REACH: &[u8] = b"reach";

/// Bytes of an account's key.
const ACCOUNT: usize = 12;

/// An account on which something is due at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    pub at: Timestamp,
    pub tenant: TenantId,
    pub customer: CustomerId,
}

pub(super) fn tenant_key(tenant: TenantId) -> [u8; 4] {
    tenant.number().to_be_bytes()
}

pub(super) fn settings_key(tenant: TenantId, version: u32) -> [u8; 8] {
    join(tenant_key(tenant), version.to_be_bytes())
}

pub(super) fn inventory_key(tenant: TenantId, version: u64, piece: u32) -> [u8; 16] {
    let version: [u8; 12] = join(tenant_key(tenant), version.to_be_bytes());
    join(version, piece.to_be_bytes())
}

/// The key of a piece of a tenant's catalog of stores.
pub(super) fn stores_key(tenant: TenantId, version: u32, piece: u32) -> [u8; 12] {
    join(settings_key(tenant, version), piece.to_be_bytes())
}

pub(super) fn promotion_key(tenant: TenantId, version: u32) -> [u8; 8] {
    join(tenant_key(tenant), version.to_be_bytes())
}

pub(super) fn usage_key(tenant: TenantId, promotion: PromotionId) -> [u8; 8] {
    join(tenant_key(tenant), promotion.number().to_be_bytes())
}

pub(super) fn parse_usage_key(key: &[u8]) -> Option<(TenantId, PromotionId)> {
    let (tenant, promotion) = key.split_first_chunk()?;
    let promotion = u32::from_be_bytes(promotion.try_into().ok()?);
    Some((TenantId(u32::from_be_bytes(*tenant)), PromotionId(promotion)))
}

pub(super) fn account_key(tenant: TenantId, customer: CustomerId) -> [u8; ACCOUNT] {
    join(tenant_key(tenant), customer.number().to_be_bytes())
}

/// The key of a bucket: the index of its first history row or sale record among the account's.
pub(super) fn bucket_key(tenant: TenantId, customer: CustomerId, first: u64) -> [u8; 20] {
    join(account_key(tenant, customer), first.to_be_bytes())
}

/// The key of the steps that an operation added to the trail of a sale.
pub(super) fn trail_key(tenant: TenantId, sale: SaleId, event: EventNumber) -> [u8; 20] {
    let sale: [u8; ACCOUNT] = join(tenant_key(tenant), sale.number().to_be_bytes());
    join(sale, event.number().to_be_bytes())
}

pub(super) fn parse_trail_event(key: &[u8]) -> Option<EventNumber> {
    let (_, event) = key.split_first_chunk::<ACCOUNT>()?;
    Some(EventNumber(u64::from_be_bytes(event.try_into().ok()?)))
}

/// The key of a range of a tenant's own operation numbers.
pub(super) fn feed_key(tenant: TenantId, bucket: u64) -> [u8; 12] {
    join(tenant_key(tenant), bucket.to_be_bytes())
}

/// The key of a piece of an account's lots, as of an event.
pub(super) fn lots_key(
    tenant: TenantId,
    customer: CustomerId,
    as_of: EventNumber,
    piece: u32,
) -> [u8; 24] {
    join(bucket_key(tenant, customer, as_of.number()), piece.to_be_bytes())
}

/// The key of a row of a voucher.
pub(super) fn voucher_row_key(key: &LookUpKey, index: u64) -> [u8; 24] {
    join(*key, index.to_be_bytes())
}

/// The key of a voucher's number.
pub(super) fn voucher_number_key(tenant: TenantId, kind: VoucherKind, id: VoucherId) -> [u8; 13] {
    let kind = match kind {
        VoucherKind::GiftCard => 0,
        VoucherKind::Coupon => 1,
    };
    let of_kind: [u8; 5] = join(tenant_key(tenant), [kind]);
    join(of_kind, id.number().to_be_bytes())
}

pub(super) fn voucher_due_key(at: Timestamp, key: &LookUpKey) -> [u8; 24] {
    join(instant_key(at), *key)
}

pub(super) fn parse_voucher_due_key(key: &[u8]) -> Option<(Timestamp, LookUpKey)> {
    let (at, key) = key.split_first_chunk()?;
    Some((parse_instant(*at), key.try_into().ok()?))
}

/// Sorts by instant, also before 1970.
fn instant_key(at: Timestamp) -> [u8; 8] {
    (at.millis().cast_unsigned() ^ (1 << 63)).to_be_bytes()
}

fn parse_instant(key: [u8; 8]) -> Timestamp {
    Timestamp::from_millis((u64::from_be_bytes(key) ^ (1 << 63)).cast_signed())
}

pub(super) fn due_key(due: &Due) -> [u8; 20] {
    join(instant_key(due.at), account_key(due.tenant, due.customer))
}

pub(super) fn parse_due_key(key: &[u8]) -> Option<Due> {
    let (at, account) = key.split_first_chunk()?;
    let (tenant, customer) = parse_account_key(account)?;
    Some(Due { at: parse_instant(*at), tenant, customer })
}

pub(super) fn parse_account_key(key: &[u8]) -> Option<(TenantId, CustomerId)> {
    let (tenant, customer) = key.split_first_chunk()?;
    let customer = customer.try_into().ok()?;
    Some((TenantId(u32::from_be_bytes(*tenant)), CustomerId(u64::from_be_bytes(customer))))
}

pub(super) fn parse_tenant_key(key: &[u8]) -> Option<TenantId> {
    Some(TenantId(u32::from_be_bytes(key.try_into().ok()?)))
}

/// The account a bucket belongs to and the number it begins with.
pub(super) fn parse_bucket_key(key: &[u8]) -> Option<(TenantId, CustomerId, u64)> {
    let (account, first) = key.split_first_chunk::<ACCOUNT>()?;
    let (tenant, customer) = parse_account_key(account)?;
    Some((tenant, customer, u64::from_be_bytes(first.try_into().ok()?)))
}

fn join<const A: usize, const B: usize, const C: usize>(left: [u8; A], right: [u8; B]) -> [u8; C] {
    const { assert!(A + B == C, "the parts of a key make up all of it") };
    let mut key = [0; C];
    key[..A].copy_from_slice(&left);
    key[A..].copy_from_slice(&right);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn due_keys_sort_by_instant_and_can_be_read_again() {
        let due = |millis| Due {
            at: Timestamp::from_millis(millis),
            tenant: TenantId(3),
            customer: CustomerId(u64::MAX),
        };
        let sorted = [-5, -1, 0, 1, 1_767_769_016_000].map(due);
        assert!(sorted.map(|due| due_key(&due)).is_sorted());
        for due in sorted {
            assert_eq!(parse_due_key(&due_key(&due)), Some(due));
        }
        assert_eq!(parse_due_key(&[1, 2, 3]), None);
    }

    #[test]
    fn bucket_keys_can_be_read_again() {
        let key = bucket_key(TenantId(1), CustomerId(2), 3);
        assert_eq!(parse_bucket_key(&key), Some((TenantId(1), CustomerId(2), 3)));
        assert_eq!(parse_account_key(&key[..12]), Some((TenantId(1), CustomerId(2))));
    }
}
