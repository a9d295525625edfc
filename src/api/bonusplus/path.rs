//! Which paths are the dialect's, and which row serves one: `//` and a slash at the end are tolerated.

use super::ROWS;
use axum::extract::Request;
use axum::http::{Method, Uri};

/// Where the dialect begins, and where within it another one does.
const BASE: &str = "/api";
const ANOTHER: &str = "/api/v1";

/// Whether a path is of this dialect.
pub(in crate::api) fn is_of_dialect(path: &str) -> bool {
    let path = without_needless_slashes(path);
    is_within(&path, BASE) && !is_within(&path, ANOTHER)
}

fn is_within(path: &str, base: &str) -> bool {
    path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The request with a path without needless slashes.
pub(super) fn normalized(mut request: Request) -> Request {
    let path = without_needless_slashes(request.uri().path());
    if path != request.uri().path() {
        let whole = match request.uri().query() {
            Some(query) => format!("{path}?{query}"),
            None => path,
        };
        // A path that was one stays one.
        *request.uri_mut() = whole.parse::<Uri>().unwrap_or_default();
    }
    request
}

/// The place of the row that serves a method at a path.
pub(super) fn row_of(method: &Method, path: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.verb.name() == method.as_str() && fits(row.path, path))
}

fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut parts) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), parts.next()) {
            (None, None) => return true,
            (Some(wanted), Some(part)) if wanted == part || wanted.starts_with('{') => {}
            (Some(_) | None, Some(_) | None) => return false,
        }
    }
}

fn without_needless_slashes(path: &str) -> String {
    let parts = path.split('/').filter(|part| !part.is_empty());
    parts.fold(String::with_capacity(path.len()), |whole, part| whole + "/" + part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[test]
    fn the_dialect_has_its_paths() {
        for path in
            ["/api", "/api/", "/api/account", "//api//account/", "/api/v10", "/api//customer"]
        {
            assert!(is_of_dialect(path), "{path}");
        }
        for path in
            ["/", "/apis", "/api/v1", "/api/v1/partner/sale", "//api//v1/partner/sale", "/x/api"]
        {
            assert!(!is_of_dialect(path), "{path}");
        }
    }

    #[test]
    fn needless_slashes_are_taken_out_of_the_path_alone() {
        let check = |uri: &str, expected: &str| {
            let request = Request::builder().uri(uri).body(Body::empty()).unwrap();
            assert_eq!(normalized(request).uri().to_string(), expected);
        };
        check("/api/account", "/api/account");
        check("//api///account/?a=//b/", "/api/account?a=//b/");
        check("/api/customer/%2B7999/", "/api/customer/%2B7999");
    }

    #[test]
    fn a_row_fits_method_and_path() {
        let found = |method: Method, path: &str| row_of(&method, path).map(|row| ROWS[row].path);
        assert_eq!(found(Method::GET, "/api/account"), Some("/api/account"));
        assert_eq!(found(Method::POST, "/api/account"), None);
        assert_eq!(found(Method::GET, "/api/account/x"), None);
        assert!(fits("/api/customer/{phone}/balance", "/api/customer/7999/balance"));
        assert!(!fits("/api/customer/{phone}/balance", "/api/customer/balance"));
    }
}
