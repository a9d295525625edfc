//! Takes back what a referral paid: its own lot first, spendable or held, then what can be spent, then what
//! is held, never what reserves cover; the rest is debt, unless the tenant lets it go (rules 17 and 24).

use crate::ledger::decide::claw_back::slices_back;
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::event::{AccountEvent, LotDraw, TakenBack};
use crate::ledger::lot::{LotOrigin, Slice};
use crate::ledger::policy::ReturnDebt;
use crate::values::{Bonus, CustomerId, Timestamp};

/// A reward that goes back.
pub(super) struct Claim {
    /// The other side of the referral.
    pub(super) other: CustomerId,
    pub(super) amount: Bonus,
}

pub(super) fn take_back(
    draft: &mut Draft,
    claim: &Claim,
    now: Timestamp,
) -> Result<(), DraftError> {
    let own = LotOrigin::Referral(claim.other);
    let (slices, left) = slices_back(&draft.account, own, claim.amount);
    let drawn = |slice: &Slice| LotDraw { lot: slice.lot, amount: slice.amount, held: slice.held };
    let draws = slices.iter().map(drawn).collect();
    let rule = draft.settings.at(now).rules.policy.returns.debt;
    let debt = match draft.account.return_debt(rule) {
        ReturnDebt::Debt => left,
        ReturnDebt::Clamp => Bonus::ZERO,
    };
    let amount = claim.amount.saturating_sub(left).checked_add(debt).unwrap_or(claim.amount);
    if amount.is_zero() {
        return Ok(());
    }
    let transaction = draft.next_transaction();
    let taken = TakenBack { transaction, amount, draws, debt, at: now };
    draft.record(AccountEvent::RewardTakenBack(taken))
}
