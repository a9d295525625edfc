//! What a return gives back of limits (rule 25): the sums of the days on which its sale counted get less
//! by what was really taken back and restored, and a sale that is returned whole was no use of its
//! promotions.

use crate::ledger::returnable::{Counted, Returnable};
use crate::ledger::returned::RecordedReturn;
use crate::ledger::sale::SaleRecord;
use crate::ledger::tally::{DayCount, LimitsGivenBack};
use crate::values::Bonus;

/// What moved in a return.
#[derive(Debug, Clone, Copy)]
pub(in crate::ledger) struct Moved {
    pub reversed: Bonus,
    pub restored: Bonus,
    /// Whether nothing of the sale is left.
    pub completes: bool,
}

pub(in crate::ledger) fn given_back(sale: &Returnable, moved: Moved) -> LimitsGivenBack {
    let mut days = earned_back(sale, moved);
    days.extend(redeemed_back(sale, moved.restored));
    let promotions = match &sale.record {
        SaleRecord::Purchase(sale) if moved.completes => sale.promotions_used(),
        SaleRecord::Purchase(_) | SaleRecord::Redemption(_) | SaleRecord::Return(_) => Vec::new(),
    };
    days.retain(|day| !day.is_empty());
    LimitsGivenBack { days, promotions }
}

/// Of the day on which the sale earned; with the uses of its promotions if all of it is back.
fn earned_back(sale: &Returnable, moved: Moved) -> Vec<DayCount> {
    let before = all_before(sale, |returned| returned.reversed);
    let of_day = |count: &DayCount| DayCount {
        earned: count.earned.saturating_sub(before).min(moved.reversed),
        promotions: if moved.completes { count.promotions.clone() } else { Vec::new() },
        ..DayCount::nothing_on(count.day)
    };
    let own = sale.counted.first();
    own.into_iter().flat_map(|counted| &counted.days).map(of_day).collect()
}

/// Of the days on which it was redeemed, in the order in which redeemed bonuses come back: the sale's own
/// first, then those of the redemption that it completed.
fn redeemed_back(sale: &Returnable, restored: Bonus) -> Vec<DayCount> {
    let mut skipped = all_before(sale, |returned| returned.restored);
    let mut left = restored;
    let mut days = Vec::new();
    for Counted { drawn, days: counted } in &sale.counted {
        let back = drawn.saturating_sub(skipped).min(left);
        skipped = skipped.saturating_sub(*drawn);
        left = left.saturating_sub(back);
        let of_day = |count: &DayCount| DayCount {
            redeemed: count.redeemed.min(back),
            ..DayCount::nothing_on(count.day)
        };
        days.extend(counted.iter().map(of_day));
    }
    days
}

fn all_before(sale: &Returnable, of: fn(&RecordedReturn) -> Bonus) -> Bonus {
    Bonus::checked_sum(sale.returns.iter().map(of)).unwrap_or_default()
}
