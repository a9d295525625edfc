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
        " are in the journal",
    ] {
        assert!(out.contains(word), "{word}: {out}");
    }
    let codes: Vec<&str> = out.lines().filter(|line| line.contains("SMS to +999001")).collect();
    assert_eq!(codes.len(), 5, "{out}");
    assert!(codes.iter().all(|line| line.contains(" is your code for Demo chain.")), "{out}");
    assert!(dir.path().join("data/demo-1").is_dir());
    verify(&dir.path().join("data/demo-1"));
}

#[test]
fn the_demo_of_the_bonusplus_dialect_ends_well() {
    let dir = tempfile::tempdir().unwrap();
    let asked = ["demo", "--dialect", "bonusplus", "--copies", "2", "--sales", "250", "--exit"];
    let output = command(&asked).current_dir(dir.path()).output().unwrap();
    let out = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{out}{}", stderr(&output));
    let figure = |name: &str| {
        let line = out.lines().find(|line| line.trim_start().starts_with(name));
        line.and_then(|line| line.split_whitespace().last()).unwrap_or_default().to_owned()
    };
    for (name, expected) in [
        ("stores", "68"),
        ("of each copy: shelf price", "1342.57"),
        ("card discounts", "187.26"),
        ("coupons", "4.69"),
        ("sales with coupons", "3"),
        ("customers", "140"),
        ("sales  ", "500"),
        ("welcome bonuses", "140.00"),
        ("accrued", "108.42"),
        ("redeemed", "121.24"),
        ("returns", "0"),
        ("held", "0.30"),
        ("redeemable", "126.88"),
        ("owed", "0.00"),
        ("refused: CUSTOMER_NOT_FOUND", "10"),
        ("refused: DUPLICATE_EXTERNAL_ID", "12"),
        ("refused: LATE_REDEMPTION", "12"),
        ("refused: REDEEM_OVER_CAP", "14"),
        ("refused, not expected", "0"),
        ("left out: total below 0.01", "0"),
    ] {
        assert_eq!(figure(name), expected, "{name}: {out}");
    }
    assert_eq!(out.lines().filter(|line| line.contains("SMS to +999001")).count(), 5, "{out}");
    assert!(out.contains("/api/retail -H 'Authorization: ApiKey "), "{out}");
    verify(&dir.path().join("data/demo-1"));
}
