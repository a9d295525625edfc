//! Work that no sale waits for: it takes what sales leave of the processor.

/// How much nicer work in the background is: about a tenth of the share of a thread that competes.
const NICER: i32 = 10;
/// How much nicer the writing of the tables is: a third of such a share, for it must keep up with sales that
/// never rest.
const A_LITTLE_NICER: i32 = 5;

/// Lets the traffic go first for as long as the calling thread lives. Called by threads that copy, verify
/// and merge; where a system knows no niceness of threads (any but Linux), they only rest.
pub fn work_in_background() {
    step_back(NICER);
}

/// The same, for the thread that writes the tables: sales go first, but what it owes them must not grow for ever.
pub fn work_behind_sales() {
    step_back(A_LITTLE_NICER);
}

/// So much nicer than the thread that the process began with, wherever this one comes from.
#[cfg(target_os = "linux")]
fn step_back(nicer: i32) {
    use rustix::process::{getpid, getpriority_process, nice};

    let first = getpriority_process(Some(getpid()));
    let own = getpriority_process(None);
    let steps =
        first.and_then(|first| own.map(|own| first.saturating_add(nicer).saturating_sub(own)));
    if let Err(error) = steps.and_then(|steps| nice(steps.max(0))) {
        tracing::debug!(%error, "work in the background competes with sales");
    }
}

#[cfg(not(target_os = "linux"))]
const fn step_back(_nicer: i32) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use rustix::process::getpriority_process;

    #[test]
    fn only_the_thread_that_asks_steps_back() {
        let before = getpriority_process(None).unwrap();
        let nice_of_this = || getpriority_process(None).unwrap();
        for (step_back, nicer) in
            [(work_in_background as fn(), NICER), (work_behind_sales, A_LITTLE_NICER)]
        {
            let stepped_back = std::thread::spawn(move || {
                step_back();
                // Whoever it calls for help does not step back once more.
                let helper = std::thread::spawn(move || {
                    work_in_background();
                    nice_of_this()
                });
                (nice_of_this(), helper.join().unwrap())
            });
            let expected = ((before + nicer).min(19), (before + NICER).min(19));
            assert_eq!(stepped_back.join().unwrap(), expected);
            assert_eq!(nice_of_this(), before);
        }
    }
}
