//! The phones of the demo's customers: what the `log` gateway "sent" to them, and the codes in it.

use crate::admin::couriers::as_told;
use crate::admin::exit::Failure;
use crate::courier::SentSms;
use crate::values::Phone;
use std::time::Duration;
use tokio::sync::watch;

/// Longest wait for a message.
const ARRIVAL_MAX: Duration = Duration::from_secs(60);
/// Digits of a login code.
const CODE_LENGTH: usize = 6;

/// Every text message of the demo. Clones are the same.
#[derive(Debug, Clone)]
pub(super) struct Inbox {
    sent: SentSms,
    arrived: watch::Receiver<()>,
}

impl Inbox {
    pub(super) fn new() -> Self {
        let (arrives, arrived) = watch::channel(());
        Self { sent: SentSms::read_by(move |_| arrives.send_replace(())), arrived }
    }

    /// What the gateway keeps its messages in.
    pub(super) fn sent(&self) -> SentSms {
        self.sent.clone()
    }

    /// The newest login code of a phone, as soon as it has arrived.
    pub(super) async fn code(&self, phone: Phone) -> Result<String, Failure> {
        let mut arrived = self.arrived.clone();
        let arrival = async {
            loop {
                if let Some(code) = self.newest_code(phone) {
                    return Some(code);
                }
                arrived.changed().await.ok()?;
            }
        };
        let code = tokio::time::timeout(ARRIVAL_MAX, arrival).await.ok().flatten();
        code.ok_or_else(|| Failure::Unreachable(format!("no login code reached {phone}")))
    }

    /// The messages as they are shown, by phone.
    pub(super) fn told(&self) -> Vec<String> {
        let mut messages = self.sent.messages();
        messages.sort_by_key(|sms| sms.phone);
        messages.iter().map(as_told).collect()
    }

    fn newest_code(&self, phone: Phone) -> Option<String> {
        let messages = self.sent.messages();
        let newest = messages.iter().rev().find(|sms| sms.phone == phone)?;
        code_in(&newest.text).map(str::to_owned)
    }
}

/// The word of six digits in a text.
fn code_in(text: &str) -> Option<&str> {
    let is_code =
        |word: &&str| word.len() == CODE_LENGTH && word.bytes().all(|byte| byte.is_ascii_digit());
    text.split_whitespace().find(is_code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_word_of_six_digits() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(code_in(text), expected);
        check("123456 is your code for Shop 24.", Some("123456"));
        check("Shop 1234567: your code is 023456", Some("023456"));
        check("No code for 12345 or 12345a.", None);
        check("", None);
    }
}
