//! Hexadecimal digits of a hash: every signed request brings 64 of them.

const DIGITS: usize = 64;
const BYTES: usize = 32;
/// More than any digit is worth.
const NO_DIGIT: u8 = 0xFF;
/// What every byte is worth as a digit.
const WORTH: [u8; 256] = worth();

/// The bytes of 64 hexadecimal digits in any case; `None`: it is something else.
pub(in crate::api) fn bytes_of_hex(text: &[u8]) -> Option<[u8; BYTES]> {
    let digits: &[u8; DIGITS] = text.try_into().ok()?;
    let (pairs, _) = digits.as_chunks::<2>();
    let (mut bytes, mut all) = ([0_u8; BYTES], 0);
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        let (high, low) = (WORTH[usize::from(*high)], WORTH[usize::from(*low)]);
        all |= high | low;
        *byte = high.wrapping_shl(4) | low;
    }
    (all < 16).then_some(bytes)
}

const fn worth() -> [u8; 256] {
    let mut worth = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        worth[b"0123456789abcdef"[value as usize] as usize] = value;
        worth[b"0123456789ABCDEF"[value as usize] as usize] = value;
        value += 1;
    }
    worth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_the_digits_say() {
        let plain = "00017f80ff0123456789abcdefABCDEFfEdCbA98765432100000000000000aF9";
        for byte in 0..=u8::MAX {
            for place in [0, 1, 31, 62, 63] {
                let mut text = plain.as_bytes().to_vec();
                text[place] = byte;
                let mut expected = [0; BYTES];
                let read = hex::decode_to_slice(&text, &mut expected);
                assert_eq!(bytes_of_hex(&text), read.ok().map(|()| expected), "{text:?}");
            }
        }
        for length in [0, 62, 63, 65, 66, 128] {
            assert_eq!(bytes_of_hex("0".repeat(length).as_bytes()), None, "{length}");
        }
    }
}
