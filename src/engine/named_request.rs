//! The request on whose behalf something happens: whatever is logged about it says which it was.

use crate::ledger::RequestId;
use std::cell::RefCell;
use std::future::poll_fn;
use std::mem;
use std::pin::pin;
use std::sync::Arc;
use tracing::Span;

thread_local! {
    /// The request that this thread is busy with.
    static CURRENT: RefCell<Option<NamedRequest>> = const { RefCell::new(None) };
}

/// A request as log lines name it. Clones are cheap, and the same request.
#[derive(Debug, Clone)]
pub struct NamedRequest {
    id: RequestId,
    operation: Arc<str>,
    /// Of the highest level, so that whatever is logged at all says which request it belongs to. No span at
    /// all where the log finds the name by itself, once a line is written: hardly any request writes one.
    span: Span,
}

/// What the span of a request is called, by its name and by whose it is to the filter of the log.
pub const REQUEST_SPAN: (&str, &str) = ("request", "kopilka::api::telemetry");

impl NamedRequest {
    #[must_use]
    pub fn new(id: RequestId, operation: Arc<str>) -> Self {
        let span = tracing::error_span!(
            target: REQUEST_SPAN.1,
            REQUEST_SPAN.0,
            request_id = id.as_str(),
            operation = &*operation
        );
        Self { id, operation, span }
    }

    #[must_use]
    pub fn id(&self) -> &str {
        self.id.as_str()
    }

    #[must_use]
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// The request that this thread is busy with.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Does something on behalf of a request, or of none.
    pub(super) fn on_behalf_of<T>(request: Option<Self>, act: impl FnOnce() -> T) -> T {
        match request {
            Some(request) => request.in_scope(act),
            None => act(),
        }
    }

    /// Does something on behalf of this request.
    pub fn in_scope<T>(self, act: impl FnOnce() -> T) -> T {
        let span = self.span.clone();
        let mut request = Some(self);
        span.in_scope(|| {
            let _busy = Busy::with(&mut request);
            act()
        })
    }

    /// Polls a future on behalf of this request. It stays where it is, and ends outside: what ends tells
    /// nothing.
    pub async fn serve<F: Future>(self, serving: F) -> F::Output {
        let span = self.span.clone();
        let (mut request, mut serving) = (Some(self), pin!(serving));
        poll_fn(|context| {
            span.in_scope(|| {
                let _busy = Busy::with(&mut request);
                serving.as_mut().poll(context)
            })
        })
        .await
    }
}

/// While this is there, the thread is busy with a request; then it is what it was before, be it by a panic.
struct Busy<'a>(&'a mut Option<NamedRequest>);

impl<'a> Busy<'a> {
    fn with(request: &'a mut Option<NamedRequest>) -> Self {
        let mut busy = Self(request);
        busy.change_places();
        busy
    }

    fn change_places(&mut self) {
        CURRENT.with_borrow_mut(|current| mem::swap(current, self.0));
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.change_places();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::catch_unwind;

    fn named(id: &str) -> NamedRequest {
        NamedRequest::new(RequestId::parse(id).unwrap(), "GET /".into())
    }

    fn current() -> Option<String> {
        NamedRequest::current().map(|request| format!("{} {}", request.id(), request.operation()))
    }

    #[tokio::test]
    async fn a_request_is_current_while_it_is_polled_and_no_longer() {
        let one = named("one").serve(async {
            let before = current();
            tokio::task::yield_now().await;
            (before, current())
        });
        let two = named("two").serve(async {
            tokio::task::yield_now().await;
            let inner = named("inner").serve(async { current() }).await;
            (inner, current())
        });
        let (one, two) = tokio::join!(one, two);
        let name = |id: &str| Some(format!("{id} GET /"));
        assert_eq!(one, (name("one"), name("one")));
        assert_eq!(two, (name("inner"), name("two")));
        assert_eq!(current(), None);
    }

    #[test]
    fn what_panics_leaves_nothing_behind() {
        let outer = named("outer").in_scope(|| {
            let panicked = catch_unwind(|| named("inner").in_scope(|| panic!("as it must")));
            panicked.unwrap_err();
            current()
        });
        assert_eq!(outer.as_deref(), Some("outer GET /"));
        assert_eq!(current(), None);
    }
}
