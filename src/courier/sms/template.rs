//! Texts with places to fill in: `{phone}`, `{phone_digits}`, `{text}`, `{sender}`; what is filled in is
//! escaped for where it stands. Every other brace stands for itself, as JSON needs it.

use crate::courier::sms::Sms;
use thiserror::Error;

/// A place to fill in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// With the plus.
    Phone,
    PhoneDigits,
    Text,
    Sender,
}

/// Where a template stands, which decides how values are written into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// Inside a JSON string.
    Json,
    /// In a URL, or in a form: every byte but letters, digits and `-._~` as `%XX`.
    Percent,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Slot(Slot),
}

/// A text with places to fill in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Template {
    parts: Vec<Part>,
}

/// A word in braces that is none of the places.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{{{0}}} is none of {{phone}}, {{phone_digits}}, {{text}}, {{sender}}")]
pub(super) struct UnknownSlot(String);

impl Slot {
    fn of(word: &str) -> Option<Self> {
        match word {
            "phone" => Some(Self::Phone),
            "phone_digits" => Some(Self::PhoneDigits),
            "text" => Some(Self::Text),
            "sender" => Some(Self::Sender),
            _ => None,
        }
    }

    fn value(self, sms: &Sms, sender: &str) -> String {
        match self {
            Self::Phone => format!("+{}", sms.phone.number()),
            Self::PhoneDigits => sms.phone.number().to_string(),
            Self::Text => sms.text.clone(),
            Self::Sender => sender.to_owned(),
        }
    }
}

impl Template {
    /// Reads a template.
    pub(super) fn parse(text: &str) -> Result<Self, UnknownSlot> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            literal.push_str(before);
            rest = after;
            let Some(word) = word_in_braces(after) else {
                literal.push('{');
                continue;
            };
            let slot = Slot::of(word).ok_or_else(|| UnknownSlot(word.to_owned()))?;
            parts.push(Part::Literal(std::mem::take(&mut literal)));
            parts.push(Part::Slot(slot));
            rest = after.split_once('}').map_or("", |(_, rest)| rest);
        }
        literal.push_str(rest);
        parts.push(Part::Literal(literal));
        Ok(Self { parts })
    }

    /// Whether any of `slots` is to be filled in.
    pub(super) fn has(&self, slots: &[Slot]) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Slot(slot) if slots.contains(slot)))
    }

    /// The text with everything filled in.
    pub(super) fn fill(&self, escape: Escape, sms: &Sms, sender: &str) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Literal(text) => text.clone(),
            Part::Slot(slot) => escape.write(&slot.value(sms, sender)),
        });
        parts.collect()
    }
}

impl Escape {
    fn write(self, value: &str) -> String {
        match self {
            Self::Json => {
                let quoted = serde_json::Value::from(value).to_string();
                let inside = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
                inside.unwrap_or_default().to_owned()
            }
            Self::Percent => value.bytes().fold(String::new(), percent),
        }
    }
}

fn percent(mut written: String, byte: u8) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        written.push(char::from(byte));
    } else {
        written.push('%');
        for digit in [byte >> 4, byte & 15] {
            written.push(char::from(HEX[usize::from(digit)]));
        }
    }
    written
}

/// The word after an opening brace, if a closing one ends it.
fn word_in_braces(after: &str) -> Option<&str> {
    let (word, _) = after.split_once('}')?;
    let is_word =
        !word.is_empty() && word.bytes().all(|one| one.is_ascii_lowercase() || one == b'_');
    is_word.then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Phone;

    fn fill(template: &str, escape: Escape, text: &str) -> String {
        let phone = Phone::from_number(992_901_234_567).unwrap();
        let sms = Sms { phone, text: text.into() };
        Template::parse(template).unwrap().fill(escape, &sms, "Ko & Co")
    }

    #[test]
    fn values_are_escaped_for_their_place() {
        let check = |template, escape, text, expected: &str| {
            assert_eq!(fill(template, escape, text), expected);
        };
        use Escape::{Json, Percent};
        check(r#"{"to":"{phone}"}"#, Json, "", r#"{"to":"+992901234567"}"#);
        check(r#"{"to":{phone_digits},"a":{}}"#, Json, "", r#"{"to":992901234567,"a":{}}"#);
        check(r#""{text}""#, Json, "say \"hi\"\\\n\t\u{1}", r#""say \"hi\"\\\n\t\u0001""#);
        check("{text}", Json, "Код 7 — 🎁", "Код 7 — 🎁");
        check(
            "u?t={text}&s={sender}",
            Percent,
            "a b+c&d=é/?#",
            "u?t=a%20b%2Bc%26d%3D%C3%A9%2F%3F%23&s=Ko%20%26%20Co",
        );
        check("{phone}{phone}", Percent, "", "%2B992901234567%2B992901234567");
        check("a-b._~Z9{text}", Percent, "-._~Z9%", "a-b._~Z9-._~Z9%25");
        // What is filled in is never looked through for places again.
        check("{text}{sender}", Json, "{phone}", "{phone}Ko & Co");
        // Braces without a word between them stand for themselves.
        check("{ text } {TEXT} {} { {{text}", Json, "x", "{ text } {TEXT} {} { {x");
        check("", Json, "x", "");
    }

    #[test]
    fn an_unknown_place_is_named() {
        let told = Template::parse("to={phon}").unwrap_err().to_string();
        assert_eq!(told, "{phon} is none of {phone}, {phone_digits}, {text}, {sender}");
        let template = Template::parse("{text} {phone}").unwrap();
        assert!(template.has(&[Slot::Phone, Slot::PhoneDigits]) && !template.has(&[Slot::Sender]));
    }
}
