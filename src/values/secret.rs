//! Comparing what must not be guessed: in a time that tells nothing about how much of it was right.

use subtle::ConstantTimeEq;

/// Whether both are the same; takes as long for any two of one length.
#[must_use]
pub fn same_secret(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_is_the_same() {
        assert!(same_secret(b"", b"") && same_secret(b"abc", b"abc"));
        assert!(!same_secret(b"abc", b"abd") && !same_secret(b"bbc", b"abc"));
        assert!(!same_secret(b"abc", b"ab"));
    }
}
