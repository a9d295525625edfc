//! A disk as a record tells of it: what the program sees, what is durable, and what a power cut leaves.
//!
//! What is written into a file is durable once the file is synced, and a name once its folder is: nothing else makes
//! either so. [`Loss::Everything`] takes all the rest away, which is what POSIX allows. [`Loss::Some`] is what file
//! systems with a journal of their names do: names are kept in the order in which they were given, renamed and taken
//! away, from the beginning to some moment at or after the last that was made durable; of files any page may be
//! there or not.

use crate::chance::Chance;
use crate::power::contents::{Change, Contents};
use crate::power::entry::Entry;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};

const PAGE: usize = 4_096;

/// What of the unsynced is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    Nothing,
    Everything,
    /// A mixture of this seed.
    Some(u64),
}

/// Files and folders by number, whatever names they have; the folder of all is the first.
#[derive(Debug, Default)]
pub(super) struct Disk {
    root: PathBuf,
    nodes: Vec<Node>,
    by_inode: BTreeMap<u64, usize>,
    /// Every change of names there was.
    renamings: Vec<Renaming>,
}

#[derive(Debug)]
enum Node {
    File(Contents),
    /// With its names as the program sees them.
    Folder(Names),
}

type Names = BTreeMap<OsString, usize>;

/// A name in a folder.
type Place = (usize, OsString);

/// Names change together: what has a new one loses the old one at the same moment.
#[derive(Debug)]
struct Renaming {
    lost: Option<Place>,
    won: Option<(Place, usize)>,
    durable: bool,
}

impl Renaming {
    fn apply(&self, names_of: &mut impl FnMut(usize, &mut dyn FnMut(&mut Names))) {
        if let Some((folder, name)) = &self.lost {
            names_of(*folder, &mut |names| {
                names.remove(name);
            });
        }
        if let Some(((folder, name), node)) = &self.won {
            names_of(*folder, &mut |names| {
                names.insert(name.clone(), *node);
            });
        }
    }

    fn is_in(&self, folder: usize) -> bool {
        let won = self.won.as_ref().map(|(place, _)| place);
        self.lost.iter().chain(won).any(|(in_folder, _)| *in_folder == folder)
    }
}

impl Disk {
    /// Does what an entry tells. True: something has become durable by it.
    pub(super) fn replay(&mut self, entry: &Entry) -> bool {
        match entry {
            Entry::File { path, inode } => {
                self.add(path, *inode, Node::File(Contents::default()));
            }
            Entry::Folder { path, inode } => self.add(path, *inode, Node::Folder(Names::new())),
            Entry::Written { inode, at, bytes } => {
                let at = usize::try_from(*at).unwrap();
                self.file(*inode).change(Change::Written { at, bytes: bytes.as_slice().into() });
            }
            Entry::Resized { inode, length } => {
                let length = usize::try_from(*length).unwrap();
                self.file(*inode).change(Change::Resized { length });
            }
            Entry::Renamed { from, to } => {
                let (lost, to) = (self.place(from), self.place(to));
                let node = self.names(lost.0)[&lost.1];
                self.rename(Renaming { lost: Some(lost), won: Some((to, node)), durable: false });
            }
            Entry::Removed { path } => {
                let lost = Some(self.place(path));
                self.rename(Renaming { lost, won: None, durable: false });
            }
            Entry::Synced { inode } => return self.sync(self.by_inode[inode]),
            Entry::Unknown { call } => panic!("the recorder does not know {call}"),
            Entry::Told { .. } => {}
        }
        false
    }

    fn add(&mut self, path: &Path, inode: u64, node: Node) {
        let number = self.nodes.len();
        self.nodes.push(node);
        self.by_inode.insert(inode, number);
        if number == 0 {
            path.clone_into(&mut self.root);
            return;
        }
        let won = Some((self.place(path), number));
        self.rename(Renaming { lost: None, won, durable: false });
    }

    fn file(&mut self, inode: u64) -> &mut Contents {
        match &mut self.nodes[self.by_inode[&inode]] {
            Node::File(contents) => contents,
            Node::Folder(_) => panic!("a folder is written to"),
        }
    }

    fn names(&self, folder: usize) -> &Names {
        match &self.nodes[folder] {
            Node::Folder(names) => names,
            Node::File(_) => panic!("a file is used as a folder"),
        }
    }

    /// Where a path of the program leads.
    fn place(&self, path: &Path) -> Place {
        let folder = path.parent().unwrap().strip_prefix(&self.root).unwrap();
        let folder = folder.iter().fold(0, |folder, name| self.names(folder)[name]);
        (folder, path.file_name().unwrap().to_owned())
    }

    fn rename(&mut self, renaming: Renaming) {
        renaming.apply(&mut |folder, change| match &mut self.nodes[folder] {
            Node::Folder(names) => change(names),
            Node::File(_) => panic!("a file is used as a folder"),
        });
        self.renamings.push(renaming);
    }

    fn sync(&mut self, node: usize) -> bool {
        if let Node::File(contents) = &mut self.nodes[node] {
            return contents.sync();
        }
        let unsynced = self.renamings.iter_mut().filter(|one| !one.durable && one.is_in(node));
        unsynced.map(|one| one.durable = true).count() > 0
    }

    /// Lays what a power cut leaves into an empty folder.
    pub(super) fn lay(&self, loss: Loss, target: &Path) {
        let mut chance = Chance::new(match loss {
            Loss::Some(seed) => seed,
            Loss::Nothing | Loss::Everything => 0,
        });
        let folders = self.names_left(loss, &mut chance);
        let mut open = vec![(0, target.to_path_buf())];
        while let Some((folder, path)) = open.pop() {
            for (name, node) in folders.get(&folder).into_iter().flatten() {
                let path = path.join(name);
                match &self.nodes[*node] {
                    Node::File(contents) => {
                        write_sparsely(&path, &left_of(contents, loss, &mut chance));
                    }
                    Node::Folder(_) => {
                        fs::create_dir(&path).unwrap();
                        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
                        open.push((*node, path));
                    }
                }
            }
        }
    }

    fn names_left(&self, loss: Loss, chance: &mut Chance) -> BTreeMap<usize, Names> {
        let count = self.renamings.len();
        let least = self.renamings.iter().rposition(|one| one.durable).map_or(0, |last| last + 1);
        let through = match (loss, chance.below(3)) {
            (Loss::Nothing, _) | (Loss::Some(_), 0) => count,
            (Loss::Everything, _) => 0,
            (Loss::Some(_), 1) => least,
            (Loss::Some(_), _) => {
                let more = chance.below((count - least) as u64 + 1);
                least + usize::try_from(more).unwrap()
            }
        };
        let mut folders: BTreeMap<usize, Names> = BTreeMap::new();
        for (index, renaming) in self.renamings.iter().enumerate() {
            if index < through || (loss == Loss::Everything && renaming.durable) {
                renaming.apply(&mut |folder, change| change(folders.entry(folder).or_default()));
            }
        }
        folders
    }
}

fn left_of(contents: &Contents, loss: Loss, chance: &mut Chance) -> Vec<u8> {
    match loss {
        Loss::Nothing => contents.whole(),
        Loss::Everything => contents.durable().to_vec(),
        Loss::Some(_) if contents.is_durable() => contents.durable().to_vec(),
        Loss::Some(_) => contents.mixed(chance),
    }
}

/// Stores reserve more than they fill.
fn write_sparsely(path: &Path, bytes: &[u8]) {
    let file = File::create(path).unwrap();
    file.set_permissions(fs::Permissions::from_mode(0o600)).unwrap();
    file.set_len(bytes.len() as u64).unwrap();
    for (page, bytes) in bytes.chunks(PAGE).enumerate() {
        if bytes != &[0; PAGE][..bytes.len()] {
            file.write_all_at(bytes, (page * PAGE) as u64).unwrap();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file and its new version, written beside it and renamed; the folder of both is `d`.
    fn replaced() -> Vec<Entry> {
        let path = |name: &str| PathBuf::from("/r").join(name);
        let written = |inode, text: &str| Entry::Written { inode, at: 0, bytes: text.into() };
        vec![
            Entry::Folder { path: path(""), inode: 1 },
            Entry::Folder { path: path("d"), inode: 2 },
            Entry::Synced { inode: 1 },
            Entry::File { path: path("d/a"), inode: 3 },
            written(3, "old"),
            Entry::Synced { inode: 3 },
            Entry::Synced { inode: 2 },
            Entry::File { path: path("d/a.new"), inode: 4 },
            written(4, "newer"),
            Entry::Synced { inode: 4 },
            Entry::Renamed { from: path("d/a.new"), to: path("d/a") },
            Entry::Synced { inode: 2 },
        ]
    }

    /// What files there are after a cut, with what they hold.
    fn left(entries: &[Entry], loss: Loss) -> Vec<(String, String)> {
        let mut disk = Disk::default();
        for entry in entries {
            disk.replay(entry);
        }
        let target = tempfile::tempdir().unwrap();
        disk.lay(loss, target.path());
        let Ok(folder) = fs::read_dir(target.path().join("d")) else { return Vec::new() };
        let mut files: Vec<(String, String)> = folder
            .map(|entry| entry.unwrap())
            .map(|entry| {
                let text = fs::read_to_string(entry.path()).unwrap();
                (entry.file_name().into_string().unwrap(), text)
            })
            .collect();
        files.sort();
        files
    }

    #[test]
    fn a_name_counts_once_its_folder_is_synced_and_a_write_once_its_file_is() {
        let entries = replaced();
        let check = |count: usize, expected: &[(&str, &str)]| {
            let left = left(&entries[..count], Loss::Everything);
            let left: Vec<_> = left.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            assert_eq!(left, expected, "after {count} entries");
        };
        check(2, &[]);
        check(6, &[]);
        check(7, &[("a", "old")]);
        check(11, &[("a", "old")]);
        check(12, &[("a", "newer")]);
        let unsynced = [&entries[..9], &entries[10..]].concat();
        assert_eq!(left(&unsynced, Loss::Everything), [("a".into(), String::new())]);
        assert_eq!(left(&entries, Loss::Nothing), [("a".into(), "newer".into())]);
    }

    #[test]
    fn mixtures_keep_the_order_of_names() {
        let entries = replaced();
        let mixtures: Vec<_> =
            (0..200).map(|seed| left(&entries[..11], Loss::Some(seed))).collect();
        let names = |files: &Vec<(String, String)>| files.iter().map(|one| one.0.clone()).collect();
        let all: std::collections::BTreeSet<Vec<String>> = mixtures.iter().map(names).collect();
        assert_eq!(all.len(), 2, "{all:?}");
        assert!(mixtures.iter().flatten().all(|(_, text)| text == "old" || text == "newer"));
    }
}
