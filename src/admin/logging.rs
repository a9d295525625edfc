//! Log lines on stderr, as many as the filter says, as text for people or JSON for machines.

use crate::admin::exit::Failure;
use crate::admin::log_fields::TextFields;
use crate::admin::named_lines::NamedLines;
use crate::admin::traces::{self, Traces};
use serde::Deserialize;
use std::io::stderr;
use std::str::FromStr;
use tracing::Subscriber;
use tracing::subscriber::set_global_default;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(super) enum LogFormat {
    #[default]
    Text,
    Json,
}

/// There is no such format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UnknownFormat;

impl FromStr for LogFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(UnknownFormat),
        }
    }
}

/// From now on log lines are written; a second start changes nothing. What is returned ends the export of
/// traces when it is dropped.
pub(super) fn start(filter: &str, format: LogFormat) -> Result<Traces, Failure> {
    let (traces, exported) = traces::start()?;
    // Whoever set a subscriber before us (a test) keeps it.
    let _ = if let Some(exported) = exported {
        let lines = lines(filter, format, stderr)?;
        set_global_default(Registry::default().with(exported).with(lines))
    } else {
        let written = Registry::default().with(lines(filter, format, stderr)?);
        if wants_spans(filter) {
            set_global_default(written)
        } else {
            set_global_default(NamedLines::new(written))
        }
    };
    Ok(traces)
}

/// Whether a filter looks into spans, as `kopilka[request{operation="GET /readyz"}]=debug` does: then they
/// have to be there before anything is logged.
fn wants_spans(filter: &str) -> bool {
    filter.contains('[')
}

/// Writes lines to `writer`.
fn lines<S, W>(
    filter: &str,
    format: LogFormat,
    writer: W,
) -> Result<Box<dyn Layer<S> + Send + Sync>, Failure>
where
    S: Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| Failure::Usage(format!("log filter {filter:?}: {error}")))?;
    let lines = fmt::layer().with_writer(writer);
    Ok(match format {
        LogFormat::Text => {
            lines.fmt_fields(TextFields).with_ansi(false).with_filter(filter).boxed()
        }
        LogFormat::Json => {
            lines.json().flatten_event(true).with_span_list(false).with_filter(filter).boxed()
        }
    })
}

#[cfg(test)]
pub(in crate::admin) mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    pub(in crate::admin) struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Kept {
        pub(in crate::admin) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// A subscriber that writes lines to `kept`.
    pub(in crate::admin) fn lines_to(
        kept: &Kept,
        filter: &str,
        format: LogFormat,
    ) -> impl Subscriber + Send + Sync + 'static {
        let writer = kept.clone();
        let lines = lines(filter, format, move || writer.clone()).unwrap();
        Registry::default().with(lines)
    }

    fn written(format: LogFormat) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let lines = lines("info", format, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(Registry::default().with(lines), || {
            let span = tracing::error_span!("request", request_id = "k1-1");
            span.in_scope(|| {
                tracing::info!(epoch = 7, "journal opened");
                tracing::debug!("unheard");
            });
        });
        kept.text()
    }

    #[test]
    fn a_line_says_which_request_it_belongs_to_in_either_format() {
        let text = written(LogFormat::Text);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains("request_id=\"k1-1\"") && text.contains("journal opened"), "{text}");
        let json: serde_json::Value = serde_json::from_str(&written(LogFormat::Json)).unwrap();
        assert_eq!(json["span"]["request_id"], "k1-1");
        assert_eq!((&json["message"], &json["epoch"]), (&"journal opened".into(), &7.into()));
    }

    #[test]
    fn a_filter_that_is_none_is_refused() {
        let refused = lines::<Registry, _>("kopilka=loud", LogFormat::Text, stderr);
        assert!(refused.is_err_and(|failure| failure.to_string().contains("kopilka=loud")));
    }
}
