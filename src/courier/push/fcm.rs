//! Firebase Cloud Messaging, HTTP v1: an access token for the service account, kept until shortly before
//! it ends, and one request for each notice.

use crate::courier::outbound::{Outbound, OutboundRequest, Outcome, Rejection, Verb};
use crate::courier::push::assertion::assertion;
use crate::courier::push::fcm_answer::{is_unauthorized, outcome};
use crate::courier::push::service_account::ServiceAccount;
use crate::courier::push::{Push, PushOutcome};
use crate::engine::Clock;
use crate::values::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Mutex;

/// How long before its end an access token is replaced, in seconds.
const TOKEN_SPARE: i64 = 60;
/// How long those who waited for an access token in vain are told so together, in seconds: one after the
/// other they would each wait for a dead server.
const FAILURE_KEPT: i64 = 1;
/// The grant of RFC 7523, as a form writes it.
const GRANT: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";

/// The way to FCM.
pub struct Fcm {
    account: ServiceAccount,
    send_url: String,
    outbound: Outbound,
    clock: Clock,
    /// Held while a new one is fetched: a crowd of senders asks once.
    access: Mutex<Access>,
}

/// How the last exchange for an access token ended.
#[derive(Default)]
enum Access {
    #[default]
    Unknown,
    Granted(AccessToken),
    Failed {
        outcome: Outcome,
        until: Timestamp,
    },
}

#[derive(Clone)]
struct AccessToken {
    text: Arc<str>,
    good_until: Timestamp,
}

#[derive(Deserialize)]
struct TokenDocument {
    access_token: String,
    expires_in: i64,
}

impl Fcm {
    pub(super) fn new(
        account: ServiceAccount,
        base: &str,
        outbound: Outbound,
        clock: Clock,
    ) -> Self {
        let send_url = format!("{base}/v1/projects/{}/messages:send", account.project);
        Self { account, send_url, outbound, clock, access: Mutex::default() }
    }

    /// Sends one notice; an access token that is not taken any more is replaced once.
    pub(super) async fn send(&self, push: &Push) -> PushOutcome {
        let (sent, used) = match self.attempt(push).await {
            Ok(attempt) => attempt,
            Err(outcome) => return PushOutcome::Sent(outcome),
        };
        if !is_unauthorized(&sent) {
            return sent;
        }
        self.forget(&used).await;
        match self.attempt(push).await {
            Ok((sent, _)) => sent,
            Err(outcome) => PushOutcome::Sent(outcome),
        }
    }

    async fn attempt(&self, push: &Push) -> Result<(PushOutcome, AccessToken), Outcome> {
        let access = self.access_token().await?;
        let request = OutboundRequest {
            verb: Verb::Post,
            url: self.send_url.clone(),
            headers: vec![
                ("Authorization".to_owned(), format!("Bearer {}", access.text)),
                ("Content-Type".to_owned(), "application/json".to_owned()),
            ],
            body: message(push).to_string().into_bytes(),
        };
        let answer = self.outbound.ask(request).await?;
        Ok((outcome(&answer), access))
    }

    async fn access_token(&self) -> Result<AccessToken, Outcome> {
        let mut access = self.access.lock().await;
        let now = self.clock.now();
        match &*access {
            Access::Granted(token) if now < token.good_until => return Ok(token.clone()),
            Access::Failed { outcome, until } if now < *until => return Err(outcome.clone()),
            Access::Unknown | Access::Granted(_) | Access::Failed { .. } => {}
        }
        match self.fetch().await {
            Ok(token) => {
                *access = Access::Granted(token.clone());
                Ok(token)
            }
            Err(outcome) => {
                let until = self.clock.now().plus_seconds(FAILURE_KEPT);
                *access = Access::Failed { outcome: outcome.clone(), until };
                Err(outcome)
            }
        }
    }

    /// Throws an access token away, unless another sender has replaced it already.
    async fn forget(&self, used: &AccessToken) {
        let mut access = self.access.lock().await;
        if matches!(&*access, Access::Granted(token) if token.text == used.text) {
            *access = Access::Unknown;
        }
    }

    async fn fetch(&self) -> Result<AccessToken, Outcome> {
        let now = self.clock.now();
        let unusable =
            |text: &str| Outcome::Refused(Rejection { status: None, text: text.to_owned() });
        let assertion = assertion(&self.account, now)
            .ok_or_else(|| unusable("the key of the service account does not sign"))?;
        let request = OutboundRequest {
            verb: Verb::Post,
            url: self.account.token_uri.clone(),
            headers: vec![(
                "Content-Type".to_owned(),
                "application/x-www-form-urlencoded".to_owned(),
            )],
            body: format!("{GRANT}{assertion}").into_bytes(),
        };
        let answer = self.outbound.ask(request).await?;
        match answer.outcome() {
            Outcome::Delivered => {}
            other @ (Outcome::Refused(_) | Outcome::TryAgain { .. }) => return Err(other),
        }
        let document: TokenDocument = serde_json::from_slice(&answer.body)
            .map_err(|_| unusable("the answer of the token server has no access token"))?;
        let lasts = document.expires_in.saturating_sub(TOKEN_SPARE).max(0);
        Ok(AccessToken { text: document.access_token.into(), good_until: now.plus_seconds(lasts) })
    }
}

impl std::fmt::Debug for Fcm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fcm").field("account", &self.account).finish_non_exhaustive()
    }
}

fn message(push: &Push) -> Value {
    let data: serde_json::Map<String, Value> =
        push.data.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    json!({
        "message": {
            "token": push.token,
            "notification": {"title": push.title, "body": push.body},
            "data": data,
        }
    })
}
