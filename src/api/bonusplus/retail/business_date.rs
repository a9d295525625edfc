//! When a sale took place, in the dialect's ways to write it (rule 20).

use crate::api::bonex::sale_date;
use crate::ledger::BusinessTime;

/// `31.12.2026`, digits shown as zeros.
const DAY_FIRST: &[u8; 10] = b"00.00.0000";

/// The business time that a text names; `Some(None)`: a day without a time that is today, so now. `None`:
/// it names none. `today` is the tenant's local day, as `2026-12-31`.
pub(in crate::api::bonusplus) fn parse(text: &str, today: &str) -> Option<Option<BusinessTime>> {
    let Some((day, time)) = day_first(text) else { return sale_date::parse(text).map(Some) };
    let time = match time {
        "" if day == today => return Some(None),
        "" => "00:00:00",
        time => time.strip_prefix([' ', 'T'])?,
    };
    let time = if time.len() == "00:00".len() { format!("{time}:00") } else { time.to_owned() };
    sale_date::parse(&format!("{day}T{time}")).map(Some)
}

/// The day that a text begins with, as `2026-12-31`, and what follows it.
fn day_first(text: &str) -> Option<(String, &str)> {
    let (head, tail) = text.as_bytes().split_first_chunk::<10>()?;
    let fits = head.iter().zip(DAY_FIRST).all(|(byte, wanted)| match wanted {
        b'0' => byte.is_ascii_digit(),
        other => byte == other,
    });
    let tail = text.get(text.len().checked_sub(tail.len())?..)?;
    let day = || Some(format!("{}-{}-{}", text.get(6..10)?, text.get(3..5)?, text.get(..2)?));
    if fits { day().map(|day| (day, tail)) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_date_is_read() {
        let check = |text: &str, expected: Option<Option<&str>>| {
            let expected = expected.map(|text| text.and_then(sale_date::parse));
            assert_eq!(parse(text, "2026-03-02"), expected, "{text}");
        };
        let iso = "2026-03-01T14:30:05";
        check("2026-03-01T14:30:05", Some(Some(iso)));
        check("2026-03-01 14:30:05", Some(Some(iso)));
        check("2026-03-01T14:30:05+03:00", Some(Some("2026-03-01T14:30:05+03:00")));
        check("01.03.2026 14:30:05", Some(Some(iso)));
        check("01.03.2026 14:30", Some(Some("2026-03-01T14:30:00")));
        check("01.03.2026", Some(Some("2026-03-01T00:00:00")));
        check("02.03.2026", Some(None));
        for wrong in
            ["", "31.02.2026", "01.03.26", "01.03.2026x", "sample string 6", "01.03.2026 1"]
        {
            check(wrong, None);
        }
    }
}
