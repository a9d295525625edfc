//! Double entry: every event that moves value posts to two or more books, adding up to zero
//! (section 8 of the rules). `verify` compares the fold of these postings with the fold of the lots.

use crate::ledger::event::{AccountEvent, CreditKind, DebitKind, Draw};
use crate::ledger::lot::{Pool, Slice};
use crate::ledger::merge::MovedParts;
use crate::ledger::voucher::{GiftCardEvent, VoucherEvent};
use crate::values::{Balance, Bonus};

/// A book of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Book {
    CustomerActive,
    CustomerHeld,
    CustomerDebt,
    Issued(Pool),
    Redeemed,
    Expired,
    Adjusted,
    ClawedBack,
    /// What reserves cover, of whatever lots.
    CustomerReserved,
    DebtWrittenOff,
    /// Between two accounts that become one: what goes in comes out in the same operation.
    Moved,
    Forfeited,
    /// What gift cards hold.
    GiftCardsOpen,
    GiftCardsIssued,
    /// In sales, less what their returns gave back.
    GiftCardsSpent,
    /// Expired or voided.
    GiftCardsExpired,
}

impl Book {
    /// The name in reports and copies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CustomerActive => "customer_active",
            Self::CustomerHeld => "customer_held",
            Self::CustomerDebt => "customer_debt",
            Self::Issued(Pool::Main) => "issued_main",
            Self::Issued(Pool::Welcome) => "issued_welcome",
            Self::Issued(Pool::Birthday) => "issued_birthday",
            Self::Issued(Pool::Referral) => "issued_referral",
            Self::Issued(Pool::Manual) => "issued_manual",
            Self::Issued(Pool::Import) => "issued_import",
            Self::Redeemed => "redeemed",
            Self::Expired => "expired",
            Self::Adjusted => "adjusted",
            Self::ClawedBack => "clawed_back",
            Self::CustomerReserved => "customer_reserved",
            Self::DebtWrittenOff => "debt_written_off",
            Self::Moved => "moved",
            Self::Forfeited => "forfeited",
            Self::GiftCardsOpen => "gift_cards_open",
            Self::GiftCardsIssued => "gift_cards_issued",
            Self::GiftCardsSpent => "gift_cards_spent",
            Self::GiftCardsExpired => "gift_cards_expired",
        }
    }
}

/// One entry: an amount into (positive) or out of (negative) a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    pub book: Book,
    pub amount: Balance,
}

/// The postings of an event, from its own figures and nothing else.
#[must_use]
#[expect(clippy::too_many_lines, reason = "a table with a row for each of a closed list")]
pub fn postings(event: &AccountEvent) -> Vec<Posting> {
    match event {
        AccountEvent::Credited(credit) => {
            let lot = if credit.held { Book::CustomerHeld } else { Book::CustomerActive };
            let pool = match credit.kind {
                CreditKind::Accrual
                | CreditKind::Welcome
                | CreditKind::Adjust
                | CreditKind::Birthday
                | CreditKind::ReferralInviter
                | CreditKind::ReferralInvitee
                | CreditKind::Import => credit.pool,
            };
            vec![
                out_of(Book::Issued(pool), credit.amount),
                into(lot, credit.amount),
                out_of(lot, credit.debt_paid),
                into(Book::CustomerDebt, credit.debt_paid),
            ]
        }
        AccountEvent::LotActivated { amount, debt_paid, .. } => vec![
            out_of(Book::CustomerHeld, *amount),
            into(Book::CustomerActive, *amount),
            out_of(Book::CustomerActive, *debt_paid),
            into(Book::CustomerDebt, *debt_paid),
        ],
        AccountEvent::LotExpired { amount, .. } => {
            vec![out_of(Book::CustomerActive, *amount), into(Book::Expired, *amount)]
        }
        AccountEvent::Debited(debit) => {
            let used = match debit.kind {
                DebitKind::Redeem => Book::Redeemed,
                DebitKind::Adjust => Book::Adjusted,
            };
            let draws = debit.draws.iter().map(|draw| out_of(Book::CustomerActive, draw.amount));
            draws
                .chain([out_of(Book::CustomerDebt, debit.debt), into(used, debit.amount)])
                .collect()
        }
        AccountEvent::ClawedBack(clawback) => {
            let draws = clawback.draws.iter().map(|draw| out_of(book_of(draw), draw.amount));
            let debt = out_of(Book::CustomerDebt, clawback.debt);
            draws.chain([debt, into(Book::ClawedBack, clawback.amount)]).collect()
        }
        AccountEvent::Restored(restoration) => {
            let parts = restoration.parts.iter().map(|part| into(book_of(part), part.amount));
            let debt = into(Book::CustomerDebt, restoration.debt_paid);
            parts.chain([debt, out_of(Book::Redeemed, restoration.amount)]).collect()
        }
        AccountEvent::RewardTakenBack(taken) => {
            let draws = taken.draws.iter().map(|draw| {
                let lot = if draw.held { Book::CustomerHeld } else { Book::CustomerActive };
                out_of(lot, draw.amount)
            });
            let debt = out_of(Book::CustomerDebt, taken.debt);
            draws.chain([debt, into(Book::ClawedBack, taken.amount)]).collect()
        }
        AccountEvent::Import(event) => {
            let Some(taken) = event.taken() else { return Vec::new() };
            let draws = taken.draws.iter().map(|draw| {
                let lot = if draw.held { Book::CustomerHeld } else { Book::CustomerActive };
                out_of(lot, draw.amount)
            });
            let debt = out_of(Book::CustomerDebt, taken.debt);
            draws.chain([debt, into(Book::Issued(Pool::Import), taken.amount)]).collect()
        }
        AccountEvent::AccountOpened { .. }
        | AccountEvent::PhoneAssigned { .. }
        | AccountEvent::CardAssigned { .. }
        | AccountEvent::ProfileChanged(_)
        | AccountEvent::Person(_)
        | AccountEvent::TokenIssued { .. }
        | AccountEvent::TokenRevoked { .. }
        | AccountEvent::Blocked { .. }
        | AccountEvent::FlagSet { .. }
        | AccountEvent::Unblocked { .. }
        | AccountEvent::SaleRecorded(_)
        | AccountEvent::RedemptionRecorded(_)
        | AccountEvent::AdjustmentRecorded { .. }
        | AccountEvent::DayCounted(_)
        | AccountEvent::ReturnRecorded(_)
        | AccountEvent::LotKept { .. }
        | AccountEvent::DebtDated { .. }
        | AccountEvent::TelegramLinked(_)
        | AccountEvent::DeviceRegistered(_)
        | AccountEvent::DeviceForgotten { .. }
        | AccountEvent::Referral(_)
        | AccountEvent::Tier(_)
        | AccountEvent::BirthdayAwaited(_)
        | AccountEvent::ExpiryNoticed { .. }
        | AccountEvent::LimitsGivenBack(_)
        | AccountEvent::OverstockNoticed { .. }
        | AccountEvent::PhoneRetired { .. }
        | AccountEvent::PhoneMarked { .. }
        | AccountEvent::Forgotten { .. } => Vec::new(),
        AccountEvent::MergedOut(out) => moved(&out.parts, into, out_of),
        AccountEvent::MergedIn(merged) => moved(&merged.estate.parts(), out_of, into),
        AccountEvent::GiftForfeited(forfeit) => {
            let draws = forfeit.draws.iter().map(|draw| {
                let lot = if draw.held { Book::CustomerHeld } else { Book::CustomerActive };
                out_of(lot, draw.amount)
            });
            draws.chain([into(Book::Forfeited, forfeit.amount)]).collect()
        }
        AccountEvent::Reserved(recorded) => vec![
            out_of(Book::CustomerActive, recorded.amount),
            into(Book::CustomerReserved, recorded.amount),
        ],
        AccountEvent::ReserveReleased(release) => vec![
            out_of(Book::CustomerReserved, release.amount),
            into(Book::CustomerActive, release.amount),
        ],
        AccountEvent::ExpiryReverted(revert) => {
            vec![out_of(Book::Expired, revert.amount), into(Book::CustomerActive, revert.amount)]
        }
        AccountEvent::DebtPaid { draws, .. } => {
            let paid = |draw: &Draw| {
                [out_of(Book::CustomerActive, draw.amount), into(Book::CustomerDebt, draw.amount)]
            };
            draws.iter().flat_map(paid).collect()
        }
        AccountEvent::DebtWrittenOff { amount, .. } => {
            vec![out_of(Book::DebtWrittenOff, *amount), into(Book::CustomerDebt, *amount)]
        }
    }
}

/// All that an account has, into or out of its books.
fn moved(
    parts: &MovedParts,
    other_side: fn(Book, Bonus) -> Posting,
    own_side: fn(Book, Bonus) -> Posting,
) -> Vec<Posting> {
    let MovedParts { active, held, reserved, debt } = *parts;
    let own = [
        (Book::CustomerActive, active),
        (Book::CustomerHeld, held),
        (Book::CustomerReserved, reserved),
    ];
    let credits = own
        .into_iter()
        .flat_map(|(book, amount)| [own_side(book, amount), other_side(Book::Moved, amount)]);
    let debts = [other_side(Book::CustomerDebt, debt), own_side(Book::Moved, debt)];
    credits.chain(debts).collect()
}

/// The postings of an event of a voucher.
#[must_use]
pub fn voucher_postings(event: &VoucherEvent) -> Vec<Posting> {
    let VoucherEvent::GiftCard(event) = event else { return Vec::new() };
    let amount = event.amount();
    let other = match event {
        GiftCardEvent::Issued { .. } => Book::GiftCardsIssued,
        GiftCardEvent::Spent { .. } | GiftCardEvent::Restored { .. } => Book::GiftCardsSpent,
        GiftCardEvent::Expired { .. } | GiftCardEvent::Voided { .. } => Book::GiftCardsExpired,
        GiftCardEvent::Blocked { .. }
        | GiftCardEvent::Unblocked { .. }
        | GiftCardEvent::ExpiryMoved { .. } => return Vec::new(),
    };
    let against = amount.checked_neg().expect("an amount is far from the end of i64");
    vec![Posting { book: Book::GiftCardsOpen, amount }, Posting { book: other, amount: against }]
}

/// Where a part of a lot stands.
const fn book_of(slice: &Slice) -> Book {
    if slice.held { Book::CustomerHeld } else { Book::CustomerActive }
}

fn into(book: Book, amount: Bonus) -> Posting {
    Posting { book, amount: amount.as_balance() }
}

fn out_of(book: Book, amount: Bonus) -> Posting {
    let amount = amount.as_balance().checked_neg().expect("a bonus is far from the end of i64");
    Posting { book, amount }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::command::Action;
    use crate::ledger::settings::Days;
    use crate::ledger::testing::{
        DAY, Scene, adjust, bonus, hold, owe, redeem, sale, trial_balance,
    };
    use crate::ledger::testing_reserves::{commit, release, set_aside};

    #[test]
    fn every_book_tells_its_part_of_the_story() {
        let mut scene = Scene::new(|rules| {
            rules.welcome_bonus = bonus("10.00");
            rules.welcome_expire_after = Days::Days(0);
            rules.redeem_hold_seconds = 0;
        });
        // 10 expire at midnight.
        scene.wait(DAY);
        for action in [
            adjust("100.00"),
            sale("200.00").redeeming("50.00").act(),
            redeem("20.00", "200.00"),
            // 100 - 50 - 20 + 10 earned = 40 are left: 5 are owed.
            owe("-45.00"),
            hold("8.00", DAY),
            owe("-4.00"),
        ] {
            scene.perform(action).unwrap();
        }
        let books = trial_balance(&scene.events);
        let check = |book: Book, cents: i64| {
            assert_eq!(books.get(&book).copied().unwrap_or_default().cents(), cents, "{book:?}");
        };
        check(Book::Issued(Pool::Welcome), -1_000);
        check(Book::Issued(Pool::Main), -1_000);
        check(Book::Issued(Pool::Manual), -10_800);
        check(Book::Expired, 1_000);
        check(Book::Redeemed, 7_000);
        check(Book::Adjusted, 4_900);
        check(Book::CustomerActive, 0);
        // The held lot paid the debt of 5 at once; a new one waits for it to activate.
        check(Book::CustomerHeld, 300);
        check(Book::CustomerDebt, -400);
        scene.wait(DAY).perform(Action::Settle).unwrap();
        let books = trial_balance(&scene.events);
        assert_eq!(books[&Book::CustomerHeld].cents(), 0);
        assert_eq!(books[&Book::CustomerDebt].cents(), -100);
        let total = books.values().fold(0, |sum, balance| sum + balance.cents());
        assert_eq!(total, 0);
    }

    #[test]
    fn reserves_and_debt_have_books_of_their_own() {
        let mut scene = Scene::new(|rules| rules.policy.debt.write_off_days = Some(1));
        for action in [
            adjust("100.00"),
            set_aside("a", "40.00"),
            set_aside("b", "10.00"),
            commit("a", "30.00"),
            owe("-65.00"),
            release("b", Some("3.00")),
        ] {
            scene.perform(action).unwrap();
        }
        let check = |scene: &Scene, book: Book, cents: i64| {
            let books = trial_balance(&scene.events);
            assert_eq!(books.get(&book).copied().unwrap_or_default().cents(), cents, "{book:?}");
        };
        check(&scene, Book::CustomerReserved, 700);
        check(&scene, Book::CustomerActive, 0);
        // 5 were owed beside what is reserved, and 3 are paid by what was released.
        check(&scene, Book::CustomerDebt, -200);
        scene.wait(3 * DAY).perform(Action::Settle).unwrap();
        check(&scene, Book::CustomerDebt, 0);
        check(&scene, Book::DebtWrittenOff, -200);
        check(&scene, Book::Redeemed, 3_000);
        check(&scene, Book::Adjusted, 6_500);
    }

    #[test]
    fn an_event_that_moves_nothing_posts_nothing() {
        let mut scene = Scene::new(|_| ());
        scene.perform(Action::Block).unwrap();
        assert!(scene.events.iter().all(|event| postings(event).is_empty()));
    }
}
