//! How a journal and its tables treat what is personal or secret: plainly, under a vault, or unread.

use crate::journal::error::JournalError;
use crate::journal::vault::look_up::LookUpMask;
use crate::journal::vault::place::{Holder, Place};
use crate::journal::vault::trial::KeyTrial;
use crate::journal::vault::{Found, KeyNeeds, Vault};
use std::sync::Arc;
use thiserror::Error;

/// What becomes of envelopes.
#[derive(Debug, Clone)]
pub enum Sealing {
    /// What is written can be read by anybody who has the file; what is sealed cannot be read.
    Plain,
    /// Nothing is written. What is sealed is taken for gone: figures can be told without any key.
    Blind,
    /// The same, and it is noted whose keys what is sealed needs.
    Noting(Arc<KeyNeeds>),
    /// All that is written is sealed.
    Under(Arc<Vault>),
    /// Nothing is written. What is sealed is taken for gone, once keys were tried at it.
    Trying(Arc<KeyTrial>),
}

/// What is in an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::journal) enum Contents {
    Readable(Vec<u8>),
    /// Its key was destroyed or is damaged, or is not at hand and not asked for.
    Gone,
}

/// Why an envelope cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(in crate::journal) enum SealError {
    #[error("what is sealed for {0} needs the vault of its data directory")]
    NoVault(String),
    #[error("what is sealed for {0} is not as it was written")]
    Altered(String),
    #[error(transparent)]
    Vault(#[from] JournalError),
}

impl Sealing {
    /// The contents sealed for a place; `Gone` if the key of its holder was destroyed. `None`: they are
    /// written plainly.
    pub(in crate::journal) fn seal(
        &self,
        place: &Place,
        contents: &[u8],
    ) -> Result<Option<Contents>, JournalError> {
        let vault = match self {
            Self::Plain | Self::Blind | Self::Noting(_) | Self::Trying(_) => return Ok(None),
            Self::Under(vault) => vault,
        };
        Ok(Some(match vault.key_to_seal(place.holder)? {
            Found::Key(key) => Contents::Readable(key.seal(&place.bytes(), contents)),
            // What is written meanwhile of whose key is damaged is lost: whoever can refuses it before.
            Found::Destroyed | Found::Damaged => Contents::Gone,
        }))
    }

    /// What was sealed for a place.
    pub(in crate::journal) fn open(
        &self,
        place: &Place,
        sealed: &[u8],
    ) -> Result<Contents, SealError> {
        match self {
            Self::Plain => Err(SealError::NoVault(place.holder.to_string())),
            Self::Blind => Ok(Contents::Gone),
            Self::Noting(needs) => {
                needs.note(place.holder);
                Ok(Contents::Gone)
            }
            Self::Trying(trial) => {
                trial.meet(place, sealed);
                Ok(Contents::Gone)
            }
            Self::Under(vault) => match vault.key(place.holder)? {
                Found::Key(key) => key
                    .open(&place.bytes(), sealed)
                    .map(Contents::Readable)
                    .ok_or_else(|| SealError::Altered(place.holder.to_string())),
                Found::Destroyed | Found::Damaged => Ok(Contents::Gone),
            },
        }
    }

    /// Whether the key of a place was destroyed: what was written there before is not told either.
    pub(in crate::journal) fn is_gone(&self, place: &Place) -> Result<bool, SealError> {
        match (self, place.holder) {
            (Self::Under(vault), Holder::Customer(tenant, customer)) => {
                Ok(vault.is_destroyed(tenant, customer)?)
            }
            (Self::Plain | Self::Blind | Self::Noting(_) | Self::Under(_) | Self::Trying(_), _) => {
                Ok(false)
            }
        }
    }

    /// Whether nobody is served by what is read.
    pub(in crate::journal) const fn is_blind(&self) -> bool {
        matches!(self, Self::Blind | Self::Noting(_) | Self::Trying(_))
    }

    /// How keys of look-up are kept.
    pub(in crate::journal) fn mask(&self) -> LookUpMask {
        match self {
            Self::Plain | Self::Blind | Self::Noting(_) | Self::Trying(_) => LookUpMask::None,
            Self::Under(vault) => vault.mask().clone(),
        }
    }

    /// The vault, where there is one.
    #[must_use]
    pub fn vault(&self) -> Option<&Arc<Vault>> {
        match self {
            Self::Plain | Self::Blind | Self::Noting(_) | Self::Trying(_) => None,
            Self::Under(vault) => Some(vault),
        }
    }
}
