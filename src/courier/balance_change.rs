//! What subscribers of the BonusPlus dialect are told of an operation: each change of a customer's
//! balance, with the phone, the amount and why.

use crate::courier::amount::Amount;
use crate::courier::movement::Movement;
use crate::journal::{EntityEvents, Operation};
use crate::ledger::SubscriptionContentType;
use crate::values::{CustomerId, Phone};
use serde::Serialize;

/// A change of a customer's balance.
#[derive(Debug)]
pub(super) struct BalanceChange {
    pub(super) customer: CustomerId,
    /// Positive: given, negative: taken.
    amount: Amount,
    /// In the words of the history.
    transaction_type: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    phone_number: Option<String>,
    amount: &'a Amount,
    transaction_type: &'static str,
}

/// The changes that an operation made, in order.
pub(super) fn balance_changes(operation: &Operation) -> Vec<BalanceChange> {
    let accounts = operation.entities.iter().filter_map(|entity| match entity {
        EntityEvents::Account(customer, events) => Some((*customer, events)),
        EntityEvents::Tenant(_) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => None,
    });
    let changes = accounts.flat_map(|(customer, events)| {
        let movements = events.iter().filter_map(Movement::of);
        let changes = movements.filter_map(Movement::into_change);
        changes.map(move |(transaction_type, amount)| BalanceChange {
            customer,
            amount,
            transaction_type,
        })
    });
    changes.collect()
}

impl BalanceChange {
    /// The body of a delivery; a customer who has no phone is told of without one.
    pub(super) fn body(&self, phone: Option<Phone>, form: SubscriptionContentType) -> Vec<u8> {
        let Self { amount, transaction_type, .. } = self;
        let phone_number = phone.map(|phone| phone.number().to_string());
        match form {
            SubscriptionContentType::Json => {
                let body = Body { phone_number, amount, transaction_type };
                serde_json::to_vec(&body).expect("a change of a balance is JSON")
            }
            // Digits, a number and a word: nothing of it needs to be escaped.
            SubscriptionContentType::Form => {
                let phone = phone_number.unwrap_or_default();
                format!("phoneNumber={phone}&amount={amount}&transactionType={transaction_type}")
                    .into_bytes()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{
        AccountEvent, Actor, Credit, CreditKind, Debit, DebitKind, Draw, LotOrigin, Pool,
        TenantEvent,
    };
    use crate::values::{Bonus, LotId, SettingsVersion, TenantId, Timestamp, TransactionId};

    fn bonus(cents: u64) -> Bonus {
        Bonus::from_cents(cents).unwrap()
    }

    fn debited(cents: u64) -> AccountEvent {
        AccountEvent::Debited(Debit {
            transaction: TransactionId(8),
            kind: DebitKind::Redeem,
            sale: None,
            amount: bonus(cents),
            draws: vec![Draw { lot: LotId(1), amount: bonus(cents) }],
            debt: bonus(0),
            at: Timestamp::default(),
        })
    }

    fn credited(cents: u64) -> AccountEvent {
        AccountEvent::Credited(Credit {
            transaction: TransactionId(9),
            kind: CreditKind::Accrual,
            lot: LotId(2),
            origin: LotOrigin::Adjustment(TransactionId(9)),
            pool: Pool::Main,
            amount: bonus(cents),
            debt_paid: bonus(0),
            held: true,
            activates_at: Timestamp::default(),
            expires_at: None,
            at: Timestamp::default(),
        })
    }

    fn activated() -> AccountEvent {
        AccountEvent::LotActivated {
            lot: LotId(1),
            amount: bonus(50),
            debt_paid: bonus(20),
            at: Timestamp::default(),
        }
    }

    fn told(form: SubscriptionContentType, phone: Option<&str>) -> Vec<String> {
        let suspended = TenantEvent::Suspended { at: Timestamp::default() };
        let operation = Operation {
            tenant: TenantId(1),
            at: Timestamp::default(),
            actor: Actor::Partner,
            rule_version: SettingsVersion(1),
            mark: None,
            entities: vec![
                EntityEvents::Tenant(vec![suspended]),
                EntityEvents::Account(CustomerId(4), vec![activated(), debited(4_550)]),
                EntityEvents::Account(CustomerId(5), vec![credited(4_775)]),
            ],
        };
        let phone = phone.map(|phone| Phone::parse(phone, None).unwrap());
        let changes = balance_changes(&operation);
        let customers: Vec<_> = changes.iter().map(|change| change.customer.number()).collect();
        assert_eq!(customers, [4, 5], "an activation changes no balance");
        let bodies = changes.iter().map(|change| change.body(phone, form));
        bodies.map(|body| String::from_utf8(body).unwrap()).collect()
    }

    #[test]
    fn each_change_of_a_balance_is_told_in_the_form_asked_for() {
        let json = told(SubscriptionContentType::Json, Some("+992901234567"));
        let expected = [
            r#"{"phoneNumber":"992901234567","amount":-45.5,"transactionType":"redeem"}"#,
            r#"{"phoneNumber":"992901234567","amount":47.75,"transactionType":"accrual"}"#,
        ];
        assert_eq!(json, expected);
        let form = told(SubscriptionContentType::Form, Some("+992901234567"));
        let expected = [
            "phoneNumber=992901234567&amount=-45.5&transactionType=redeem",
            "phoneNumber=992901234567&amount=47.75&transactionType=accrual",
        ];
        assert_eq!(form, expected);
        let nobody = told(SubscriptionContentType::Json, None);
        assert_eq!(nobody[0], r#"{"phoneNumber":null,"amount":-45.5,"transactionType":"redeem"}"#);
    }
}
