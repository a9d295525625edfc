//! The contracts of both dialects as files and as a page to read them on; everything the page needs is in the binary.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use axum::routing::get;
use swagger_ui_redist::{SwaggerUi, SwaggerUiStaticFile, Url};

const CONTRACT_PATH: &str = "/openapi.yaml";
const PAGE_PATH: &str = "/docs";
const CONTRACT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.yaml"));
const BONUSPLUS_PATH: &str = "/openapi-bonusplus.yaml";
const BONUSPLUS: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi-bonusplus.yaml"));
/// Another release has other files: a browser asks again after an hour.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// Adds the contracts, the page and the files of the page.
pub(in crate::api) fn with_documents<S: Clone + Send + Sync + 'static>(
    router: Router<S>,
) -> Router<S> {
    let contract = get(|| async { file("application/yaml", CONTRACT.as_bytes()) });
    let bonusplus = get(|| async { file("application/yaml", BONUSPLUS.as_bytes()) });
    let page = page();
    let page = get(move || async move { file("text/html; charset=utf-8", page) });
    let router = router.route(CONTRACT_PATH, contract).route(BONUSPLUS_PATH, bonusplus);
    let mut router = router.route(PAGE_PATH, page);
    for (asset, bytes) in SwaggerUi::static_files() {
        let kind = kind_of(*asset);
        router = router.route(&path_of(*asset), get(move || async move { file(kind, *bytes) }));
    }
    router
}

fn page() -> String {
    let mut page = SwaggerUi::new();
    page.title("Kopilka API");
    for (asset, _) in SwaggerUi::static_files() {
        page.override_file_path(*asset, path_of(*asset));
    }
    let config = page.config();
    let urls = [Url::new("Bonex", CONTRACT_PATH), Url::new("BonusPlus", BONUSPLUS_PATH)];
    config.urls(urls).deep_linking(true).doc_expansion("none");
    // Nothing is asked of any other server, the usual validator included.
    config.validator_url("none").default_models_expand_depth(0);
    page.serve().expect("our configuration is JSON")
}

fn path_of(asset: SwaggerUiStaticFile) -> String {
    format!("{PAGE_PATH}/{}", asset.file_name())
}

fn kind_of(asset: SwaggerUiStaticFile) -> &'static str {
    match asset.file_name().rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("png") => "image/png",
        Some(_) | None => "application/octet-stream",
    }
}

fn file(kind: &'static str, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, CACHE_CONTROL);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{Request, StatusCode};
    use http_body_util::BodyExt;
    use tower::ServiceExt as _;

    async fn fetch(path: &str) -> (StatusCode, String, Vec<u8>) {
        let router = with_documents::<()>(Router::new());
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        let status = response.status();
        let kind = response.headers().get(header::CONTENT_TYPE);
        let kind = kind.map(|kind| kind.to_str().unwrap().to_owned()).unwrap_or_default();
        (status, kind, response.into_body().collect().await.unwrap().to_bytes().to_vec())
    }

    #[tokio::test]
    async fn the_page_asks_for_nothing_that_is_not_here() {
        let (status, kind, page) = fetch(PAGE_PATH).await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, "text/html; charset=utf-8"));
        let page = String::from_utf8(page).unwrap();
        assert!(!page.contains("://"), "{page}");
        let named = |attribute: &str| {
            let parts = page.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap());
            parts.map(str::to_owned).collect::<Vec<_>>()
        };
        let files: Vec<String> = named("src=\"").into_iter().chain(named("href=\"")).collect();
        assert!(files.len() >= 5, "{files:?}");
        for file in files {
            let (status, kind, bytes) = fetch(&file).await;
            assert_eq!(status, StatusCode::OK, "{file}");
            assert_ne!(kind, "application/octet-stream", "{file}");
            assert!(!bytes.is_empty(), "{file}");
        }
        assert!(page.contains(CONTRACT_PATH));
        let (status, kind, contract) = fetch(CONTRACT_PATH).await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/yaml"));
        assert_eq!(contract, CONTRACT.as_bytes());
        assert!(page.contains(BONUSPLUS_PATH));
        let (status, _, contract) = fetch(BONUSPLUS_PATH).await;
        assert_eq!((status, contract.as_slice()), (StatusCode::OK, BONUSPLUS.as_bytes()));
    }
}
