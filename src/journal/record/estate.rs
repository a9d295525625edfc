//! All that moves in a merge as it is stored: a list of parts, so that what accounts will have one day is
//! a new kind of part.

use crate::journal::codec::{BorrowDecode, CodecError, Decode, Encode};
use crate::journal::record::fields::{all, bonus, date, instant, money, optional, text};
use crate::journal::record::referral::StoredCompletion;
use crate::journal::record::returns::StoredSlice;
use crate::ledger::{
    Clawed, CouponUses, DayCount, Estate, ExpiredSlice, Gift, Kept, Lot, MovedReferral,
    PromotionUses, Reserve, Slice, Spending, Turnover,
};
use crate::values::{CustomerId, LotId, PromotionId, SaleId, Text, Timestamp, VoucherId};
use std::sync::Arc;

/// A part of what moves; a new kind of part is a new variant at the end.
#[derive(Debug, Encode, BorrowDecode)]
pub(super) enum StoredPart<'a> {
    Lot(StoredLot),
    Debt(u64),
    Reserve {
        name: &'a str,
        amount: u64,
        deadline: i64,
    },
    Totals {
        total_spent: u64,
        kept_for_tier: u64,
        purchases: u64,
    },
    LastVisit(i64),
    LastReturn(i64),
    Spending {
        at: i64,
        amount: u64,
    },
    Day {
        day: i32,
        earned: u64,
        redeemed: u64,
        promotions: Vec<u32>,
        sales: u32,
    },
    PromotionUses {
        promotion: u32,
        uses: u32,
    },
    Category(&'a str),
    Clawed {
        sale: u64,
        let_go: u64,
        slices: Vec<StoredSlice>,
    },
    Expired {
        lot: StoredLot,
        at: i64,
    },
    Welcome(StoredGift),
    Birthday(StoredGift),
    BirthdayPaid(i64),
    NoticedThrough(i64),
    Inviter(u64),
    Completed(StoredCompletion),
    Invited {
        invited: u64,
        completions: u64,
        earned: u64,
    },
    Absorbed(u64),
    CouponUses {
        coupon: u64,
        uses: u32,
    },
    Turnover {
        credited: u64,
        debited: u64,
        first_purchase_at: Option<i64>,
        last_store: Option<&'a str>,
    },
}

/// A lot with what is left of it.
#[derive(Debug, Encode, Decode)]
pub(super) struct StoredLot {
    slice: StoredSlice,
    kept: Option<StoredKept>,
}

#[derive(Debug, Encode, Decode)]
pub(super) enum StoredKept {
    Covered,
    Until(i64),
}

#[derive(Debug, Encode, Decode)]
pub(super) struct StoredGift {
    lot: u64,
    amount: u64,
    at: i64,
}

pub(super) fn parts_of(estate: &Estate) -> Vec<StoredPart<'_>> {
    let mut parts: Vec<StoredPart<'_>> = Vec::new();
    parts.extend(estate.lots.iter().map(|lot| StoredPart::Lot(StoredLot::of(lot))));
    parts.extend((!estate.debt.is_zero()).then(|| StoredPart::Debt(estate.debt.cents())));
    parts.extend(estate.reserves.iter().map(|reserve| StoredPart::Reserve {
        name: reserve.id.as_str(),
        amount: reserve.amount.cents(),
        deadline: reserve.deadline.millis(),
    }));
    parts.push(StoredPart::Totals {
        total_spent: estate.total_spent.cents(),
        kept_for_tier: estate.kept_for_tier.cents(),
        purchases: estate.purchases,
    });
    let millis = |at: Option<Timestamp>| at.map(Timestamp::millis);
    parts.extend(millis(estate.last_visit_at).map(StoredPart::LastVisit));
    parts.extend(millis(estate.last_return_at).map(StoredPart::LastReturn));
    parts.extend(estate.spendings.iter().map(|spending| StoredPart::Spending {
        at: spending.at.millis(),
        amount: spending.amount.cents(),
    }));
    parts.extend(tallies_of(estate));
    parts.extend(estate.clawed.iter().map(|clawed| StoredPart::Clawed {
        sale: clawed.sale.number(),
        let_go: clawed.let_go.cents(),
        slices: clawed.slices.iter().map(StoredSlice::from).collect(),
    }));
    parts.extend(estate.expired.iter().map(|slice| StoredPart::Expired {
        lot: StoredLot::of(&slice.lot),
        at: slice.at.millis(),
    }));
    parts.extend(estate.gifts.welcome.map(|gift| StoredPart::Welcome(StoredGift::of(&gift))));
    parts.extend(estate.gifts.birthday.map(|gift| StoredPart::Birthday(StoredGift::of(&gift))));
    parts.extend(millis(estate.birthday_paid_at).map(StoredPart::BirthdayPaid));
    parts.extend(millis(estate.noticed_through).map(StoredPart::NoticedThrough));
    parts.extend(referral_parts(&estate.referral));
    parts.extend(turnover_of(&estate.turnover));
    parts.extend(estate.absorbed.iter().map(|id| StoredPart::Absorbed(id.number())));
    parts
}

/// Nothing, if nothing ever went through.
fn turnover_of(turnover: &Turnover) -> Option<StoredPart<'_>> {
    (*turnover != Turnover::default()).then(|| StoredPart::Turnover {
        credited: turnover.credited.cents(),
        debited: turnover.debited.cents(),
        first_purchase_at: turnover.first_purchase_at.map(Timestamp::millis),
        last_store: turnover.last_store.as_ref().map(Text::as_str),
    })
}

fn tallies_of(estate: &Estate) -> impl Iterator<Item = StoredPart<'_>> {
    let days = estate.tallies.days.iter().map(|count| StoredPart::Day {
        day: count.day.to_epoch_days(),
        earned: count.earned.cents(),
        redeemed: count.redeemed.cents(),
        promotions: count.promotions.iter().map(|id| id.number()).collect(),
        sales: count.sales,
    });
    let uses = estate.tallies.promotions.iter().map(|used| StoredPart::PromotionUses {
        promotion: used.promotion.number(),
        uses: used.uses,
    });
    let coupons = estate
        .tallies
        .coupons
        .iter()
        .map(|used| StoredPart::CouponUses { coupon: used.coupon.number(), uses: used.uses });
    let categories = estate.tallies.categories.iter();
    let categories = categories.map(|code| StoredPart::Category(code.as_str()));
    days.chain(uses).chain(coupons).chain(categories)
}

fn referral_parts(referral: &MovedReferral) -> Vec<StoredPart<'static>> {
    let inviter = referral.inviter.map(|inviter| StoredPart::Inviter(inviter.number()));
    let completed = referral.completed.as_ref();
    let completed = completed.map(|completed| StoredPart::Completed(completed.into()));
    let invited = StoredPart::Invited {
        invited: referral.invited,
        completions: referral.completions,
        earned: referral.earned.cents(),
    };
    inviter.into_iter().chain(completed).chain([invited]).collect()
}

pub(super) fn estate_of(parts: Vec<StoredPart<'_>>) -> Result<Estate, CodecError> {
    let mut estate = Estate::default();
    for part in parts {
        take(&mut estate, part)?;
    }
    Ok(estate)
}

fn take(estate: &mut Estate, part: StoredPart<'_>) -> Result<(), CodecError> {
    match part {
        StoredPart::Lot(lot) => estate.lots.push(lot.restore()?),
        StoredPart::Debt(debt) => estate.debt = bonus(debt)?,
        StoredPart::Reserve { name, amount, deadline } => estate.reserves.push(Reserve {
            id: text(name)?,
            amount: bonus(amount)?,
            deadline: instant(deadline)?,
        }),
        StoredPart::Totals { total_spent, kept_for_tier, purchases } => {
            estate.total_spent = money(total_spent)?;
            estate.kept_for_tier = money(kept_for_tier)?;
            estate.purchases = purchases;
        }
        StoredPart::LastVisit(at) => estate.last_visit_at = Some(instant(at)?),
        StoredPart::LastReturn(at) => estate.last_return_at = Some(instant(at)?),
        StoredPart::Spending { at, amount } => {
            estate.spendings.push(Spending { at: instant(at)?, amount: money(amount)? });
        }
        StoredPart::Day { day, earned, redeemed, promotions, sales } => {
            estate.tallies.days.push(DayCount {
                day: date(day)?,
                earned: bonus(earned)?,
                redeemed: bonus(redeemed)?,
                promotions: promotions.into_iter().map(PromotionId).collect(),
                sales,
            });
        }
        StoredPart::PromotionUses { promotion, uses } => {
            let promotion = PromotionId(promotion);
            estate.tallies.promotions.push(PromotionUses { promotion, uses });
        }
        StoredPart::Category(code) => {
            Arc::make_mut(&mut estate.tallies.categories).push(text(code)?);
        }
        StoredPart::Clawed { sale, let_go, slices } => estate.clawed.push(Clawed {
            sale: SaleId(sale),
            let_go: bonus(let_go)?,
            slices: all(slices, Slice::try_from)?,
        }),
        StoredPart::Expired { lot, at } => {
            estate.expired.push(ExpiredSlice { lot: lot.restore()?, at: instant(at)? });
        }
        StoredPart::Welcome(gift) => estate.gifts.welcome = Some(gift.restore()?),
        StoredPart::Birthday(gift) => estate.gifts.birthday = Some(gift.restore()?),
        StoredPart::BirthdayPaid(at) => estate.birthday_paid_at = Some(instant(at)?),
        StoredPart::NoticedThrough(at) => estate.noticed_through = Some(instant(at)?),
        StoredPart::Inviter(inviter) => estate.referral.inviter = Some(CustomerId(inviter)),
        StoredPart::Completed(completed) => {
            estate.referral.completed = Some(completed.try_into()?);
        }
        StoredPart::Invited { invited, completions, earned } => {
            let earned = bonus(earned)?;
            estate.referral = MovedReferral { invited, completions, earned, ..estate.referral };
        }
        StoredPart::Absorbed(id) => estate.absorbed.push(CustomerId(id)),
        StoredPart::CouponUses { coupon, uses } => {
            estate.tallies.coupons.push(CouponUses { coupon: VoucherId(coupon), uses });
        }
        StoredPart::Turnover { credited, debited, first_purchase_at, last_store } => {
            estate.turnover = Turnover {
                credited: bonus(credited)?,
                debited: bonus(debited)?,
                first_purchase_at: first_purchase_at.map(instant).transpose()?,
                last_store: last_store.map(text).transpose()?,
            };
        }
    }
    Ok(())
}

impl StoredLot {
    fn of(lot: &Lot) -> Self {
        let kept = lot.kept.map(|kept| match kept {
            Kept::Covered => StoredKept::Covered,
            Kept::Until(end) => StoredKept::Until(end.millis()),
        });
        Self { slice: (&lot.slice(lot.remaining)).into(), kept }
    }

    fn restore(self) -> Result<Lot, CodecError> {
        let slice = Slice::try_from(self.slice)?;
        let kept = optional(self.kept, |kept| {
            Ok(match kept {
                StoredKept::Covered => Kept::Covered,
                StoredKept::Until(end) => Kept::Until(instant(end)?),
            })
        })?;
        Ok(Lot { kept, ..Lot::of_slice(&slice) })
    }
}

impl StoredGift {
    fn of(gift: &Gift) -> Self {
        Self { lot: gift.lot.number(), amount: gift.amount.cents(), at: gift.at.millis() }
    }

    fn restore(self) -> Result<Gift, CodecError> {
        Ok(Gift { lot: LotId(self.lot), amount: bonus(self.amount)?, at: instant(self.at)? })
    }
}
