//! A merge: an account hands all it has over to another one and is from then on a second name of that
//! (rule 34a). What was sold, earned and spent keeps its ids and dates; each history stays its own.

use crate::ledger::account::Account;
use crate::ledger::command::Reason;
use crate::ledger::expired::ExpiredSlice;
use crate::ledger::gift::Gifts;
use crate::ledger::lot::Lot;
use crate::ledger::referral::Completion;
use crate::ledger::reserve::Reserve;
use crate::ledger::returned::Clawed;
use crate::ledger::standing::Spending;
use crate::ledger::tally::Tallies;
use crate::ledger::turnover::Turnover;
use crate::values::{Balance, Bonus, CustomerId, Money, Timestamp, TransactionId};

/// What is asked of the account that takes another one in.
#[derive(Debug, Clone)]
pub struct Merge {
    /// The account that is handed over, as it is now: nothing happens to it meanwhile.
    pub source: Box<Account>,
    pub reason: Reason,
}

/// An account handed over all it had, and is a second name of another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedOut {
    /// Of the row that says so, if there was a balance.
    pub transaction: TransactionId,
    pub into: CustomerId,
    /// Its balance.
    pub amount: Balance,
    /// Of `amount`, and of what it consisted: active, held and covered by reserves, less the debt.
    pub parts: MovedParts,
    pub at: Timestamp,
}

/// An account took in all that another one had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedIn {
    /// Of the row that says so, if there was a balance.
    pub transaction: TransactionId,
    pub from: CustomerId,
    /// The balance of the other one.
    pub amount: Balance,
    pub estate: Estate,
    pub reason: Reason,
    pub at: Timestamp,
}

/// What a balance consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MovedParts {
    pub active: Bonus,
    pub held: Bonus,
    pub reserved: Bonus,
    pub debt: Bonus,
}

/// All that moves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Estate {
    /// With their ids, origins and dates.
    pub lots: Vec<Lot>,
    pub debt: Bonus,
    /// With their names and deadlines.
    pub reserves: Vec<Reserve>,
    pub total_spent: Money,
    pub kept_for_tier: Money,
    pub purchases: u64,
    pub last_visit_at: Option<Timestamp>,
    pub last_return_at: Option<Timestamp>,
    pub spendings: Vec<Spending>,
    pub tallies: Tallies,
    pub clawed: Vec<Clawed>,
    pub expired: Vec<ExpiredSlice>,
    pub gifts: Gifts,
    pub birthday_paid_at: Option<Timestamp>,
    pub noticed_through: Option<Timestamp>,
    pub referral: MovedReferral,
    pub turnover: Turnover,
    /// Accounts that were merged into this one before.
    pub absorbed: Vec<CustomerId>,
}

/// The part of a customer in the referral program that moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MovedReferral {
    /// Taken where the other account was invited by nobody.
    pub inviter: Option<CustomerId>,
    pub completed: Option<Completion>,
    pub invited: u64,
    pub completions: u64,
    pub earned: Bonus,
}

impl Estate {
    /// What an account has to hand over.
    #[must_use]
    pub fn of(account: &Account) -> Self {
        let referral = &account.referral;
        Self {
            lots: account.lots.iter().cloned().collect(),
            debt: account.debt,
            reserves: account.reserves.clone(),
            total_spent: account.total_spent,
            kept_for_tier: account.kept_for_tier,
            purchases: account.purchases,
            last_visit_at: account.last_visit_at,
            last_return_at: account.last_return_at,
            spendings: account.standing.spendings.clone(),
            tallies: account.tallies.clone(),
            clawed: account.clawed.clone(),
            expired: account.expired.clone(),
            gifts: account.gifts,
            birthday_paid_at: account.birthday_paid_at,
            noticed_through: account.noticed_through,
            referral: MovedReferral {
                inviter: referral.inviter,
                completed: referral.completed,
                invited: referral.invited,
                completions: referral.completions,
                earned: referral.earned,
            },
            turnover: account.turnover.clone(),
            absorbed: account.absorbed.clone(),
        }
    }

    /// What its balance consists of.
    #[must_use]
    pub fn parts(&self) -> MovedParts {
        let sum = |amounts: &mut dyn Iterator<Item = Bonus>| {
            Bonus::checked_sum(amounts).unwrap_or_default()
        };
        let of_lots = |active: bool| {
            let lots = self.lots.iter().filter(|lot| lot.active == active);
            sum(&mut lots.map(|lot| lot.remaining))
        };
        let reserved = sum(&mut self.reserves.iter().map(|reserve| reserve.amount));
        MovedParts {
            active: of_lots(true).saturating_sub(reserved),
            held: of_lots(false),
            reserved,
            debt: self.debt,
        }
    }
}

impl Account {
    /// Whether a customer number is this account's, or that of one that was merged into it.
    #[must_use]
    pub fn is(&self, customer: CustomerId) -> bool {
        self.id == customer || self.absorbed.contains(&customer)
    }
}
