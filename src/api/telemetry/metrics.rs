//! Requests counted and timed by operation and class of status, refusals counted by code.

use axum::http::StatusCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Through which door, and in which language, a request comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::api) enum Dialect {
    Bonex,
    BonusPlus,
    Operator,
    /// Contracts and receipts, for people.
    Page,
    /// Nothing is there.
    Unknown,
}

/// Why a request was refused; rides on the answer to be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) struct RefusalCode(pub(in crate::api) &'static str);

/// What requests ask for, as it is counted.
#[derive(Debug)]
pub(in crate::api) struct Operation {
    dialect: Dialect,
    name: Arc<str>,
    /// Found once for each class of status.
    seconds: [OnceLock<Histogram>; CLASSES.len()],
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    dialect: &'static str,
    operation: String,
    status_class: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RefusalLabels {
    dialect: &'static str,
    code: &'static str,
}

/// The classes of statuses that we answer with; whatever else there is counts as the last.
const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// What the doors count.
#[derive(Debug)]
pub(super) struct RequestMetrics {
    seconds: Family<RequestLabels, Histogram, fn() -> Histogram>,
    refusals: Family<RefusalLabels, Counter>,
}

impl Dialect {
    const fn name(self) -> &'static str {
        match self {
            Self::Bonex => "bonex",
            Self::BonusPlus => "bonusplus",
            Self::Operator => "operator",
            Self::Page => "page",
            Self::Unknown => "unknown",
        }
    }
}

impl Operation {
    pub(super) fn new(dialect: Dialect, name: String) -> Self {
        Self { dialect, name: name.into(), seconds: Default::default() }
    }

    pub(super) fn name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    /// Whether its requests are named in the audit trail.
    pub(super) fn is_audited(&self) -> bool {
        self.dialect == Dialect::Operator
    }
}

impl RequestMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let metrics = Self {
            seconds: Family::new_with_constructor(request_seconds),
            refusals: Family::default(),
        };
        registry.register(
            "request_seconds",
            "How long requests took, by operation and class of status; its count is their number",
            metrics.seconds.clone(),
        );
        registry.register(
            "refusals",
            "Requests that were not done, by the code of the answer",
            metrics.refusals.clone(),
        );
        metrics
    }

    pub(super) fn count(
        &self,
        operation: &Operation,
        status: StatusCode,
        refused: Option<RefusalCode>,
        took: Duration,
    ) {
        let dialect = operation.dialect.name();
        let class = class_of(status);
        let seconds = operation.seconds[class].get_or_init(|| {
            self.seconds.get_or_create_owned(&RequestLabels {
                dialect,
                operation: operation.name.to_string(),
                status_class: CLASSES[class],
            })
        });
        seconds.observe(took.as_secs_f64());
        if let Some(RefusalCode(code)) = refused {
            self.refusals.get_or_create(&RefusalLabels { dialect, code }).inc();
        }
    }
}

fn class_of(status: StatusCode) -> usize {
    match status.as_u16() {
        200..300 => 0,
        300..400 => 1,
        400..500 => 2,
        _ => 3,
    }
}

/// From what memory answers to what no till waits for.
fn request_seconds() -> Histogram {
    Histogram::new([
        0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
    ])
}
