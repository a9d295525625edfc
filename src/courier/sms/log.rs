//! The gateway of development: a log line says that a message was sent, and to which kind of phone; the
//! text, which may be a login code, stands only in a list in memory, and before a reader if there is one.

use crate::courier::outbound::Outcome;
use crate::courier::sms::Sms;
use crate::values::Phone;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Messages kept in the list; the oldest leaves.
const SENT_MAX: usize = 1_000;
/// Digits of a phone shown at its beginning and at its end.
const SHOWN_FIRST: usize = 3;
const SHOWN_LAST: usize = 2;

/// The last messages that were sent, oldest first. Clones are the same list.
#[derive(Debug, Clone, Default)]
pub struct SentSms {
    list: Arc<Mutex<VecDeque<Sms>>>,
    reader: Option<Reader>,
}

/// Who is shown every message, as the owner of its phone would be.
#[derive(Clone)]
struct Reader(Arc<dyn Fn(&Sms) + Send + Sync>);

impl SentSms {
    /// An empty list whose messages are shown to `reader`, each as soon as it stands in the list. Whoever
    /// reads them can log in as anybody: for development alone.
    #[must_use]
    pub fn read_by(reader: impl Fn(&Sms) + Send + Sync + 'static) -> Self {
        Self { list: Arc::default(), reader: Some(Reader(Arc::new(reader))) }
    }

    pub(super) fn send(&self, sms: &Sms) -> Outcome {
        tracing::info!(phone = %masked(sms.phone), "an SMS was sent through the log gateway");
        self.keep(sms.clone());
        if let Some(Reader(show)) = &self.reader {
            show(sms);
        }
        Outcome::Delivered
    }

    fn keep(&self, sms: Sms) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        if list.len() >= SENT_MAX {
            list.pop_front();
        }
        list.push_back(sms);
    }

    /// All that is in the list.
    #[must_use]
    pub fn messages(&self) -> Vec<Sms> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reader")
    }
}

/// A phone of which nobody can be told by: `+992*******67`.
fn masked(phone: Phone) -> String {
    let digits = phone.number().to_string();
    let last = digits.len().saturating_sub(SHOWN_LAST);
    let shown = digits
        .char_indices()
        .map(|(index, digit)| if (SHOWN_FIRST..last).contains(&index) { '*' } else { digit });
    std::iter::once('+').chain(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_is_masked() {
        let check = |number, expected: &str| {
            assert_eq!(masked(Phone::from_number(number).unwrap()), expected);
        };
        check(992_901_234_567, "+992*******67");
        check(12_345_678, "+123***78");
    }

    #[test]
    fn the_list_is_bounded_and_keeps_the_newest() {
        let sent = SentSms::default();
        let phone = Phone::from_number(992_901_234_567).unwrap();
        for number in 0..=SENT_MAX {
            assert_eq!(sent.send(&Sms { phone, text: number.to_string() }), Outcome::Delivered);
        }
        let messages = sent.messages();
        assert_eq!((messages.len(), messages[0].text.as_str()), (SENT_MAX, "1"));
        assert_eq!(messages[SENT_MAX - 1].text, SENT_MAX.to_string());
        assert_eq!(format!("{:?}", messages[0]), "Sms(..)");
    }

    #[test]
    fn a_reader_is_shown_what_stands_in_the_list() {
        let read = Arc::new(Mutex::new(Vec::new()));
        let reading = Arc::clone(&read);
        let sent = SentSms::read_by(move |sms| reading.lock().unwrap().push(sms.clone()));
        let phone = Phone::from_number(992_901_234_567).unwrap();
        for text in ["your code: 1", "your code: 2"] {
            assert_eq!(sent.send(&Sms { phone, text: text.into() }), Outcome::Delivered);
        }
        assert_eq!(*read.lock().unwrap(), sent.messages());
        assert_eq!(sent.messages().len(), 2);
        let shown = format!("{sent:?}");
        assert!(!shown.contains("code") && !shown.contains("992"), "{shown}");
    }
}
