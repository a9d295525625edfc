//! A phone for every customer of every copy, by a fixed rule: the data set has none.

use crate::values::Phone;

/// Country code 999 is assigned to nobody, so no real person is meant; three digits of the copy and
/// six of the customer follow.
const COUNTRY: u64 = 999_000_000_000;
const PER_COPY: u64 = 1_000_000;
/// Added to a customer's number to name somebody who never registers.
const STRANGER: u32 = 500_000;

/// The phone of a customer of a copy.
pub(super) fn phone_of(customer: u32, copy: u16) -> Phone {
    let within_copy = u64::from(customer).rem_euclid(PER_COPY);
    let number = COUNTRY
        .saturating_add(u64::from(copy).rem_euclid(1_000).saturating_mul(PER_COPY))
        .saturating_add(within_copy);
    Phone::from_number(number).expect("twelve digits that begin with 999 are a phone")
}

/// A phone that no customer of the data set has.
pub(super) fn stranger_beside(customer: u32, copy: u16) -> Phone {
    phone_of(customer.saturating_add(STRANGER), copy)
}

/// A phone in a path: "+" must not be read as a space.
pub(super) fn in_path(phone: Phone) -> String {
    format!("%2B{}", phone.number())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::demo::sales::Year;
    use std::collections::BTreeSet;

    #[test]
    fn every_customer_of_every_copy_has_a_phone_of_their_own() {
        let customers: BTreeSet<u32> =
            Year::shipped().sales.iter().map(|sale| sale.customer).collect();
        let mut phones = BTreeSet::new();
        for copy in 1..=999 {
            for customer in &customers {
                assert!(phones.insert(phone_of(*customer, copy)));
            }
        }
        let stranger = |customer: &u32| phones.contains(&stranger_beside(*customer, 1));
        assert!(!customers.iter().any(stranger));
    }

    #[test]
    fn the_rule_is_fixed() {
        assert_eq!(phone_of(15_100, 7).to_string(), "+999007015100");
        assert_eq!(in_path(phone_of(15_100, 7)), "%2B999007015100");
    }
}
