//! What the configuration says about text messages.

use crate::courier::outbound::Verb;
use serde::Deserialize;
use std::collections::BTreeMap;
use thiserror::Error;

/// Which way text messages take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmsGatewayKind {
    #[default]
    Log,
    Http,
}

/// What the body of a request is, which decides how values are escaped in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyFormat {
    #[default]
    Json,
    Form,
}

/// The section `[sms]` of the configuration file. All fields but `gateway` belong to the gateway `http`.
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmsSettings {
    pub gateway: SmsGatewayKind,
    /// A template; required.
    pub url: Option<String>,
    /// POST unless said otherwise.
    pub method: Option<Verb>,
    /// Sent as they are; they may hold the gateway's key.
    pub headers: BTreeMap<String, String>,
    /// A template; none with GET.
    pub body: Option<String>,
    pub body_format: Option<BodyFormat>,
    /// What `{sender}` stands for.
    pub sender: Option<String>,
    /// What the answer must contain, beside a status of 2xx.
    pub success_contains: Option<String>,
}

/// A field of the configuration that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field} {why}")]
pub struct GatewayError {
    /// With its section, as `sms.url`.
    pub field: &'static str,
    pub why: String,
}

impl GatewayError {
    pub(in crate::courier) fn new(field: &'static str, why: impl Into<String>) -> Self {
        Self { field, why: why.into() }
    }
}

impl SmsSettings {
    /// The gateway `log` takes no other field: one that is set shows a gateway that was forgotten.
    pub(super) fn check_log(&self) -> Result<(), GatewayError> {
        let given = [
            ("sms.url", self.url.is_some()),
            ("sms.method", self.method.is_some()),
            ("sms.headers", !self.headers.is_empty()),
            ("sms.body", self.body.is_some()),
            ("sms.body_format", self.body_format.is_some()),
            ("sms.sender", self.sender.is_some()),
            ("sms.success_contains", self.success_contains.is_some()),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            Some((field, _)) => Err(GatewayError::new(field, "needs sms.gateway = \"http\"")),
            None => Ok(()),
        }
    }
}

impl std::fmt::Debug for SmsSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmsSettings").field("gateway", &self.gateway).finish_non_exhaustive()
    }
}
