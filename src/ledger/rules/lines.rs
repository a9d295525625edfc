//! How money and redeemed bonuses of a receipt fall on its lines (rules 3 and 9).

use crate::values::{Bonus, Bounds, MONEY_MAX_CENTS, Money, allot, allot_within};

/// What falls on one line before any percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct Share {
    pub net: Money,
    pub redeem_share: Bonus,
    pub gift_share: Money,
    pub base: Money,
}

/// What of a line must be paid in money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) enum Firm {
    Nothing,
    /// The least price of the article.
    Least(Money),
    All,
    /// Nothing, not even a cent: the line may reach 0.00.
    NotACent,
}

/// A line before it is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct PricedLine {
    pub amount: Money,
    pub firm: Firm,
}

/// The shares of all lines, and of what no line lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ledger) struct Shares {
    pub lines: Vec<Share>,
    pub unlisted: Option<Share>,
    /// What bonuses may pay nothing of: no part of the cap's base.
    pub excluded: Money,
    /// The most bonuses that the lines can carry. If more are redeemed, the shares do not add up.
    pub room: Bonus,
}

/// Lines in cents on their way.
struct Cents {
    scaled: Vec<u64>,
    firm: Vec<Firm>,
    total: u64,
    redeemed: u64,
}

/// Splits `total` money and `redeemed` bonuses over lines.
///
/// Lines that add up to money and bonuses together, or more, are before bonuses; lines that add up
/// to the money at least are after them; what they lack of the money is an unlisted line. Every line
/// above 0.00 keeps at least 0.01 of money, as far as the money reaches beyond what is firm.
pub(in crate::ledger) fn share(
    priced: &[PricedLine],
    total: Money,
    redeemed: Bonus,
    accrue_on_bonus_part: bool,
) -> Shares {
    let listed = priced.iter().fold(0_u64, |sum, line| sum.saturating_add(line.amount.cents()));
    let before_bonuses = listed >= total.cents().saturating_add(redeemed.cents());
    share_known(priced, (total, redeemed), before_bonuses, accrue_on_bonus_part)
}

/// The same where it is known whether the amounts of the lines are before bonuses.
pub(in crate::ledger::rules) fn share_known(
    priced: &[PricedLine],
    (total, redeemed): (Money, Bonus),
    before_bonuses: bool,
    accrue_on_bonus_part: bool,
) -> Shares {
    let mut cents: Vec<u64> = priced.iter().map(|line| line.amount.cents()).collect();
    let mut firm: Vec<Firm> = priced.iter().map(|line| line.firm).collect();
    let listed = cents.iter().fold(0_u64, |sum, line| sum.saturating_add(*line));
    let (total, redeemed) = (total.cents(), redeemed.cents());
    let unlisted = total.saturating_sub(listed);
    if unlisted > 0 {
        cents.push(unlisted);
        firm.push(Firm::Nothing);
    }
    let order = total.saturating_add(redeemed);
    let mut shares = if before_bonuses {
        let scaled = scale(cents, order, total);
        Cents { scaled, firm, total, redeemed }.before_bonuses(accrue_on_bonus_part)
    } else {
        let scaled = scale(cents, total, total);
        let base_is_the_order = accrue_on_bonus_part && priced.is_empty();
        Cents { scaled, firm, total, redeemed }.after_bonuses(base_is_the_order)
    };
    shares.unlisted = if unlisted > 0 { shares.lines.pop() } else { None };
    shares
}

impl Cents {
    fn before_bonuses(&self, accrue_on_bonus_part: bool) -> Shares {
        let firm_in_all = sum(self.pairs().map(|(line, firm)| firm_cents(line, firm)));
        let lines = if self.redeemed == 0 {
            // Nothing falls on no line, whatever each may carry.
            self.scaled.iter().map(|line| share_of(*line, 0, *line)).collect()
        } else {
            let shares = self.shares_of_redeemed(firm_in_all);
            let line = |(line, share): (&u64, u64)| {
                let net = line.saturating_sub(share);
                share_of(net, share, if accrue_on_bonus_part { *line } else { net })
            };
            self.scaled.iter().zip(shares).map(line).collect()
        };
        let room = self.total.saturating_add(self.redeemed).saturating_sub(firm_in_all);
        self.shares(lines, room)
    }

    /// What of the bonuses falls on each line, before bonuses.
    fn shares_of_redeemed(&self, firm_in_all: u64) -> Vec<u64> {
        let firm: Vec<u64> = self.pairs().map(|(line, firm)| firm_cents(line, firm)).collect();
        let kept = self.kept(&firm, self.total.saturating_sub(firm_in_all));
        let bounds: Vec<Bounds> = self
            .scaled
            .iter()
            .zip(&kept)
            .map(|(line, kept)| Bounds { least: 0, most: line.saturating_sub(*kept) })
            .collect();
        let carry = |(line, firm)| if firm == Firm::All { 0 } else { u128::from(line) };
        let weights: Vec<u128> = self.pairs().map(carry).collect();
        allot_within(self.redeemed, &weights, &bounds)
    }

    /// A receipt without lines is one unlisted line, whose scaled amount is the whole order.
    fn after_bonuses(&self, base_is_the_order: bool) -> Shares {
        let carry = |(line, firm)| match firm {
            Firm::Nothing | Firm::NotACent => u128::from(line),
            Firm::Least(price) if line >= price.cents() => u128::from(line),
            Firm::Least(_) | Firm::All => 0,
        };
        let weights: Vec<u128> = self.pairs().map(carry).collect();
        let shares = allot(self.redeemed, &weights);
        let lines = self.scaled.iter().zip(shares).map(|(line, share)| {
            let base = if base_is_the_order { line.saturating_add(share) } else { *line };
            share_of(*line, share, base)
        });
        let room = if weights.iter().any(|weight| *weight > 0) { MONEY_MAX_CENTS } else { 0 };
        self.shares(lines.collect(), room)
    }

    /// Firm cents stay; of every other line above zero one cent, lower index first, as far as `left`
    /// reaches, unless the line may reach zero.
    fn kept(&self, firm: &[u64], left: u64) -> Vec<u64> {
        let open = self
            .pairs()
            .zip(firm)
            .map(|((line, kind), firm)| if *firm > 0 || kind == Firm::NotACent { 0 } else { line });
        let cents = kept_cents(&open.collect::<Vec<_>>(), left);
        cents.iter().zip(firm).map(|(cent, firm)| cent.saturating_add(*firm)).collect()
    }

    fn shares(&self, lines: Vec<Share>, room: u64) -> Shares {
        let excluded = self.pairs().filter(|(_, firm)| *firm == Firm::All).map(|(line, _)| line);
        Shares {
            lines,
            unlisted: None,
            excluded: Money::from_cents(sum(excluded)).unwrap_or(Money::MAX),
            room: Bonus::from_cents(room).unwrap_or(Bonus::MAX),
        }
    }

    fn pairs(&self) -> impl Iterator<Item = (u64, Firm)> {
        self.scaled.iter().copied().zip(self.firm.iter().copied())
    }
}

fn firm_cents(line: u64, firm: Firm) -> u64 {
    match firm {
        Firm::Nothing | Firm::NotACent => 0,
        Firm::Least(price) => line.min(price.cents()),
        Firm::All => line,
    }
}

fn sum(cents: impl Iterator<Item = u64>) -> u64 {
    cents.fold(0_u64, u64::saturating_add)
}

fn scale(cents: Vec<u64>, to: u64, money: u64) -> Vec<u64> {
    // In proportion to itself every line is what it is.
    if sum(cents.iter().copied()) == to { cents } else { scale_down_or_up(&cents, to, money) }
}

fn scale_down_or_up(cents: &[u64], to: u64, money: u64) -> Vec<u64> {
    let bounds: Vec<Bounds> = kept_cents(cents, money)
        .into_iter()
        .map(|least| Bounds { least, most: u64::MAX })
        .collect();
    allot_within(to, &weights(cents), &bounds)
}

/// One cent for each line above zero, lower index first, as far as the money reaches.
pub(in crate::ledger::rules) fn kept_cents(cents: &[u64], money: u64) -> Vec<u64> {
    let mut left = money;
    let keep = |line: &u64| {
        let kept = u64::from(*line > 0 && left > 0);
        left = left.saturating_sub(kept);
        kept
    };
    cents.iter().map(keep).collect()
}

fn weights(cents: &[u64]) -> Vec<u128> {
    cents.iter().map(|line| u128::from(*line)).collect()
}

fn share_of(net: u64, redeem_share: u64, base: u64) -> Share {
    let within = "a share is within its receipt";
    Share {
        net: Money::from_cents(net).expect(within),
        redeem_share: Bonus::from_cents(redeem_share).expect(within),
        gift_share: Money::ZERO,
        base: Money::from_cents(base).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What needs no split is what the split would make of it.
    #[test]
    fn a_split_that_changes_nothing_is_left_out() {
        let check = |cents: &[u64], money: u64| {
            let to = sum(cents.iter().copied());
            assert_eq!(scale(cents.to_vec(), to, money), scale_down_or_up(cents, to, money));
            let firms = [Firm::Nothing, Firm::All, Firm::NotACent, Firm::Least(Money::CENT)];
            for first in 0..firms.len() {
                let firm = firms.iter().copied().cycle().skip(first).take(cents.len()).collect();
                let lines = Cents { scaled: cents.to_vec(), firm, total: to, redeemed: 0 };
                let firm_in_all = sum(lines.pairs().map(|(line, firm)| firm_cents(line, firm)));
                let shares = lines.shares_of_redeemed(firm_in_all);
                assert_eq!(shares, vec![0; cents.len()], "{cents:?}");
                let split = lines.before_bonuses(false).lines;
                let nets: Vec<u64> = split.iter().map(|share| share.net.cents()).collect();
                assert_eq!(nets, cents);
            }
        };
        for money in [0, 1, 2, 1_000] {
            check(&[], money);
            check(&[0], money);
            check(&[1, 0, 1], money);
            check(&[333, 333, 334], money);
            check(&[MONEY_MAX_CENTS, 1, 0, 7], money);
            check(&[1; 200], money);
        }
    }
}
