//! The disk of a simulated machine: the data directory, the copy that is made when the power goes, and what
//! of the unsynced pages of that copy is really there.

use crate::chance::Chance;
use crate::mains::read_at_once;
use crate::torn::tear;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What of the files that nobody synced is left after the machine went down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// All: it was only the program that died.
    Kept { gives_up: bool },
    /// Of what was written since the last sync, each page is there or is not.
    Torn { chance: u64 },
    /// The tables are gone.
    NoTables,
}

impl Fate {
    /// Whether the till does not try again what was not done.
    pub(super) fn gives_up(self) -> bool {
        self == Self::Kept { gives_up: true }
    }
}

/// What is written without a sync, and may be torn.
const TORN: [&str; 2] = ["high-water", "tables/db"];

pub(super) struct Disk {
    root: TempDir,
    /// Counts the machine's lives.
    life: usize,
    /// Whether what was synced last is kept, to tear what came after it.
    pub(super) keeps: bool,
}

impl Disk {
    pub(super) fn new() -> Self {
        // Memory, where there is a file system of it: what survives is decided here, not by a disk.
        let memory = Path::new("/dev/shm");
        let root = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
        Self { root: root.unwrap(), life: 0, keeps: false }
    }

    pub(super) fn root(&self) -> &Path {
        self.root.path()
    }

    pub(super) fn ledger(&self) -> PathBuf {
        self.root().join(format!("ledger-{}", self.life))
    }

    /// Where the image goes that is made when the power goes.
    pub(super) fn image(&self) -> PathBuf {
        self.root().join(format!("ledger-{}", self.life + 1))
    }

    /// Where an archive lies, which no machine takes along when it goes down.
    pub(super) fn archive(&self) -> PathBuf {
        self.root().join("archive")
    }

    fn synced(&self) -> PathBuf {
        self.root().join("synced")
    }

    /// All that is on the disk by now is synced.
    pub(super) fn keep(&self) {
        if self.keeps {
            let _ = fs::remove_dir_all(self.synced());
            for name in TORN {
                let to = self.synced().join(name);
                fs::create_dir_all(to.parent().unwrap()).unwrap();
                // A ledger about to be made has none.
                if let Ok(bytes) = read_at_once(&self.ledger().join(name)) {
                    fs::write(to, bytes).unwrap();
                }
            }
        }
    }

    /// Goes on with the image.
    pub(super) fn take_image(&mut self, fate: Fate) {
        let image = self.image();
        match fate {
            Fate::Kept { .. } => {}
            Fate::NoTables => fs::remove_dir_all(image.join("tables")).unwrap(),
            Fate::Torn { chance } => {
                let mut chance = Chance::new(chance);
                for name in TORN {
                    tear(&self.synced().join(name), &image.join(name), &mut chance);
                }
            }
        }
        let _ = fs::remove_dir_all(self.ledger());
        self.life += 1;
    }

    /// Goes on with an empty place; its path.
    pub(super) fn move_on(&mut self) -> PathBuf {
        self.life += 1;
        self.ledger()
    }
}
