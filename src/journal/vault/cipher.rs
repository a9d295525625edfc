//! Sealing under one key: ChaCha20-Poly1305 whose nonce follows from what is sealed and where, so that no
//! counter can be lost in a crash and given again.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;

/// Bytes of a key.
pub(in crate::journal) const KEY_BYTES: usize = 32;
/// By how much what is sealed is longer: the nonce before it and the tag behind it.
pub(super) const SEAL_BYTES: usize = NONCE_LEN + 16;

/// A key that seals and opens. The place of what is sealed is authenticated with it, so that it can be
/// opened nowhere else.
pub(in crate::journal) struct Cipher {
    sealing: LessSafeKey,
    nonces: hmac::Key,
}

impl Cipher {
    pub(super) fn new(key: &[u8; KEY_BYTES]) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, key);
        let sealing = hmac::sign(&root, b"seal");
        let nonces = hmac::sign(&root, b"nonce");
        let sealing = UnboundKey::new(&CHACHA20_POLY1305, sealing.as_ref());
        Self {
            sealing: LessSafeKey::new(sealing.expect("an HMAC is as long as a key")),
            nonces: hmac::Key::new(hmac::HMAC_SHA256, nonces.as_ref()),
        }
    }

    /// The nonce, the contents sealed, and the tag. The same contents at the same place give the same bytes;
    /// other contents, or another place, give another nonce.
    pub(super) fn seal(&self, place: &[u8], contents: &[u8]) -> Vec<u8> {
        let mut mac = hmac::Context::with_key(&self.nonces);
        let length = u64::try_from(place.len()).unwrap_or(u64::MAX);
        mac.update(&length.to_be_bytes());
        mac.update(place);
        mac.update(contents);
        let nonce = mac.sign();
        let (nonce, _) = nonce.as_ref().split_first_chunk().expect("an HMAC has 32 bytes");
        let mut sealed = Vec::with_capacity(contents.len().saturating_add(SEAL_BYTES));
        sealed.extend_from_slice(nonce);
        let mut body = contents.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        self.sealing
            .seal_in_place_append_tag(nonce, Aad::from(place), &mut body)
            .expect("what is sealed is far shorter than the cipher's limit");
        sealed.append(&mut body);
        sealed
    }

    /// The contents; `None` if they were not sealed under this key at this place, or are not as they were.
    pub(super) fn open(&self, place: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut body = body.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.sealing.open_in_place(nonce, Aad::from(place), &mut body).ok()?.len();
        body.truncate(length);
        Some(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_under_its_key_at_its_place_as_it_was_and_not_otherwise() {
        let (cipher, other) = (Cipher::new(&[1; 32]), Cipher::new(&[2; 32]));
        let sealed = cipher.seal(b"here", b"Anna");
        assert_eq!(sealed.len(), 4 + SEAL_BYTES);
        assert_eq!(cipher.open(b"here", &sealed).as_deref(), Some(&b"Anna"[..]));
        assert_eq!(cipher.open(b"there", &sealed), None);
        assert_eq!(other.open(b"here", &sealed), None);
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit.div_euclid(8)] ^= 1 << bit.rem_euclid(8);
            assert_eq!(cipher.open(b"here", &flipped), None, "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert_eq!(cipher.open(b"here", &sealed[..length]), None, "cut to {length}");
        }
    }

    #[test]
    fn a_nonce_belongs_to_one_contents_at_one_place() {
        let cipher = Cipher::new(&[1; 32]);
        let nonce =
            |place: &[u8], contents: &[u8]| cipher.seal(place, contents)[..NONCE_LEN].to_vec();
        assert_eq!(nonce(b"a", b"b"), nonce(b"a", b"b"));
        assert_ne!(nonce(b"a", b"b"), nonce(b"a", b"c"));
        assert_ne!(nonce(b"a", b"b"), nonce(b"c", b"b"));
        assert_ne!(nonce(b"ab", b"c"), nonce(b"a", b"bc"));
    }

    #[test]
    fn a_seal_stays_what_it_is() {
        let sealed = Cipher::new(&[7; 32]).seal(b"place", b"contents");
        assert_eq!(
            hex::encode(sealed),
            "bca41e8b0f925052562975ca949509ddadf4268f55f90b35fab59a4991c6eec91fd1355f"
        );
    }
}
