//! The app's files, with headers that leave an intruder nothing to stand on.
//!
//! No inline script runs but those of the pages themselves, by the hash that is computed here at start; nothing loads
//! from, or speaks to, another origin; nobody frames us but the desk, which shows a questionnaire in a phone's frame.
//! Files whose name carries a hash never change and are kept for ever; `index.html`, the service worker and the
//! manifest are asked for again each time.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::any,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use tower::ServiceExt;
use tower_http::services::ServeDir;

/// Why the app can't be served.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error("no app at {folder} (index.html: {source}); build it first")]
    Missing { folder: PathBuf, source: io::Error },
}

const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");
/// Camera, microphone and place for the notebook itself; nothing for anybody else.
const PERMISSIONS: HeaderValue = HeaderValue::from_static(
    "camera=(self), microphone=(self), geolocation=(self), clipboard-write=(self), fullscreen=(self), \
     screen-wake-lock=(self), publickey-credentials-get=(self), accelerometer=(), autoplay=(), clipboard-read=(), \
     display-capture=(), encrypted-media=(), gyroscope=(), hid=(), magnetometer=(), midi=(), payment=(), \
     picture-in-picture=(), serial=(), usb=(), xr-spatial-tracking=()",
);

/// Of what is neither a page nor a script: whoever opens it on its own sees what it says, and it asks for nothing.
pub const INERT: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
/// Files that no browser takes for a page or a script.
const INERT_FILES: [&str; 3] = [".css", ".txt", ".wasm"];

#[derive(Clone)]
struct App {
    files: ServeDir,
    policy: HeaderValue,
}

/// Serves the built app of `folder` at every address that no other route takes.
pub fn routes(folder: &Path) -> Result<Router, AppError> {
    let index =
        fs::read_to_string(folder.join("index.html")).map_err(|source| AppError::Missing {
            folder: folder.to_owned(),
            source,
        })?;
    let partner = fs::read_to_string(folder.join("q.html")).unwrap_or_default();
    let policy = HeaderValue::try_from(content_policy(&(index + &partner)))
        .expect("a policy of base64 and fixed words is ASCII");
    let files = ServeDir::new(folder)
        .precompressed_br()
        .precompressed_gzip();
    Ok(Router::new().fallback_service(any(file).with_state(App { files, policy })))
}

/// Headers that every answer of this server carries, the app's and the mailbox's.
pub fn guard(headers: &mut HeaderMap) {
    let fixed: [(HeaderName, HeaderValue); 4] = [
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("same-origin"),
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        ),
    ];
    headers.extend(fixed);
}

async fn file(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let (method, headers) = (request.method().clone(), request.headers().clone());
    let mut response = serve(&app, request).await;
    // An address of the app itself, such as /carnet: the app is one page. A file that is missing is missing.
    let reads = matches!(method, Method::GET | Method::HEAD);
    if response.status() == StatusCode::NOT_FOUND && reads && !last_segment(&path).contains('.') {
        let mut index = Request::new(Body::empty());
        *index.method_mut() = method;
        *index.headers_mut() = headers;
        // A partner's link opens a page of its own.
        *index.uri_mut() = match path.trim_end_matches('/') {
            "/q" => Uri::from_static("/q.html"),
            _ => Uri::from_static("/index.html"),
        };
        response = serve(&app, index).await;
    }
    let kept = if response.status().is_success() && is_hashed(&path) {
        FOREVER
    } else {
        ASK_AGAIN
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, kept);
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if INERT_FILES.iter().any(|end| path.ends_with(end)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, INERT);
    } else {
        headers.insert(header::CONTENT_SECURITY_POLICY, app.policy);
        headers.insert(HeaderName::from_static("permissions-policy"), PERMISSIONS);
    }
    response
}

async fn serve(app: &App, request: Request) -> Response {
    match app.files.clone().oneshot(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

fn last_segment(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a part of the name is a hash: at least eight hex digits, one of them a number, as build tools write it.
fn is_hashed(path: &str) -> bool {
    path.split(['/', '-', '.', '_']).any(|part| {
        part.len() >= 8
            && part.bytes().all(|byte| byte.is_ascii_hexdigit())
            && part.bytes().any(|byte| byte.is_ascii_digit())
    })
}

fn content_policy(pages: &str) -> String {
    let allowed = |begin: &str, tag: &str| {
        let hashes = inline(pages, tag).into_iter().map(|text| {
            let hash = STANDARD.encode(Sha256::digest(text));
            format!(" 'sha256-{hash}'")
        });
        begin.to_owned() + &hashes.collect::<String>()
    };
    let scripts = allowed("'self' 'wasm-unsafe-eval'", "script");
    let styles = allowed("'self'", "style");
    format!(
        "default-src 'none'; script-src {scripts}; style-src {styles}; img-src 'self' blob: data:; \
         media-src 'self' blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-src 'self'; frame-ancestors 'self'"
    )
}

/// The text of every such element without `src`, exactly as a browser hashes it.
fn inline<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let (opens, closes) = (format!("<{name}"), format!("</{name}"));
    let lower = html.to_ascii_lowercase();
    let mut texts = Vec::new();
    let mut from = 0;
    while let Some(tag) = lower
        .get(from..)
        .and_then(|rest| rest.find(&opens))
        .map(|at| from + at)
    {
        let Some(begin) = lower
            .get(tag..)
            .and_then(|rest| rest.find('>'))
            .map(|at| tag + at + 1)
        else {
            break;
        };
        let Some(end) = lower
            .get(begin..)
            .and_then(|rest| rest.find(&closes))
            .map(|at| begin + at)
        else {
            break;
        };
        let attributes = lower.get(tag..begin).unwrap_or_default();
        if !attributes
            .split_ascii_whitespace()
            .any(|attribute| attribute.starts_with("src="))
        {
            texts.extend(html.get(begin..end));
        }
        from = end;
    }
    texts
}

/// What stands at `/` when the server serves no app.
pub async fn nothing() -> impl IntoResponse {
    (
        StatusCode::NOT_FOUND,
        "This is a Vigie mailbox. It serves no app here.\n",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_inline_scripts_are_hashed_and_as_they_stand() {
        let html = "<head><script type=\"module\">\nimport init from '/a.js';\n</script>\
                    <SCRIPT src=\"/b.js\"></SCRIPT><script nonce=x>é()</script></head>";
        assert_eq!(
            inline(html, "script"),
            ["\nimport init from '/a.js';\n", "é()"]
        );
        for broken in [
            "<script>",
            "<script",
            "<script>x",
            "",
            "<script src=x></script",
        ] {
            assert!(inline(broken, "script").is_empty(), "{broken}");
        }
    }

    #[test]
    fn the_policy_names_the_hash_that_browsers_compute() {
        // echo -n "alert('Hello, world.');" | openssl sha256 -binary | openssl base64, as in the CSP level 2 text.
        let policy = content_policy("<script>alert('Hello, world.');</script>");
        assert!(
            policy.contains("'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"),
            "{policy}"
        );
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("http"),
            "{policy}"
        );
    }

    #[test]
    fn names_with_a_hash_are_known_from_words() {
        for hashed in [
            "/vigie-1a2b3c4d5e6f7890_bg.wasm",
            "/snippets/leptos-0a1b2c3d4e5f6a7b/inline0.js",
        ] {
            assert!(is_hashed(hashed), "{hashed}");
        }
        for plain in [
            "/index.html",
            "/sw.js",
            "/words/fr.txt",
            "/accede-facade.js",
            "/manifest.webmanifest",
            "/",
        ] {
            assert!(!is_hashed(plain), "{plain}");
        }
    }
}
