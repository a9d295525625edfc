//! What happens in a simulation, and what the naive tenant says of it.

use super::naive::{Expected, Naive, Rules, Sale};
use super::naive_imports::{OldCustomer, OldSales};
use super::naive_returns::Part;
use chrono::NaiveDate;

#[derive(Debug, Clone)]
pub(super) enum Deed {
    Register {
        phone: usize,
    },
    Sell(Sale),
    Redeem {
        phone: usize,
        id: String,
        amount: i64,
        order: i64,
    },
    Refund {
        sale: String,
        id: String,
        part: Part,
        phone: usize,
    },
    Adjust {
        phone: usize,
        amount: i64,
        hold: i64,
        allow_debt: bool,
    },
    SetAside {
        phone: usize,
        id: String,
        amount: i64,
    },
    Release {
        id: String,
    },
    Move {
        phone: usize,
        to: usize,
    },
    Merge {
        from: usize,
        into: usize,
    },
    Block {
        phone: usize,
        blocked: bool,
    },
    Adopt(Rules),
    IssueCard {
        code: String,
        nominal: i64,
    },
    /// By somebody, in the BonusPlus dialect as all that follow.
    Bring {
        phone: usize,
        parent: usize,
    },
    TellBirthday {
        phone: usize,
        born: NaiveDate,
    },
    SellPlus(Sale),
    Calculate(Sale),
    /// Of one of its items.
    GiveBack {
        sale: String,
        line: usize,
        amount: Option<i64>,
        phone: usize,
    },
    SetAsidePlus {
        phone: usize,
        id: String,
        amount: i64,
    },
    ReleasePlus {
        id: String,
    },
    /// For an operator, as all that follow.
    Forget {
        phone: usize,
    },
    /// In a batch of this name.
    Import {
        batch: String,
        rows: Vec<OldCustomer>,
    },
    ImportSales {
        batch: String,
        old: OldSales,
    },
    TakeBack {
        batch: String,
    },
}

impl Deed {
    /// Lets the naive tenant live through it.
    pub(super) fn live(&self, naive: &mut Naive, now: i64) -> Expected {
        match self {
            Self::Register { phone } => naive.register(*phone, now),
            Self::Sell(sale) => naive.sell(sale, now),
            Self::Redeem { phone, id, amount, order } => {
                naive.redeem((*phone, id), *amount, *order, now)
            }
            Self::Refund { sale, id, part, .. } => naive.refund(sale, id, *part, now),
            Self::Adjust { phone, amount, hold, allow_debt } => {
                naive.adjust(*phone, *amount, (*hold, *allow_debt), now)
            }
            Self::SetAside { phone, id, amount } => naive.set_aside((*phone, id), *amount, now),
            Self::Release { id } => naive.release(id, now),
            Self::Move { phone, to } => naive.move_phone(*phone, *to, now),
            Self::Merge { from, into } => naive.merge(*from, *into, now),
            Self::Block { phone, blocked } => naive.block(*phone, *blocked, now),
            Self::Adopt(rules) => {
                naive.rules.push(rules.clone());
                Expected::Done(vec![])
            }
            Self::IssueCard { code, nominal } => {
                naive.cards.insert(code.clone(), *nominal);
                Expected::Done(vec![])
            }
            Self::Bring { phone, parent } => naive.bring(*phone, *parent, now),
            Self::TellBirthday { phone, born } => naive.tell_birthday(*phone, *born, now),
            Self::SellPlus(sale) => naive.sell_plus(sale, now),
            Self::Calculate(sale) => naive.calculate(sale, now),
            Self::GiveBack { sale, line, amount, .. } => {
                naive.give_back(sale, (*line, *amount), now)
            }
            Self::SetAsidePlus { phone, id, amount } => {
                naive.set_aside_plus((*phone, id), *amount, now)
            }
            Self::ReleasePlus { id } => naive.release_plus(id, now),
            Self::Forget { phone } => naive.forget(*phone, now),
            Self::Import { batch, rows } => naive.import(batch, rows, now),
            Self::ImportSales { batch, old } => naive.import_sales(batch, old, now),
            Self::TakeBack { batch } => naive.take_back(batch, now),
        }
    }

    /// The phone of whom it is about.
    pub(super) fn phone(&self) -> Option<usize> {
        match self {
            Self::Sell(sale) | Self::SellPlus(sale) | Self::Calculate(sale) => Some(sale.phone),
            Self::Register { phone }
            | Self::Redeem { phone, .. }
            | Self::Refund { phone, .. }
            | Self::Adjust { phone, .. }
            | Self::SetAside { phone, .. }
            | Self::Block { phone, .. }
            | Self::Bring { phone, .. }
            | Self::TellBirthday { phone, .. }
            | Self::GiveBack { phone, .. }
            | Self::SetAsidePlus { phone, .. }
            | Self::Forget { phone } => Some(*phone),
            Self::Import { rows, .. } => rows.first().map(|row| row.phone),
            Self::ImportSales { old, .. } => Some(old.phone),
            Self::Move { to, .. } => Some(*to),
            Self::Merge { into, .. } => Some(*into),
            Self::Release { .. }
            | Self::ReleasePlus { .. }
            | Self::Adopt(_)
            | Self::IssueCard { .. }
            // Customer by customer.
            | Self::TakeBack { .. } => None,
        }
    }

    /// Whether it needs bonuses.
    pub(super) fn spends(&self) -> bool {
        match self {
            Self::Sell(sale) | Self::SellPlus(sale) => sale.redeem > 0,
            Self::Adjust { amount, .. } => *amount < 0,
            Self::Redeem { .. } | Self::SetAside { .. } | Self::SetAsidePlus { .. } => true,
            Self::Register { .. }
            | Self::Refund { .. }
            | Self::Release { .. }
            | Self::Move { .. }
            | Self::Merge { .. }
            | Self::Block { .. }
            | Self::Adopt(_)
            | Self::IssueCard { .. }
            | Self::Bring { .. }
            | Self::TellBirthday { .. }
            | Self::Calculate(_)
            | Self::GiveBack { .. }
            | Self::ReleasePlus { .. }
            | Self::Forget { .. }
            | Self::Import { .. }
            | Self::ImportSales { .. }
            | Self::TakeBack { .. } => false,
        }
    }

    /// Whether the same again under its key is answered the same.
    pub(super) fn moves_value(&self) -> bool {
        match self {
            Self::Sell(_)
            | Self::Redeem { .. }
            | Self::Refund { .. }
            | Self::Adjust { .. }
            | Self::SetAside { .. }
            | Self::Release { .. }
            | Self::SellPlus(_)
            | Self::GiveBack { .. }
            | Self::SetAsidePlus { .. }
            | Self::ReleasePlus { .. }
            | Self::Forget { .. } => true,
            Self::Register { .. }
            | Self::Move { .. }
            | Self::Merge { .. }
            | Self::Block { .. }
            | Self::Adopt(_)
            | Self::IssueCard { .. }
            | Self::Bring { .. }
            | Self::TellBirthday { .. }
            | Self::Calculate(_)
            | Self::Import { .. }
            | Self::ImportSales { .. }
            | Self::TakeBack { .. } => false,
        }
    }

    /// The name of a batch, by which the house knows that it was done.
    pub(super) fn batch(&self) -> Option<&str> {
        if let Self::Import { batch, .. } | Self::ImportSales { batch, .. } = self {
            Some(batch)
        } else {
            None
        }
    }
}
