//! Reads when a sale took place: RFC 3339, or wall-clock time of the tenant's zone.

use crate::ledger::{BusinessTime, LocalTime};
use crate::values::Timestamp;

/// Longest text that is looked at: an RFC 3339 time with nanoseconds and an offset.
const TEXT_MAX: usize = 35;
/// `2026-01-10T14:00:00`, digits shown as zeros.
const LOCAL_PATTERN: &[u8; 19] = b"0000-00-00T00:00:00";

/// The business time a text names; `None` if it names none.
pub(in crate::api) fn parse(text: &str) -> Option<BusinessTime> {
    let (head, tail) = text.as_bytes().split_first_chunk::<19>()?;
    if text.len() > TEXT_MAX || !matches_pattern(head) {
        return None;
    }
    // chrono reads the parts with leniencies of its own; the pattern leaves it none. Both ways to
    // separate date and time are read as the first.
    let canonical = text.replacen([' ', 't'], "T", 1);
    if is_fraction(tail) {
        return canonical.parse::<LocalTime>().ok().map(BusinessTime::Local);
    }
    Timestamp::parse_rfc3339(&canonical).map(BusinessTime::Instant)
}

fn matches_pattern(head: &[u8; 19]) -> bool {
    head.iter().zip(LOCAL_PATTERN).all(|(byte, pattern)| match pattern {
        b'0' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b't' | b' '),
        other => byte == other,
    })
}

/// Nothing, or a fraction of a second: then there is no offset.
fn is_fraction(tail: &[u8]) -> bool {
    match tail.split_first() {
        None => true,
        Some((b'.', digits)) => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_write_a_time_are_read() {
        let instant = |text: &str| Timestamp::parse_rfc3339(text).map(BusinessTime::Instant);
        let local = |text: &str| text.parse().ok().map(BusinessTime::Local);
        let check = |text: &str, expected: Option<BusinessTime>| {
            assert_eq!(parse(text), expected, "{text}");
        };
        check("2026-01-10T14:00:00+05:00", instant("2026-01-10T14:00:00+05:00"));
        check("2026-01-10t14:00:00.25Z", instant("2026-01-10T14:00:00.25Z"));
        check("2026-01-10 14:00:00-03:30", instant("2026-01-10T14:00:00-03:30"));
        check("2026-01-10T14:00:00", local("2026-01-10T14:00:00"));
        check("2026-01-10 14:00:00.5", local("2026-01-10T14:00:00.5"));
        assert!(parse("2026-01-10T14:00:00").is_some());
        for wrong in [
            "",
            "2026-01-10",
            "2026-01-10T14:00",
            "2026-1-10T14:00:00",
            "2026-13-10T14:00:00",
            "2026-02-30T14:00:00",
            "2026-01-10T25:00:00Z",
            "2026-01-10T14:00:00 ",
            "2026-01-10T14:00:00.",
            "2026-01-10T14:00:00+5",
            "2026-01-10_14:00:00",
            "10.01.2026 14:00:00",
            "1767769016",
            "2026-01-10T14:00:00+05:00 and more and more",
        ] {
            check(wrong, None);
        }
    }
}
