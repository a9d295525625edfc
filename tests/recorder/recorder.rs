//! A library that is put before the C library of a program (`LD_PRELOAD`): whatever the program does to the files
//! of one folder is done, and recorded in the order in which it was done. Calls are done one after the other, so
//! that what a sync makes durable is what stands before it. Compiled by the tests, without any crate.
//!
//! A call that changes files and is not among those in `calls.rs` stands in `refused.rs`, or is noticed in the end:
//! what the record says must be what the folder holds.

mod calls;
mod entry;
mod refused;

use entry::{DISK_VARIABLE, Entry, RECORD_VARIABLE};
use std::ffi::{CStr, OsStr, c_char, c_int, c_uint, c_void};
use std::fs::{self, File};
use std::io::Write;
use std::os::fd::FromRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock};

/// Flags of `open` on Linux, and the folder that relative paths begin at.
const O_WRONLY: c_int = 0o1;
const O_APPEND: c_int = 0o2000;
const O_CLOEXEC: c_int = 0o2_000_000;
const AT_FDCWD: c_int = -100;

unsafe extern "C" {
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// The function of this name in the next library: the one that does the work.
fn next(name: &CStr) -> *mut c_void {
    let next_library = usize::MAX as *mut c_void; // RTLD_NEXT
    // SAFETY: both arguments are what dlsym asks for.
    let found = unsafe { dlsym(next_library, name.as_ptr()) };
    assert!(!found.is_null(), "the C library has no {name:?}");
    found
}

/// The real function that a name stands for, as a function of this type; found once.
macro_rules! real {
    ($name:literal as $type:ty) => {{
        static FOUND: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
        let found = *FOUND.get_or_init(|| crate::next($name) as usize);
        // SAFETY: the C library declares the function of this name with this type.
        unsafe { std::mem::transmute::<usize, $type>(found) }
    }};
}
use real;

/// The folder that is recorded, and the record.
struct Recorder {
    disk: PathBuf,
    record: Mutex<File>,
}

static RECORDER: OnceLock<Option<Recorder>> = OnceLock::new();

/// `None`: nothing is to be recorded.
fn recorder() -> Option<&'static Recorder> {
    RECORDER.get_or_init(Recorder::from_environment).as_ref()
}

impl Recorder {
    fn from_environment() -> Option<Self> {
        let disk = PathBuf::from(std::env::var_os(DISK_VARIABLE)?);
        let record = std::env::var_os(RECORD_VARIABLE)?;
        let path = std::ffi::CString::new(record.as_bytes()).ok()?;
        // Not through `File::open`: that would come back to this library, which is not ready yet.
        let open = real!(c"open64" as unsafe extern "C" fn(*const c_char, c_int, c_uint) -> c_int);
        // SAFETY: the path ends with a zero byte.
        let fd = unsafe { open(path.as_ptr(), O_WRONLY | O_APPEND | O_CLOEXEC, 0) };
        assert!(fd >= 0, "the record cannot be opened");
        // SAFETY: the descriptor was just opened and is nobody else's.
        let record = Mutex::new(unsafe { File::from_raw_fd(fd) });
        Some(Self { disk, record })
    }

    fn holds(&self, path: &Path) -> bool {
        path.starts_with(&self.disk)
    }

    fn begin(&self) -> Turn<'_> {
        Turn(self.record.lock().expect("a panic ends the program"))
    }
}

/// The only call that is done at the moment.
struct Turn<'a>(MutexGuard<'a, File>);

impl Turn<'_> {
    fn note(&mut self, entry: &Entry) {
        self.0.write_all(&entry.to_bytes()).expect("the record can be written");
    }
}

/// A recorded file or folder that is open.
struct Opened {
    recorder: &'static Recorder,
    inode: u64,
}

/// `None`: it is none of the recorded folder.
fn opened(fd: c_int) -> Option<Opened> {
    let recorder = recorder()?;
    let link = format!("/proc/self/fd/{fd}");
    let path = fs::read_link(&link).ok()?;
    let inode = recorder.holds(&path).then(|| fs::metadata(&link).ok())??.ino();
    Some(Opened { recorder, inode })
}

/// A path in the recorded folder, from the root on.
struct Named {
    recorder: &'static Recorder,
    path: PathBuf,
}

impl Named {
    fn exists(&self) -> bool {
        fs::symlink_metadata(&self.path).is_ok()
    }

    fn inode(&self) -> u64 {
        fs::symlink_metadata(&self.path).expect("what was just made is there").ino()
    }
}

/// What a path means that a call was given; `None`: something outside of the recorded folder.
///
/// # Safety
/// The path is a text of C, or null.
unsafe fn named(folder: c_int, path: *const c_char) -> Option<Named> {
    let recorder = recorder()?;
    if path.is_null() {
        return None;
    }
    // SAFETY: as promised by the caller.
    let path = Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(path) }.to_bytes()));
    let base = match folder {
        AT_FDCWD => std::env::current_dir().ok()?,
        fd => fs::read_link(format!("/proc/self/fd/{fd}")).unwrap_or_default(),
    };
    let path = base.join(path);
    let path = fs::canonicalize(path.parent()?).ok()?.join(path.file_name()?);
    recorder.holds(&path).then_some(Named { recorder, path })
}
