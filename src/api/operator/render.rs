//! The JSON shapes of the operator's dialect.

use super::settings_shape::SettingsDocument;
use crate::api::amount::Amount;
use crate::api::bonex::{ClientShape, Rendering, date_time};
use crate::engine::TenantDone;
use crate::ledger::{AccountView, AdjustmentReceipt, Lot, Settings, SettingsDraft, Tenant};
use crate::values::{CustomerId, Timestamp};
use serde::Serialize;

/// A tenant without its secrets.
#[derive(Debug, Serialize)]
pub(super) struct TenantShape<'a> {
    tenant_id: u32,
    name: &'a str,
    created_at: String,
    suspended: bool,
    settings_version: u32,
    currency: &'a str,
    telegram_bot_username: Option<&'a str>,
}

/// The secrets that were just made: shown in this answer and never again. Not `Debug`, so that they
/// cannot be logged.
#[derive(Serialize)]
pub(super) struct SecretsShape<'a> {
    tenant_id: u32,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partner_secret: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bonusplus_key: Option<&'a str>,
}

/// A version of a tenant's settings.
#[derive(Debug, Serialize)]
pub(super) struct SettingsShape<'a> {
    version: u32,
    effective_from: String,
    current: bool,
    settings: SettingsDocument<'a>,
}

/// A customer with all figures.
#[derive(Debug, Serialize)]
pub(super) struct CustomerShape<'a> {
    #[serde(flatten)]
    client: ClientShape<'a>,
    opened_at: String,
    redeemable_balance: Amount,
    held_balance: Amount,
    debt: Amount,
    purchases: u64,
    lots: Vec<LotShape>,
    staff: bool,
    debit_denied: bool,
}

/// Customers by number, and where the next page begins.
#[derive(Debug, Serialize)]
pub(super) struct CustomerPage<'a> {
    customers: Vec<CustomerShape<'a>>,
    next_after: Option<u64>,
}

#[derive(Debug, Serialize)]
pub(super) struct LotShape {
    id: u64,
    pool: &'static str,
    amount: Amount,
    remaining: Amount,
    held: bool,
    activates_at: String,
    expires_at: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct AdjustmentShape {
    transaction_id: u64,
    client_id: u64,
    amount: Amount,
    new_balance: Amount,
}

impl<'a> TenantShape<'a> {
    pub(super) fn new(tenant: &'a Tenant, at: Timestamp) -> Self {
        let settings = tenant.settings.at(at);
        Self {
            tenant_id: tenant.id.number(),
            name: tenant.name.as_str(),
            created_at: tenant.created_at.to_string(),
            suspended: tenant.suspended,
            settings_version: settings.version.number(),
            currency: settings.rules.currency.as_str(),
            telegram_bot_username: tenant.telegram.as_ref().map(|bot| bot.username.as_str()),
        }
    }
}

impl<'a> SecretsShape<'a> {
    pub(super) fn new(done: &'a TenantDone) -> Self {
        Self {
            tenant_id: done.tenant.id.number(),
            name: done.tenant.name.as_str(),
            tenant_token: done.token.as_deref(),
            partner_secret: done.secret.as_deref(),
            bonusplus_key: done.plus_key.as_deref(),
        }
    }
}

impl<'a> SettingsShape<'a> {
    pub(super) fn new(settings: &'a Settings, current: bool) -> Self {
        Self {
            version: settings.version.number(),
            effective_from: settings.effective_from.to_string(),
            current,
            settings: SettingsDocument::of(&settings.rules),
        }
    }
}

impl<'a> CustomerShape<'a> {
    pub(super) fn new(view: &'a AccountView, rules: &SettingsDraft) -> Self {
        Self {
            client: Rendering::new(rules).client(view),
            opened_at: date_time(view.opened_at, rules),
            redeemable_balance: view.redeemable.into(),
            held_balance: view.held.into(),
            debt: view.debt.into(),
            purchases: view.purchases,
            lots: view.lots.iter().map(|lot| LotShape::new(lot, rules)).collect(),
            staff: view.staff,
            debit_denied: view.debit_denied,
        }
    }
}

impl<'a> CustomerPage<'a> {
    pub(super) fn new(views: &'a [AccountView], limit: usize, rules: &SettingsDraft) -> Self {
        let full = views.len() >= limit;
        Self::of(views, views.last().filter(|_| full).map(|view| view.id), rules)
    }

    pub(super) fn of(
        views: &'a [AccountView],
        next_after: Option<CustomerId>,
        rules: &SettingsDraft,
    ) -> Self {
        Self {
            customers: views.iter().map(|view| CustomerShape::new(view, rules)).collect(),
            next_after: next_after.map(CustomerId::number),
        }
    }
}

impl LotShape {
    pub(super) fn new(lot: &Lot, rules: &SettingsDraft) -> Self {
        Self {
            id: lot.id.number(),
            pool: lot.pool.name(),
            amount: lot.amount.into(),
            remaining: lot.remaining.into(),
            held: !lot.active,
            activates_at: date_time(lot.activates_at, rules),
            expires_at: lot.expires_at.map(|at| date_time(at, rules)),
        }
    }
}

impl AdjustmentShape {
    pub(super) fn new(customer: CustomerId, adjustment: &AdjustmentReceipt) -> Self {
        Self {
            transaction_id: adjustment.transaction.number(),
            client_id: customer.number(),
            amount: adjustment.amount.into(),
            new_balance: adjustment.balance_after.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::auth::tests::tenant;
    use crate::api::bonex::view;
    use crate::ledger::{LotOrigin, Pool};
    use crate::values::{Balance, Bonus, LotId, SaleId, TransactionId};
    use serde_json::{Value, json};
    use std::sync::Arc;

    fn value(shape: &impl Serialize) -> Value {
        serde_json::to_value(shape).unwrap()
    }

    #[test]
    fn a_tenant_is_shown_without_secrets_unless_they_were_just_made() {
        let tenant = Arc::new(tenant(r#"{"currency": "TJS"}"#));
        let expected = json!({
            "tenant_id": 1, "name": "Demo", "created_at": "1970-01-01T00:00:00.000Z",
            "suspended": false, "settings_version": 1, "currency": "TJS",
            "telegram_bot_username": null
        });
        assert_eq!(value(&TenantShape::new(&tenant, Timestamp::default())), expected);
        let mut done = TenantDone {
            tenant,
            token: Some("token".into()),
            secret: Some("secret".into()),
            plus_key: None,
            synced: None,
        };
        let expected = json!({
            "tenant_id": 1, "name": "Demo", "tenant_token": "token", "partner_secret": "secret"
        });
        assert_eq!(value(&SecretsShape::new(&done)), expected);
        done.token = None;
        let expected = json!({ "tenant_id": 1, "name": "Demo", "partner_secret": "secret" });
        assert_eq!(value(&SecretsShape::new(&done)), expected);
    }

    #[test]
    fn a_version_of_settings_says_whether_it_is_current() {
        let tenant = tenant("{}");
        let shape = value(&SettingsShape::new(tenant.settings.at(Timestamp::default()), true));
        assert_eq!((&shape["version"], &shape["current"]), (&json!(1), &json!(true)));
        assert_eq!(shape["settings"]["max_redeem_percent"], json!("50"));
    }

    #[test]
    fn a_customer_is_shown_with_open_lots() {
        let tenant = tenant(r#"{"time_zone": "Asia/Dushanbe"}"#);
        let rules = &tenant.settings.at(Timestamp::default()).rules;
        let mut view = view();
        view.debt = Bonus::CENT;
        let lot = Lot {
            id: LotId(7),
            origin: LotOrigin::Sale(SaleId(3)),
            pool: Pool::Main,
            amount: Bonus::from_cents(1_000).unwrap(),
            remaining: Bonus::from_cents(250).unwrap(),
            active: false,
            activates_at: Timestamp::parse_rfc3339("2026-01-10T09:00:00Z").unwrap(),
            graced: false,
            expires_at: None,
            kept: None,
        };
        view.lots = [lot].into_iter().collect();
        let shape = value(&CustomerShape::new(&view, rules));
        assert_eq!((&shape["id"], &shape["phone"]), (&json!(42), &json!("+992901234567")));
        assert_eq!((&shape["debt"], &shape["purchases"]), (&json!(0.01), &json!(2)));
        assert_eq!(shape["opened_at"], json!("2026-01-01T05:00:00+05:00"));
        let lots = json!([{
            "id": 7, "pool": "main", "amount": 10, "remaining": 2.5, "held": true,
            "activates_at": "2026-01-10T14:00:00+05:00", "expires_at": null
        }]);
        assert_eq!(shape["lots"], lots);
        let next =
            |limit| value(&CustomerPage::new(&[view.clone()], limit, rules))["next_after"].clone();
        assert_eq!((next(1), next(2)), (json!(42), Value::Null));
    }

    #[test]
    fn an_adjustment_tells_its_row_and_the_balance_after_it() {
        let adjustment = AdjustmentReceipt {
            transaction: TransactionId(5_013),
            amount: Balance::from_cents(-12_000),
            balance_after: Balance::from_cents(-5),
        };
        let expected = json!({
            "transaction_id": 5013, "client_id": 42, "amount": -120, "new_balance": -0.05
        });
        assert_eq!(value(&AdjustmentShape::new(CustomerId(42), &adjustment)), expected);
    }
}
