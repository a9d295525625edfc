//! The customer's EAN-13 bar code: "20", ten digits of the customer number, and the check digit.

const PREFIX: &str = "20";
const NUMBER_MAX: u64 = 9_999_999_999;

/// The bar code of a customer number; `None` above ten digits.
#[must_use]
pub fn ean13_of(number: u64) -> Option<String> {
    if number > NUMBER_MAX {
        return None;
    }
    Some(ean13_with(PREFIX, number))
}

/// The customer number in one of our bar codes; `None` for any other text or a wrong check digit.
#[must_use]
pub fn number_of_ean13(text: &str) -> Option<u64> {
    let digits_only = text.len() == 13 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits_only {
        return None;
    }
    let number = text.get(2..12)?.parse().ok()?;
    (ean13_of(number)? == text).then_some(number)
}

/// The bar code of a number of up to ten digits under a prefix of two.
#[must_use]
pub fn ean13_with(prefix: &str, number: u64) -> String {
    let body = format!("{prefix}{:010}", number.min(NUMBER_MAX));
    let check = check_digit(&body);
    format!("{body}{check}")
}

fn check_digit(twelve: &str) -> u32 {
    let sum = twelve.bytes().enumerate().fold(0_u32, |sum, (index, byte)| {
        let digit = u32::from(byte.saturating_sub(b'0'));
        let weight = if index % 2 == 0 { 1 } else { 3 };
        sum.saturating_add(digit.saturating_mul(weight))
    });
    10_u32.saturating_sub(sum.rem_euclid(10)).rem_euclid(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_code_carries_the_number_and_its_check_digit() {
        assert_eq!(ean13_of(42).unwrap(), "2000000000428");
        assert_eq!(number_of_ean13("2000000000428"), Some(42));
        assert_eq!(number_of_ean13("2000000000420"), None);
        assert_eq!(number_of_ean13("4006381333931"), None);
        assert_eq!(ean13_of(10_000_000_000), None);
        for number in [1, 999, 123_456_789, 9_999_999_999] {
            assert_eq!(number_of_ean13(&ean13_of(number).unwrap()), Some(number));
        }
    }
}
