//! What partners are told of an operation: its number, kind and figures. The same entry in the feed and
//! in what webhooks are sent, byte for byte, whenever it is told. Names nobody: customers by number.

use crate::courier::amount::Amount;
use crate::courier::movement::Movement;
use crate::journal::{EntityEvents, Numbered, Operation};
use crate::ledger::{
    AccountEvent, FeedKind, RecordedRedemption, RecordedSale, TenantEvent, WebhookEvent,
};
use crate::values::CustomerId;
use serde::Serialize;

/// An entry of the feed. Instants are UTC: a later change of the tenant's zone changes no entry.
#[derive(Debug, Serialize)]
pub struct FeedEntry<'a> {
    /// The tenant's own gap-free number of the operation.
    number: u64,
    at: String,
    kind: &'static str,
    client_id: Option<u64>,
    actor: &'static str,
    figures: Figures<'a>,
    /// What happened to bonuses, in order.
    movements: Vec<Movement>,
}

/// The figures of the request itself; those that it has none of are left out.
#[derive(Debug, Default, Serialize)]
struct Figures<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    sale_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_sale_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cashier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sale_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    late: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gross_amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bonus_accrued: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bonus_redeemed: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_balance: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings_version: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<u64>,
}

/// The kind of an operation; none has no events.
pub(super) fn kind_of(operation: &Operation) -> FeedKind {
    let kinds = operation.entities.iter().filter_map(|entity| match entity {
        EntityEvents::Tenant(events) => events.iter().map(FeedKind::of_tenant).max(),
        EntityEvents::Account(_, events) => events.iter().map(FeedKind::of_account).max(),
        EntityEvents::Login(..) => Some(FeedKind::LoginCode),
    });
    kinds.max().unwrap_or(FeedKind::Settlement)
}

impl<'a> FeedEntry<'a> {
    #[must_use]
    pub fn of(numbered: &'a Numbered) -> Self {
        let operation = &numbered.operation;
        let mut figures = Figures::default();
        let mut movements = Vec::new();
        for entity in &operation.entities {
            match entity {
                EntityEvents::Tenant(events) => {
                    events.iter().for_each(|event| figures.take_tenant(event));
                }
                EntityEvents::Account(_, events) => {
                    events.iter().for_each(|event| figures.take_account(event));
                    movements.extend(events.iter().filter_map(Movement::of));
                }
                EntityEvents::Login(..) => {}
            }
        }
        Self {
            number: numbered.tenant_number,
            at: operation.at.to_string(),
            kind: kind_of(operation).name(),
            client_id: customer_of(operation).map(CustomerId::number),
            actor: operation.actor.name(),
            figures,
            movements,
        }
    }
}

/// The customer that an operation is about: the first of several.
fn customer_of(operation: &Operation) -> Option<CustomerId> {
    operation.entities.iter().find_map(|entity| match entity {
        EntityEvents::Account(customer, _) => Some(*customer),
        EntityEvents::Tenant(_) | EntityEvents::Login(..) => None,
    })
}

impl<'a> Figures<'a> {
    fn take_account(&mut self, event: &'a AccountEvent) {
        match event {
            AccountEvent::SaleRecorded(sale) => self.take_sale(sale),
            AccountEvent::RedemptionRecorded(redemption) => self.take_redemption(redemption),
            AccountEvent::AdjustmentRecorded { transaction, amount, reason, balance_after } => {
                self.transaction_id = Some(transaction.number());
                self.amount = Some((*amount).into());
                self.reason = Some(reason.as_str());
                self.new_balance = Some((*balance_after).into());
            }
            AccountEvent::AccountOpened { .. }
            | AccountEvent::PhoneAssigned { .. }
            | AccountEvent::CardAssigned { .. }
            | AccountEvent::ProfileChanged(_)
            | AccountEvent::TokenIssued { .. }
            | AccountEvent::TokenRevoked { .. }
            | AccountEvent::Blocked { .. }
            | AccountEvent::Unblocked { .. }
            | AccountEvent::Credited(_)
            | AccountEvent::LotActivated { .. }
            | AccountEvent::LotExpired { .. }
            | AccountEvent::Debited(_)
            | AccountEvent::DayCounted(_)
            | AccountEvent::TelegramLinked(_)
            | AccountEvent::DeviceRegistered(_)
            | AccountEvent::DeviceForgotten { .. } => {}
        }
    }

    fn take_sale(&mut self, sale: &'a RecordedSale) {
        self.sale_id = Some(sale.id.number());
        self.external_sale_id = sale.external_id.as_ref().map(|id| id.as_str());
        self.receipt_number = sale.receipt_number.as_ref().map(|number| number.as_str());
        self.store = sale.point_of_sale.store.as_ref().map(|store| store.as_str());
        self.cashier = sale.point_of_sale.cashier.as_ref().map(|cashier| cashier.as_str());
        self.sale_date = Some(sale.at.to_string());
        self.late = Some(sale.late);
        self.total_amount = Some(sale.total.into());
        self.gross_amount = sale.gross.map(Amount::from);
        self.bonus_accrued = Some(sale.accrued.into());
        self.bonus_redeemed = Some(sale.redeemed.into());
        self.new_balance = Some(sale.balance_after.into());
    }

    fn take_redemption(&mut self, redemption: &'a RecordedRedemption) {
        self.sale_id = Some(redemption.id.number());
        self.transaction_id = Some(redemption.transaction.number());
        self.external_sale_id = redemption.external_id.as_ref().map(|id| id.as_str());
        self.total_amount = Some(redemption.order_total.into());
        self.bonus_redeemed = Some(redemption.amount.into());
        self.new_balance = Some(redemption.balance_after.into());
    }

    fn take_tenant(&mut self, event: &TenantEvent) {
        match event {
            TenantEvent::SettingsAdopted { settings, .. } => {
                self.settings_version = Some(settings.version.number());
                self.effective_from = Some(settings.effective_from.to_string());
            }
            TenantEvent::Webhook(event) => self.take_webhook(event),
            TenantEvent::CourierAdvanced { through, .. } => self.after = Some(*through),
            TenantEvent::TenantCreated { .. }
            | TenantEvent::TokenSet { .. }
            | TenantEvent::SecretSet { .. }
            | TenantEvent::TelegramBotSet { .. }
            | TenantEvent::InventorySynced { .. }
            | TenantEvent::StoresListed { .. }
            | TenantEvent::PromotionSet { .. }
            | TenantEvent::PromotionEnded { .. }
            | TenantEvent::Suspended { .. }
            | TenantEvent::Resumed { .. } => {}
        }
    }

    fn take_webhook(&mut self, event: &WebhookEvent) {
        let (webhook, after) = match event {
            WebhookEvent::Set { webhook, after, .. }
            | WebhookEvent::Replayed { webhook, after, .. } => (webhook, Some(*after)),
            WebhookEvent::Advanced { webhook, through, .. } => (webhook, Some(*through)),
            WebhookEvent::Removed { webhook, .. } | WebhookEvent::Paused { webhook, .. } => {
                (webhook, None)
            }
        };
        self.webhook_id = Some(webhook.number());
        self.after = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Actor, Credit, CreditKind, Debit, DebitKind, Draw, LotOrigin, Pool};
    use crate::values::{
        Balance, Bonus, EventNumber, LotId, SaleId, SettingsVersion, TenantId, Text, Timestamp,
        TransactionId, WebhookId,
    };
    use serde_json::{Value, json};

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    fn bonus(cents: u64) -> Bonus {
        Bonus::from_cents(cents).unwrap()
    }

    fn told(actor: Actor, entities: Vec<EntityEvents>) -> Value {
        let operation = Operation {
            tenant: TenantId(1),
            at: at("2026-03-02T14:00:00+05:00"),
            actor,
            rule_version: SettingsVersion(1),
            mark: None,
            entities,
        };
        let numbered = Numbered { operation, first_event: EventNumber(9), tenant_number: 7 };
        serde_json::to_value(FeedEntry::of(&numbered)).unwrap()
    }

    #[test]
    fn an_entry_says_what_happened_and_names_nobody() {
        let (transaction, lot) = (TransactionId(3), LotId(4));
        let now = at("2026-03-02T09:00:00Z");
        let credit = Credit {
            transaction,
            kind: CreditKind::Adjust,
            lot,
            origin: LotOrigin::Adjustment(transaction),
            pool: Pool::Manual,
            amount: bonus(500),
            debt_paid: bonus(20),
            held: true,
            activates_at: at("2026-03-03T09:00:00Z"),
            expires_at: None,
            at: now,
        };
        let events = vec![
            AccountEvent::LotActivated {
                lot: LotId(1),
                amount: bonus(50),
                debt_paid: bonus(0),
                at: now,
            },
            AccountEvent::Credited(credit),
            AccountEvent::AdjustmentRecorded {
                transaction,
                amount: Balance::from_cents(500),
                reason: Text::parse("goodwill").unwrap(),
                balance_after: Balance::from_cents(-5),
            },
        ];
        let operator = Actor::Operator(Text::parse("anna").unwrap());
        let entry = told(operator, vec![EntityEvents::Account(CustomerId(42), events)]);
        let expected = json!({
            "number": 7, "at": "2026-03-02T09:00:00.000Z", "kind": "adjustment", "client_id": 42,
            "actor": "operator",
            "figures": { "transaction_id": 3, "amount": 5, "reason": "goodwill", "new_balance": -0.05 },
            "movements": [
                { "type": "activate", "amount": 0.5, "lots": [{ "lot_id": 1, "amount": 0.5 }] },
                { "type": "adjust", "transaction_id": 3, "amount": 5, "debt": -0.2, "lots": [{
                    "lot_id": 4, "amount": 4.8,
                    "activates_at": "2026-03-03T09:00:00.000Z",
                }] },
            ],
        });
        assert_eq!(entry, expected);
    }

    #[test]
    fn what_was_taken_is_negative_and_shows_its_slices() {
        let draws = vec![
            Draw { lot: LotId(1), amount: bonus(100) },
            Draw { lot: LotId(2), amount: bonus(50) },
        ];
        let debit = Debit {
            transaction: TransactionId(8),
            kind: DebitKind::Redeem,
            sale: Some(SaleId(2)),
            amount: bonus(175),
            draws,
            debt: bonus(25),
            at: Timestamp::default(),
        };
        let entry = told(
            Actor::House,
            vec![EntityEvents::Account(CustomerId(1), vec![AccountEvent::Debited(debit)])],
        );
        let expected = json!([{ "type": "redeem", "transaction_id": 8, "amount": -1.75, "debt": 0.25, "lots": [
            { "lot_id": 1, "amount": -1 }, { "lot_id": 2, "amount": -0.5 },
        ] }]);
        assert_eq!((&entry["kind"], &entry["movements"]), (&json!("settlement"), &expected));
    }

    #[test]
    fn what_happens_to_a_tenant_has_no_customer_and_no_secret() {
        let webhook = WebhookId(2);
        let advanced = WebhookEvent::Advanced { webhook, through: 40, at: Timestamp::default() };
        let entry =
            told(Actor::House, vec![EntityEvents::Tenant(vec![TenantEvent::Webhook(advanced)])]);
        assert_eq!(entry["kind"], "courier_advanced");
        assert_eq!(entry["client_id"], Value::Null);
        assert_eq!(entry["figures"], json!({ "webhook_id": 2, "after": 40 }));
        let suspended = TenantEvent::Suspended { at: Timestamp::default() };
        let entry = told(Actor::Partner, vec![EntityEvents::Tenant(vec![suspended])]);
        assert_eq!((&entry["kind"], &entry["figures"]), (&json!("tenant_suspended"), &json!({})));
    }
}
