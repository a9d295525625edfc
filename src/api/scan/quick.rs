//! Takes JSON apart in one pass over its bytes, if it is written as tills write it. An escape, a name
//! that is unknown or occurs twice, a mistake of any kind: `None`, and the strict reader has its say.

use super::Raw;

/// How deep values may be nested; deeper ones are left to the reader that needs no stack for them.
const DEPTH_MAX: usize = 8;

/// The values of an object, in the order of `names`.
pub(super) fn object<'a, const N: usize>(
    json: &'a str,
    names: &[&str; N],
) -> Option<[Option<Raw<'a>>; N]> {
    let mut values = [None; N];
    let mut text = Unread { text: json, at: 0 };
    // Fields mostly come in the order of the table: the next one is looked for behind the last one.
    let mut next = 0;
    text.skip_spaces();
    let mut more = text.opens(b'{', b'}')?;
    while more {
        let name = text.name()?;
        let index = position(names, name, next)?;
        let repeated = values[index].replace(text.value(DEPTH_MAX)?);
        if repeated.is_some() {
            return None;
        }
        next = index.saturating_add(1);
        more = text.goes_on(b'}')?;
    }
    text.skip_spaces();
    text.is_read().then_some(values)
}

/// The entries of a list, at most `most`.
pub(super) fn list(json: &str, most: usize) -> Option<Vec<Raw<'_>>> {
    let mut text = Unread { text: json, at: 0 };
    let mut entries = Vec::new();
    let mut more = text.opens(b'[', b']')?;
    while more {
        if entries.len() == most {
            return None;
        }
        entries.push(text.value(DEPTH_MAX)?);
        more = text.goes_on(b']')?;
    }
    Some(entries)
}

/// Where `name` stands among `names`, which are tried from `next` on, and then from the first.
fn position(names: &[&str], name: &str, next: usize) -> Option<usize> {
    let (before, behind) = names.split_at_checked(next)?;
    let found = behind.iter().position(|known| *known == name);
    found
        .map(|index| index.saturating_add(next))
        .or_else(|| before.iter().position(|known| *known == name))
}

/// Text that is read from its beginning on.
struct Unread<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Unread<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn is_read(&self) -> bool {
        self.at == self.text.len()
    }

    fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn skip_while(&mut self, belongs: impl Fn(u8) -> bool) -> usize {
        let rest = self.rest();
        let bytes = rest.iter().position(|byte| !belongs(*byte)).unwrap_or(rest.len());
        self.skip(bytes);
        bytes
    }

    fn skip_spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.skip(1);
        }
    }

    /// Whether this byte comes next; it is read then.
    fn takes(&mut self, byte: u8) -> bool {
        let comes = self.peek() == Some(byte);
        self.skip(usize::from(comes));
        comes
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        self.takes(byte).then_some(())
    }

    /// Reads the bracket that opens an object or a list: whether anything is in it.
    fn opens(&mut self, open: u8, close: u8) -> Option<bool> {
        self.take(open)?;
        self.skip_spaces();
        Some(!self.takes(close))
    }

    /// Reads what stands between two entries, or behind the last one: whether another one comes.
    fn goes_on(&mut self, close: u8) -> Option<bool> {
        self.skip_spaces();
        if self.takes(b',') {
            self.skip_spaces();
            return Some(true);
        }
        self.take(close).map(|()| false)
    }

    /// The name of a field, and what stands between it and its value.
    fn name(&mut self) -> Option<&'a str> {
        let name = self.string()?;
        self.skip_spaces();
        self.take(b':')?;
        self.skip_spaces();
        Some(name)
    }

    /// A string without its quotes, in which nothing is escaped.
    fn string(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let begin = self.at;
        let bytes = self.skip_while(|byte| byte >= b' ' && byte != b'"' && byte != b'\\');
        let text = self.text.get(begin..begin.saturating_add(bytes));
        self.take(b'"')?;
        text
    }

    /// A value, in which others are nested at most so deep.
    fn value(&mut self, depth: usize) -> Option<Raw<'a>> {
        let begin = self.at;
        match self.peek()? {
            b'"' => drop(self.string()?),
            b'-' | b'0'..=b'9' => self.number()?,
            b'{' => self.fields(depth.checked_sub(1)?)?,
            b'[' => self.entries(depth.checked_sub(1)?)?,
            b't' => self.word("true")?,
            b'f' => self.word("false")?,
            b'n' => self.word("null")?,
            _ => return None,
        }
        self.text.get(begin..self.at).map(Raw::new)
    }

    fn fields(&mut self, depth: usize) -> Option<()> {
        let mut more = self.opens(b'{', b'}')?;
        while more {
            self.name()?;
            self.value(depth)?;
            more = self.goes_on(b'}')?;
        }
        Some(())
    }

    fn entries(&mut self, depth: usize) -> Option<()> {
        let mut more = self.opens(b'[', b']')?;
        while more {
            self.value(depth)?;
            more = self.goes_on(b']')?;
        }
        Some(())
    }

    fn number(&mut self) -> Option<()> {
        self.takes(b'-');
        // Nothing follows a zero that stands first.
        if !self.takes(b'0') {
            self.digits()?;
        }
        if self.takes(b'.') {
            self.digits()?;
        }
        if self.takes(b'e') || self.takes(b'E') {
            let _signed = self.takes(b'+') || self.takes(b'-');
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        (self.skip_while(|byte| byte.is_ascii_digit()) > 0).then_some(())
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let comes = self.rest().starts_with(word.as_bytes());
        self.skip(word.len());
        comes.then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::scan::strict;
    use proptest::prelude::*;

    const NAMES: [&str; 3] = ["total", "lines", "store"];

    /// What the quick reader takes, the strict one takes for the same; whether it takes it.
    fn takes(json: &str) -> bool {
        let quick = object(json, &NAMES);
        if let Some(values) = quick {
            assert_eq!(Ok(values), strict::object(json, &NAMES), "{json}");
            for raw in values.into_iter().flatten() {
                let Some(entries) = list(raw.get(), 3) else { continue };
                assert_eq!(Ok(entries), strict::list(raw.get(), 3), "{json}");
            }
        }
        quick.is_some()
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
    fn whatever_is_unusual_is_left_to_the_strict_reader() {
        for value in [
            "",
            " ",
            "01",
            "-",
            "+1",
            ".5",
            "1.",
            "1e",
            "1e+",
            "1.e1",
            "0x1",
            "--1",
            "1 2",
            "NaN",
            "tru",
            "truex",
            "nul",
            "True",
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
            "[[[[[[[[[]]]]]]]]]",
            "[}",
            "{]",
            "//",
            "\u{a0}1",
        ] {
            assert!(!takes(&format!("{{\"total\":{value}}}")), "{value}");
        }
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
        assert_eq!(list("[1,2,3]", 2), None);
        assert_eq!(list("{}", 2), None);
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
}
