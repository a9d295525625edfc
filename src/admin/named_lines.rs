//! Names the request that a log line belongs to when the line is written. Every request is served under a
//! name, and hardly any writes a line: a span that is made and written out beforehand costs each of them as
//! much as reading its head.

use crate::engine::{NamedRequest, REQUEST_SPAN};
use std::sync::OnceLock;
use tracing::field::Value;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Metadata, Subscriber};

/// Takes no span of a request, and begins one around each event of it: to whoever writes the event, it is as
/// if the span had been there all the time. The program has no other spans that it could stand among.
pub(super) struct NamedLines<S> {
    inner: S,
    /// The span of a request, once it was met.
    request: OnceLock<&'static Metadata<'static>>,
}

impl<S: Subscriber> NamedLines<S> {
    pub(super) fn new(inner: S) -> Self {
        Self { inner, request: OnceLock::new() }
    }

    /// Hands an event on, within the span of its request if the filter lets that through.
    fn event_of(
        &self,
        request: &NamedRequest,
        span: &'static Metadata<'static>,
        event: &Event<'_>,
    ) {
        let begun = self.inner.enabled(span).then(|| self.begin(request, span));
        // Filters remember their last verdict until it is used, which was that on the span.
        if self.inner.enabled(event.metadata()) && self.inner.event_enabled(event) {
            self.inner.event(event);
        }
        if let Some(id) = begun {
            self.inner.exit(&id);
            self.inner.try_close(id);
        }
    }

    fn begin(&self, request: &NamedRequest, span: &'static Metadata<'static>) -> Id {
        let values: [Option<&dyn Value>; 2] = [Some(&request.id()), Some(&request.operation())];
        let values = span.fields().value_set_all(&values);
        let id = self.inner.new_span(&Attributes::new(span, &values));
        self.inner.enter(&id);
        id
    }
}

fn is_request(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && (metadata.name(), metadata.target()) == REQUEST_SPAN
}

impl<S: Subscriber> Subscriber for NamedLines<S> {
    fn on_register_dispatch(&self, subscriber: &Dispatch) {
        self.inner.on_register_dispatch(subscriber);
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        let interest = self.inner.register_callsite(metadata);
        if !is_request(metadata) {
            return interest;
        }
        self.request.get_or_init(|| metadata);
        Interest::never()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        !is_request(metadata) && self.inner.enabled(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.inner.max_level_hint()
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.inner.new_span(span)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        self.inner.record(span, values);
    }

    fn record_follows_from(&self, span: &Id, follows: &Id) {
        self.inner.record_follows_from(span, follows);
    }

    fn event_enabled(&self, event: &Event<'_>) -> bool {
        self.inner.event_enabled(event)
    }

    fn event(&self, event: &Event<'_>) {
        match (NamedRequest::current(), self.request.get()) {
            (Some(request), Some(span)) => self.event_of(&request, span, event),
            (Some(_) | None, Some(_) | None) => self.inner.event(event),
        }
    }

    fn enter(&self, span: &Id) {
        self.inner.enter(span);
    }

    fn exit(&self, span: &Id) {
        self.inner.exit(span);
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.inner.clone_span(id)
    }

    fn try_close(&self, id: Id) -> bool {
        self.inner.try_close(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::logging::LogFormat;
    use crate::admin::logging::tests::{Kept, lines_to};
    use crate::ledger::RequestId;
    use tracing::subscriber::with_default;

    /// What is told within a request, beside one, and within a span of another kind.
    fn tell() {
        let id = RequestId::parse("k1-7").unwrap();
        let request = NamedRequest::new(id, "POST /sale".into());
        tracing::warn!("before");
        request.clone().in_scope(|| {
            tracing::error!(customer = 5, "it broke");
            tracing::info!(target: "hyper::proto", "from elsewhere");
            tracing::debug!("answered");
            tracing::warn!(text = "a\"b", "with more to say");
            tracing::warn!(parent: None, "of nobody");
        });
        tracing::error_span!(target: "other", "request", request_id = "none").in_scope(|| {
            tracing::warn!("of another span");
        });
        request.in_scope(|| tracing::warn!("again"));
    }

    fn told(filter: &str, format: LogFormat, on_demand: bool) -> String {
        let kept = Kept::default();
        let lines = lines_to(&kept, filter, format);
        if on_demand {
            with_default(NamedLines::new(lines), tell);
        } else {
            with_default(lines, tell);
        }
        // All but the time, which every line begins with.
        let text = kept.text();
        text.lines().filter_map(|line| Some(line.split_once('Z')?.1.to_owned() + "\n")).collect()
    }

    #[test]
    fn lines_are_the_same_whether_the_span_was_there_before_or_not() {
        let filters = [
            "info",
            "debug",
            "warn",
            "error",
            "off",
            "hyper=info",
            "kopilka::admin=debug,hyper=info",
        ];
        for filter in filters {
            for format in [LogFormat::Text, LogFormat::Json] {
                let usual = told(filter, format, false);
                let ours = told(filter, format, true);
                assert_eq!(ours, usual, "{filter} {format:?}");
                let named = usual.contains("k1-7") && usual.contains("POST /sale");
                assert_eq!(
                    named,
                    !["off", "hyper=info"].contains(&filter) && !filter.contains("::")
                );
            }
        }
    }
}
