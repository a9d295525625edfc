//! What a power cut makes of files: pages that nobody synced are there or are not, in any mixture.

use crate::chance::Chance;
use std::fs;
use std::path::Path;

const PAGE: usize = 4_096;

/// Of two states of a file, for each page that differs one or the other; the length is of either, too.
pub(crate) fn tear(synced: &Path, written: &Path, chance: &mut Chance) {
    let Ok(old) = fs::read(synced) else { return };
    let mut torn = fs::read(written).unwrap();
    if chance.below(2) == 0 && old.len() < torn.len() {
        torn.truncate(old.len());
    }
    for (new, old) in torn.chunks_mut(PAGE).zip(old.chunks(PAGE)) {
        let both = new.len().min(old.len());
        if new[..both] != old[..both] && chance.below(2) == 0 {
            new[..both].copy_from_slice(&old[..both]);
        }
    }
    fs::write(written, torn).unwrap();
}

/// Whatever a file was when nobody had synced it: missing, empty, the beginning of it, with a page of zeros,
/// or whole.
pub(crate) fn tear_unsynced(file: &Path, chance: &mut Chance) {
    let mut bytes = fs::read(file).unwrap();
    let length = u64::try_from(bytes.len()).unwrap();
    match chance.below(5) {
        0 => return fs::remove_file(file).unwrap(),
        1 => bytes.clear(),
        2 => bytes.truncate(usize::try_from(chance.below(length + 1)).unwrap()),
        3 => {
            let page = usize::try_from(chance.below(length / 4_096 + 1)).unwrap();
            bytes.chunks_mut(PAGE).skip(page).take(1).for_each(|page| page.fill(0));
        }
        _ => return,
    }
    fs::write(file, bytes).unwrap();
}
