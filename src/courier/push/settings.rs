//! What the configuration says about notices to apps.

use crate::courier::push::service_account::ServiceAccount;
use crate::courier::sms::GatewayError;
use serde::Deserialize;
use std::path::PathBuf;

/// Where FCM is reached unless told otherwise.
const FCM_URL: &str = "https://fcm.googleapis.com";

/// The section `[push]` of the configuration file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PushSettings {
    /// The JSON file of a Google service account; absent: notices go to the log alone.
    pub service_account: Option<PathBuf>,
    /// Another address than Google's.
    pub fcm_url: Option<String>,
}

impl PushSettings {
    /// Reads the file of the service account.
    pub(super) fn account(&self) -> Result<Option<ServiceAccount>, GatewayError> {
        let Some(path) = &self.service_account else {
            return match self.fcm_url {
                Some(_) => Err(GatewayError::new("push.fcm_url", "needs push.service_account")),
                None => Ok(None),
            };
        };
        let wrong = |why: String| {
            GatewayError::new("push.service_account", format!("({}) {why}", path.display()))
        };
        let text = std::fs::read_to_string(path)
            .map_err(|error| wrong(format!("cannot be read: {error}")))?;
        ServiceAccount::parse(&text).map(Some).map_err(|error| wrong(error.to_string()))
    }

    /// Where FCM is reached, without a slash at the end.
    pub(super) fn base(&self) -> Result<String, GatewayError> {
        let base = self.fcm_url.as_deref().unwrap_or(FCM_URL).trim_end_matches('/');
        match reqwest::Url::parse(base) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(base.to_owned()),
            Ok(_) | Err(_) => {
                Err(GatewayError::new("push.fcm_url", "must be an http:// or https:// address"))
            }
        }
    }
}
