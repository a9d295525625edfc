//! The operators of a house: who shows which token, and every change of them, kept before it counts.

use crate::engine::entropy::Entropy;
use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::engine::supervisor::blocking;
use crate::engine::tenant_actor::hash_of;
use crate::journal::{DataDir, OperatorsFile};
use crate::ledger::{
    ActingName, OperatorChange, OperatorEvent, OperatorName, OperatorRefusal, Operators, Role,
};
use crate::values::Timestamp;
use arc_swap::ArcSwap;
use std::sync::{Arc, Mutex, PoisonError};
use thiserror::Error;

/// Characters of a token that is made here.
const TOKEN_LENGTH: usize = 48;

/// A request that changes an operator.
#[derive(Debug, Clone)]
pub struct OperatorOrder {
    pub name: OperatorName,
    pub wish: OperatorWish,
    pub at: Timestamp,
    pub by: ActingName,
}

/// What is wanted of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperatorWish {
    Add(Role),
    /// A new token; the one before is no longer good.
    Rotate,
    Revoke,
}

/// The operators after a change. Not `Debug`: the token is a secret.
pub struct OperatorDone {
    pub operators: Arc<Operators>,
    /// Shown once.
    pub token: Option<String>,
}

/// Why an operator is not changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OperatorError {
    #[error(transparent)]
    Refused(#[from] OperatorRefusal),
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// The operators in memory and in their file.
pub(super) struct Registry {
    known: ArcSwap<Operators>,
    file: OperatorsFile,
    /// Held by who changes them.
    turn: Mutex<()>,
}

impl Registry {
    pub(super) fn open(data_dir: &DataDir) -> Result<Self, EngineError> {
        let file = OperatorsFile::of(data_dir);
        let known = ArcSwap::from_pointee(file.read()?);
        Ok(Self { known, file, turn: Mutex::default() })
    }

    /// Kept first, then shown: who was told that a token is revoked can rely on it after a crash, too.
    fn change(
        &self,
        order: OperatorOrder,
        entropy: &Entropy,
    ) -> Result<OperatorDone, OperatorError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let OperatorOrder { name, wish, at, by } = order;
        let made = (wish != OperatorWish::Revoke).then(|| entropy.text(TOKEN_LENGTH));
        let token = made.as_deref().map(hash_of).unwrap_or_default();
        let change = match wish {
            OperatorWish::Add(role) => OperatorChange::Added { role, token },
            OperatorWish::Rotate => OperatorChange::Rotated { token },
            OperatorWish::Revoke => OperatorChange::Revoked,
        };
        let mut operators = Operators::clone(&self.known.load());
        if operators.decide(&name, &change)? {
            operators.apply(OperatorEvent { name, change, at, by });
            self.file.keep(&operators).map_err(EngineError::from)?;
            self.known.store(Arc::new(operators));
        }
        Ok(OperatorDone { operators: self.known.load_full(), token: made })
    }
}

impl House {
    /// All operators who have or had a token, as they are now.
    #[must_use]
    pub fn operators(&self) -> Arc<Operators> {
        self.registry().known.load_full()
    }

    /// Changes an operator; the change is on the disk, and a token that it ended is no longer good.
    ///
    /// # Errors
    /// The refusal; `Unavailable` where the file cannot be written: nothing was changed.
    pub async fn change_operator(
        &self,
        order: OperatorOrder,
    ) -> Result<OperatorDone, OperatorError> {
        let _place = self.core()?.places.take()?;
        let (registry, entropy) = (Arc::clone(self.registry()), self.entropy().clone());
        blocking(move || registry.change(order, &entropy)).await?
    }
}
