//! Look-up keys of the derived tables: sixteen bytes of a hash, so that a key says nothing about the
//! phone, card or receipt it stands for, and all keys are equally long.

use crate::ledger::{
    BatchKey, BatchName, CardNumber, DeviceToken, Dialect, ExtUse, ExternalId, ExternalIdScope,
    ItemExt, ReserveId, RowKey, SaleKind, StoreName, VoucherCode, VoucherKind,
};
use crate::values::{CustomerId, Phone, ReferralCode, SaleId, TelegramId, TenantId, TokenId};
use sha2::{Digest, Sha256};

/// A look-up key: the first half of a SHA-256 over its domain, its tenant and its value.
pub type LookUpKey = [u8; 16];

/// What a key was made of; keys of different domains never meet.
#[derive(Clone, Copy)]
enum Domain {
    Phone = 1,
    Card = 2,
    Token = 3,
    BonexSale = 4,
    BonexRedemption = 5,
    BonexRefund = 6,
    Return = 7,
    ReferralCode = 10,
    ReferralMessage = 11,
    Telegram = 20,
    Device = 21,
    Reserve = 22,
    BonexReserve = 23,
    BonexSaleOfStore = 24,
    FormerPhone = 25,
    Merged = 26,
    GiftCard = 30,
    Coupon = 31,
    BonusPlusSale = 40,
    Item = 41,
    SecondItem = 42,
    BonusPlusSaleOfStore = 43,
    ImportBatch = 50,
    ImportRow = 51,
    ImportReversal = 52,
    Imports = 53,
}

/// Where the account with this phone is found.
#[must_use]
pub fn phone_key(tenant: TenantId, phone: Phone) -> LookUpKey {
    hash(Domain::Phone, tenant, &phone.number().to_be_bytes())
}

/// Where the account is found that had this phone before; how long it leads there, the account knows.
#[must_use]
pub fn former_phone_key(tenant: TenantId, phone: Phone) -> LookUpKey {
    hash(Domain::FormerPhone, tenant, &phone.number().to_be_bytes())
}

/// Where the account is found that a customer was merged into.
#[must_use]
pub fn merged_key(tenant: TenantId, customer: CustomerId) -> LookUpKey {
    hash(Domain::Merged, tenant, &customer.number().to_be_bytes())
}

/// Where the account with this club card is found.
#[must_use]
pub fn card_key(tenant: TenantId, card: &CardNumber) -> LookUpKey {
    hash(Domain::Card, tenant, card.as_str().as_bytes())
}

/// Where the account that a Bearer token belongs to is found.
#[must_use]
pub fn token_key(tenant: TenantId, token: TokenId) -> LookUpKey {
    hash(Domain::Token, tenant, &token.number().to_be_bytes())
}

/// Where the account that a Telegram user is linked to is found.
#[must_use]
pub fn telegram_key(tenant: TenantId, user: TelegramId) -> LookUpKey {
    hash(Domain::Telegram, tenant, &user.number().to_be_bytes())
}

/// Where the account is found whose app runs on a device.
#[must_use]
pub fn device_key(tenant: TenantId, token: &DeviceToken) -> LookUpKey {
    hash(Domain::Device, tenant, token.as_str().as_bytes())
}

/// Where the account with this referral code is found.
#[must_use]
pub fn referral_key(tenant: TenantId, code: ReferralCode) -> LookUpKey {
    hash(Domain::ReferralCode, tenant, code.as_str().as_bytes())
}

/// Where the operation is found by which an inviter's account took in a message of an invitee's.
#[must_use]
pub fn referral_message_key(tenant: TenantId, invitee: CustomerId, number: u64) -> LookUpKey {
    let mut value = [0; 16];
    value[..8].copy_from_slice(&invitee.number().to_be_bytes());
    value[8..].copy_from_slice(&number.to_be_bytes());
    hash(Domain::ReferralMessage, tenant, &value)
}

/// Where the operation is found that took an external id of the Bonex dialect. Sales and redemptions
/// have ids of their own: a sale completes a redemption under the same one.
#[must_use]
pub fn external_key(tenant: TenantId, kind: SaleKind, id: &ExternalId) -> LookUpKey {
    let domain = match kind {
        SaleKind::Purchase => Domain::BonexSale,
        SaleKind::Redemption => Domain::BonexRedemption,
        SaleKind::Return => Domain::BonexRefund,
    };
    hash(domain, tenant, id.as_str().as_bytes())
}

/// Where the operation is found that took an external id for a sale: among all sales, or among those that
/// name the same store; those that name none are a store of their own.
#[must_use]
pub fn sale_key(
    tenant: TenantId,
    dialect: Dialect,
    scope: ExternalIdScope,
    store: Option<&StoreName>,
    id: &ExternalId,
) -> LookUpKey {
    let of_store = |domain| {
        let store = store.map_or("", |store| store.as_str());
        let length = u16::try_from(store.len()).expect("a name of a store is short");
        let value = [&length.to_be_bytes(), store.as_bytes(), id.as_str().as_bytes()].concat();
        hash(domain, tenant, &value)
    };
    match (dialect, scope) {
        (Dialect::Bonex, ExternalIdScope::Tenant) => external_key(tenant, SaleKind::Purchase, id),
        (Dialect::Bonex, ExternalIdScope::Store) => of_store(Domain::BonexSaleOfStore),
        (Dialect::BonusPlus, ExternalIdScope::Tenant) => {
            hash(Domain::BonusPlusSale, tenant, id.as_str().as_bytes())
        }
        (Dialect::BonusPlus, ExternalIdScope::Store) => of_store(Domain::BonusPlusSaleOfStore),
    }
}

/// Where an item is found by the caller's own id: the first sale with it, and the second, which makes
/// the id name nothing; `None`: a later one is not kept.
#[must_use]
pub fn item_key(tenant: TenantId, ext: &ItemExt, ext_use: ExtUse) -> Option<LookUpKey> {
    let domain = match ext_use {
        ExtUse::First => Domain::Item,
        ExtUse::Second => Domain::SecondItem,
        ExtUse::Later => return None,
    };
    Some(hash(domain, tenant, ext.as_str().as_bytes()))
}

/// What a return of a sale claims while it is under way, so that returns of one sale follow one another.
/// Leads nowhere.
#[must_use]
pub fn return_key(tenant: TenantId, sale: SaleId) -> LookUpKey {
    hash(Domain::Return, tenant, &sale.number().to_be_bytes())
}

/// Where the account is found that a reserve belongs to.
#[must_use]
pub fn reserve_key(tenant: TenantId, reserve: &ReserveId) -> LookUpKey {
    hash(Domain::Reserve, tenant, reserve.as_str().as_bytes())
}

/// Where the operation is found that opened a reserve under an external id of the Bonex dialect.
#[must_use]
pub fn external_reserve_key(tenant: TenantId, id: &ExternalId) -> LookUpKey {
    hash(Domain::BonexReserve, tenant, id.as_str().as_bytes())
}

/// Where the gift card or coupon with this code is found, in whatever case it is typed.
#[must_use]
pub fn voucher_key(tenant: TenantId, kind: VoucherKind, code: &VoucherCode) -> LookUpKey {
    let domain = match kind {
        VoucherKind::GiftCard => Domain::GiftCard,
        VoucherKind::Coupon => Domain::Coupon,
    };
    hash(domain, tenant, code.folded().as_bytes())
}

/// Where the operation is found that took a batch of an import over; what its lots remember of it.
#[must_use]
pub fn import_batch_key(tenant: TenantId, name: &BatchName) -> BatchKey {
    hash(Domain::ImportBatch, tenant, name.as_str().as_bytes())
}

/// Where the account is found that a row of an import went to, in whatever batch it came.
#[must_use]
pub fn import_row_key(tenant: TenantId, row: &str) -> RowKey {
    hash(Domain::ImportRow, tenant, row.as_bytes())
}

/// Where the operation is found that took a batch back from a customer.
#[must_use]
pub fn import_reversal_key(tenant: TenantId, batch: BatchKey, customer: CustomerId) -> LookUpKey {
    let mut value = [0; 24];
    value[..16].copy_from_slice(&batch);
    value[16..].copy_from_slice(&customer.number().to_be_bytes());
    hash(Domain::ImportReversal, tenant, &value)
}

/// The turn at the imports of a tenant: one batch at a time.
#[must_use]
pub fn imports_key(tenant: TenantId) -> LookUpKey {
    hash(Domain::Imports, tenant, &[])
}

fn hash(domain: Domain, tenant: TenantId, value: &[u8]) -> LookUpKey {
    let digest = Sha256::new()
        .chain_update([domain as u8])
        .chain_update(tenant.number().to_be_bytes())
        .chain_update(value)
        .finalize();
    let (half, _) = digest.split_first_chunk().expect("a SHA-256 has 32 bytes");
    *half
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn keys_of_different_things_differ() {
        let (one, other) = (TenantId(1), TenantId(2));
        let text = |text| ExternalId::parse(text).unwrap();
        let card = |text| CardNumber::parse(text).unwrap();
        let phone = |number| Phone::from_number(number).unwrap();
        let of_store = |dialect, store: &str, id| {
            let store = StoreName::parse(store).unwrap();
            sale_key(one, dialect, ExternalIdScope::Store, Some(&store), &text(id))
        };
        let keys = [
            phone_key(one, phone(992_901_234_567)),
            phone_key(one, phone(992_901_234_568)),
            phone_key(other, phone(992_901_234_567)),
            former_phone_key(one, phone(992_901_234_567)),
            merged_key(one, CustomerId(992_901_234_567)),
            token_key(one, TokenId(992_901_234_567)),
            telegram_key(one, TelegramId(992_901_234_567)),
            device_key(one, &DeviceToken::parse("992901234567").unwrap()),
            card_key(one, &card("992901234567")),
            external_key(one, SaleKind::Purchase, &text("992901234567")),
            external_key(one, SaleKind::Redemption, &text("992901234567")),
            external_key(other, SaleKind::Redemption, &text("992901234567")),
            external_key(one, SaleKind::Return, &text("992901234567")),
            return_key(one, SaleId(992_901_234_567)),
            reserve_key(one, &ReserveId::parse("992901234567").unwrap()),
            reserve_key(other, &ReserveId::parse("992901234567").unwrap()),
            external_reserve_key(one, &text("992901234567")),
            sale_key(one, Dialect::BonusPlus, ExternalIdScope::Tenant, None, &text("992901234567")),
            item_key(one, &text("992901234567"), ExtUse::First).unwrap(),
            item_key(one, &text("992901234567"), ExtUse::Second).unwrap(),
            referral_key(one, ReferralCode::parse("99290123").unwrap()),
            card_key(one, &card("99290123")),
            referral_message_key(one, CustomerId(1), 2),
            referral_message_key(one, CustomerId(2), 1),
            of_store(Dialect::Bonex, "99", "2901234567"),
            of_store(Dialect::Bonex, "992", "901234567"),
            of_store(Dialect::BonusPlus, "992", "901234567"),
            sale_key(one, Dialect::Bonex, ExternalIdScope::Store, None, &text("992901234567")),
        ];
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
        // In the whole chain it does not matter which store a sale names.
        let store = StoreName::parse("992").unwrap();
        let (bonex, tenant) = (Dialect::Bonex, ExternalIdScope::Tenant);
        let key = sale_key(one, bonex, tenant, Some(&store), &text("992901234567"));
        assert_eq!(key, external_key(one, SaleKind::Purchase, &text("992901234567")));
    }

    #[test]
    fn a_key_stays_what_it_is() {
        let key =
            external_key(TenantId(7), SaleKind::Purchase, &ExternalId::parse("SALE-1").unwrap());
        assert_eq!(hex::encode(key), "6e45080e22aa3021cc7e668f4ee07203");
        let id = ExternalId::parse("SALE-1").unwrap();
        assert_eq!(sale_key(TenantId(7), Dialect::Bonex, ExternalIdScope::Tenant, None, &id), key);
        assert_eq!(item_key(TenantId(7), &id, ExtUse::Later), None);
    }
}
