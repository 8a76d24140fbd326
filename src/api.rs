//! The HTTP side: status, history, commands and metrics for people and programs.
//!
//! A handler extracts, calls and maps; every decision is the engine's, every stored fact the
//! journal's. A GET never changes anything. Commands carry an idempotency key and an actor and
//! are answered only after their commit. Every failure has one shape:
//! `{"error": {"code", "message", "hint"}}`.
//!
//! Two things are deliberately not here: ingestion (its router is joined by
//! [`router_with`] and guarded by [`auth::protect`]) and TLS (put a proxy in front, or wrap the
//! listener).

pub mod auth;
mod commands;
pub mod error;
mod events;
mod health;
mod incidents;
mod intervals;
mod logbook;
mod openapi;
mod past;
pub mod preflight;
mod preview;
mod profile;
pub mod recalls;
mod scrape;
mod series;
mod server;
mod session;
mod shell;
mod staffing;
pub mod status;

pub use server::serve;

use crate::clock::Clock;
use crate::driver::Handle;
use crate::engine::observation::UnitId;
use crate::engine::view::Agents;
use crate::journal::{Channel, History, Stamp};
use crate::metrics::Service;
use auth::{Access, Scope, protect};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use error::ApiError;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Largest body of a command or a session: a reason and a few words.
const BODY_BYTES_MAX: usize = 64 * 1_024;

/// Agents of each unit, each counted once, where anybody can tell one from another.
pub type People = Arc<dyn Fn() -> BTreeMap<UnitId, Agents> + Send + Sync>;

/// Why the monitor is not ready; empty when it is.
pub type Readiness = Arc<dyn Fn() -> Vec<String> + Send + Sync>;

/// Reads the configuration anew and counts how that ended; on an error the old one stays in
/// force. May block.
pub type Reload = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// What the handlers need. Cloning shares it.
#[derive(Clone)]
pub struct ApiState {
    /// The driver.
    pub handle: Handle,
    /// The journal's reading side.
    pub history: Arc<dyn History>,
    /// The clock of the page; a replay may have another one than the wall's.
    pub clock: Arc<dyn Clock>,
    /// Counters, and what `/metrics` shows beside the view.
    pub service: Arc<Service>,
    /// Address of the Grafana that shows the boards, where there is one.
    pub grafana: Option<Arc<str>>,
    /// See [`People`].
    pub people: People,
    /// Who may do what.
    pub access: Arc<Access>,
    /// What the journal was created for; the page shows it unless it is `live`.
    pub stamp: Stamp,
    /// Recalls, and what the roster says of them.
    pub recall: recalls::Desk,
    /// Whether a recall would work.
    pub preflight: preflight::Preflights,
    /// Channels that are told of what happens.
    pub channels: Arc<[Channel]>,
    /// Whether commands are refused because the journal is only looked at.
    pub read_only: bool,
    /// See [`Readiness`].
    pub readiness: Readiness,
    /// See [`Reload`].
    pub reload: Reload,
}

impl std::fmt::Debug for ApiState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiState").field("stamp", &self.stamp).finish_non_exhaustive()
    }
}

/// Everything this module serves.
pub fn router(state: ApiState) -> Router {
    router_with(state, Router::new())
}

/// The same with further routes (ingestion), which get the common headers, limits and counters
/// but bring their own guard.
pub fn router_with(state: ApiState, further: Router) -> Router {
    let open = Router::new()
        .route("/-/healthy", get(health::healthy))
        .route("/-/ready", get(health::ready))
        .route("/api/v1/openapi.json", get(openapi::document))
        .route("/api/v1/session", post(session::open).delete(session::close));
    let seats = intervals::Seats::default();
    let intervals = move |state, ask| intervals::table(state, ask, seats.clone());
    let read = Router::new()
        .route("/api/v1/session", get(session::who))
        .route("/metrics", get(scrape::metrics))
        .route("/api/v1/status", get(status::all))
        .route("/api/v1/units", get(status::units))
        .route("/api/v1/units/{unit}", get(status::unit))
        .route("/api/v1/units/{unit}/series", get(series::of_unit))
        .route("/api/v1/units/{unit}/profile", get(profile::of_unit))
        .route("/api/v1/units/{unit}/history", get(past::of_unit))
        .route("/api/v1/incidents", get(incidents::list))
        .route("/api/v1/intervals", get(intervals))
        .route("/api/v1/logbook", get(logbook::page))
        .route("/api/v1/staffing", get(staffing::answer))
        .route("/api/v1/recalls", get(recalls::list))
        .route("/api/v1/preflight", get(preflight::latest))
        .route("/api/v1/events", get(events::stream));
    let operate = Router::new()
        .route("/-/reload", post(health::reload))
        .route("/api/v1/units/{unit}/commands", post(commands::order))
        .route("/api/v1/units/{unit}/preview", post(preview::order))
        .route("/api/v1/recalls/{id}", get(recalls::one))
        .route("/api/v1/recalls/{id}/replies", post(recalls::reply))
        .route("/api/v1/recalls/{id}/arrivals", post(recalls::arrive))
        .route("/api/v1/recalls/{id}/commands", post(recalls::order))
        .route("/api/v1/units/{unit}/recall/preview", post(recalls::preview))
        .route("/api/v1/units/{unit}/drill", post(recalls::drill))
        .route("/api/v1/preflight", post(preflight::run));
    let access = &state.access;
    let own = open
        .with_state(state.clone())
        .merge(protect(read.with_state(state.clone()), Scope::Read, access.clone()))
        .merge(protect(operate.with_state(state.clone()), Scope::Operate, access.clone()))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
    let all = own
        .merge(crate::web::router())
        .merge(further)
        .fallback(async || ApiError::not_found("no such path", "see /api/v1/status"))
        .method_not_allowed_fallback(async || ApiError::method());
    shell::wrap(all, &state)
}
