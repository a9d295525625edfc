//! Merges and changed phones as they are stored: what an account took in is a list of parts, so that
//! what accounts will have one day is a new kind of part.

use crate::journal::codec::{BorrowDecode, CodecError, Decode, Encode};
use crate::journal::record::fields::{all, balance, bonus, date, instant, money, optional, text};
use crate::journal::record::referral::StoredCompletion;
use crate::journal::record::returns::StoredSlice;
use crate::ledger::{
    AccountEvent, Clawed, CouponUses, DayCount, Estate, ExpiredSlice, Forfeit, Gift, Kept, Lot,
    LotDraw, MergedIn, MergedOut, MovedParts, MovedReferral, PhoneMark, PromotionUses, Reserve,
    Slice, Spending, Turnover,
};
use crate::values::{
    CustomerId, LotId, PromotionId, SaleId, Text, Timestamp, TransactionId, VoucherId,
};
use std::sync::Arc;

/// What happened in merges and by changed phones; a later event is a new variant at the end.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) enum StoredMergeEvent<'a> {
    PhoneMarked { mark: PhoneMark },
    MergedOut(StoredMergedOut),
    MergedIn(StoredMergedIn<'a>),
    GiftForfeited(StoredForfeit),
}

#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct StoredMergedOut {
    transaction: u64,
    into: u64,
    amount: i64,
    active: u64,
    held: u64,
    reserved: u64,
    debt: u64,
    at: i64,
}

#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) struct StoredMergedIn<'a> {
    transaction: u64,
    from: u64,
    amount: i64,
    estate: Vec<StoredPart<'a>>,
    reason: &'a str,
    at: i64,
}

/// A part of what moves; a new kind of part is a new variant at the end.
#[derive(Debug, Encode, BorrowDecode)]
enum StoredPart<'a> {
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
struct StoredLot {
    slice: StoredSlice,
    kept: Option<StoredKept>,
}

#[derive(Debug, Encode, Decode)]
enum StoredKept {
    Covered,
    Until(i64),
}

#[derive(Debug, Encode, Decode)]
struct StoredGift {
    lot: u64,
    amount: u64,
    at: i64,
}

/// What was left of a gift; each draw with its lot, its amount and whether it was held.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct StoredForfeit {
    transaction: u64,
    amount: u64,
    draws: Vec<(u64, u64, bool)>,
    at: i64,
}

impl From<&MergedOut> for StoredMergeEvent<'_> {
    fn from(out: &MergedOut) -> Self {
        let MovedParts { active, held, reserved, debt } = out.parts;
        Self::MergedOut(StoredMergedOut {
            transaction: out.transaction.number(),
            into: out.into.number(),
            amount: out.amount.cents(),
            active: active.cents(),
            held: held.cents(),
            reserved: reserved.cents(),
            debt: debt.cents(),
            at: out.at.millis(),
        })
    }
}

impl<'a> From<&'a MergedIn> for StoredMergeEvent<'a> {
    fn from(merged: &'a MergedIn) -> Self {
        Self::MergedIn(StoredMergedIn {
            transaction: merged.transaction.number(),
            from: merged.from.number(),
            amount: merged.amount.cents(),
            estate: parts_of(&merged.estate),
            reason: merged.reason.as_str(),
            at: merged.at.millis(),
        })
    }
}

impl From<&Forfeit> for StoredMergeEvent<'_> {
    fn from(forfeit: &Forfeit) -> Self {
        let draw = |draw: &LotDraw| (draw.lot.number(), draw.amount.cents(), draw.held);
        Self::GiftForfeited(StoredForfeit {
            transaction: forfeit.transaction.number(),
            amount: forfeit.amount.cents(),
            draws: forfeit.draws.iter().map(draw).collect(),
            at: forfeit.at.millis(),
        })
    }
}

impl TryFrom<StoredMergeEvent<'_>> for AccountEvent {
    type Error = CodecError;

    fn try_from(stored: StoredMergeEvent<'_>) -> Result<Self, CodecError> {
        Ok(match stored {
            StoredMergeEvent::PhoneMarked { mark } => Self::PhoneMarked { mark },
            StoredMergeEvent::MergedOut(out) => Self::MergedOut(MergedOut {
                transaction: TransactionId(out.transaction),
                into: CustomerId(out.into),
                amount: balance(out.amount),
                parts: MovedParts {
                    active: bonus(out.active)?,
                    held: bonus(out.held)?,
                    reserved: bonus(out.reserved)?,
                    debt: bonus(out.debt)?,
                },
                at: instant(out.at)?,
            }),
            StoredMergeEvent::MergedIn(merged) => Self::MergedIn(Box::new(MergedIn {
                transaction: TransactionId(merged.transaction),
                from: CustomerId(merged.from),
                amount: balance(merged.amount),
                estate: estate_of(merged.estate)?,
                reason: text(merged.reason)?,
                at: instant(merged.at)?,
            })),
            StoredMergeEvent::GiftForfeited(forfeit) => Self::GiftForfeited(Forfeit {
                transaction: TransactionId(forfeit.transaction),
                amount: bonus(forfeit.amount)?,
                draws: all(forfeit.draws, |(lot, amount, held)| {
                    Ok(LotDraw { lot: LotId(lot), amount: bonus(amount)?, held })
                })?,
                at: instant(forfeit.at)?,
            }),
        })
    }
}

fn parts_of(estate: &Estate) -> Vec<StoredPart<'_>> {
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

fn estate_of(parts: Vec<StoredPart<'_>>) -> Result<Estate, CodecError> {
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
