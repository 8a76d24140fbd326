//! `/api/v1/openapi.json`: the whole API for programs that read such documents.
//!
//! The document is written by hand: derived from the types it would put wire descriptions into
//! the engine, and say nothing of statuses, scopes and headers. Tests hold it to the routes and to
//! what is really answered (`tests/it/api/openapi.rs`); its schemas allow no field that they do
//! not name, so a field that is added or dropped fails there. It is in English only.

use axum::http::header;
use axum::response::IntoResponse;

/// OpenAPI 3.1.
const DOCUMENT: &str = include_str!("openapi.json");

/// `GET /api/v1/openapi.json`.
pub(super) async fn document() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT)
}
