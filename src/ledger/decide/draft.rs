//! The copy of an account on which a decision is tried out, event by event.

use crate::ledger::account::{Account, Misfit};
use crate::ledger::event::AccountEvent;
use crate::ledger::facts::{Facts, IdBlock};
use crate::ledger::refusal::Refusal;
use crate::ledger::row::{Row, tell_sale_figures};
use crate::ledger::settings::SettingsHistory;
use crate::ledger::tally::DayCount;
use crate::ledger::voucher::VoucherStep;
use crate::values::{LotId, SaleId, Timestamp, TransactionId};
use std::sync::Arc;
use thiserror::Error;

/// Why a decision ends without events.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(in crate::ledger) enum DraftError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A decision that its own state does not accept: a bug.
    #[error(transparent)]
    Misfit(#[from] Misfit),
}

/// An account as it will be, and the events that make it so.
#[derive(Debug)]
pub(in crate::ledger) struct Draft {
    /// Boxed, for it is large and goes from hand to hand until the actor keeps it.
    pub(in crate::ledger) account: Box<Account>,
    pub(in crate::ledger) events: Vec<AccountEvent>,
    pub(in crate::ledger) rows: Vec<Row>,
    pub(in crate::ledger) ids: IdBlock,
    /// What decides about whatever is due.
    pub(in crate::ledger) settings: Arc<SettingsHistory>,
    /// What happens to another account in the same operation.
    pub(in crate::ledger) other: Option<Box<Self>>,
    /// What happens to gift cards and coupons, each once.
    pub(in crate::ledger) vouchers: Vec<VoucherStep>,
    /// By when nothing more was due after the last event; `None`: that was not looked at since.
    pub(in crate::ledger) settled_at: Option<Timestamp>,
}

impl Draft {
    /// A draft of an account that exists.
    pub(in crate::ledger) fn of(
        account: Option<&Account>,
        ids: IdBlock,
        settings: &Arc<SettingsHistory>,
    ) -> Result<Self, DraftError> {
        let account = Box::new(account.ok_or(Refusal::CustomerNotFound)?.clone());
        let settings = Arc::clone(settings);
        let (events, rows, vouchers) = (Vec::new(), Vec::new(), Vec::new());
        let (other, settled_at) = (None, None);
        Ok(Self { account, events, rows, ids, settings, other, vouchers, settled_at })
    }

    /// A draft that begins with the opening of an account.
    pub(in crate::ledger) fn opening(
        event: AccountEvent,
        facts: &Facts,
    ) -> Result<Self, DraftError> {
        let account = Box::new(Account::open(&event)?);
        let (ids, settings) = (facts.ids, Arc::clone(&facts.settings));
        let (events, rows, vouchers) = (vec![event], Vec::new(), Vec::new());
        let (other, settled_at) = (None, None);
        Ok(Self { account, events, rows, ids, settings, other, vouchers, settled_at })
    }

    /// Takes an event in.
    pub(in crate::ledger) fn record(&mut self, event: AccountEvent) -> Result<(), DraftError> {
        self.settled_at = None;
        let row = self.account.apply(&event)?;
        if row.is_some() && self.rows.is_empty() {
            // Most commands make one, and the account keeps the list as it is for a while.
            self.rows.reserve_exact(1);
        }
        self.rows.extend(row);
        tell_sale_figures(&mut self.rows, &event);
        self.events.push(event);
        Ok(())
    }

    /// Counts something against the limits of a day, unless there is nothing to count.
    pub(in crate::ledger) fn count(&mut self, count: Option<DayCount>) -> Result<(), DraftError> {
        match count.filter(|count| !count.is_empty()) {
            Some(count) => self.record(AccountEvent::DayCounted(count)),
            None => Ok(()),
        }
    }

    pub(in crate::ledger) fn next_sale(&mut self) -> SaleId {
        let id = self.ids.sale;
        self.ids.sale = id.plus(1);
        id
    }

    pub(in crate::ledger) fn next_transaction(&mut self) -> TransactionId {
        let id = self.ids.transaction;
        self.ids.transaction = id.plus(1);
        id
    }

    pub(in crate::ledger) fn next_lot(&mut self) -> LotId {
        let id = self.ids.lot;
        self.ids.lot = id.plus(1);
        id
    }
}
