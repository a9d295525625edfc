//! JSON that is written straight into one buffer: for the answers that tills wait for most often. The
//! rest is left to serde.

use crate::api::amount::Amount;
use crate::api::scan::is_plain;

/// JSON as far as it is written.
#[derive(Debug)]
pub(in crate::api) struct JsonText(Vec<u8>);

impl JsonText {
    /// Nothing yet, with room for so many bytes.
    pub(in crate::api) fn with_room(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// Names and what stands between values, as they are.
    pub(in crate::api) fn literal(&mut self, json: &'static str) -> &mut Self {
        self.0.extend_from_slice(json.as_bytes());
        self
    }

    pub(in crate::api) fn whole(&mut self, number: u64) -> &mut Self {
        self.amount(Amount::from(number))
    }

    pub(in crate::api) fn amount(&mut self, amount: Amount) -> &mut Self {
        amount.append_to(&mut self.0);
        self
    }

    pub(in crate::api) fn string(&mut self, text: &str) -> &mut Self {
        if is_plain(text) {
            self.0.push(b'"');
            self.0.extend_from_slice(text.as_bytes());
            self.0.push(b'"');
        } else {
            serde_json::to_writer(&mut self.0, text).expect("text is JSON");
        }
        self
    }

    pub(in crate::api) fn optional_string(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.string(text),
            None => self.literal("null"),
        }
    }

    /// A list of whatever `write` makes of each item.
    pub(in crate::api) fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        write: impl Fn(&mut Self, T),
    ) -> &mut Self {
        self.literal("[");
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.literal(",");
            }
            write(self, item);
        }
        self.literal("]")
    }

    pub(in crate::api) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Balance;

    #[test]
    fn values_are_written_as_serde_writes_them() {
        for text in ["", "plain", "Хлеб", "\"", "\\", "a\nb", "\u{1}", "\u{7f}", "\u{2028}"] {
            let mut ours = JsonText::with_room(0);
            ours.string(text).literal(",").optional_string(Some(text));
            let theirs = serde_json::to_string(text).unwrap();
            assert_eq!(ours.into_bytes(), format!("{theirs},{theirs}").into_bytes(), "{text}");
        }
        let mut ours = JsonText::with_room(0);
        ours.list([1, 2], |text, number| {
            text.whole(number);
        });
        ours.list([u64::MAX], |text, number| {
            text.whole(number);
        });
        ours.list(None::<u64>, |text, number| {
            text.whole(number);
        });
        ours.amount(Balance::from_cents(-4_750).into()).optional_string(None);
        assert_eq!(ours.into_bytes(), b"[1,2][18446744073709551615][]-47.5null");
    }
}
