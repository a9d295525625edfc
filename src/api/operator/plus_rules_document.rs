//! What the BonusPlus dialect leaves to the chain, as fields of the settings document.

use crate::api::complaint::{Complaint, FieldError};
use crate::api::fields::Object;
use crate::ledger::{PlusRules, UnknownCustomer};

const UNKNOWN_CUSTOMER: &str = "unknown_customer_status";
const RESERVE_DEADLINE: &str = "bonusplus_reserve_deadline_seconds";

/// The statuses an unknown customer may be answered with.
const STATUSES: [(u32, UnknownCustomer); 2] =
    [(412, UnknownCustomer::PreconditionFailed), (404, UnknownCustomer::NotFound)];

pub(super) fn read_plus_rules<const N: usize>(
    object: &Object<'_, N>,
) -> Result<PlusRules, FieldError> {
    let default = PlusRules::default();
    let unknown_customer = match object.whole(UNKNOWN_CUSTOMER, u32::MAX)? {
        None => default.unknown_customer,
        Some(status) => {
            let found = STATUSES.iter().find(|(known, _)| *known == status);
            let complaint = || Complaint::NotOneOf("412, 404".to_owned());
            found.ok_or_else(|| object.complain(UNKNOWN_CUSTOMER, complaint()))?.1
        }
    };
    let deadline = object.whole(RESERVE_DEADLINE, u32::MAX)?;
    let reserve_deadline_seconds = deadline.unwrap_or(default.reserve_deadline_seconds);
    Ok(PlusRules { unknown_customer, reserve_deadline_seconds })
}

/// The status as it is written.
pub(super) fn status_of(unknown_customer: UnknownCustomer) -> u32 {
    match unknown_customer {
        UnknownCustomer::PreconditionFailed => 412,
        UnknownCustomer::NotFound => 404,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_customer_has_one_of_two_statuses() {
        const NAMES: [&str; 2] = [UNKNOWN_CUSTOMER, RESERVE_DEADLINE];
        let read = |json: &str| read_plus_rules(&Object::parse(json, &NAMES).unwrap());
        assert_eq!(read("{}"), Ok(PlusRules::default()));
        let rules = read(r#"{"unknown_customer_status": 404}"#).unwrap();
        assert_eq!(status_of(rules.unknown_customer), 404);
        assert_eq!(status_of(PlusRules::default().unknown_customer), 412);
        let error = read(r#"{"unknown_customer_status": 400}"#).unwrap_err();
        assert_eq!(
            (error.field.as_str(), error.complaint.code()),
            (UNKNOWN_CUSTOMER, "unknown_value")
        );
    }
}
