//! The JSON file of a Google service account: who asks, and the key that proves it.

use ring::signature::RsaKeyPair;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;
use thiserror::Error;

/// A service account. Its `Debug` shows no key.
pub(super) struct ServiceAccount {
    pub(super) project: String,
    pub(super) email: String,
    pub(super) key_id: Option<String>,
    pub(super) key: RsaKeyPair,
    /// Where an assertion is exchanged for an access token.
    pub(super) token_uri: String,
}

/// Why a file is not that of a service account.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum AccountError {
    #[error("is not the JSON file of a service account: {0}")]
    Shape(String),
    #[error("has a field `{0}` that cannot be used")]
    Field(&'static str),
}

#[derive(Deserialize)]
struct Document {
    project_id: String,
    client_email: String,
    private_key_id: Option<String>,
    private_key: String,
    token_uri: String,
}

impl ServiceAccount {
    /// Reads the text of the file.
    pub(super) fn parse(text: &str) -> Result<Self, AccountError> {
        let document: Document = serde_json::from_str(text)
            .map_err(|error| AccountError::Shape(shape_without_text(&error)))?;
        let Document { project_id, client_email, private_key_id, private_key, token_uri } =
            document;
        let known_uri = reqwest::Url::parse(&token_uri)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        let plain = |text: &str| {
            text.bytes().all(|one| one.is_ascii_alphanumeric() || b"-_.:".contains(&one))
        };
        if project_id.is_empty() || !plain(&project_id) {
            return Err(AccountError::Field("project_id"));
        }
        if !known_uri {
            return Err(AccountError::Field("token_uri"));
        }
        let key = PrivatePkcs8KeyDer::from_pem_slice(private_key.as_bytes())
            .ok()
            .and_then(|der| RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).ok())
            .ok_or(AccountError::Field("private_key"))?;
        Ok(Self {
            project: project_id,
            email: client_email,
            key_id: private_key_id,
            key,
            token_uri,
        })
    }
}

impl std::fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceAccount").field("project", &self.project).finish_non_exhaustive()
    }
}

/// Where the file is wrong. A wrong type would be shown with its value, which may be the key.
fn shape_without_text(error: &serde_json::Error) -> String {
    let shown = error.to_string();
    match error.classify() {
        serde_json::error::Category::Data if !shown.starts_with("missing field") => {
            format!("a field has a wrong type at line {}", error.line())
        }
        serde_json::error::Category::Data
        | serde_json::error::Category::Io
        | serde_json::error::Category::Syntax
        | serde_json::error::Category::Eof => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::courier::push::assertion::tests::ACCOUNT;

    #[test]
    fn a_service_account_is_read_and_its_key_is_not_shown() {
        let account = ServiceAccount::parse(ACCOUNT).unwrap();
        assert_eq!(
            (account.project.as_str(), account.token_uri.as_str()),
            ("kopilka-tests", "https://oauth2.example/token")
        );
        assert_eq!(format!("{account:?}"), "ServiceAccount { project: \"kopilka-tests\", .. }");
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let check = |from: &str, to: &str, expected: &str| {
            assert!(ACCOUNT.contains(from));
            let told = ServiceAccount::parse(&ACCOUNT.replace(from, to)).unwrap_err().to_string();
            assert!(told.contains(expected), "{told}");
        };
        check("\"client_email\"", "\"email\"", "missing field `client_email`");
        check("\"kopilka-tests\"", "\"a/b\"", "`project_id`");
        check("https://oauth2.example", "ftp://oauth2.example", "`token_uri`");
        check("BEGIN PRIVATE KEY", "BEGIN KEY", "`private_key`");
        check("\"kopilka-tests\"", "17", "a wrong type at line");
        check("{", "[", "not the JSON file");
    }
}
