//! What partners are told of an operation: its number, kind and figures. The same entry in the feed and
//! in what webhooks are sent, byte for byte, whenever it is told. Names nobody: customers by number.

use crate::courier::figures::Figures;
use crate::courier::movement::Movement;
use crate::courier::voucher_movement::VoucherMovement;
use crate::journal::{EntityEvents, Numbered, Operation};
use crate::ledger::FeedKind;
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
    /// What happened to gift cards and coupons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    vouchers: Vec<VoucherMovement>,
}

/// The kind of an operation; none has no events.
#[must_use]
pub fn kind_of(operation: &Operation) -> FeedKind {
    let kinds = operation.entities.iter().filter_map(|entity| match entity {
        EntityEvents::Tenant(events) => events.iter().map(FeedKind::of_tenant).max(),
        EntityEvents::Account(_, events) => events.iter().map(FeedKind::of_account).max(),
        EntityEvents::Login(..) => Some(FeedKind::LoginCode),
        EntityEvents::Voucher(_, _, events) => events.iter().map(FeedKind::of_voucher).max(),
    });
    kinds.max().unwrap_or(FeedKind::Settlement)
}

impl<'a> FeedEntry<'a> {
    /// What kind of entry an operation makes.
    #[must_use]
    pub fn kind_of(operation: &Operation) -> FeedKind {
        kind_of(operation)
    }

    #[must_use]
    pub fn of(numbered: &'a Numbered) -> Self {
        let operation = &numbered.operation;
        // A batch is about nobody in particular.
        let imported = kind_of(operation) == FeedKind::Imported;
        let client = customer_of(operation).filter(|_| !imported);
        Self::told(numbered, client, !imported, |_| true)
    }

    /// An operation as one person may see it: what happened to accounts of theirs, and nobody else in it.
    #[must_use]
    pub fn of_accounts(numbered: &'a Numbered, accounts: &[CustomerId]) -> Self {
        let own = |entity: &EntityEvents| match entity {
            EntityEvents::Account(customer, _) => {
                Some(*customer).filter(|it| accounts.contains(it))
            }
            EntityEvents::Tenant(_) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => None,
        };
        let client = numbered.operation.entities.iter().find_map(own);
        let mut entry = Self::told(numbered, client, true, |customer| accounts.contains(&customer));
        entry.figures.hide_others();
        entry
    }

    fn told(
        numbered: &'a Numbered,
        client: Option<CustomerId>,
        with_figures: bool,
        wanted: impl Fn(CustomerId) -> bool,
    ) -> Self {
        let operation = &numbered.operation;
        let mut figures = Figures::default();
        let (mut movements, mut vouchers) = (Vec::new(), Vec::new());
        for entity in &operation.entities {
            match entity {
                EntityEvents::Tenant(events) => {
                    events.iter().for_each(|event| figures.take_tenant(event));
                }
                EntityEvents::Account(customer, _) if !wanted(*customer) => {}
                EntityEvents::Account(customer, events) => {
                    if with_figures {
                        events.iter().for_each(|event| figures.take_account(event));
                    }
                    let moved = events.iter().filter_map(Movement::of);
                    let other = client != Some(*customer);
                    let told = |one: Movement| if other { one.of_other(*customer) } else { one };
                    movements.extend(moved.map(told));
                }
                EntityEvents::Login(..) => {}
                EntityEvents::Voucher(_, id, events) => {
                    vouchers.extend(events.iter().map(|event| VoucherMovement::of(*id, event)));
                }
            }
        }
        Self {
            number: numbered.tenant_number,
            at: operation.at.to_string(),
            kind: kind_of(operation).name(),
            client_id: client.map(CustomerId::number),
            actor: operation.actor.name(),
            figures,
            movements,
            vouchers,
        }
    }
}

/// The customer that an operation is about: the first of several.
fn customer_of(operation: &Operation) -> Option<CustomerId> {
    operation.entities.iter().find_map(|entity| match entity {
        EntityEvents::Account(customer, _) => Some(*customer),
        EntityEvents::Tenant(_) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{
        AccountEvent, Actor, Credit, CreditKind, Debit, DebitKind, Draw, LotOrigin, Operator, Pool,
        TenantEvent, WebhookEvent,
    };
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
        let operator = Actor::Operator(Operator::unsigned(Text::parse("anna").unwrap()));
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
