//! Pages of a list: which one is asked for, and the contract's frame around it.

use crate::api::complaint::FieldError;
use crate::api::request::Asked;
use crate::engine::Window;
use serde::Serialize;

/// Entries on a page of bonus history.
pub(super) const TRANSACTIONS_PER_PAGE: u64 = 20;
const PURCHASES_PER_PAGE_DEFAULT: u64 = 20;
const PURCHASES_PER_PAGE_MAX: u64 = 50;

/// A page of a list, numbered from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageAsked {
    number: u64,
    size: u64,
}

/// The contract's `Paginated`.
#[derive(Debug, Serialize)]
pub(super) struct PageShape<T> {
    data: Vec<T>,
    current_page: u64,
    last_page: u64,
    total: u64,
}

impl PageAsked {
    /// A page of bonus history.
    pub(super) fn of_transactions(asked: &Asked) -> Result<Self, FieldError> {
        Self::of(asked, TRANSACTIONS_PER_PAGE)
    }

    /// A page of purchases; the caller says how many are on it.
    pub(super) fn of_purchases(asked: &Asked) -> Result<Self, FieldError> {
        let size = asked.whole("per_page", 1, PURCHASES_PER_PAGE_MAX)?;
        Self::of(asked, size.unwrap_or(PURCHASES_PER_PAGE_DEFAULT))
    }

    fn of(asked: &Asked, size: u64) -> Result<Self, FieldError> {
        Ok(Self { number: asked.whole("page", 1, u64::from(u32::MAX))?.unwrap_or(1), size })
    }

    pub(super) fn window(self) -> Window {
        Window {
            skip: self.number.saturating_sub(1).saturating_mul(self.size),
            limit: usize::try_from(self.size).unwrap_or(usize::MAX),
        }
    }

    /// There is always a page, be it an empty one.
    pub(super) fn frame<T>(self, data: Vec<T>, total: u64) -> PageShape<T> {
        let last_page = total.div_ceil(self.size).max(1);
        PageShape { data, current_page: self.number, last_page, total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::request::tests::asked;
    use crate::values::Timestamp;

    fn purchases(query: &str) -> Result<PageAsked, FieldError> {
        let line = ("GET", "/purchases", &*format!("/purchases{query}"));
        PageAsked::of_purchases(&asked(Timestamp::default(), line, &[], ""))
    }

    #[test]
    fn pages_have_bounds() {
        let check = |query: &str, expected: Result<(u64, usize), &str>| {
            let found = purchases(query).map(PageAsked::window);
            let found = found.map(|window| (window.skip, window.limit));
            assert_eq!(
                found.map_err(|error| error.field),
                expected.map_err(str::to_owned),
                "{query}"
            );
        };
        check("", Ok((0, 20)));
        check("?page=1", Ok((0, 20)));
        check("?page=3&per_page=50", Ok((100, 50)));
        check("?page=4294967295&per_page=1", Ok((4_294_967_294, 1)));
        for wrong in ["?page=0", "?page=-1", "?page=x", "?page=4294967296", "?page="] {
            check(wrong, Err("page"));
        }
        for wrong in ["?per_page=0", "?per_page=51", "?per_page=1.5"] {
            check(wrong, Err("per_page"));
        }
    }

    #[test]
    fn a_page_says_how_many_there_are() {
        let check = |query: &str, total: u64, expected: &str| {
            let shape = purchases(query).unwrap().frame::<u8>(vec![], total);
            assert_eq!(serde_json::to_string(&shape).unwrap(), expected, "{query} {total}");
        };
        check("", 0, r#"{"data":[],"current_page":1,"last_page":1,"total":0}"#);
        check("?page=9", 40, r#"{"data":[],"current_page":9,"last_page":2,"total":40}"#);
        check("?per_page=50", 51, r#"{"data":[],"current_page":1,"last_page":2,"total":51}"#);
    }
}
