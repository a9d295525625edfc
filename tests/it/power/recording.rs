//! The real program with the recorder before its C library, and the record that comes of it.

use crate::power::entry::{DISK_VARIABLE, Entry, RECORD_VARIABLE};
use crate::process::{Server, command, stderr};
use serde_json::Value;
use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder that programs change under record.
pub(super) struct Recording {
    /// The folder, by its real name.
    pub(super) disk: PathBuf,
    record: PathBuf,
    recorder: PathBuf,
}

impl Recording {
    /// Begins a record in a folder of its own.
    pub(super) fn begin(folder: &Path) -> Self {
        let folder = folder.canonicalize().unwrap();
        let (disk, record) = (folder.join("disk"), folder.join("record"));
        fs::create_dir(&disk).unwrap();
        File::create_new(&record).unwrap();
        let begun = Self { recorder: built(&folder), disk, record };
        let inode = fs::metadata(&begun.disk).unwrap().ino();
        begun.note(&Entry::Folder { path: begun.disk.clone(), inode });
        begun
    }

    pub(super) fn path(&self, name: &str) -> String {
        self.disk.join(name).into_os_string().into_string().unwrap()
    }

    /// The program, to be recorded.
    fn recorded(&self, arguments: &[&str]) -> Command {
        let mut command = command(arguments);
        command.env("LD_PRELOAD", &self.recorder);
        command.env(DISK_VARIABLE, &self.disk).env(RECORD_VARIABLE, &self.record);
        command
    }

    /// Runs the program to its end, which must be a good one.
    pub(super) fn run(&self, arguments: &[&str]) -> Output {
        let output = self.recorded(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        output
    }

    pub(super) fn serve(&self, arguments: &[&str]) -> Server {
        let arguments = Server::arguments(&self.disk.join("ledger"), "error", arguments);
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Server::of(self.recorded(&words).stderr(Stdio::inherit()))
    }

    /// From here on this must be true of every image.
    pub(super) fn tell(&self, fact: &Value) {
        self.note(&Entry::Told { text: fact.to_string() });
    }

    fn note(&self, entry: &Entry) {
        let mut record = OpenOptions::new().append(true).open(&self.record).unwrap();
        record.write_all(&entry.to_bytes()).unwrap();
    }

    pub(super) fn end(&self) -> Vec<Entry> {
        read(&self.record)
    }

    /// Keeps the record where it outlives the test.
    pub(super) fn keep(&self) -> PathBuf {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("power-cut.record");
        fs::copy(&self.record, &kept).unwrap();
        kept
    }
}

/// All entries of a record, which is large: stores write whole segments.
pub(super) fn read(record: &Path) -> Vec<Entry> {
    let mut record = BufReader::new(File::open(record).unwrap());
    std::iter::from_fn(|| Entry::read(&mut record).unwrap()).collect()
}

/// Compiles the recorder.
fn built(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorder/recorder.rs");
    let library = folder.join("recorder.so");
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let built = Command::new(compiler)
        .args(["--edition", "2024", "--crate-type", "cdylib", "-C", "panic=abort", "-O"])
        // The recorder reads no record back.
        .args(["-D", "warnings", "-A", "dead-code", "-o"])
        .args([&library, &source])
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", stderr(&built));
    library
}
