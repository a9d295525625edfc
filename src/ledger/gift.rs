//! What a customer was given for nothing: the welcome bonus and the latest birthday bonus. Remembered
//! so that two accounts of one person keep only the larger of each when they are merged (rule 34a).

use crate::ledger::event::{Credit, CreditKind, LotDraw};
use crate::values::{Bonus, LotId, Timestamp, TransactionId};
use std::cmp::Reverse;

/// Birthday bonuses less than so many days apart are those of one year (rule 29).
const SAME_YEAR_SECONDS: i64 = 300 * 86_400;

/// The gifts of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gifts {
    pub welcome: Option<Gift>,
    /// The latest.
    pub birthday: Option<Gift>,
}

/// One gift, as it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gift {
    pub lot: LotId,
    pub amount: Bonus,
    pub at: Timestamp,
}

/// What was left of a gift that a larger one of the same kind takes the place of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forfeit {
    pub transaction: TransactionId,
    pub amount: Bonus,
    pub draws: Vec<LotDraw>,
    pub at: Timestamp,
}

impl Gifts {
    /// Remembers a credit if it is a gift.
    pub(super) fn remember(&mut self, credit: &Credit) {
        let gift = Gift { lot: credit.lot, amount: credit.amount, at: credit.at };
        match credit.kind {
            CreditKind::Welcome => self.welcome = Some(gift),
            CreditKind::Birthday => self.birthday = Some(gift),
            CreditKind::Accrual
            | CreditKind::Adjust
            | CreditKind::ReferralInviter
            | CreditKind::ReferralInvitee
            | CreditKind::Import => {}
        }
    }

    /// The gifts of two accounts that become one: of each kind the larger, of birthday bonuses of
    /// different years the later.
    pub(super) fn join(&mut self, others: &Self) {
        self.welcome = larger(self.welcome, others.welcome);
        self.birthday = match (self.birthday, others.birthday) {
            (Some(own), Some(other)) if !same_year(&own, &other) => {
                Some(if own.at < other.at { other } else { own })
            }
            (own, other) => larger(own, other),
        };
    }

    /// Those that do not stay when two accounts become one: the smaller of each kind; of two that are
    /// equal that of the `others`.
    pub(super) fn doubled(&self, others: &Self) -> Vec<Gift> {
        let welcome = self.welcome.zip(others.welcome);
        let birthday = self.birthday.zip(others.birthday);
        let birthday = birthday.filter(|(own, other)| same_year(own, other));
        let smaller =
            |(own, other): (Gift, Gift)| if own.amount < other.amount { own } else { other };
        welcome.into_iter().chain(birthday).map(smaller).collect()
    }
}

fn larger(own: Option<Gift>, other: Option<Gift>) -> Option<Gift> {
    [own, other].into_iter().flatten().min_by_key(|gift| Reverse(gift.amount))
}

fn same_year(one: &Gift, other: &Gift) -> bool {
    one.at.millis_since(other.at).abs() < SAME_YEAR_SECONDS.saturating_mul(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn gift(lot: u64, cents: u64, day: i64) -> Option<Gift> {
        let at = Timestamp::default().plus_seconds(day.saturating_mul(DAY));
        Some(Gift { lot: LotId(lot), amount: Bonus::from_cents(cents).unwrap(), at })
    }

    fn lot(gift: Option<Gift>) -> Option<u64> {
        gift.map(|gift| gift.lot.number())
    }

    #[test]
    fn of_each_kind_the_larger_stays() {
        type Kind = fn(Option<Gift>) -> Gifts;
        let welcome: Kind = |welcome| Gifts { welcome, birthday: None };
        let birthday: Kind = |birthday| Gifts { welcome: None, birthday };
        let check = |kind: Kind, own, others, stays: Option<u64>, goes: &[u64]| {
            let (mut gifts, others) = (kind(own), kind(others));
            let gone: Vec<u64> = gifts.doubled(&others).iter().map(|it| it.lot.number()).collect();
            assert_eq!(gone, goes);
            gifts.join(&others);
            assert_eq!(lot(gifts.welcome.or(gifts.birthday)), stays);
        };
        check(welcome, None, None, None, &[]);
        check(welcome, gift(1, 5, 0), None, Some(1), &[]);
        check(welcome, None, gift(2, 5, 0), Some(2), &[]);
        check(welcome, gift(1, 5, 0), gift(2, 5, 900), Some(1), &[2]);
        check(welcome, gift(1, 5, 0), gift(2, 6, 900), Some(2), &[1]);
        check(birthday, gift(1, 5, 0), gift(2, 6, 299), Some(2), &[1]);
        check(birthday, gift(1, 7, 0), gift(2, 6, 299), Some(1), &[2]);
        check(birthday, gift(1, 7, 0), gift(2, 6, 300), Some(2), &[]);
        check(birthday, gift(1, 5, 300), gift(2, 6, 0), Some(1), &[]);
    }
}
