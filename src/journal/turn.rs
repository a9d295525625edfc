//! One account's part of an operation on its way into the account's state.

use crate::journal::derive::derive;
use crate::journal::misfold::Misfold;
use crate::journal::operation::{Capture, Operation, capture_of, last_of};
use crate::ledger::{Account, AccountEvent, Row, invariants, tell_sale_figures};
use crate::values::{CustomerId, EventNumber};
use std::fmt::Display;

/// The events of one account in an operation, with their place.
pub(in crate::journal) struct Turn<'a> {
    pub(in crate::journal) operation: &'a Operation,
    /// The first event of the operation.
    pub(in crate::journal) begins: EventNumber,
    pub(in crate::journal) customer: CustomerId,
    pub(in crate::journal) events: &'a [AccountEvent],
    /// The first event of this account in it.
    pub(in crate::journal) first: EventNumber,
}

impl Turn<'_> {
    /// Takes the events into an account, unless it has them already. Returns how many entries for the
    /// tables that made, the state itself included.
    pub(in crate::journal) fn extend(&self, known: &mut Option<Capture>) -> Result<usize, Misfold> {
        let last = last_of(self.first, self.events.len());
        if known.as_ref().is_some_and(|capture| capture.as_of >= last) {
            return Ok(0);
        }
        let before = known.as_ref().map(|capture| &capture.account);
        let derived = derive(self.operation, self.customer, before, self.begins);
        let mut events = self.events.iter().enumerate();
        if known.is_none()
            && let Some((index, opening)) = events.next()
        {
            *known = Some(self.open(index, opening)?);
        }
        let Some(capture) = known else { return Ok(0) };
        let mut added = 1 + derived.sales.len() + derived.operations.len();
        let (first_row, sales_before) =
            (capture.additions.rows.len(), capture.account.sale_records);
        for (index, event) in events {
            let row = capture.account.apply(event).map_err(|error| self.misfold(index, &error))?;
            added += usize::from(row.is_some());
            let rows = &mut capture.additions_mut().rows;
            rows.extend(row.map(|row| Row { event: self.begins, ..row }));
            tell_sale_figures(&mut rows[first_row..], event);
        }
        invariants::check(&capture.account)
            .map_err(|broken| self.misfold(self.events.len().saturating_sub(1), &broken))?;
        let recorded = capture.account.sale_records.saturating_sub(sales_before);
        if usize::try_from(recorded) != Ok(derived.sales.len()) {
            let reason =
                format!("{} sales for the tables, {recorded} counted", derived.sales.len());
            return Err(self.misfold(0, reason));
        }
        capture.as_of = last;
        added += derived.identifiers.len() + derived.trails.len();
        let additions = capture.additions_mut();
        additions.sales.extend(derived.sales);
        additions.operations.extend(derived.operations);
        additions.identifiers.extend(derived.identifiers);
        additions.trails.extend(derived.trails);
        Ok(added)
    }

    fn open(&self, index: usize, opening: &AccountEvent) -> Result<Capture, Misfold> {
        let account = Account::open(opening).map_err(|error| self.misfold(index, &error))?;
        if account.id != self.customer {
            let reason = format!("it opens the account of customer {}", account.id);
            return Err(self.misfold(index, reason));
        }
        Ok(capture_of(self.operation.tenant, account, self.first))
    }

    /// What is wrong with one of the events.
    pub(in crate::journal) fn misfold(&self, index: usize, reason: impl Display) -> Misfold {
        Misfold {
            event: self.first.plus(u64::try_from(index).unwrap_or(u64::MAX)),
            tenant: self.operation.tenant,
            customer: Some(self.customer),
            reason: reason.to_string(),
        }
    }
}
