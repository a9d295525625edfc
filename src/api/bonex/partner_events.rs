//! `GET /partner/events`: what happened in the tenant, by its own gap-free numbers; a call may wait for
//! the next operation, holding no place meanwhile.

use super::Call;
use crate::api::complaint::FieldError;
use crate::api::error::ApiError;
use crate::api::request::Asked;
use crate::api::respond::success;
use crate::courier::FeedEntry;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;
use std::time::Duration;

/// Entries in one answer.
const LIMIT_MAX: u64 = 500;
const LIMIT_DEFAULT: u64 = 100;
/// How long a call may wait.
const WAIT_SECONDS_MAX: u64 = 30;

/// What part of the feed is wanted.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    after: u64,
    limit: u64,
    wait: Duration,
}

#[derive(Serialize)]
struct EventsShape<'a> {
    events: Vec<FeedEntry<'a>>,
    /// The number of the last entry there is.
    last: u64,
    more: bool,
}

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let Wanted { after, limit, wait } = read(&call.asked)?;
    let mut page = call.house.feed(call.tenant.id, after, limit).await?;
    if page.operations.is_empty() && !wait.is_zero() {
        let grows = call.house.feed_grows(call.tenant.id, after);
        // However the wait ends, what there is then is the answer.
        let _ = tokio::time::timeout(wait, grows).await;
        page = call.house.feed(call.tenant.id, after, limit).await?;
    }
    let events = page.operations.iter().map(FeedEntry::of).collect();
    let shape = EventsShape { events, last: page.last, more: page.has_more() };
    Ok(success(StatusCode::OK, &shape))
}

fn read(asked: &Asked) -> Result<Wanted, FieldError> {
    let whole = |name, least, most| asked.whole(name, least, most);
    Ok(Wanted {
        after: whole("after", 0, u64::MAX)?.unwrap_or(0),
        limit: whole("limit", 1, LIMIT_MAX)?.unwrap_or(LIMIT_DEFAULT),
        wait: Duration::from_secs(whole("wait_seconds", 0, WAIT_SECONDS_MAX)?.unwrap_or(0)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::request::tests::asked;
    use crate::values::Timestamp;

    #[test]
    fn a_page_is_asked_for_in_whole_numbers() {
        let path = "/api/v1/partner/events";
        let get = |query: &str| {
            let line = ("GET", path, &*format!("{path}{query}"));
            let wanted = read(&asked(Timestamp::default(), line, &[], ""));
            wanted.map_err(|error| (error.field.clone(), error.complaint.code()))
        };
        let wanted =
            |after, limit, seconds| Wanted { after, limit, wait: Duration::from_secs(seconds) };
        assert_eq!(get(""), Ok(wanted(0, 100, 0)));
        assert_eq!(get("?after=12&limit=500&wait_seconds=30"), Ok(wanted(12, 500, 30)));
        assert_eq!(get("?after=18446744073709551615"), Ok(wanted(u64::MAX, 100, 0)));
        for (query, field) in [
            ("?after=-1", "after"),
            ("?after=%2B1", "after"),
            ("?after=x", "after"),
            ("?after=18446744073709551616", "after"),
            ("?limit=0", "limit"),
            ("?limit=501", "limit"),
            ("?limit=", "limit"),
            ("?wait_seconds=31", "wait_seconds"),
        ] {
            assert_eq!(get(query), Err((field.to_owned(), "not_whole_number")), "{query}");
        }
    }
}
