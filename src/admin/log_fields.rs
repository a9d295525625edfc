//! Fields of log lines and spans as text. Every request begins a span whose fields are plain words: they
//! are written as they are; whatever else there is, is left to the usual way of writing, and looks alike.

use std::fmt;
use tracing::field::{Field, Visit};
use tracing_subscriber::field::{RecordFields, VisitOutput as _};
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{DefaultVisitor, Writer};

/// Writes fields as the default does: `name="value"`, with spaces between.
#[derive(Debug)]
pub(super) struct TextFields;

struct Written<'w> {
    writer: Writer<'w>,
    is_empty: bool,
    so_far: fmt::Result,
}

impl<'w> FormatFields<'w> for TextFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut written = Written { writer, is_empty: true, so_far: Ok(()) };
        fields.record(&mut written);
        written.so_far
    }
}

impl Written<'_> {
    /// Writes one more field.
    fn add(&mut self, write: impl FnOnce(&mut Self) -> fmt::Result) {
        if self.so_far.is_ok() {
            self.so_far = write(self);
            self.is_empty = false;
        }
    }

    fn word(&mut self, name: &str, word: &str) -> fmt::Result {
        if !self.is_empty {
            self.writer.write_char(' ')?;
        }
        for part in [name, "=\"", word, "\""] {
            self.writer.write_str(part)?;
        }
        Ok(())
    }

    fn usual(&mut self, record: impl FnOnce(&mut DefaultVisitor<'_>)) -> fmt::Result {
        let mut usual = DefaultVisitor::new(self.writer.by_ref(), self.is_empty);
        record(&mut usual);
        usual.finish()
    }
}

impl Visit for Written<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        let name = field.name();
        let is_usual = name == "message" || name.starts_with("r#");
        let is_word = !is_usual && value.bytes().all(stands_for_itself);
        self.add(|written| {
            if is_word {
                written.word(name, value)
            } else {
                written.usual(|usual| usual.record_str(field, value))
            }
        });
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.add(|written| written.usual(|usual| usual.record_error(field, value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(|written| written.usual(|usual| usual.record_debug(field, value)));
    }
}

/// Whether a byte is written between quotes as it is.
fn stands_for_itself(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::logging::tests::Kept;
    use tracing_subscriber::fmt::format::DefaultFields;
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::{Registry, fmt as lines};

    /// The same events in whatever way fields are written.
    fn written(fields: impl for<'w> FormatFields<'w> + Send + Sync + 'static) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let layer = lines::layer().without_time().with_writer(move || writer.clone());
        let subscriber = Registry::default().with(layer.with_ansi(false).fmt_fields(fields));
        tracing::subscriber::with_default(subscriber, || {
            let error = std::io::Error::other("no disk");
            for text in ["", "k1-7", "POST /sale", "a\"b", "a\\b", "a\nb", "чай", "\u{1b}[31m"] {
                let span = tracing::error_span!("request", request_id = text, operation = text);
                span.in_scope(|| {
                    tracing::info!(text, number = 7, ?text, "a line with {text}");
                    tracing::warn!(error = &error as &dyn std::error::Error, r#type = text);
                    tracing::info!(message = text, code = None::<&str>, name = Some(text));
                });
            }
        });
        kept.text()
    }

    #[test]
    fn fields_look_as_they_usually_do() {
        let ours = written(TextFields);
        assert_eq!(ours, written(DefaultFields::new()));
        let span = "request{request_id=\"k1-7\" operation=\"k1-7\"}";
        assert!(ours.contains(span), "{ours}");
    }
}
