//! Panics of the embedded store, which it prefers to errors, as errors: caught, and kept off the
//! operator's screen.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// Runs `work`. If it panics, the message comes back and nothing is printed; what `work` touched is in
/// an unknown state then and must be thrown away.
pub(in crate::journal) fn quietly<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                usual(panic);
            }
        }));
    });
    let before = QUIET.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    QUIET.set(before);
    outcome.map_err(|panic| panic_text(&*panic))
}

/// What a panic said, on one line.
pub(in crate::journal) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a text");
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_comes_back_as_one_line() {
        assert_eq!(quietly(|| 5), Ok(5));
        assert_eq!(quietly(|| panic!("one\ntwo {}", 2)), Err::<(), _>("one".into()));
        assert_eq!(quietly(|| panic!("plain")), Err::<(), _>("plain".into()));
        assert!(!QUIET.get());
    }
}
