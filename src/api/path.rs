//! Reads what paths and queries carry: percent-decoding, the varying segments of a route, parameters.

use crate::api::complaint::{Complaint, FieldError};

/// What `path` has where `template` has `{name}`, decoded. A plus sign stays one.
pub(in crate::api) fn segment(
    template: &str,
    path: &str,
    name: &str,
) -> Result<String, FieldError> {
    let stands_for_name = |part: &str| {
        part.strip_prefix('{').and_then(|part| part.strip_suffix('}')).is_some_and(|it| it == name)
    };
    let found = template.split('/').zip(path.split('/')).find(|(part, _)| stands_for_name(part));
    let (_, raw) = found.ok_or_else(|| FieldError::new(name, Complaint::Required))?;
    decode(raw, false).ok_or_else(|| FieldError::new(name, Complaint::NotDecodable))
}

/// The parameter `name` of a query, decoded; `None` if it is not there.
pub(in crate::api) fn parameter(query: &str, name: &str) -> Result<Option<String>, FieldError> {
    let mut found = None;
    for pair in query.split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if decode(key, true).as_deref() != Some(name) {
            continue;
        }
        let value = decode(value, true);
        let value = value.ok_or_else(|| FieldError::new(name, Complaint::NotDecodable))?;
        if found.replace(value).is_some() {
            return Err(FieldError::new(name, Complaint::Duplicate));
        }
    }
    Ok(found)
}

/// Undoes percent-encoding; `None` if it is broken or not UTF-8.
pub(in crate::api) fn decode(text: &str, plus_is_space: bool) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'%' => {
                let (pair, after) = rest.split_at_checked(2)?;
                let mut byte = [0_u8; 1];
                hex::decode_to_slice(pair, &mut byte).ok()?;
                decoded.extend(byte);
                rest = after;
            }
            b'+' if plus_is_space => decoded.push(b' '),
            other => decoded.push(*other),
        }
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "/operator/v1/tenants/{tenant}/customers/{identifier}/block";

    #[test]
    fn segments_are_found_by_name_and_decoded() {
        let path = "/operator/v1/tenants/7/customers/%2B992901234567/block";
        assert_eq!(segment(TEMPLATE, path, "tenant").unwrap(), "7");
        assert_eq!(segment(TEMPLATE, path, "identifier").unwrap(), "+992901234567");
        let plus = "/operator/v1/tenants/7/customers/+99%2f/block";
        assert_eq!(segment(TEMPLATE, plus, "identifier").unwrap(), "+99/");
        for broken in ["%", "%2", "%zz", "%ff"] {
            let path = format!("/operator/v1/tenants/7/customers/{broken}/block");
            let error = segment(TEMPLATE, &path, "identifier").unwrap_err();
            assert_eq!(error.complaint, Complaint::NotDecodable, "{broken}");
        }
    }

    #[test]
    fn parameters_are_found_by_name_and_decoded() {
        let check = |query: &str, expected: Result<Option<&str>, Complaint>| {
            let found = parameter(query, "check_amount").map_err(|error| error.complaint);
            assert_eq!(found, expected.map(|text| text.map(str::to_owned)), "{query}");
        };
        check("", Ok(None));
        check("other=1", Ok(None));
        check("check_amount=200", Ok(Some("200")));
        check("_=5&check_amount=2%2E5", Ok(Some("2.5")));
        check("check%5Famount=1+2", Ok(Some("1 2")));
        check("check_amount", Ok(Some("")));
        check("check_amount=%zz", Err(Complaint::NotDecodable));
        check("check_amount=1&check_amount=1", Err(Complaint::Duplicate));
    }
}
