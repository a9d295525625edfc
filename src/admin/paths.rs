//! Parts of a path of the operator API.

/// Text as one segment of a path, or one value of a query: everything but letters, digits and
/// `-._~` is percent-encoded.
pub(super) fn encoded(text: &str) -> String {
    let mut path = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            path.push('%');
            path.push_str(&hex::encode_upper([byte]));
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_and_anything_else_fits_one_segment() {
        assert_eq!(encoded("+992 90/1"), "%2B992%2090%2F1");
        assert_eq!(encoded("001-000.1_2~"), "001-000.1_2~");
        assert_eq!(encoded("?é"), "%3F%C3%A9");
    }
}
