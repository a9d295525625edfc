//! What pays for the bonuses that a sale redeems: the reserve it names, then the balance. Of a late sale
//! only the reserve does so by itself, the rest is a late debit, and the tenant says what becomes of it
//! (rules 7 and 20).

use crate::ledger::policy::OfflineDebit;
use crate::ledger::refusal::Refusal;
use crate::values::Bonus;

/// Where the bonuses of a sale come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::ledger) struct Funding {
    /// From the reserve that the sale names.
    pub reserve: Bonus,
    pub balance: Bonus,
    /// What the till gave away and nobody pays for.
    pub unfunded: Bonus,
    /// Whether the balance part may draw what expired since, and leave debt.
    pub overdraws: bool,
}

impl Funding {
    /// All that is redeemed.
    pub(in crate::ledger) fn redeemed(&self) -> Bonus {
        self.reserve.checked_add(self.balance).expect("both are parts of what was asked")
    }
}

/// Splits what a sale asks for, with `left` in the reserve it names.
pub(in crate::ledger) fn fund(
    asked: Bonus,
    left: Bonus,
    late: bool,
    offline_debit: OfflineDebit,
) -> Result<Funding, Refusal> {
    let reserve = asked.min(left);
    let rest = asked.saturating_sub(reserve);
    let funded = Funding { reserve, balance: rest, ..Funding::default() };
    if !late || rest.is_zero() {
        return Ok(funded);
    }
    match offline_debit {
        OfflineDebit::Reject => Err(Refusal::LateRedemption),
        OfflineDebit::AccrueOnly => Ok(Funding { reserve, unfunded: rest, ..Funding::default() }),
        OfflineDebit::AllowDebt => Ok(Funding { overdraws: true, ..funded }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bonus(cents: u64) -> Bonus {
        Bonus::from_cents(cents).unwrap()
    }

    /// Reserve, balance, unfunded, overdraws.
    fn check(
        (asked, left): (u64, u64),
        late: bool,
        offline_debit: OfflineDebit,
        expected: Result<(u64, u64, u64, bool), &str>,
    ) {
        let found = fund(bonus(asked), bonus(left), late, offline_debit);
        let cents = |funding: Funding| {
            let Funding { reserve, balance, unfunded, overdraws } = funding;
            (reserve.cents(), balance.cents(), unfunded.cents(), overdraws)
        };
        let found = found.map(cents).map_err(|refusal| refusal.code());
        assert_eq!(found, expected, "{asked} with {left}, {late}, {offline_debit:?}");
    }

    #[test]
    fn a_reserve_pays_first_and_what_it_pays_is_never_late() {
        let late = Err("late_redemption");
        for offline_debit in
            [OfflineDebit::Reject, OfflineDebit::AccrueOnly, OfflineDebit::AllowDebt]
        {
            check((0, 0), true, offline_debit, Ok((0, 0, 0, false)));
            check((50, 0), false, offline_debit, Ok((0, 50, 0, false)));
            check((50, 30), false, offline_debit, Ok((30, 20, 0, false)));
            check((50, 80), false, offline_debit, Ok((50, 0, 0, false)));
            check((50, 50), true, offline_debit, Ok((50, 0, 0, false)));
        }
        check((50, 30), true, OfflineDebit::Reject, late);
        check((50, 0), true, OfflineDebit::Reject, Err("late_redemption"));
        check((50, 30), true, OfflineDebit::AccrueOnly, Ok((30, 0, 20, false)));
        check((50, 0), true, OfflineDebit::AccrueOnly, Ok((0, 0, 50, false)));
        check((50, 30), true, OfflineDebit::AllowDebt, Ok((30, 20, 0, true)));
    }
}
