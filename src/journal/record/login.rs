//! What happened to the logins of a phone, as it is stored. The order of variants and fields is the
//! format. No code is here: who reads the journal lacks the house's key that made it of the nonce.

use crate::journal::codec::{CodecError, Decode, Encode};
use crate::journal::record::fields::instant;
use crate::journal::record::sealing::Envelope;
use crate::ledger::{CodeNonce, LoginEvent};

/// What happened to a code.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) enum StoredLoginEvent {
    Sent { phone: Envelope, nonce: CodeNonce, expires_at: i64, attempts: u8, at: i64 },
    Refused { at: i64 },
    Used { at: i64 },
}

impl StoredLoginEvent {
    /// What of it is personal.
    pub(super) fn envelope(&mut self) -> Option<&mut Envelope> {
        match self {
            Self::Sent { phone, .. } => Some(phone),
            Self::Refused { .. } | Self::Used { .. } => None,
        }
    }
}

impl From<&LoginEvent> for StoredLoginEvent {
    fn from(event: &LoginEvent) -> Self {
        match event {
            LoginEvent::CodeSent { phone, nonce, expires_at, attempts, at } => Self::Sent {
                phone: phone.map_or_else(Envelope::gone, Envelope::of_phone),
                nonce: *nonce,
                expires_at: expires_at.millis(),
                attempts: *attempts,
                at: at.millis(),
            },
            LoginEvent::CodeRefused { at } => Self::Refused { at: at.millis() },
            LoginEvent::CodeUsed { at } => Self::Used { at: at.millis() },
        }
    }
}

impl TryFrom<StoredLoginEvent> for LoginEvent {
    type Error = CodecError;

    fn try_from(stored: StoredLoginEvent) -> Result<Self, CodecError> {
        Ok(match stored {
            StoredLoginEvent::Sent { phone, nonce, expires_at, attempts, at } => Self::CodeSent {
                phone: phone.phone()?,
                nonce,
                expires_at: instant(expires_at)?,
                attempts,
                at: instant(at)?,
            },
            StoredLoginEvent::Refused { at } => Self::CodeRefused { at: instant(at)? },
            StoredLoginEvent::Used { at } => Self::CodeUsed { at: instant(at)? },
        })
    }
}
