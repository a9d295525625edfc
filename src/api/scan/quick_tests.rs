//! What the quick reader takes, the strict one reads the same; all else it leaves to it.

use crate::api::scan::listed::{ENTRIES_MAX, MEMBERS_MAX};
use crate::api::scan::quick::{object, plain_bytes};
use crate::api::scan::{Fields, strict};
use proptest::prelude::*;

const NAMES: [&str; 3] = ["total", "lines", "store"];
const INNER: [&str; 2] = ["a", "b"];

/// What the quick reader takes, the strict one takes for the same; whether it takes it.
fn takes(json: &str) -> bool {
    let Some(quick) = object(json, &NAMES) else { return false };
    let strict = strict::object(json, &NAMES).expect(json);
    assert_eq!(quick.values, strict.values, "{json}");
    for most in 0..4 {
        let lists = |fields: &Fields<'_, 3>| {
            [0, 1, 2].map(|field| format!("{:?}", fields.list(field, most)))
        };
        assert_eq!(lists(&quick), lists(&strict), "{json}");
    }
    for field in 0..NAMES.len() {
        assert_eq!(insides(&quick, field), insides(&strict, field), "{json}");
    }
    true
}

/// What the entries of a list have inside, as objects with names of ours.
fn insides(fields: &Fields<'_, 3>, field: usize) -> Option<Vec<String>> {
    let inside = |fields: Fields<'_, 2>| format!("{:?} {:?}", fields.values, fields.list(0, 9));
    let listed = fields.listed(field, usize::MAX).ok()??;
    Some(listed.iter().map(|entry| format!("{:?}", entry.fields(&INNER).map(inside))).collect())
}

#[test]
fn lists_are_remembered_up_to_a_bound() {
    let of = |count: usize| format!(r#"{{"lines":[{}]}}"#, vec!["0"; count].join(","));
    assert!(takes(&of(ENTRIES_MAX)));
    assert!(!takes(&of(ENTRIES_MAX + 1)));
}

#[test]
fn what_is_inside_of_entries_is_the_same_whoever_reads_it() {
    for entry in [
        "{}",
        r#"{"a":1}"#,
        r#"{"b":1,"a":"x"}"#,
        r#"{ "a" : [1,{"b":2}] , "b" : null }"#,
        r#"{"a":{"a":1}}"#,
        r#"{"a":1,"a":2}"#,
        r#"{"c":1}"#,
        r#"{"a":1,"c":1,"a":1}"#,
        "5",
        "null",
        "[]",
        r#""{}""#,
    ] {
        assert!(takes(&format!(r#"{{"lines":[{entry}],"store":[{{"a":7}},{entry},{{"b":8}}]}}"#)));
    }
    for count in [MEMBERS_MAX - 1, MEMBERS_MAX, MEMBERS_MAX + 1] {
        let entries = vec![r#"{"a":1}"#; count].join(",");
        assert!(takes(&format!(r#"{{"lines":[{entries}],"store":[{{"b":1,"a":2}}]}}"#)));
    }
}

#[test]
fn a_string_ends_at_its_first_byte_that_does_not_stand_for_itself() {
    for byte in 0..=u8::MAX {
        for (before, behind) in [(0, 0), (3, 9), (7, 1), (8, 8), (11, 0), (17, 30)] {
            let bytes = [vec![b'x'; before], vec![byte], vec![b'"'; behind]].concat();
            let stands = byte >= b' ' && byte != b'"' && byte != b'\\';
            let expected = if stands { before + 1 } else { before };
            assert_eq!(plain_bytes(&bytes), expected, "{byte} behind {before}");
        }
        let bytes = [0xD0, byte, 0x7F, b' ', b'!', 0xFF, 0x80, b'a', b'"'];
        let expected = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..b' '));
        assert_eq!(Some(plain_bytes(&bytes)), expected, "{byte}");
    }
}

#[test]
fn what_tills_write_is_taken() {
    for value in [
        "1",
        "0",
        "-1.50",
        "955.00",
        "1e3",
        "1E+3",
        "0.1e-2",
        "-0",
        "\"\"",
        "\"a b\"",
        "\"Хлеб\"",
        "\"{[,:]}\"",
        "true",
        "false",
        "null",
        "[]",
        "{}",
        "[1,2]",
        " [ 1 , 2 ] ",
        "[{\"a\":[null]},{}]",
        "{\"a\":{\"a\":1},\"b\":\"c\"}",
        "[[[[[[[[]]]]]]]]",
        "[1,2,3]",
    ] {
        assert!(takes(&format!("{{\"total\":{value}}}")), "{value}");
        assert!(takes(&format!("\n{{ \"store\" : {value} , \"lines\" :\t{value} }}\r\n")));
    }
    assert!(takes("{}") && takes(" { } "));
    assert!(takes(r#"{"store":1,"lines":2,"total":3}"#));
}

#[test]
fn what_is_no_number_and_no_word_is_left_to_the_strict_reader() {
    let values = "01 - +1 .5 1. 1e 1e+ 1.e1 0x1 --1 NaN tru truex nul True";
    for value in values.split(' ') {
        assert!(!takes(&format!("{{\"total\":{value}}}")), "{value}");
    }
}

#[test]
fn whatever_is_unusual_is_left_to_the_strict_reader() {
    for value in [
        "",
        " ",
        "1 2",
        "\"",
        "\"a",
        "\"a\nb\"",
        "\"\u{1}\"",
        "\"a\\nb\"",
        "\"\\",
        "'a'",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{",
        "{\"a\"",
        "{\"a\":",
        "]",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{1:1}",
        "{\"a\" 1}",
        "{\"\\u0061\":1}",
        "[[[[[[[[[[]]]]]]]]]]",
        "[}",
        "{]",
        "//",
        "\u{a0}1",
    ] {
        assert!(!takes(&format!("{{\"total\":{value}}}")), "{value}");
    }
}

#[test]
fn so_is_an_object_that_is_none_or_not_the_expected_one() {
    for json in [
        "",
        " ",
        "[]",
        "5",
        "null",
        "{",
        "}",
        "{}}",
        "{} x",
        "{}{}",
        "\u{feff}{}",
        "{\"total\":1",
        "{\"total\":1}}",
        "{\"total\":1,}",
        "{\"total\":1 \"store\":2}",
        "{\"other\":1}",
        "{\"total\":1,\"total\":1}",
        "{\"tot\\u0061l\":1}",
        "{\"Total\":1}",
        "{\"\":1}",
    ] {
        assert!(!takes(json), "{json}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_readers_agree_on_anything(
        json in r#"\{("(total|lines|store|a)" ?: ?([-+]?[0-9]{0,2}[.eE]?[0-9]?|"[ab\\"]{0,3}"|null|true|fals|\[("a"|1|,|\[|\]| ){0,4}\]|\{("a"|:|1|,){0,4}\})[, ]{0,1}){0,3}\}?"#
    ) {
        takes(&json);
    }
}
