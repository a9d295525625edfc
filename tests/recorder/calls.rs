//! The calls that are recorded: each does what the C library does and notes what came of it.

use crate::entry::Entry;
use crate::{AT_FDCWD, Named, named, opened, real};
use std::ffi::{c_char, c_int, c_long, c_uint, c_void};
use std::slice::from_raw_parts;

/// More flags of `open` on Linux.
const O_CREAT: c_int = 0o100;
const O_TRUNC: c_int = 0o1000;
const O_DSYNC: c_int = 0o10000;
const O_TMPFILE: c_int = 0o20_000_000;
const SEEK_CUR: c_int = 1;

type OpenAt = unsafe extern "C" fn(c_int, *const c_char, c_int, c_uint) -> c_int;

/// A part of a `writev`.
#[repr(C)]
pub struct Part {
    begin: *const c_void,
    length: usize,
}

unsafe extern "C" {
    fn lseek64(fd: c_int, offset: i64, whence: c_int) -> i64;
}

/// # Safety
/// That of `openat`; the path is a text of C.
unsafe fn open_at(folder: c_int, path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    let real = real!(c"openat64" as OpenAt);
    // SAFETY: the caller's, handed on.
    let (open, named) = unsafe { (|| real(folder, path, flags, mode), named(folder, path)) };
    let changes = flags & (O_CREAT | O_TRUNC | O_DSYNC | O_TMPFILE) != 0;
    let Some(named) = named.filter(|_| changes) else { return open() };
    let mut turn = named.recorder.begin();
    let was_there = named.exists();
    let fd = open();
    if fd < 0 {
        return fd;
    }
    if flags & (O_DSYNC | O_TMPFILE) != 0 {
        turn.note(&Entry::Unknown { call: format!("open with flags {flags:o}") });
    }
    if !was_there {
        turn.note(&Entry::File { path: named.path.clone(), inode: named.inode() });
    } else if flags & O_TRUNC != 0 {
        turn.note(&Entry::Resized { inode: named.inode(), length: 0 });
    }
    fd
}

#[unsafe(no_mangle)]
unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    // SAFETY: the caller's, handed on.
    unsafe { open_at(AT_FDCWD, path, flags, mode) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    // SAFETY: the caller's, handed on.
    unsafe { open_at(AT_FDCWD, path, flags, mode) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn openat(at: c_int, path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    // SAFETY: the caller's, handed on.
    unsafe { open_at(at, path, flags, mode) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn openat64(at: c_int, path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    // SAFETY: the caller's, handed on.
    unsafe { open_at(at, path, flags, mode) }
}

/// Notes what was written at the place where the file stood before; it stands behind that now.
///
/// # Safety
/// So many bytes can be read in each part.
unsafe fn written_here(fd: c_int, parts: &[Part], write: impl FnOnce() -> isize) -> isize {
    let Some(file) = opened(fd) else { return write() };
    let mut turn = file.recorder.begin();
    let count = write();
    let Ok(length) = usize::try_from(count) else { return count };
    // SAFETY: a descriptor of the caller; nothing moves.
    let end = unsafe { lseek64(fd, 0, SEEK_CUR) };
    let at = u64::try_from(end).ok().and_then(|end| end.checked_sub(length as u64));
    // SAFETY: as promised by the caller.
    let bytes_of = |part: &Part| unsafe { from_raw_parts(part.begin.cast::<u8>(), part.length) };
    let parts = parts.iter().filter(|part| part.length > 0);
    let mut bytes: Vec<u8> = parts.flat_map(bytes_of).copied().collect();
    bytes.truncate(length);
    let at = at.expect("what was written has a place");
    turn.note(&Entry::Written { inode: file.inode, at, bytes });
    count
}

#[unsafe(no_mangle)]
unsafe extern "C" fn write(fd: c_int, bytes: *const c_void, length: usize) -> isize {
    type Write = unsafe extern "C" fn(c_int, *const c_void, usize) -> isize;
    let real = real!(c"write" as Write);
    let part = Part { begin: bytes, length };
    // SAFETY: the caller's, handed on.
    unsafe { written_here(fd, &[part], || real(fd, bytes, length)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn writev(fd: c_int, parts: *const Part, count: c_int) -> isize {
    let real = real!(c"writev" as unsafe extern "C" fn(c_int, *const Part, c_int) -> isize);
    // SAFETY: the caller's, handed on.
    unsafe {
        let all = from_raw_parts(parts, usize::try_from(count).unwrap_or(0));
        written_here(fd, all, || real(fd, parts, count))
    }
}

/// # Safety
/// That of `pwrite`.
unsafe fn write_at(fd: c_int, bytes: *const c_void, length: usize, at: i64) -> isize {
    type WriteAt = unsafe extern "C" fn(c_int, *const c_void, usize, i64) -> isize;
    let real = real!(c"pwrite64" as WriteAt);
    // SAFETY: the caller's, handed on.
    let write = || unsafe { real(fd, bytes, length, at) };
    let Some(file) = opened(fd) else { return write() };
    let mut turn = file.recorder.begin();
    let count = write();
    if let (Ok(length), Ok(at)) = (usize::try_from(count), u64::try_from(at)) {
        // SAFETY: no more than the caller gave was written.
        let bytes = unsafe { from_raw_parts(bytes.cast::<u8>(), length) }.to_vec();
        turn.note(&Entry::Written { inode: file.inode, at, bytes });
    }
    count
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite64(fd: c_int, bytes: *const c_void, length: usize, at: i64) -> isize {
    // SAFETY: the caller's, handed on.
    unsafe { write_at(fd, bytes, length, at) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite(fd: c_int, bytes: *const c_void, length: usize, at: c_long) -> isize {
    // SAFETY: the caller's, handed on.
    unsafe { write_at(fd, bytes, length, at as i64) }
}

/// Does something with an open file and notes what came of it.
fn with_opened(fd: c_int, call: impl FnOnce() -> c_int, done: impl FnOnce(u64) -> Entry) -> c_int {
    let Some(file) = opened(fd) else { return call() };
    let mut turn = file.recorder.begin();
    let outcome = call();
    if outcome == 0 {
        turn.note(&done(file.inode));
    }
    outcome
}

fn resized(fd: c_int, length: i64) -> c_int {
    let real = real!(c"ftruncate64" as unsafe extern "C" fn(c_int, i64) -> c_int);
    // SAFETY: any numbers will do.
    let call = || unsafe { real(fd, length) };
    let length = u64::try_from(length).unwrap_or(0);
    with_opened(fd, call, |inode| Entry::Resized { inode, length })
}

#[unsafe(no_mangle)]
extern "C" fn ftruncate64(fd: c_int, length: i64) -> c_int {
    resized(fd, length)
}

#[unsafe(no_mangle)]
extern "C" fn ftruncate(fd: c_int, length: c_long) -> c_int {
    resized(fd, length as i64)
}

#[unsafe(no_mangle)]
extern "C" fn fsync(fd: c_int) -> c_int {
    let real = real!(c"fsync" as unsafe extern "C" fn(c_int) -> c_int);
    // SAFETY: any number will do.
    with_opened(fd, || unsafe { real(fd) }, |inode| Entry::Synced { inode })
}

#[unsafe(no_mangle)]
extern "C" fn fdatasync(fd: c_int) -> c_int {
    let real = real!(c"fdatasync" as unsafe extern "C" fn(c_int) -> c_int);
    // SAFETY: any number will do.
    with_opened(fd, || unsafe { real(fd) }, |inode| Entry::Synced { inode })
}

/// Does something with a name and notes what came of it.
fn with_named(
    named: Option<Named>,
    call: impl FnOnce() -> c_int,
    done: impl FnOnce(&Named) -> Entry,
) -> c_int {
    let Some(named) = named else { return call() };
    let mut turn = named.recorder.begin();
    let outcome = call();
    if outcome == 0 {
        turn.note(&done(&named));
    }
    outcome
}

fn removed(named: &Named) -> Entry {
    Entry::Removed { path: named.path.clone() }
}

fn folder(named: &Named) -> Entry {
    Entry::Folder { path: named.path.clone(), inode: named.inode() }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    let real = real!(c"unlink" as unsafe extern "C" fn(*const c_char) -> c_int);
    // SAFETY: the caller's, handed on.
    unsafe { with_named(named(AT_FDCWD, path), || real(path), removed) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn rmdir(path: *const c_char) -> c_int {
    let real = real!(c"rmdir" as unsafe extern "C" fn(*const c_char) -> c_int);
    // SAFETY: the caller's, handed on.
    unsafe { with_named(named(AT_FDCWD, path), || real(path), removed) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn unlinkat(at: c_int, path: *const c_char, flags: c_int) -> c_int {
    let real = real!(c"unlinkat" as unsafe extern "C" fn(c_int, *const c_char, c_int) -> c_int);
    // SAFETY: the caller's, handed on.
    unsafe { with_named(named(at, path), || real(at, path, flags), removed) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mkdir(path: *const c_char, mode: c_uint) -> c_int {
    let real = real!(c"mkdir" as unsafe extern "C" fn(*const c_char, c_uint) -> c_int);
    // SAFETY: the caller's, handed on.
    unsafe { with_named(named(AT_FDCWD, path), || real(path, mode), folder) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mkdirat(at: c_int, path: *const c_char, mode: c_uint) -> c_int {
    let real = real!(c"mkdirat" as unsafe extern "C" fn(c_int, *const c_char, c_uint) -> c_int);
    // SAFETY: the caller's, handed on.
    unsafe { with_named(named(at, path), || real(at, path, mode), folder) }
}

/// # Safety
/// That of `renameat`; both paths are texts of C.
unsafe fn rename_at(from: (c_int, *const c_char), to: (c_int, *const c_char)) -> c_int {
    type RenameAt = unsafe extern "C" fn(c_int, *const c_char, c_int, *const c_char) -> c_int;
    let real = real!(c"renameat" as RenameAt);
    // SAFETY: the caller's, handed on.
    let (call, from, to) =
        unsafe { (|| real(from.0, from.1, to.0, to.1), named(from.0, from.1), named(to.0, to.1)) };
    match (from, to) {
        (Some(from), Some(to)) => with_named(Some(to), call, |to| Entry::Renamed {
            from: from.path.clone(),
            to: to.path.clone(),
        }),
        (None, None) => call(),
        (one, other) => with_named(one.or(other), call, |_| Entry::Unknown {
            call: "a rename into or out of the folder".to_owned(),
        }),
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: the caller's, handed on.
    unsafe { rename_at((AT_FDCWD, from), (AT_FDCWD, to)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn renameat(
    from_folder: c_int,
    from: *const c_char,
    to_folder: c_int,
    to: *const c_char,
) -> c_int {
    // SAFETY: the caller's, handed on.
    unsafe { rename_at((from_folder, from), (to_folder, to)) }
}
