//! How a tenant's webhooks lie in the tables, inside its record.

use crate::journal::codec::{CodecError, Decode, Encode};
use crate::journal::record::fields::{all, instant, text};
use crate::journal::record::{Envelope, StoredSubscription, feed_kind};
use crate::ledger::{Skipped, Webhook, WebhookManner, WebhookPause, Webhooks};
use crate::values::{Timestamp, WebhookId};

#[derive(Debug, Encode, Decode)]
pub(super) struct WebhooksRecord {
    hooks: Vec<WebhookRecord>,
    last_id: u32,
}

#[derive(Debug, Encode, Decode)]
struct WebhookRecord {
    id: u32,
    url: String,
    manner: MannerRecord,
    created_at: i64,
    cursor: u64,
    /// How many deliveries were refused for good, and when the last were counted.
    skipped: (u64, Option<i64>),
    revision: u32,
    /// Since when it failed, and when it was paused.
    paused: Option<(i64, i64)>,
}

#[derive(Debug, Encode, Decode)]
enum MannerRecord {
    Feed { kinds: Vec<String>, secret: Envelope },
    BalanceChanges(StoredSubscription),
}

impl WebhooksRecord {
    pub(super) fn of(webhooks: &Webhooks) -> Self {
        let hooks = webhooks.hooks.iter().map(WebhookRecord::of).collect();
        Self { hooks, last_id: webhooks.last_id.number() }
    }

    /// What is secret of them.
    pub(super) fn envelopes(&mut self) -> impl Iterator<Item = &mut Envelope> {
        self.hooks.iter_mut().filter_map(|hook| match &mut hook.manner {
            MannerRecord::Feed { secret, .. } => Some(secret),
            MannerRecord::BalanceChanges(subscription) => subscription.envelope(),
        })
    }

    pub(super) fn restore(self) -> Result<Webhooks, CodecError> {
        let hooks = all(self.hooks, WebhookRecord::restore)?;
        Ok(Webhooks { hooks, last_id: WebhookId(self.last_id) })
    }
}

impl WebhookRecord {
    fn of(hook: &Webhook) -> Self {
        let instants = |pause: WebhookPause| (pause.failing_since.millis(), pause.at.millis());
        Self {
            id: hook.id.number(),
            url: hook.url.as_str().to_owned(),
            manner: MannerRecord::of(&hook.manner),
            created_at: Timestamp::millis(hook.created_at),
            cursor: hook.cursor,
            skipped: (hook.skipped.count, hook.skipped.last_at.map(Timestamp::millis)),
            revision: hook.revision,
            paused: hook.paused.map(instants),
        }
    }

    fn restore(self) -> Result<Webhook, CodecError> {
        let pause = |(failing_since, at)| {
            Ok(WebhookPause { failing_since: instant(failing_since)?, at: instant(at)? })
        };
        let (count, last_at) = self.skipped;
        Ok(Webhook {
            id: WebhookId(self.id),
            url: text(&self.url)?,
            manner: self.manner.restore()?,
            created_at: instant(self.created_at)?,
            cursor: self.cursor,
            skipped: Skipped { count, last_at: last_at.map(instant).transpose()? },
            revision: self.revision,
            paused: self.paused.map(pause).transpose()?,
        })
    }
}

impl MannerRecord {
    fn of(manner: &WebhookManner) -> Self {
        match manner {
            WebhookManner::Feed { kinds, secret } => Self::Feed {
                kinds: kinds.iter().map(|kind| kind.name().to_owned()).collect(),
                secret: Envelope::of_secret(secret),
            },
            WebhookManner::BalanceChanges(subscription) => {
                Self::BalanceChanges(StoredSubscription::of(subscription))
            }
        }
    }

    fn restore(self) -> Result<WebhookManner, CodecError> {
        Ok(match self {
            Self::Feed { kinds, secret } => WebhookManner::Feed {
                kinds: all(kinds, |name| feed_kind(&name))?,
                secret: secret.secret()?,
            },
            Self::BalanceChanges(stored) => WebhookManner::BalanceChanges(stored.restore()?),
        })
    }
}
