//! GUIDs of what the house numbers: the number can be read back, so none is kept.

use crate::values::TenantId;

/// What a GUID names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GuidKind {
    Customer = 1,
    Sale = 2,
}

/// Largest number that a GUID has room for.
const NUMBER_MAX: u64 = (1 << 48) - 1;

/// The GUID of a number: version 8 (our own layout), with tenant, kind and number in it.
pub(super) fn guid_of(kind: GuidKind, tenant: TenantId, number: u64) -> String {
    let number = number.min(NUMBER_MAX);
    format!("{:08x}-{:04x}-8000-8000-{number:012x}", tenant.number(), kind as u16)
}

/// The number that a GUID of this kind and tenant was made of; `None`: it was not.
pub(super) fn number_in(kind: GuidKind, tenant: TenantId, text: &str) -> Option<u64> {
    let digits = text.rsplit('-').next()?;
    let number = u64::from_str_radix(digits, 16).ok()?;
    guid_of(kind, tenant, number).eq_ignore_ascii_case(text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_leads_back_to_its_number_in_its_tenant() {
        let guid = guid_of(GuidKind::Customer, TenantId(7), 42);
        assert_eq!(guid, "00000007-0001-8000-8000-00000000002a");
        let number = |tenant, text: &str| number_in(GuidKind::Customer, TenantId(tenant), text);
        assert_eq!(number(7, &guid), Some(42));
        assert_eq!(number(7, &guid.to_uppercase()), Some(42));
        assert_eq!(number(8, &guid), None);
        assert_eq!(number_in(GuidKind::Sale, TenantId(7), &guid), None);
        for wrong in ["", "42", "00000007-0001-8000-8000-2a", "x-x"] {
            assert_eq!(number(7, wrong), None, "{wrong}");
        }
    }
}
