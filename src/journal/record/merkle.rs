//! The root over the hashes of a record's events, built as RFC 6962 does, so that one event can be
//! proven with the header of its record and a handful of hashes, without any other event.

use sha2::{Digest, Sha256};

/// A SHA-256.
pub(in crate::journal) type Hash = [u8; 32];

/// What stands for the root where there are no events.
pub(in crate::journal) const NO_EVENTS: Hash = [0; 32];

const LEAF: [u8; 1] = [0];
const NODE: [u8; 1] = [1];

/// The hash of one event: its number, and the bytes of its operation's header, of its entity and of
/// itself, each of which tells its own length.
pub(in crate::journal) fn leaf(number: u64, header: &[u8], entity: &[u8], event: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update(LEAF);
    hash.update(number.to_be_bytes());
    hash.update(header);
    hash.update(entity);
    hash.update(event);
    hash.finalize().into()
}

/// The root over `leaves`, in order. A node without a neighbour goes up as it is.
pub(in crate::journal) fn root(leaves: &[Hash]) -> Hash {
    let mut level = leaves.to_vec();
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => node(left, right),
                [alone] => *alone,
                _ => NO_EVENTS,
            })
            .collect();
    }
    level.first().copied().unwrap_or(NO_EVENTS)
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update(NODE);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_that_of_rfc_6962() {
        let leaves: Vec<Hash> = (0..5).map(|number| leaf(number, b"h", b"e", b"x")).collect();
        let [a, b, c, d, e] = leaves[..] else { panic!("five leaves") };
        assert_eq!(root(&[]), NO_EVENTS);
        assert_eq!(root(&[a]), a);
        assert_eq!(root(&[a, b, c]), node(&node(&a, &b), &c));
        let four = node(&node(&a, &b), &node(&c, &d));
        assert_eq!(root(&leaves), node(&four, &e));
        assert_ne!(root(&[b, a]), root(&[a, b]));
    }

    #[test]
    fn a_leaf_depends_on_each_of_its_parts() {
        let one = leaf(1, b"header", b"entity", b"event");
        assert_ne!(one, leaf(2, b"header", b"entity", b"event"));
        assert_ne!(one, leaf(1, b"Header", b"entity", b"event"));
        assert_ne!(one, leaf(1, b"header", b"Entity", b"event"));
        assert_ne!(one, leaf(1, b"header", b"entity", b"Event"));
    }
}
