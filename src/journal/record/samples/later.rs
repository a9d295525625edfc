//! One of every event, and of every form of an event, that came after the first golden bytes.

use super::app::app_events;
use super::{account_operation, at, bonus, money, other_words, sale, text};
use crate::journal::operation::{EntityEvents, Operation};
use crate::ledger::{
    AccountEvent, BirthdayRules, Brand, DailyLimits, Days, DebtRules, ExternalIdScope, GuardRules,
    InventoryChange, Item, LateRules, NoticeRules, OfflineDebit, PointOfSale, Policy,
    PromotionRules, RecordedSale, ReferralRules, RegressRules, ReserveRules, ReturnDebt,
    ReturnRules, Settings, Store, StoreCatalog, TenantEvent,
};
use crate::values::{Quantity, StoreId};
use std::sync::Arc;

/// Operations with all of them.
pub(in crate::journal) fn later_events() -> Vec<Operation> {
    let settings = Arc::new(with_policy());
    let tenant = vec![
        TenantEvent::SettingsAdopted { settings, at: at(13) },
        TenantEvent::InventorySynced { change: Arc::new(inventory_change()), at: at(14) },
        TenantEvent::StoresListed { stores: Arc::new(stores()), at: at(14) },
    ];
    let mut later = vec![
        Operation { entities: vec![EntityEvents::Tenant(tenant)], ..account_operation(Vec::new()) },
        account_operation(account_events()),
    ];
    later.extend(app_events());
    later
}

fn inventory_change() -> InventoryChange {
    let item = Item {
        sku: text("SKU-001"),
        name: Some(text("Молоко")),
        category_code: Some(text("dairy")),
        interest_tag: Some(text("milk")),
        quantity: Quantity::parse("5").ok(),
        quantity_on_hand: Quantity::parse("12.5").ok(),
        overstock_threshold: Quantity::parse("10").ok(),
        days_without_sale: Some(30),
    };
    let bare = Item {
        sku: text("SKU-002"),
        name: None,
        category_code: None,
        interest_tag: None,
        quantity: None,
        quantity_on_hand: None,
        overstock_threshold: None,
        days_without_sale: None,
    };
    InventoryChange { items: vec![item, bare], deactivated: vec![text("SKU-003")] }
}

fn account_events() -> Vec<AccountEvent> {
    let sold_at = |store, cashier| {
        let point_of_sale = PointOfSale { store, cashier };
        AccountEvent::SaleRecorded(Box::new(RecordedSale { point_of_sale, ..sale() }))
    };
    vec![sold_at(Some(text("Рудаки")), Some(text("Anna"))), sold_at(None, Some(text("Anna")))]
}

/// An open store with an address, and a closed one without.
fn stores() -> StoreCatalog {
    let open = Store {
        id: StoreId(1),
        name: text("Рудаки"),
        address: Some(text("12 Rudaki Ave")),
        open: true,
    };
    let closed = Store { id: StoreId(2), name: text("Somoni"), address: None, open: false };
    StoreCatalog::restore(3, vec![open, closed]).unwrap()
}

/// Settings that say something in every group.
fn with_policy() -> Settings {
    let mut settings = other_words();
    settings.rules.policy = Policy {
        brand: Brand {
            store_name: Some(text("Хорошо")),
            logo_url: Some(text("https://example.com/logo.png")),
            primary_color: Some(text("#0E7C66")),
        },
        returns: ReturnRules {
            days_max: 14,
            restore_grace_days: 7,
            debt: ReturnDebt::Clamp,
            tier_drop: false,
        },
        late: LateRules { offline_debit: OfflineDebit::AllowDebt, debt_max: bonus(10_000) },
        debt: DebtRules { write_off_days: Some(90) },
        reserve: ReserveRules { deadline_seconds: 3_600 },
        regress: RegressRules { window_days: Some(365) },
        birthday: BirthdayRules { bonus: bonus(20_000), expire_after: Days::Months(1) },
        referral: ReferralRules {
            inviter_bonus: bonus(5_000),
            invitee_bonus: bonus(2_500),
            min_amount: money(10_000),
            hold_days: 3,
            expire_after: Days::Never,
            share_text: Some(text("Join with {code}")),
        },
        daily: DailyLimits { earn_max: Some(bonus(30_000)), redeem_max: None },
        notice: NoticeRules { expiry_days: Some(7) },
        guard: GuardRules {
            redeem_confirm_from: Some(bonus(100_000)),
            sales_per_day_max: Some(20),
            redeem_on_opening_day: false,
            external_id_scope: ExternalIdScope::Store,
        },
        promotion: PromotionRules { stacking: true },
    };
    settings
}
