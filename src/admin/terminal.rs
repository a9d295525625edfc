//! The only place that writes to the terminal. A closed pipe is nobody's failure: what cannot be
//! written is dropped.

use std::io::{IsTerminal, Write, stderr, stdin, stdout};

/// A line of what was asked for.
pub(super) fn say(text: &str) {
    let _ = writeln!(stdout().lock(), "{text}");
}

/// A line about what went wrong, or how it goes.
pub(super) fn complain(text: &str) {
    let _ = writeln!(stderr().lock(), "kopilka: {text}");
}

/// What somebody answers to a question; `None`: nobody is there to be asked.
pub(super) fn ask(question: &str) -> Option<String> {
    if !stdin().is_terminal() {
        return None;
    }
    let mut shown = stderr().lock();
    let _ = write!(shown, "{question}").and_then(|()| shown.flush());
    let mut said = String::new();
    stdin().read_line(&mut said).ok()?;
    Some(said)
}

/// A ready-made text (clap's help) as it is.
pub(super) fn show(text: &str, to_stderr: bool) {
    let _ = if to_stderr {
        stderr().lock().write_all(text.as_bytes())
    } else {
        stdout().lock().write_all(text.as_bytes())
    };
}
