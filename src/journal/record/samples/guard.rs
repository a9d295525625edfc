//! Samples of what came with the guard against abuse.

use super::settings::with_policy;
use super::{account_operation, at, bonus, sale, text};
use crate::journal::operation::{EntityEvents, Operation};
use crate::ledger::{
    AccountEvent, AccountFlag, DayCount, ExternalIdScope, GuardRules, OnSuspicion, PointOfSale,
    RecordedSale, Settings, TenantEvent,
};
use crate::values::Date;
use std::sync::Arc;

pub(super) fn guard_events() -> Vec<Operation> {
    let adopted = TenantEvent::SettingsAdopted { settings: Arc::new(with_guard()), at: at(15) };
    let settings = EntityEvents::Tenant(vec![adopted]);
    vec![
        Operation { entities: vec![settings], ..account_operation(Vec::new()) },
        account_operation(account_events()),
    ]
}

fn with_guard() -> Settings {
    let mut settings = with_policy();
    settings.rules.policy.guard = GuardRules {
        redeem_confirm_from: Some(bonus(50_000)),
        sales_per_day_report_from: 4,
        sales_per_day_refuse_from: Some(10),
        late_sales: OnSuspicion::Refuse,
        redeem_on_opening_day: OnSuspicion::Refuse,
        external_id_scope: ExternalIdScope::Store,
    };
    settings
}

fn account_events() -> Vec<AccountEvent> {
    let flagged = |flag, on| AccountEvent::FlagSet { flag, on, at: at(16) };
    let day = Date::from_ymd_opt(2026, 1, 10).expect("it is a day");
    let point_of_sale = PointOfSale { store: Some(text("Рудаки")), cashier: None };
    let external_scope = ExternalIdScope::Store;
    vec![
        flagged(AccountFlag::Staff, true),
        flagged(AccountFlag::DebitDenied, true),
        flagged(AccountFlag::Staff, false),
        AccountEvent::DayCounted(DayCount { sales: 1, ..DayCount::nothing_on(day) }),
        AccountEvent::SaleRecorded(Arc::new(RecordedSale {
            point_of_sale,
            external_scope,
            ..sale()
        })),
    ]
}
