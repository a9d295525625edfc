//! Quotes: a sale walks the way of every sale, up to its account, and is told there instead of done.

use crate::engine::account_turn::Answer;
use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::order::{Done, Identifier};
use crate::engine::perform::{Command, Errand};
use crate::ledger::{self, Account, Action, Sell, Step, StepError, quote, step};
use std::sync::Arc;

/// What an account makes of a command.
pub(super) enum Decision {
    Do(Box<Step>),
    /// Nothing is done.
    Tell(Answer),
}

impl Decision {
    /// Decides a command, to do it or only to tell.
    pub(super) fn of(
        account: Option<&Account>,
        command: &ledger::Command,
        rehearsal: bool,
    ) -> Result<Self, StepError> {
        if !rehearsal {
            return step(account, command).map(|step| Self::Do(Box::new(step)));
        }
        let no_sale = || EngineError::Broken("only a sale can be quoted".into());
        Ok(Self::Tell(match quote(account, command)? {
            Some(quote) => Answer::Quote(Box::new(quote)),
            None => Answer::Failed(no_sale()),
        }))
    }
}

impl Core {
    /// What a sale would do now. Its external id is claimed as by the sale, so that it is refused what the
    /// sale would be; with the answer the id is free again.
    pub(super) async fn quote(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
        sell: Box<Sell>,
    ) -> Result<Done, EngineError> {
        let mut command = Command::from(Action::Sell(sell));
        command.rehearsal = true;
        self.claim_external(&mut command, &errand).await?;
        self.change_account(errand, who, command).await
    }
}
