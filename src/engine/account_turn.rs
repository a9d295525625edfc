//! What travels to an account's actor and back: turns with their claims and places, and answers.

use crate::engine::account_pages::Leaf;
use crate::engine::act::Act;
use crate::engine::admission::Place;
use crate::engine::error::EngineError;
use crate::engine::hold::{HoldTurn, TakenOver};
use crate::engine::rounds::Pace;
use crate::journal::Proof;
use crate::ledger::{
    AccountView, Device, LookUp, PastWindow, Quote, Receipt, Returnable, SettingsHistory,
    TokenHash, Trailed,
};
use crate::values::{CustomerId, EventNumber, Money, SaleId, Timestamp, TokenId};
use std::sync::Arc;
use tokio::sync::oneshot;

/// What an account's actor is asked.
pub(super) enum AccountTurn {
    Act(Box<Act>),
    Look(Box<Look>),
    Leaf(Box<Leaf>),
    /// Hand the state to the tables, behind its events.
    Capture(oneshot::Sender<()>),
    /// The tables have everything up to the last capture: forget it.
    Captured,
    /// Leave memory if there was no other turn since this instant.
    DepartIfIdle {
        idle_before: Timestamp,
    },
    /// Rest, without an actor, if there was no other turn since this instant.
    RestIfIdle {
        idle_before: Timestamp,
    },
    /// Any of these, whose sender goes on when it was taken.
    Paced(Box<AccountTurn>, Pace),
    /// Wait, while another account decides about this one too.
    Hold(HoldTurn),
    /// Go on as before.
    Release,
    /// Go on with what the other account decided.
    TakeOver(Box<TakenOver>),
    /// Panic, as a bug outside of the guarded decision would.
    #[cfg(test)]
    Die,
}

/// What must be known of sales after an instant, of an account and of those merged into it.
pub(super) struct PastWanted {
    pub(super) window: PastWindow,
    pub(super) absorbed: Vec<CustomerId>,
}

/// What the tables know of sales after an instant, up to an event.
#[derive(Debug, Clone)]
pub(super) struct PastFact {
    pub(super) window: PastWindow,
    pub(super) spent_later: Money,
    pub(super) returned_later: Money,
    pub(super) through: EventNumber,
    /// Up to which event of each account that was merged into this one.
    pub(super) absorbed: Vec<(CustomerId, EventNumber)>,
}

/// The sale that a command returns, as of an event of its account.
#[derive(Debug)]
pub(super) struct ReturnedFact {
    pub(super) sale: Box<Returnable>,
    /// The sales whose trails it was read from.
    pub(super) sales: Vec<SaleId>,
    pub(super) as_of: EventNumber,
}

/// The trails of sales that the tables may not have yet, as of an event of the account.
#[derive(Debug)]
pub(super) struct TrailTail {
    pub(super) steps: Vec<Trailed>,
    pub(super) as_of: EventNumber,
}

/// What becomes of a command.
pub(super) enum Answer {
    Receipt(Receipt),
    View(Box<AccountView>),
    Quote(Box<Quote>),
    Failed(EngineError),
    /// Come again with what was spent after this instant.
    NeedsPast(Box<Act>, PastWanted),
    /// Come again with the sale that is returned.
    NeedsReturned(Box<Act>, TrailTail),
    /// The account has left memory: ask the directory again.
    Departed(Box<Act>),
    /// The account was merged into another one: ask that.
    Moved(Box<Act>, CustomerId),
}

/// An answer, and what proves the events that it rests on, if there are new ones.
pub(super) struct Told {
    pub(super) answer: Answer,
    pub(super) proof: Option<Proof>,
}

/// A read.
pub(super) struct Look {
    pub(super) asked: Asked,
    pub(super) wanted: Wanted,
}

/// Who reads, and when.
pub(super) struct Asked {
    pub(super) at: Timestamp,
    /// A token that must be valid.
    pub(super) token: Option<(TokenId, TokenHash)>,
    pub(super) place: Place,
    pub(super) home: usize,
}

/// What a read wants of an account, and who gets it.
pub(super) enum Wanted {
    View(Arc<SettingsHistory>, LookUp, LookReply<Box<AccountView>>),
    /// Oldest first. For couriers, who ask behind every sale: whatever the account has otherwise costs them
    /// nothing.
    Devices(LookReply<Vec<Device>>),
}

pub(super) type LookReply<T> = oneshot::Sender<LookAnswer<T>>;

/// What becomes of a read.
pub(super) enum LookAnswer<T> {
    Shown(T),
    NoSuchToken,
    Departed,
    /// The account was merged into another one: ask that.
    Moved(CustomerId),
    Failed(EngineError),
}

impl Answer {
    /// For a command of an account that is not here, or that was merged.
    pub(super) fn elsewhere(act: Box<Act>, merged_into: Option<CustomerId>) -> Self {
        match merged_into {
            Some(into) => Self::Moved(act, into),
            None => Self::Departed(act),
        }
    }
}

impl From<Answer> for Told {
    fn from(answer: Answer) -> Self {
        Self { answer, proof: None }
    }
}
