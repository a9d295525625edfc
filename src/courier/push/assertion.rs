//! The signed assertion that a service account exchanges for an access token: a JWT by RS256 (RFC 7523).

use crate::courier::push::service_account::ServiceAccount;
use crate::values::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand as chance;
use ring::signature::RSA_PKCS1_SHA256;
use serde_json::json;

/// What the access token shall allow.
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
/// How long the assertion is good, in seconds: Google's maximum.
const GOOD_FOR: i64 = 3_600;

/// An assertion of `account`, made at `now`; `None`: the key does not sign.
pub(super) fn assertion(account: &ServiceAccount, now: Timestamp) -> Option<String> {
    let issued = now.millis().div_euclid(1_000);
    let mut header = json!({"alg": "RS256", "typ": "JWT"});
    if let Some(id) = &account.key_id {
        header["kid"] = json!(id);
    }
    let claims = json!({
        "iss": account.email,
        "scope": SCOPE,
        "aud": account.token_uri,
        "iat": issued,
        "exp": issued.saturating_add(GOOD_FOR),
    });
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let mut signature = vec![0; account.key.public().modulus_len()];
    // The randomness only hides the key from timing: the signature is the same every time.
    let random = chance::SystemRandom::new();
    account.key.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).ok()?;
    Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

#[cfg(test)]
pub(in crate::courier::push) mod tests {
    use super::*;
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
    use serde_json::Value;

    /// A service account of nobody.
    pub(in crate::courier::push) const ACCOUNT: &str =
        include_str!("../../../data/couriers/service-account.json");

    #[test]
    fn an_assertion_is_verified_with_the_public_key() {
        let account = ServiceAccount::parse(ACCOUNT).unwrap();
        let now = Timestamp::from_millis(1_767_769_016_999);
        let made = assertion(&account, now).unwrap();
        let parts: Vec<&str> = made.split('.').collect();
        let [header, claims, signature] = parts[..] else { panic!("{made}") };
        let read = |part: &str| -> Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
        };
        assert_eq!(read(header), json!({"alg": "RS256", "typ": "JWT", "kid": "0123456789abcdef"}));
        let expected = json!({
            "iss": "courier@kopilka-tests.iam.gserviceaccount.com",
            "scope": "https://www.googleapis.com/auth/firebase.messaging",
            "aud": "https://oauth2.example/token",
            "iat": 1_767_769_016,
            "exp": 1_767_772_616,
        });
        assert_eq!(read(claims), expected);
        let public: RsaPublicKeyComponents<Vec<u8>> = account.key.public().into();
        let verify = |message: &str| {
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
            public.verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &signature)
        };
        assert!(verify(&format!("{header}.{claims}")).is_ok());
        assert!(verify(&format!("{header}.{claims} ")).is_err());
        assert_eq!(assertion(&account, now).unwrap(), made);
    }
}
