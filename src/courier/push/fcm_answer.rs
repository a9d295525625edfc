//! What FCM's answers mean: a token that is gone must be told from a request that is wrong, since the
//! first one costs the customer their device.

use crate::courier::outbound::{Answer, Outcome};
use crate::courier::push::PushOutcome;
use serde::Deserialize;

#[derive(Deserialize)]
struct Document {
    error: ErrorBody,
}

#[derive(Deserialize)]
struct ErrorBody {
    #[serde(default)]
    message: String,
    #[serde(default)]
    details: Vec<Detail>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    error_code: Option<String>,
    #[serde(default)]
    field_violations: Vec<Violation>,
}

#[derive(Deserialize)]
struct Violation {
    #[serde(default)]
    field: String,
}

/// What an answer of `messages:send` means.
pub(super) fn outcome(answer: &Answer) -> PushOutcome {
    if token_is_void(answer) {
        PushOutcome::Unregistered
    } else {
        PushOutcome::Sent(answer.outcome())
    }
}

/// A bare 404 or 400 says nothing about the token: the address or the project may be wrong.
fn token_is_void(answer: &Answer) -> bool {
    if !matches!(answer.status, 400 | 404) {
        return false;
    }
    let Ok(Document { error }) = serde_json::from_slice(&answer.body) else { return false };
    let code =
        |name: &str| error.details.iter().any(|detail| detail.error_code.as_deref() == Some(name));
    match answer.status {
        404 => code("UNREGISTERED"),
        _ => {
            let of_token = |detail: &Detail| {
                detail.field_violations.iter().any(|one| one.field == "message.token")
            };
            error.details.iter().any(of_token)
                || (code("INVALID_ARGUMENT") && error.message.contains("registration token"))
        }
    }
}

/// Whether the access token was not taken.
pub(super) fn is_unauthorized(outcome: &PushOutcome) -> bool {
    matches!(outcome, PushOutcome::Sent(Outcome::Refused(rejection)) if rejection.status == Some(401))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn only_a_void_token_is_unregistered() {
        let check = |status, body: &str, expected: &str| {
            let answer = Answer { status, retry_after: None, body: body.into() };
            let found = match outcome(&answer) {
                PushOutcome::Unregistered => "void",
                PushOutcome::Sent(Outcome::Delivered) => "delivered",
                PushOutcome::Sent(Outcome::Refused(_)) => "refused",
                PushOutcome::Sent(Outcome::TryAgain { .. }) => "again",
            };
            assert_eq!(found, expected, "{status} {body}");
        };
        let error = |message: &str, details: Value| {
            json!({"error": {"message": message, "details": details}}).to_string()
        };
        let code = |code: &str| json!([{"@type": "x", "errorCode": code}]);
        let violation = |field: &str| json!([{"fieldViolations": [{"field": field}]}]);
        check(200, "{\"name\":\"projects/p/messages/1\"}", "delivered");
        check(404, &error("Requested entity was not found.", code("UNREGISTERED")), "void");
        check(404, &error("Requested entity was not found.", json!([])), "refused");
        check(404, "<html>not found</html>", "refused");
        let wrong = "The registration token is not a valid FCM registration token";
        check(400, &error(wrong, code("INVALID_ARGUMENT")), "void");
        check(400, &error("", violation("message.token")), "void");
        check(400, &error("", violation("message.data[0].value")), "refused");
        check(400, &error("Invalid JSON payload", code("INVALID_ARGUMENT")), "refused");
        check(403, &error("", code("SENDER_ID_MISMATCH")), "refused");
        check(401, &error("", code("THIRD_PARTY_AUTH_ERROR")), "refused");
        check(429, &error("", code("QUOTA_EXCEEDED")), "again");
        check(500, "", "again");
        check(503, &error("", code("UNREGISTERED")), "again");
    }
}
