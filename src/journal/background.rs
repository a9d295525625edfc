//! Work that nobody waits for: it takes what sales leave of the processor.

/// How much nicer than the rest of the program: about a tenth of the share of a thread that competes.
const NICER: i32 = 10;

/// Lets the traffic go first for as long as the calling thread lives. Called by threads that copy, verify
/// and merge; where a system knows no niceness of threads (any but Linux), they only rest.
pub fn work_in_background() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICER) {
        tracing::debug!(%error, "work in the background competes with sales");
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use rustix::process::getpriority_process;

    #[test]
    fn only_the_thread_that_asks_steps_back() {
        let before = getpriority_process(None).unwrap();
        let nicer = std::thread::spawn(|| {
            work_in_background();
            getpriority_process(None).unwrap()
        });
        assert_eq!(nicer.join().unwrap(), (before + NICER).min(19));
        assert_eq!(getpriority_process(None).unwrap(), before);
    }
}
