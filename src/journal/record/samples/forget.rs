//! Samples of what is written when a customer is forgotten.

use super::{account_operation, at, bonus, text};
use crate::journal::operation::{EntityEvents, Operation};
use crate::ledger::{AccountEvent, Forfeit, LotDraw};
use crate::values::{CustomerId, LotId, TransactionId};

/// A customer and the account that was merged into theirs, forgotten together.
pub(super) fn forget_events() -> Vec<Operation> {
    let forgotten = || AccountEvent::Forgotten { reason: text("letter of 2 March"), at: at(50) };
    let draw = |lot, held| LotDraw { lot: LotId(lot), amount: bonus(700), held };
    let forfeit = AccountEvent::GiftForfeited(Forfeit {
        transaction: TransactionId(900),
        amount: bonus(1_400),
        draws: vec![draw(31, false), draw(32, true)],
        at: at(50),
    });
    let entities = vec![
        EntityEvents::Account(CustomerId(8), vec![forfeit, forgotten()]),
        EntityEvents::Account(CustomerId(5), vec![forgotten()]),
    ];
    vec![Operation { entities, ..account_operation(Vec::new()) }]
}
