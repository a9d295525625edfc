//! Logins: whoever may have a Bearer token gets one, and an account is opened where there is none.

use crate::engine::beside::Beside;
use crate::engine::claims::{Guard, Key, Lead};
use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::order::{Done, Identifier};
use crate::engine::perform::{Command, Errand};
use crate::journal::phone_key;
use crate::ledger::{
    Action, Authenticate, FullName, NewToken, Refusal, Register, TelegramUser, TokenHash,
};
use crate::values::{CustomerId, Phone, ean13_of};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Length of the secret part of a customer's Bearer token.
const BEARER_LENGTH: usize = 40;

/// A Bearer token before it is issued.
pub(super) struct Bearer {
    pub(super) token: NewToken,
    /// What the customer is shown, once.
    pub(super) shown: String,
}

/// A customer who is about to be.
pub(super) struct Newcomer {
    pub(super) phone: Phone,
    /// Nobody else may take the phone meanwhile, nor what else is theirs.
    pub(super) claims: Vec<(Key, Guard<Lead>)>,
    pub(super) full_name: Option<FullName>,
    pub(super) telegram: Option<TelegramUser>,
}

impl Core {
    /// The partner vouches for a customer.
    pub(super) async fn log_in(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
        full_name: Option<FullName>,
        create_if_missing: bool,
    ) -> Result<Done, EngineError> {
        let known = self.resolve(errand.tenant_id(), &who, errand.country()).await?;
        let phone = match (known, &who) {
            (Some(customer), _) => return self.vouched(errand, customer, full_name).await,
            (None, Identifier::Phone(phone)) if create_if_missing => *phone,
            (
                None,
                Identifier::Phone(_)
                | Identifier::Text(_)
                | Identifier::Customer(_)
                | Identifier::Telegram(_),
            ) => {
                return Err(Refusal::CustomerNotFound.into());
            }
        };
        let key = phone_key(errand.tenant_id(), phone);
        match self.claim_identifier(key).await? {
            // Someone registered this phone a moment ago.
            Err(customer) => self.vouched(errand, customer, full_name).await,
            Ok(guard) => {
                let claims = vec![(key, guard)];
                let newcomer = Newcomer { phone, claims, full_name, telegram: None };
                self.register(errand, newcomer, Vec::new()).await
            }
        }
    }

    async fn vouched(
        self: &Arc<Self>,
        errand: Errand,
        customer: CustomerId,
        full_name: Option<FullName>,
    ) -> Result<Done, EngineError> {
        let bearer = self.bearer(&errand);
        let authenticate = Authenticate { full_name, ..Authenticate::of(bearer.token) };
        let command = Command::from(Action::Authenticate(authenticate));
        self.hand_out(errand, customer, command, bearer.shown).await
    }

    /// Opens an account whose phone is claimed, and logs the customer in.
    pub(super) async fn register(
        self: &Arc<Self>,
        errand: Errand,
        newcomer: Newcomer,
        beside: Vec<Beside>,
    ) -> Result<Done, EngineError> {
        let customer = errand.tenant.counters.next_customer();
        ean13_of(customer.number()).ok_or(Refusal::CustomerNumbersUsedUp)?;
        let Bearer { token, shown } = self.bearer(&errand);
        let Newcomer { phone, claims, full_name, telegram } = newcomer;
        let token = Some(token);
        let register = Register { customer, phone, full_name, token, welcome: true, telegram };
        let mut command = Command::from(Action::Register(register));
        command.taken.identifiers.extend(claims);
        command.beside = beside;
        command.opens = true;
        self.hand_out(errand, customer, command, shown).await
    }

    /// Performs a command that issues a token, and shows it.
    pub(super) async fn hand_out(
        self: &Arc<Self>,
        errand: Errand,
        customer: CustomerId,
        command: Command,
        token: String,
    ) -> Result<Done, EngineError> {
        let created = command.opens;
        match self.act(errand, customer, command).await? {
            Done::Changed(view) => Ok(Done::LoggedIn { token, created, view }),
            other @ (Done::Receipt { .. } | Done::LoggedIn { .. } | Done::Quoted { .. }) => {
                Ok(other)
            }
        }
    }

    /// A new Bearer token.
    pub(super) fn bearer(&self, errand: &Errand) -> Bearer {
        let secret = self.entropy.text(BEARER_LENGTH);
        let hash: TokenHash = Sha256::digest(secret.as_bytes()).into();
        let token = NewToken { id: errand.tenant.counters.next_token(), hash };
        Bearer { token, shown: format!("{}|{secret}", token.id) }
    }
}
