//! Samples of what came with merges and changed phones.

use super::{account_operation, at, bonus, money, text};
use crate::journal::operation::Operation;
use crate::ledger::{
    AccountEvent, Clawed, Completion, DayCount, Estate, ExpiredSlice, Forfeit, Gift, Gifts, Kept,
    Lot, LotDraw, LotOrigin, MergedIn, MergedOut, MovedParts, MovedReferral, Pool, PromotionUses,
    ReferralEvent, Reserve, Reward, Spending, Tallies, Turnover,
};
use crate::values::{Balance, CustomerId, Date, LotId, Phone, PromotionId, SaleId, TransactionId};
use std::sync::Arc;

/// Operations with all of them.
pub(super) fn merge_events() -> Vec<Operation> {
    let retired = |reason| AccountEvent::PhoneRetired {
        phone: Phone::from_number(992_901_234_567).unwrap(),
        until: at(2_592_000_000),
        reason,
    };
    vec![account_operation(vec![
        retired(Some(text("потерял SIM"))),
        retired(None),
        AccountEvent::PhoneMarked { mark: [9; 16] },
        AccountEvent::Referral(ReferralEvent::Undone { inviter: CustomerId(7), at: at(1) }),
        AccountEvent::Referral(ReferralEvent::InviteeUndone {
            invitee: CustomerId(8),
            completed: true,
            taken: bonus(5_000),
            at: at(1),
        }),
        AccountEvent::MergedOut(MergedOut {
            transaction: TransactionId(90),
            into: CustomerId(42),
            amount: Balance::from_cents(-500),
            parts: MovedParts {
                active: bonus(100),
                held: bonus(200),
                reserved: bonus(300),
                debt: bonus(1_100),
            },
            at: at(2),
        }),
        merged_in(Estate::default()),
        merged_in(estate()),
        AccountEvent::GiftForfeited(Forfeit {
            transaction: TransactionId(92),
            amount: bonus(900),
            draws: vec![
                LotDraw { lot: LotId(3), amount: bonus(600), held: false },
                LotDraw { lot: LotId(3), amount: bonus(300), held: true },
            ],
            at: at(2),
        }),
    ])]
}

fn merged_in(estate: Estate) -> AccountEvent {
    AccountEvent::MergedIn(Box::new(MergedIn {
        transaction: TransactionId(91),
        from: CustomerId(57),
        amount: Balance::from_cents(-500),
        estate,
        reason: text("две карты"),
        at: at(2),
    }))
}

fn lot(id: u64, kept: Option<Kept>) -> Lot {
    Lot {
        id: LotId(id),
        origin: LotOrigin::Sale(SaleId(5)),
        pool: Pool::Main,
        amount: bonus(1_000),
        remaining: bonus(300),
        active: kept.is_some(),
        activates_at: at(0),
        expires_at: Some(at(9)),
        graced: kept.is_some(),
        kept,
    }
}

fn estate() -> Estate {
    let gift = |id| Gift { lot: LotId(id), amount: bonus(1_500), at: at(0) };
    Estate {
        lots: vec![lot(1, Some(Kept::Until(at(12)))), lot(2, Some(Kept::Covered)), lot(3, None)],
        debt: bonus(1_100),
        reserves: vec![Reserve {
            id: text("корзина-7"), amount: bonus(300), deadline: at(8)
        }],
        total_spent: money(123_456),
        kept_for_tier: money(789),
        purchases: 3,
        last_visit_at: Some(at(5)),
        last_return_at: Some(at(6)),
        spendings: vec![Spending { at: at(5), amount: money(123_456) }],
        tallies: Tallies {
            days: vec![DayCount {
                day: Date::from_ymd_opt(2026, 3, 2).unwrap(),
                earned: bonus(10),
                redeemed: bonus(20),
                promotions: vec![PromotionId(1)],
                sales: 3,
            }],
            promotions: vec![PromotionUses { promotion: PromotionId(1), uses: 4 }],
            categories: Arc::new(vec![text("dairy")]),
            coupons: Vec::new(),
        },
        clawed: vec![Clawed {
            sale: SaleId(4),
            let_go: bonus(50),
            slices: vec![lot(6, None).slice(bonus(70))],
        }],
        expired: vec![ExpiredSlice { lot: lot(7, None), at: at(3) }],
        gifts: Gifts { welcome: Some(gift(8)), birthday: Some(gift(9)) },
        birthday_paid_at: Some(at(0)),
        noticed_through: Some(at(4)),
        referral: MovedReferral {
            inviter: Some(CustomerId(7)),
            completed: Some(Completion {
                sale: SaleId(5),
                invitee_bonus: bonus(2_500),
                reward: Reward { amount: bonus(5_000), activates_at: at(1), expires_at: None },
            }),
            invited: 2,
            completions: 1,
            earned: bonus(5_000),
        },
        turnover: Turnover::default(),
        absorbed: vec![CustomerId(58)],
    }
}
