//! The OpenAPI document says what is served: no route is missing or made up, and whatever any test
//! of the HTTP side is answered is what the document promises.

use super::{code, served, served_by, with_tokens};
use crate::sample;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::LazyLock;

const TEXT: &str = include_str!("../../../src/api/openapi.json");

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(TEXT).expect("JSON"));

/// The path of the document that a request's path is one of.
fn template(path: &str) -> Option<&'static str> {
    let fits = |template: &&String| {
        let (mut a, mut b) = (template.split('/'), path.split('/'));
        a.by_ref().zip(b.by_ref()).all(|(a, b)| a == b || a.starts_with('{'))
            && template.split('/').count() == path.split('/').count()
    };
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    // A path without a parameter comes first.
    paths.keys().filter(fits).min_by_key(|t| t.matches('{').count()).map(String::as_str)
}

/// What is wrong with an answer.
fn wrong(method: &str, path: &str, status: u16, body: &Value) -> Vec<String> {
    let error = json!({ "$ref": "#/components/schemas/Error" });
    let schema = match template(path) {
        // No such path, no such method, too much: the shape of errors is that of all.
        None => error,
        Some(template) => {
            let operation = &DOCUMENT["paths"][template][method.to_lowercase()];
            let answer = &operation["responses"][status.to_string()];
            match &answer["content"]["application/json"]["schema"] {
                Value::Null if operation.is_null() => error,
                Value::Null => return vec![format!("{method} {template} answers no {status}")],
                schema => schema.clone(),
            }
        }
    };
    let mut whole = schema;
    whole["components"] = DOCUMENT["components"].clone();
    let validator = jsonschema::validator_for(&whole).expect("a schema");
    let told = |e: jsonschema::ValidationError<'_>| format!("{method} {path} {status}: {e}");
    validator.iter_errors(body).map(told).collect()
}

/// Passes an answer on if the document promises it; else says what is wrong with it.
pub(super) async fn hold_to_the_document(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
    let response = next.run(request).await;
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    // The words of the page are its own affair.
    let own = path.starts_with("/web/");
    if own || method == "HEAD" || !kind.is_some_and(|kind| kind.starts_with("application/json")) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("a body");
    let found = match serde_json::from_slice(&bytes) {
        Ok(body) => wrong(&method, &path, parts.status.as_u16(), &body),
        Err(e) => vec![format!("{method} {path}: {e}")],
    };
    if found.is_empty() {
        return Response::from_parts(parts, Body::from(bytes));
    }
    let found = found.join("\n");
    println!("not as documented: {found}");
    (StatusCode::NOT_IMPLEMENTED, format!("not as documented: {found}")).into_response()
}

/// `METHOD path` of every `.route(…)` in a source.
fn routes(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in source.split(".route(").skip(1) {
        let path = part.split('"').nth(1).expect("a path");
        let methods = part.split_once(path).expect("it is there").1;
        let methods = methods.split([';', '\n']).find(|line| line.contains('(')).unwrap_or("");
        for method in ["get", "post", "put", "delete", "patch"] {
            let called = |before: &str| methods.contains(&format!("{before}{method}("));
            if called(" ") || called(".") {
                found.insert(format!("{method} {path}"));
            }
        }
    }
    found
}

#[test]
fn every_route_is_in_the_document_and_no_other() {
    let own = routes(include_str!("../../../src/api.rs"));
    let further = routes(include_str!("../../../src/ingest/http.rs"));
    let served: BTreeSet<String> = own.union(&further).cloned().collect();
    assert!(served.contains("post /api/v1/observations") && served.len() > 15, "{served:?}");
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    let written = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("methods");
        methods.keys().map(move |method| format!("{method} {path}"))
    });
    assert_eq!(served, written.collect());
}

#[test]
fn every_reference_leads_somewhere() {
    for part in TEXT.split("\"#").skip(1) {
        let pointer = part.split('"').next().expect("an end");
        assert!(DOCUMENT.pointer(pointer).is_some(), "{pointer}");
    }
    // And every schema is used.
    for name in DOCUMENT["components"]["schemas"].as_object().expect("schemas").keys() {
        assert!(TEXT.contains(&format!("\"#/components/schemas/{name}\"")), "{name}");
    }
}

#[tokio::test]
async fn the_document_is_served_to_everybody() {
    let served = served_by(sample::view(1), with_tokens(), |_| {}).await;
    assert_eq!(served.json("/api/v1/openapi.json").await, *DOCUMENT);
    served.stop().await;
}

#[tokio::test]
async fn every_get_answers_as_it_says() {
    let mut served = served(sample::view(1)).await;
    let weeks = served.answer_weeks();
    for path in [
        "/-/ready",
        "/api/v1/session",
        "/api/v1/status",
        "/api/v1/units",
        "/api/v1/units/north",
        "/api/v1/units/north/series",
        "/api/v1/units/north/profile",
        "/api/v1/units/north/profile?queue=queue-0000",
        "/api/v1/units/north/history?hours=48",
        "/api/v1/incidents",
        "/api/v1/recalls",
        "/api/v1/preflight",
        "/api/v1/logbook",
        "/api/v1/staffing?calls=600&handle_seconds=240",
    ] {
        served.json(path).await;
    }
    for path in ["/api/v1/units/nowhere", "/api/v1/logbook?limit=0", "/nowhere"] {
        code(served.get(path).await).await;
    }
    weeks.abort();
    served.stop().await;
}

#[test]
fn an_answer_that_is_not_promised_is_noticed() {
    let ready = |body: Value| wrong("GET", "/-/ready", 200, &body);
    assert!(ready(json!({ "ready": true })).is_empty());
    assert_eq!(ready(json!({ "ready": true, "more": 1 })).len(), 1);
    assert_eq!(ready(json!({})).len(), 1);
    assert_eq!(wrong("GET", "/-/ready", 418, &json!({})).len(), 1);
}
