//! Calls that change files and that the record does not know. They are done, and noted by name where they meet the
//! recorded folder, so that a test which relies on the record fails and says which call is to be added.

use crate::entry::Entry;
use crate::{AT_FDCWD, Named, Opened, named, opened, real, recorder};
use std::ffi::{c_char, c_int, c_uint, c_void};

fn note(call: &str) {
    if let Some(recorder) = recorder() {
        recorder.begin().note(&Entry::Unknown { call: call.to_owned() });
    }
}

fn note_opened(file: Option<Opened>, call: &str) {
    if file.is_some() {
        note(call);
    }
}

fn note_named(named: Option<Named>, call: &str) {
    if named.is_some() {
        note(call);
    }
}

/// Functions that are handed an open file, or two of them, which they change.
macro_rules! of_opened {
    ($($name:ident as $text:literal($changed:ident; $($argument:ident: $type:ty),*) -> $outcome:ty;)*) => {$(
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name($($argument: $type),*) -> $outcome {
            note_opened(opened($changed), stringify!($name));
            let real = real!($text as unsafe extern "C" fn($($type),*) -> $outcome);
            // SAFETY: the caller's, handed on.
            unsafe { real($($argument),*) }
        }
    )*};
}

of_opened! {
    pwritev as c"pwritev"(fd; fd: c_int, parts: *const c_void, count: c_int, at: i64) -> isize;
    pwritev64 as c"pwritev64"(fd; fd: c_int, parts: *const c_void, count: c_int, at: i64) -> isize;
    pwritev2 as c"pwritev2"(fd; fd: c_int, parts: *const c_void, count: c_int, at: i64, flags: c_int) -> isize;
    fallocate as c"fallocate"(fd; fd: c_int, mode: c_int, from: i64, length: i64) -> c_int;
    fallocate64 as c"fallocate64"(fd; fd: c_int, mode: c_int, from: i64, length: i64) -> c_int;
    posix_fallocate as c"posix_fallocate"(fd; fd: c_int, from: i64, length: i64) -> c_int;
    posix_fallocate64 as c"posix_fallocate64"(fd; fd: c_int, from: i64, length: i64) -> c_int;
    sendfile as c"sendfile"(to; to: c_int, from: c_int, at: *mut i64, length: usize) -> isize;
    sendfile64 as c"sendfile64"(to; to: c_int, from: c_int, at: *mut i64, length: usize) -> isize;
    splice as c"splice"(to; from: c_int, from_at: *mut i64, to: c_int, to_at: *mut i64, length: usize, flags: c_uint) -> isize;
    copy_file_range as c"copy_file_range"(to; from: c_int, from_at: *mut i64, to: c_int, to_at: *mut i64, length: usize, flags: c_uint) -> isize;
    syncfs as c"syncfs"(fd; fd: c_int) -> c_int;
}

/// Functions that are handed the path of what they change or make.
macro_rules! of_named {
    ($($name:ident as $text:literal($folder:expr, $changed:ident; $($argument:ident: $type:ty),*);)*) => {$(
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name($($argument: $type),*) -> c_int {
            // SAFETY: the caller's, handed on.
            note_named(unsafe { named($folder, $changed) }, stringify!($name));
            let real = real!($text as unsafe extern "C" fn($($type),*) -> c_int);
            // SAFETY: the caller's, handed on.
            unsafe { real($($argument),*) }
        }
    )*};
}

of_named! {
    creat as c"creat"(AT_FDCWD, path; path: *const c_char, mode: c_uint);
    creat64 as c"creat64"(AT_FDCWD, path; path: *const c_char, mode: c_uint);
    truncate as c"truncate"(AT_FDCWD, path; path: *const c_char, length: i64);
    truncate64 as c"truncate64"(AT_FDCWD, path; path: *const c_char, length: i64);
    remove as c"remove"(AT_FDCWD, path; path: *const c_char);
    link as c"link"(AT_FDCWD, to; from: *const c_char, to: *const c_char);
    linkat as c"linkat"(at, to; from_at: c_int, from: *const c_char, at: c_int, to: *const c_char, flags: c_int);
    symlink as c"symlink"(AT_FDCWD, to; from: *const c_char, to: *const c_char);
    symlinkat as c"symlinkat"(at, to; from: *const c_char, at: c_int, to: *const c_char);
    renameat2 as c"renameat2"(at, to; from_at: c_int, from: *const c_char, at: c_int, to: *const c_char, flags: c_uint);
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sync() {
    note("sync");
    let real = real!(c"sync" as unsafe extern "C" fn());
    // SAFETY: it takes nothing.
    unsafe { real() }
}
