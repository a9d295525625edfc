//! How the logins of a phone lie in the tables.

use crate::journal::codec::{CodecError, Decode, Encode};
use crate::journal::keys::LookUpKey;
use crate::journal::operation::LoginCapture;
use crate::journal::record::fields::{all, instant};
use crate::ledger::{CodeNonce, Login, SentCode};
use crate::values::{EventNumber, TenantId, Timestamp};

/// The logins of a phone at an event.
#[derive(Debug, Encode, Decode)]
pub(super) struct LoginRecord {
    as_of: u64,
    tenant: u32,
    sends: Vec<i64>,
    code: Option<CodeRecord>,
    used_at: Option<i64>,
}

#[derive(Debug, Encode, Decode)]
struct CodeRecord {
    nonce: CodeNonce,
    expires_at: i64,
    attempts_left: u8,
}

impl LoginRecord {
    pub(super) fn of(capture: &LoginCapture) -> Self {
        let code = capture.login.code.map(|code| CodeRecord {
            nonce: code.nonce,
            expires_at: code.expires_at.millis(),
            attempts_left: code.attempts_left,
        });
        Self {
            as_of: capture.as_of.number(),
            tenant: capture.tenant.number(),
            sends: capture.login.sends.iter().copied().map(Timestamp::millis).collect(),
            code,
            used_at: capture.login.used_at.map(Timestamp::millis),
        }
    }

    pub(super) fn restore(self, key: LookUpKey) -> Result<LoginCapture, CodecError> {
        let code = |code: CodeRecord| {
            Ok::<_, CodecError>(SentCode {
                nonce: code.nonce,
                expires_at: instant(code.expires_at)?,
                attempts_left: code.attempts_left,
            })
        };
        Ok(LoginCapture {
            key,
            tenant: TenantId(self.tenant),
            login: Login {
                sends: all(self.sends, instant)?,
                code: self.code.map(code).transpose()?,
                used_at: self.used_at.map(instant).transpose()?,
            },
            as_of: EventNumber(self.as_of),
        })
    }
}
