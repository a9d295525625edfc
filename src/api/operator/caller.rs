//! Which operator calls: by a token of their own, or by the token of the house, whose bearer is an owner
//! and says their name.

use crate::api::auth::{OperatorToken, bearer_text, hash_of};
use crate::api::complaint::FieldError;
use crate::api::error::ApiError;
use crate::api::limits::Regular;
use crate::api::request::Asked;
use crate::ledger::{ActingAs, ActingName, Operator, Operators, RequestId, Role, TokenHash};

/// Who an operator with the token of the house is who does not say so.
const UNNAMED: &str = "operator";
const NAME_HEADER: &str = "X-Operator-Name";
const REQUEST_HEADER: &str = "X-Request-Id";

/// An operator who showed a token that is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) name: ActingName,
    pub(super) acting: ActingAs,
    /// The token that they showed.
    token: TokenHash,
}

impl Caller {
    /// Who shows the same token again and again.
    pub(super) const fn regular(&self) -> Regular {
        Regular::Operator(self.token)
    }

    /// As the journal names them.
    pub(super) fn operator(&self) -> Operator {
        Operator { name: self.name.clone(), acting: Some(self.acting.clone()) }
    }
}

/// The operator who calls.
pub(super) fn caller_of(
    house: &OperatorToken,
    operators: &Operators,
    asked: &Asked,
) -> Result<Caller, ApiError> {
    let token = bearer_text(asked).ok_or(ApiError::OperatorTokenInvalid)?;
    let hash = hash_of(token);
    let request = request_of(asked);
    if house.is(&hash) {
        let acting = ActingAs { role: Role::Owner, own_token: false, request };
        return Ok(Caller { name: said_name(asked)?, acting, token: hash });
    }
    let (name, role) = operators.by_token(&hash).ok_or(ApiError::OperatorTokenInvalid)?;
    let acting = ActingAs { role, own_token: true, request };
    Ok(Caller { name: name.acting(), acting, token: hash })
}

fn said_name(asked: &Asked) -> Result<ActingName, FieldError> {
    let text = match asked.headers.get(NAME_HEADER) {
        Some(value) => String::from_utf8_lossy(value.as_bytes()),
        None => UNNAMED.into(),
    };
    ActingName::parse(text.trim()).map_err(|error| FieldError::new(NAME_HEADER, error))
}

/// The number that the request goes by, if it is fit to be written down.
fn request_of(asked: &Asked) -> Option<RequestId> {
    let text = asked.header_text(REQUEST_HEADER)?;
    let fit = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    RequestId::parse(text).ok().filter(|_| fit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::request::tests::asked;
    use crate::ledger::{OperatorChange, OperatorEvent, OperatorName};
    use crate::values::Timestamp;

    fn operators() -> Operators {
        let mut operators = Operators::default();
        operators.apply(OperatorEvent {
            name: OperatorName::parse("anna").unwrap(),
            change: OperatorChange::Added { role: Role::Support, token: hash_of("hers") },
            at: Timestamp::default(),
            by: ActingName::parse("olga").unwrap(),
        });
        operators
    }

    fn caller(headers: &[(&'static str, &str)]) -> Result<Caller, ApiError> {
        let asked = asked(Timestamp::default(), ("GET", "/", "/"), headers, "");
        caller_of(&OperatorToken::new("of the house"), &operators(), &asked)
    }

    fn named(name: &str, role: Role, own_token: bool, request: Option<&str>) -> Caller {
        let request = request.map(|text| RequestId::parse(text).unwrap());
        let acting = ActingAs { role, own_token, request };
        let token = hash_of(if own_token { "hers" } else { "of the house" });
        Caller { name: ActingName::parse(name).unwrap(), acting, token }
    }

    #[test]
    fn a_token_of_ones_own_vouches_for_the_name() {
        let house = ("authorization", "Bearer of the house");
        let own = ("authorization", "bearer hers");
        let name = ("x-operator-name", " Борис ");
        assert_eq!(caller(&[house]), Ok(named("operator", Role::Owner, false, None)));
        assert_eq!(caller(&[house, name]), Ok(named("Борис", Role::Owner, false, None)));
        assert_eq!(caller(&[own, name]), Ok(named("anna", Role::Support, true, None)));
        let wrong = [("authorization", "Bearer other"), ("authorization", "hers"), name];
        for header in wrong {
            assert_eq!(caller(&[header]), Err(ApiError::OperatorTokenInvalid), "{header:?}");
        }
        let long = "x".repeat(65);
        assert!(matches!(caller(&[house, ("x-operator-name", &long)]), Err(ApiError::Field(_))));
        for (text, kept) in [("r-1", true), ("", false), ("a b", false), (&long, false)] {
            let found = caller(&[own, ("x-request-id", text)]);
            let request = kept.then_some(text);
            assert_eq!(found, Ok(named("anna", Role::Support, true, request)), "{text}");
        }
    }
}
