//! GUIDs of customers: the number can be read back, so none is kept.

use crate::values::{CustomerId, TenantId};

/// Largest number that a GUID has room for.
const NUMBER_MAX: u64 = (1 << 48) - 1;

/// The GUID of a customer: version 8 (our own layout), with tenant and number in it.
pub(super) fn guid_of(tenant: TenantId, customer: CustomerId) -> String {
    let number = customer.number().min(NUMBER_MAX);
    format!("{:08x}-0001-8000-8000-{number:012x}", tenant.number())
}

/// The customer that a GUID of this tenant was made of; `None`: it was not.
pub(super) fn customer_in(tenant: TenantId, text: &str) -> Option<CustomerId> {
    let digits = text.rsplit('-').next()?;
    let customer = CustomerId(u64::from_str_radix(digits, 16).ok()?);
    guid_of(tenant, customer).eq_ignore_ascii_case(text).then_some(customer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_leads_back_to_its_number_in_its_tenant() {
        let guid = guid_of(TenantId(7), CustomerId(42));
        assert_eq!(guid, "00000007-0001-8000-8000-00000000002a");
        let number =
            |tenant, text: &str| customer_in(TenantId(tenant), text).map(CustomerId::number);
        assert_eq!(number(7, &guid), Some(42));
        assert_eq!(number(7, &guid.to_uppercase()), Some(42));
        assert_eq!(number(8, &guid), None);
        for wrong in ["", "42", "00000007-0001-8000-8000-2a", "x-x"] {
            assert_eq!(number(7, wrong), None, "{wrong}");
        }
    }
}
