//! Compresses the blocks of a run, unless they are hardly worth it: the keys of operations are hashes.

use crate::journal::codec::Compressor;
use std::io;

/// A block that does not shrink by at least one part in so many is stored as it is.
const WORTH_ONE_PART_IN: usize = 5;
/// After such a block, so many are not even tried: what a table holds is much the same all along.
const BLOCKS_PASSED_OVER: u32 = 31;

/// Packs one block after the other.
pub(super) struct Packer {
    compressor: Compressor,
    passed_over: u32,
}

impl Packer {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { compressor: Compressor::quick()?, passed_over: 0 })
    }

    /// The packed form; `None`: the block is stored as it is.
    pub(super) fn pack(&mut self, block: &[u8]) -> Option<Vec<u8>> {
        if let Some(left) = self.passed_over.checked_sub(1) {
            self.passed_over = left;
            return None;
        }
        let worth = block.len().saturating_sub(block.len().div_ceil(WORTH_ONE_PART_IN));
        let packed = self.compressor.compress(block).filter(|packed| packed.len() <= worth);
        if packed.is_none() {
            self.passed_over = BLOCKS_PASSED_OVER;
        }
        packed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::codec::decompress;

    /// Of so many bytes the first ones are noise, the others the same.
    fn block(noise: usize) -> Vec<u8> {
        let noisy = (0_u32..).flat_map(|word| crc32fast::hash(&word.to_le_bytes()).to_le_bytes());
        noisy.take(noise).chain(std::iter::repeat(7)).take(8 << 10).collect()
    }

    #[test]
    fn a_block_that_shrinks_is_packed() {
        let mut packer = Packer::new().unwrap();
        for noise in [0, 1_000, 6_000, 0] {
            let block = block(noise);
            let packed = packer.pack(&block).unwrap();
            assert!(packed.len() < noise + 500, "{noise}: {}", packed.len());
            assert_eq!(decompress(&packed, block.len()), Ok(block));
        }
    }

    #[test]
    fn behind_one_that_hardly_shrinks_the_next_ones_are_not_tried() {
        let mut packer = Packer::new().unwrap();
        for _ in 0..2 {
            assert_eq!(packer.pack(&block(7_000)), None);
            for _ in 0..BLOCKS_PASSED_OVER {
                assert_eq!(packer.pack(&block(0)), None);
            }
        }
        assert!(packer.pack(&block(0)).is_some());
    }
}
