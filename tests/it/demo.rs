//! The demo as a visitor runs it: what it tells, and that what it leaves behind is sound.

use crate::house::verify;
use crate::process::{command, stderr, stdout};

#[test]
fn the_demo_tells_its_story_and_ends_well() {
    let dir = tempfile::tempdir().unwrap();
    let output =
        command(&["demo", "--copies", "1", "--exit"]).current_dir(dir.path()).output().unwrap();
    let out = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{out}{}", stderr(&output));
    for word in [
        "customers",
        "sales",
        "accrued",
        "redeemed",
        "held",
        "expired",
        "sales/s",
        "p50",
        "p99",
        "curl",
    ] {
        assert!(out.contains(word), "{word}: {out}");
    }
    let codes: Vec<&str> = out.lines().filter(|line| line.contains("SMS to +999001")).collect();
    assert_eq!(codes.len(), 5, "{out}");
    assert!(codes.iter().all(|line| line.contains(" is your code for Demo chain.")), "{out}");
    assert!(dir.path().join("data/demo-1").is_dir());
    verify(&dir.path().join("data/demo-1"));
}
