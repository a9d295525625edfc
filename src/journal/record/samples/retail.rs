//! Sales of the BonusPlus dialect, and the settings that are about them.

use super::settings::with_policy;
use super::{account_operation, at, money, sale, text};
use crate::journal::operation::{EntityEvents, Operation};
use crate::ledger::{
    AccountEvent, ExtUnique, ExtUse, RecordedSale, RetailItem, RetailRules, RetailSale, Settings,
    TenantEvent,
};
use std::sync::Arc;

/// Operations with all of it.
pub(super) fn retail_events() -> Vec<Operation> {
    let mut settings = with_policy();
    settings.rules.policy.retail = RetailRules { ext_unique: ExtUnique::Strict };
    let adopted = |settings: Settings| TenantEvent::SettingsAdopted {
        settings: Arc::new(settings),
        at: at(20),
    };
    let tenant = vec![EntityEvents::Tenant(vec![adopted(settings)])];
    let account = [retail(), bare_retail()].map(|retail| {
        AccountEvent::SaleRecorded(Arc::new(RecordedSale {
            retail: Some(Box::new(retail)),
            ..sale()
        }))
    });
    vec![
        Operation { entities: tenant, ..account_operation(Vec::new()) },
        account_operation(account.to_vec()),
    ]
}

fn retail() -> RetailSale {
    let item = |ext_use| RetailItem {
        sum: money(10_000),
        discount: money(1_000),
        ext: Some(text("item-1")),
        ext_use,
        label: Some(text("3c1ee58e-547f-4005-835b-b9afc9a3fd67")),
        first_cost: Some(money(100)),
        cost_price: Some(money(200)),
        sell_mode: Some(text("retail")),
    };
    RetailSale {
        meaning: [9; 16],
        certificate: true,
        tags: vec![1, -2, i64::MAX],
        note: Some(text("Примечание")),
        items: [ExtUse::First, ExtUse::Second, ExtUse::Later].map(item).to_vec(),
        calculation: false,
    }
}

fn bare_retail() -> RetailSale {
    let item = RetailItem {
        sum: money(0),
        discount: money(0),
        ext: None,
        ext_use: ExtUse::First,
        label: None,
        first_cost: None,
        cost_price: None,
        sell_mode: None,
    };
    RetailSale {
        meaning: [0; 16],
        certificate: false,
        tags: Vec::new(),
        note: None,
        items: vec![item],
        calculation: false,
    }
}
