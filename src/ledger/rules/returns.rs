//! What a return gives back of a sale: each part its own shares, rounded over all returns together, so
//! that the last one closes to the cent (rules 22 and 23).

use crate::ledger::refund::Extent;
use crate::ledger::returnable::Returnable;
use crate::ledger::returned::{RecordedReturn, ReturnedPart, Shares};
use crate::ledger::rules::fixed_bonus::FixedBonus;
use crate::ledger::sale::{RecordedLine, RecordedSale, SaleRecord, Split};
use crate::values::{Bonus, Money, Quantity};

/// Bits that an amount in cents may have; a weight must leave room for it in 128.
const AMOUNT_BITS: u32 = 41;

/// What of a sale was not returned yet.
#[derive(Debug, Clone)]
pub(in crate::ledger) struct Unreturned {
    lines: Vec<Measure>,
    /// What no line lists; of a sale without lines, and of a redemption, all there is.
    unlisted: Option<Measure>,
    /// The money paid.
    total: Money,
    /// Those whose condition what remains still meets.
    fixed: Vec<FixedBonus>,
}

/// How far one part of a sale has come back. Quantities and amounts are measured alike, as a weight:
/// the whole is quantity times amount.
#[derive(Debug, Clone)]
struct Measure {
    /// In millionths, at least one.
    quantity: u128,
    /// In cents, at least one.
    amount: u128,
    /// Whether there is an amount, so that a part of it can be named.
    priced: bool,
    done: u128,
    all: Shares,
    /// What of the accrual went back whole, with fixed bonuses.
    withdrawn: Bonus,
    given: Shares,
}

impl Unreturned {
    /// What is left of a sale that earned these fixed bonuses.
    pub(in crate::ledger) fn of(sale: &Returnable, fixed: Vec<FixedBonus>) -> Self {
        let mut unreturned = match &sale.record {
            SaleRecord::Purchase(sale) => Self::of_purchase(sale, fixed),
            SaleRecord::Redemption(redemption) => {
                let all = Shares { redeem_share: redemption.amount, ..Shares::default() };
                let measure = Measure::new(None, redemption.amount.as_money(), all);
                Self::of_parts(Vec::new(), Some(measure))
            }
            SaleRecord::Return(_) => Self::of_parts(Vec::new(), None),
        };
        for earlier in &sale.returns {
            unreturned.forget(earlier);
        }
        unreturned
    }

    const fn of_parts(lines: Vec<Measure>, unlisted: Option<Measure>) -> Self {
        Self { lines, unlisted, total: Money::ZERO, fixed: Vec::new() }
    }

    fn of_purchase(sale: &RecordedSale, fixed: Vec<FixedBonus>) -> Self {
        let line = |(index, line): (usize, &RecordedLine)| {
            let quantity = line.input.quantity.unwrap_or(Quantity::ONE);
            Measure::new(Some(quantity), sale.own_amount(index), shares_of(&line.split))
        };
        let unlisted = sale.unlisted.as_ref().map(|split| {
            let amount = if sale.lines.is_empty() { sale.total } else { split.net };
            Measure::new(None, amount, shares_of(split))
        });
        let lines = sale.lines.iter().enumerate().map(line);
        Self { total: sale.total, fixed, ..Self::of_parts(lines.collect(), unlisted) }
    }

    /// Takes an earlier return in.
    fn forget(&mut self, earlier: &RecordedReturn) {
        for part in &earlier.parts {
            let taken = self.take(part.line, part.extent);
            debug_assert!(taken.is_some(), "what was returned before could be returned");
        }
        self.withdraw();
    }

    /// Tests fixed bonuses again on what remains; one that fails goes back whole, on all lines.
    pub(in crate::ledger) fn withdraw(&mut self) {
        let back = Money::checked_sum(self.measures().map(|measure| measure.given.money));
        let remaining = self.total.saturating_sub(back.unwrap_or(self.total));
        let fixed = std::mem::take(&mut self.fixed);
        let (standing, failed): (Vec<_>, Vec<_>) =
            fixed.into_iter().partition(|bonus| remaining >= bonus.min_amount);
        self.fixed = standing;
        for bonus in failed {
            let measures = self.lines.iter_mut().chain(&mut self.unlisted);
            measures.zip(bonus.shares).for_each(|(measure, share)| measure.withdraw(share));
        }
    }

    /// What of the accrual has gone back so far.
    pub(in crate::ledger) fn accrual_back(&self) -> Bonus {
        let accruals = self.measures().map(|measure| measure.given.accrual);
        Bonus::checked_sum(accruals).unwrap_or_default()
    }

    fn measures(&self) -> impl Iterator<Item = &Measure> {
        self.lines.iter().chain(&self.unlisted)
    }

    /// Takes a part back; `None` if there is not so much of it left, or nothing of it was named.
    pub(in crate::ledger) fn take(
        &mut self,
        line: Option<u32>,
        extent: Extent,
    ) -> Option<ReturnedPart> {
        let measure = match line {
            Some(index) => self.lines.get_mut(usize::try_from(index).ok()?)?,
            None => self.unlisted.as_mut()?,
        };
        measure.take(extent).map(|shares| ReturnedPart { line, extent, shares })
    }

    /// Takes back all that is left, line by line.
    pub(in crate::ledger) fn take_all(&mut self) -> Vec<ReturnedPart> {
        let lines = (0..).take(self.lines.len()).map(Some);
        lines.chain([None]).filter_map(|line| self.take(line, Extent::Rest)).collect()
    }

    pub(in crate::ledger) fn is_nothing(&self) -> bool {
        self.measures().all(Measure::is_done)
    }
}

impl Measure {
    fn new(quantity: Option<Quantity>, amount: Money, all: Shares) -> Self {
        Self {
            quantity: quantity.map_or(1, |quantity| u128::from(quantity.millionths()).max(1)),
            amount: u128::from(amount.cents()).max(1),
            priced: !amount.is_zero(),
            done: 0,
            all,
            withdrawn: Bonus::ZERO,
            given: Shares::default(),
        }
    }

    fn whole(&self) -> u128 {
        self.quantity.saturating_mul(self.amount)
    }

    fn is_done(&self) -> bool {
        self.done == self.whole()
    }

    fn take(&mut self, extent: Extent) -> Option<Shares> {
        let weight = match extent {
            Extent::Quantity(quantity) => {
                u128::from(quantity.millionths()).saturating_mul(self.amount)
            }
            Extent::Amount(amount) if self.priced => {
                u128::from(amount.cents()).saturating_mul(self.quantity)
            }
            Extent::Amount(_) => 0,
            Extent::Rest => self.whole().saturating_sub(self.done),
        };
        let done = self.done.checked_add(weight)?;
        if weight == 0 || done > self.whole() {
            return None;
        }
        self.done = done;
        let due = self.due();
        let shares = due.less(self.given);
        self.given = due;
        Some(shares)
    }

    /// A fixed bonus that went back whole is no part of what falls on the pieces any more.
    fn withdraw(&mut self, fixed: Bonus) {
        let withdrawn = self.withdrawn.checked_add(fixed).unwrap_or(self.all.accrual);
        self.withdrawn = withdrawn.min(self.all.accrual);
        self.given = self.due();
    }

    /// What has gone back with all that came back.
    fn due(&self) -> Shares {
        let by_piece = self.all.accrual.saturating_sub(self.withdrawn);
        let due = Shares { accrual: by_piece, ..self.all }.part(self.done, self.whole());
        let accrual = due.accrual.checked_add(self.withdrawn).unwrap_or(self.all.accrual);
        Shares { accrual, ..due }
    }
}

impl Shares {
    /// What falls on `done` of `whole`, rounded half-up.
    fn part(self, done: u128, whole: u128) -> Self {
        let of = |cents: u64| part_half_up(cents, done, whole);
        Self {
            money: Money::from_cents(of(self.money.cents())).unwrap_or(self.money),
            redeem_share: Bonus::from_cents(of(self.redeem_share.cents()))
                .unwrap_or(self.redeem_share),
            accrual: Bonus::from_cents(of(self.accrual.cents())).unwrap_or(self.accrual),
            gift_share: Money::from_cents(of(self.gift_share.cents())).unwrap_or(self.gift_share),
        }
    }

    fn less(self, other: Self) -> Self {
        Self {
            money: self.money.saturating_sub(other.money),
            redeem_share: self.redeem_share.saturating_sub(other.redeem_share),
            accrual: self.accrual.saturating_sub(other.accrual),
            gift_share: self.gift_share.saturating_sub(other.gift_share),
        }
    }

    /// All shares together; a sum is within its sale.
    pub(in crate::ledger) fn sum(parts: &[ReturnedPart]) -> Self {
        let bonus = |of: fn(&Shares) -> Bonus| {
            Bonus::checked_sum(parts.iter().map(|part| of(&part.shares))).unwrap_or_default()
        };
        let money = |of: fn(&Shares) -> Money| {
            Money::checked_sum(parts.iter().map(|part| of(&part.shares))).unwrap_or_default()
        };
        Self {
            money: money(|shares| shares.money),
            gift_share: money(|shares| shares.gift_share),
            redeem_share: bonus(|shares| shares.redeem_share),
            accrual: bonus(|shares| shares.accrual),
        }
    }
}

/// How much of a clawback is due now: what all returns so far reverse, never more than was earned and
/// did not expire unspent, less what was due before (rule 24).
pub(in crate::ledger) fn clawback_due(sale: &Returnable, accrual: Bonus, expired: Bonus) -> Bonus {
    let before = |of: fn(&RecordedReturn) -> Bonus| {
        Bonus::checked_sum(sale.returns.iter().map(of)).unwrap_or_default()
    };
    let fell_on_all = before(|returned| returned.accrual).checked_add(accrual).unwrap_or(accrual);
    let most = sale.record.accrued().saturating_sub(expired);
    let due_before = before(|returned| {
        returned.reversed.checked_add(returned.let_go).unwrap_or(returned.accrual)
    });
    fell_on_all.min(most).saturating_sub(due_before)
}

fn shares_of(split: &Split) -> Shares {
    let Split { net, redeem_share, gift_share, accrual, .. } = *split;
    Shares { money: net, redeem_share, accrual, gift_share }
}

/// `done` of `whole` of an amount. The largest weights give up their last bits: `done` is never so
/// exact that a cent would notice, and all of it stays all of it.
fn part_half_up(cents: u64, done: u128, whole: u128) -> u64 {
    let used = u128::BITS.saturating_sub(whole.leading_zeros());
    let spare = used.saturating_sub(u128::BITS.saturating_sub(AMOUNT_BITS).saturating_sub(1));
    let (done, whole) = (done.wrapping_shr(spare), whole.wrapping_shr(spare).max(1));
    let doubled = u128::from(cents).saturating_mul(done).saturating_mul(2).saturating_add(whole);
    let rounded = doubled.checked_div(whole.saturating_mul(2)).unwrap_or_default();
    u64::try_from(rounded).unwrap_or(cents).min(cents)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::MONEY_MAX_CENTS;
    use proptest::prelude::*;

    fn measure(quantity: &str, amount: u64, accrual: u64) -> Measure {
        let all = Shares {
            money: Money::from_cents(amount).unwrap(),
            redeem_share: Bonus::from_cents(amount.div_euclid(3)).unwrap(),
            accrual: Bonus::from_cents(accrual).unwrap(),
            gift_share: Money::ZERO,
        };
        Measure::new(
            Some(Quantity::parse(quantity).unwrap()),
            Money::from_cents(amount).unwrap(),
            all,
        )
    }

    fn pieces(text: &str) -> Extent {
        Extent::Quantity(Quantity::parse(text).unwrap())
    }

    fn worth(cents: u64) -> Extent {
        Extent::Amount(Money::from_cents(cents).unwrap())
    }

    fn check(mut measure: Measure, extents: &[Extent], expected: &[Option<u64>]) {
        let taken: Vec<_> = extents
            .iter()
            .map(|extent| measure.take(*extent).map(|shares| shares.accrual.cents()))
            .collect();
        assert_eq!(taken, expected, "{extents:?}");
    }

    #[test]
    fn the_last_return_of_a_line_closes_to_the_cent() {
        let third = || vec![pieces("1"), pieces("1"), pieces("1"), pieces("1")];
        check(measure("3", 3_000, 100), &third(), &[Some(33), Some(34), Some(33), None]);
        check(measure("3", 3_000, 1), &third(), &[Some(0), Some(1), Some(0), None]);
        check(measure("3", 3_000, 100), &[pieces("2"), Extent::Rest], &[Some(67), Some(33)]);
        check(measure("1", 1_000, 10), &[pieces("0.35"), pieces("0.65")], &[Some(4), Some(6)]);
        // Pieces first, then the rest in money.
        let mixed = [pieces("1"), worth(1_000), worth(1_000), worth(1)];
        check(measure("3", 3_000, 100), &mixed, &[Some(33), Some(34), Some(33), None]);
        check(measure("1", 1_000, 10), &[worth(1_000), Extent::Rest], &[Some(10), None]);
    }

    #[test]
    fn more_than_there_is_and_nothing_at_all_are_not_taken() {
        check(measure("2", 1_000, 10), &[pieces("2.000001")], &[None]);
        check(measure("2", 1_000, 10), &[worth(1_001)], &[None]);
        check(measure("2", 1_000, 10), &[pieces("0"), worth(0)], &[None, None]);
        check(measure("2", 1_000, 10), &[pieces("1"), pieces("1.5")], &[Some(5), None]);
        // A gift has pieces, but no amount.
        check(
            measure("2", 0, 0),
            &[worth(1), pieces("1"), Extent::Rest],
            &[None, Some(0), Some(0)],
        );
    }

    #[test]
    fn the_largest_figures_fit() {
        let all =
            Shares { accrual: Bonus::from_cents(MONEY_MAX_CENTS).unwrap(), ..Shares::default() };
        let most = Quantity::from_millionths(Quantity::MAX_MILLIONTHS).unwrap();
        let amount = Money::from_cents(MONEY_MAX_CENTS).unwrap();
        let mut measure = Measure::new(Some(most), amount, all);
        let half = Quantity::from_millionths(Quantity::MAX_MILLIONTHS.div_euclid(2)).unwrap();
        let first = measure.take(Extent::Quantity(half)).unwrap().accrual.cents();
        assert!(first.abs_diff(MONEY_MAX_CENTS.div_euclid(2)) <= 1, "{first}");
        let rest = measure.take(Extent::Rest).unwrap().accrual.cents();
        assert_eq!(first + rest, MONEY_MAX_CENTS);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn parts_add_up_in_any_split(
            amount in 1_u64..1_000_000,
            accrual in 0_u64..1_000_000,
            pieces in prop::collection::vec(1_u64..5_000_000, 1..20),
        ) {
            let quantity = Quantity::from_millionths(pieces.iter().sum()).unwrap();
            let mut measure = measure(&quantity.to_string(), amount, accrual);
            let mut sum = Shares::default();
            for piece in &pieces {
                let extent = Extent::Quantity(Quantity::from_millionths(*piece).unwrap());
                let shares = measure.take(extent).unwrap();
                sum.accrual = sum.accrual.checked_add(shares.accrual).unwrap();
                sum.money = sum.money.checked_add(shares.money).unwrap();
            }
            prop_assert_eq!((sum.accrual, sum.money), (measure.all.accrual, measure.all.money));
            prop_assert!(measure.is_done());
        }
    }
}
