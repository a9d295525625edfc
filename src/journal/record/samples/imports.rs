//! What an import does to an account, in every form.

use super::{at, bonus, money};
use crate::journal::operation::{EntityEvents, Operation};
use crate::ledger::{
    AccountEvent, Actor, Carried, Credit, CreditKind, ImportEvent, LotDraw, LotOrigin, Operator,
    Pool, TakenBack,
};
use crate::values::{CustomerId, LotId, SaleId, SettingsVersion, TenantId, Text, TransactionId};

/// A batch, and one that is taken back.
pub(super) fn import_events() -> Vec<Operation> {
    let (batch, row) = ([7; 16], [8; 16]);
    let carried = |last_purchase_at| Carried {
        total_spent: money(1_250_000),
        purchases: 37,
        last_purchase_at,
    };
    let credit = Credit {
        transaction: TransactionId(500),
        kind: CreditKind::Import,
        lot: LotId(501),
        origin: LotOrigin::Import(batch),
        pool: Pool::Import,
        amount: bonus(15_000),
        debt_paid: bonus(0),
        held: false,
        activates_at: at(-86_400_000),
        expires_at: Some(at(86_400_000)),
        at: at(0),
    };
    let draws = vec![LotDraw { lot: LotId(501), amount: bonus(9_000), held: true }];
    let (transaction, debt) = (TransactionId(502), bonus(6_000));
    let taken = TakenBack { transaction, amount: bonus(15_000), draws, debt, at: at(2) };
    let reversed = |taken| ImportEvent::CustomerReversed {
        batch,
        row,
        carried: carried(None),
        taken,
        at: at(2),
    };
    let events = vec![
        AccountEvent::Import(ImportEvent::CustomerTaken {
            batch,
            row,
            carried: carried(Some(at(-1))),
            at: at(0),
        }),
        AccountEvent::Credited(credit),
        AccountEvent::Import(ImportEvent::SaleTaken {
            batch,
            sale: SaleId(503),
            redeemed: bonus(100),
        }),
        AccountEvent::Import(reversed(Some(Box::new(taken)))),
        AccountEvent::Import(reversed(None)),
    ];
    vec![Operation {
        tenant: TenantId(4),
        at: at(2),
        actor: Actor::Operator(Operator::unsigned(Text::parse("import").unwrap())),
        rule_version: SettingsVersion(3),
        mark: None,
        entities: vec![EntityEvents::Account(CustomerId(40), events)],
    }]
}
