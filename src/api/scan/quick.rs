//! Takes JSON apart in one pass over its bytes, if it is written as tills write it. An escape, a name
//! that is unknown or occurs twice, a mistake of any kind: `None`, and the strict reader has its say.

use super::listed::Tape;
use super::{Fields, Raw, position};

/// How deep values may be nested; deeper ones are left to the reader that needs no stack for them.
const DEPTH_MAX: usize = 8;
/// How many bytes of a string are looked at in one go.
const WORD_BYTES: usize = 8;
/// The lowest bit of every byte, and the highest.
const LOWEST: u64 = u64::from_ne_bytes([0x01; WORD_BYTES]);
const HIGHEST: u64 = u64::from_ne_bytes([0x80; WORD_BYTES]);

/// The values of an object, in the order of `names`.
pub(super) fn object<'a, const N: usize>(
    json: &'a str,
    names: &[&str; N],
) -> Option<Fields<'a, N>> {
    let mut values = [None; N];
    let mut tape = Tape::default();
    let mut text = Unread::new(json);
    let mut next = 0;
    text.skip_spaces();
    let mut more = text.opens(b'{', b'}')?;
    while more {
        let index = position(names, text.name()?, next)?;
        let value = if text.peek() == Some(b'[') {
            text.list(index, &mut tape)?
        } else {
            text.value(DEPTH_MAX)?
        };
        let repeated = values[index].replace(value);
        if repeated.is_some() {
            return None;
        }
        next = index.saturating_add(1);
        more = text.goes_on(b'}')?;
    }
    text.skip_spaces();
    text.is_read().then_some(Fields { values, tape: Some(tape) })
}

/// Whether every byte of a string stands for itself.
pub(in crate::api) fn is_plain(text: &str) -> bool {
    plain_bytes(text.as_bytes()) == text.len()
}

/// How many bytes stand for themselves before one that ends a string, begins an escape or is not
/// allowed in a string. Most strings are longer than a word, and none is looked at bit by bit.
#[inline]
pub(super) fn plain_bytes(bytes: &[u8]) -> usize {
    let mut at = 0_usize;
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<WORD_BYTES>) {
        let marks = marks_of(u64::from_le_bytes(*word));
        if marks != 0 {
            let before = marks.trailing_zeros().div_euclid(u8::BITS);
            return at.saturating_add(usize::try_from(before).unwrap_or_default());
        }
        at = at.saturating_add(WORD_BYTES);
    }
    at.saturating_add(plain_last_bytes(bytes.get(at..).unwrap_or_default()))
}

/// The same of what is shorter than a word: the end of a body, or a short text of ours.
#[inline(never)]
fn plain_last_bytes(bytes: &[u8]) -> usize {
    let before = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..b' '));
    before.unwrap_or(bytes.len())
}

/// Marks the highest bit of bytes that do not stand for themselves. The lowest mark is right; those
/// above it may be of bytes that were borrowed from.
#[inline]
const fn marks_of(word: u64) -> u64 {
    let below_space = word.wrapping_sub(LOWEST * b' ' as u64);
    let is_quote = (word ^ (LOWEST * b'"' as u64)).wrapping_sub(LOWEST);
    let is_escape = (word ^ (LOWEST * b'\\' as u64)).wrapping_sub(LOWEST);
    // A byte with the highest bit stands for itself.
    (below_space | is_quote | is_escape) & !word & HIGHEST
}

/// Text that is read from its beginning on.
pub(in crate::api) struct Unread<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Unread<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    pub(super) fn is_read(&self) -> bool {
        self.at == self.text.len()
    }

    #[inline]
    fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    #[inline]
    pub(super) fn skip_spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.skip(1);
        }
    }

    /// Whether this byte comes next; it is read then.
    #[inline]
    fn takes(&mut self, byte: u8) -> bool {
        let comes = self.peek() == Some(byte);
        self.skip(usize::from(comes));
        comes
    }

    #[inline]
    fn take(&mut self, byte: u8) -> Option<()> {
        self.takes(byte).then_some(())
    }

    /// Reads the bracket that opens an object or a list: whether anything is in it.
    #[inline]
    pub(super) fn opens(&mut self, open: u8, close: u8) -> Option<bool> {
        self.take(open)?;
        self.skip_spaces();
        Some(!self.takes(close))
    }

    /// Reads what stands between two entries, or behind the last one: whether another one comes.
    #[inline]
    pub(super) fn goes_on(&mut self, close: u8) -> Option<bool> {
        self.skip_spaces();
        if self.takes(b',') {
            self.skip_spaces();
            return Some(true);
        }
        self.take(close).map(|()| false)
    }

    /// The name of a field, and what stands between it and its value.
    #[inline]
    pub(super) fn name(&mut self) -> Option<&'a str> {
        let name = self.string()?;
        self.skip_spaces();
        self.take(b':')?;
        self.skip_spaces();
        Some(name)
    }

    /// A string without its quotes, in which nothing is escaped.
    #[inline]
    pub(super) fn string(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let begin = self.at;
        self.skip(plain_bytes(self.rest()));
        let text = self.text.get(begin..self.at);
        self.take(b'"')?;
        text
    }

    /// The list that is the value of a field, and its entries.
    fn list(&mut self, field: usize, tape: &mut Tape<'a>) -> Option<Raw<'a>> {
        let begin = self.at;
        let mut more = self.opens(b'[', b']')?;
        while more {
            let members_from = tape.begin_entry()?;
            let value = if self.peek() == Some(b'{') {
                self.entry_object(tape)?
            } else {
                self.value(DEPTH_MAX)?
            };
            tape.end_entry(field, value, members_from);
            more = self.goes_on(b']')?;
        }
        self.text.get(begin..self.at).map(Raw::plain)
    }

    /// An object that is an entry of a list, and its members.
    fn entry_object(&mut self, tape: &mut Tape<'a>) -> Option<Raw<'a>> {
        let begin = self.at;
        let mut more = self.opens(b'{', b'}')?;
        while more {
            let name = self.name()?;
            let value = self.value(DEPTH_MAX - 1)?;
            tape.member(name, value);
            more = self.goes_on(b'}')?;
        }
        self.text.get(begin..self.at).map(Raw::plain)
    }

    /// A value, in which others are nested at most so deep.
    #[inline]
    fn value(&mut self, depth: usize) -> Option<Raw<'a>> {
        let begin = self.at;
        self.pass(depth)?;
        self.text.get(begin..self.at).map(Raw::plain)
    }

    fn pass(&mut self, depth: usize) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(|_| ()),
            b'-' | b'0'..=b'9' => self.number(),
            b'{' => self.pass_object(depth.checked_sub(1)?),
            b'[' => self.pass_list(depth.checked_sub(1)?),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => None,
        }
    }

    fn pass_object(&mut self, depth: usize) -> Option<()> {
        let mut more = self.opens(b'{', b'}')?;
        while more {
            self.name()?;
            self.pass(depth)?;
            more = self.goes_on(b'}')?;
        }
        Some(())
    }

    fn pass_list(&mut self, depth: usize) -> Option<()> {
        let mut more = self.opens(b'[', b']')?;
        while more {
            self.pass(depth)?;
            more = self.goes_on(b']')?;
        }
        Some(())
    }

    /// The text of a number.
    #[inline]
    pub(super) fn number_text(&mut self) -> Option<&'a str> {
        let begin = self.at;
        self.number()?;
        self.text.get(begin..self.at)
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

    /// At least one digit.
    fn digits(&mut self) -> Option<()> {
        let begin = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.skip(1);
        }
        (self.at > begin).then_some(())
    }

    pub(super) fn word(&mut self, word: &str) -> Option<()> {
        let comes = self.rest().starts_with(word.as_bytes());
        self.skip(word.len());
        comes.then_some(())
    }
}
