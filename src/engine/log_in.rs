//! Logins: whoever may have a Bearer token gets one, and an account is opened where there is none.

use crate::engine::beside::Beside;
use crate::engine::claims::{Guard, Key, Lead};
use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::order::{Done, Identifier};
use crate::engine::perform::{Command, Errand};
use crate::journal::referral_key;
use crate::ledger::{
    Action, Authenticate, FullName, NewToken, Refusal, Register, TelegramUser, TokenHash,
};
use crate::values::{CustomerId, Phone, ReferralCode};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Length of the secret part of a customer's Bearer token.
const BEARER_LENGTH: usize = 40;

/// What a partner says of whoever logs in.
pub(super) struct Vouched {
    pub(super) full_name: Option<FullName>,
    pub(super) create_if_missing: bool,
    /// Of whoever brought a new customer.
    pub(super) referral_code: Option<ReferralCode>,
}

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
    pub(super) inviter: Option<CustomerId>,
}

impl Core {
    /// The partner vouches for a customer.
    pub(super) async fn log_in(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
        vouched: Vouched,
    ) -> Result<Done, EngineError> {
        let tenant = errand.tenant_id();
        let known = self.resolve_own(tenant, &who, errand.country()).await?;
        let phone = match (known, &who) {
            (Some(customer), _) => return self.log_in_known(errand, customer, vouched).await,
            (None, Identifier::Phone(phone)) if vouched.create_if_missing => *phone,
            (
                None,
                Identifier::Phone(_)
                | Identifier::Text(_)
                | Identifier::Customer(_)
                | Identifier::Telegram(_)
                | Identifier::Reserve(_),
            ) => {
                return Err(Refusal::CustomerNotFound.into());
            }
        };
        match self.claim_phone(tenant, phone, None).await? {
            // Someone registered this phone a moment ago.
            Err(customer) => self.log_in_known(errand, customer, vouched).await,
            Ok(claimed) => {
                let claims = vec![claimed];
                let inviter = self.resolve_referral(tenant, vouched.referral_code).await?;
                let full_name = vouched.full_name;
                let newcomer = Newcomer { phone, claims, full_name, telegram: None, inviter };
                self.register(errand, newcomer, Vec::new()).await
            }
        }
    }

    async fn log_in_known(
        self: &Arc<Self>,
        errand: Errand,
        customer: CustomerId,
        vouched: Vouched,
    ) -> Result<Done, EngineError> {
        self.refuse_referral(&errand, customer, vouched.referral_code).await?;
        let Bearer { token, shown } = self.bearer(&errand);
        let full_name = vouched.full_name;
        let authenticate = Authenticate { full_name, ..Authenticate::of(token) };
        let command = Command::from(Action::Authenticate(authenticate));
        self.hand_out(errand, customer, command, shown).await
    }

    /// Opens an account whose phone is claimed, and logs the customer in. Whoever had the phone before had
    /// what it gets once: the welcome bonus, and to have been brought by somebody.
    pub(super) async fn register(
        self: &Arc<Self>,
        errand: Errand,
        newcomer: Newcomer,
        beside: Vec<Beside>,
    ) -> Result<Done, EngineError> {
        let tenant = errand.tenant_id();
        let marked = self.claim_next_mark(tenant, newcomer.phone).await?;
        let had_gifts = marked.owner_before.is_some();
        if had_gifts && newcomer.inviter.is_some() {
            return Err(Refusal::ReferralTooLate.into());
        }
        let Newcomer { phone, mut claims, full_name, telegram, inviter } = newcomer;
        let (code, guard) = self.claim_referral_code(tenant).await?;
        claims.push((referral_key(tenant, code), guard));
        let customer = self.next_customer(&errand)?;
        let Bearer { token, shown } = self.bearer(&errand);
        let register = Register {
            customer,
            phone,
            full_name,
            token: Some(token),
            welcome: !had_gifts,
            mark: marked.claimed.as_ref().map(|(mark, _)| *mark),
            telegram,
            referral_code: Some(code),
            inviter,
            change: None,
            confirmed: false,
        };
        let mut command = Command::from(Action::Register(register));
        command.taken.identifiers.extend(claims);
        command.taken.operations.extend(marked.claimed);
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
