//! `/api/v1/session`: a page exchanges its token for a cookie, because an event stream of a
//! browser cannot send headers. The cookie is for this site alone and no script can read it.

use super::ApiState;
use super::auth::{COOKIE_NAME, Scope, cookie_value};
use super::error::ApiError;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Open {
    token: String,
}

/// Who somebody is to the monitor.
#[derive(Serialize)]
pub(super) struct Who {
    actor: Option<String>,
    scopes: Vec<Scope>,
}

/// Sets the cookie for a known token.
pub(super) async fn open(State(state): State<ApiState>, body: Bytes) -> Result<Response, ApiError> {
    let Open { token } = serde_json::from_slice(&body).map_err(|e| {
        ApiError::bad(format!("the body does not parse: {e}"), "{\"token\": \"…\"}")
    })?;
    let rules = state.access.rules();
    let token = token.trim();
    if rules.identify(token).is_none() {
        let hint = "check name and secret; the configuration holds the secret's SHA-256";
        let message = "the token is not known";
        return Err(ApiError::new(StatusCode::UNAUTHORIZED, "token_unknown", message, hint));
    }
    let cookie =
        format!("{COOKIE_NAME}={}; Path=/; HttpOnly; SameSite=Strict", cookie_value(token));
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Whose token a request carries, and what it covers.
pub(super) async fn who(State(state): State<ApiState>, headers: HeaderMap) -> Json<Who> {
    let rules = state.access.rules();
    let may = |scope| rules.admit(&Method::GET, &headers, scope).ok().map(|who| (scope, who));
    // The actor of orders first: reading may be open to everybody.
    let admitted: Vec<_> = [Scope::Operate, Scope::Read].into_iter().filter_map(may).collect();
    Json(Who {
        actor: admitted.first().map(|(_, who)| who.name().to_owned()),
        scopes: admitted.iter().map(|(scope, _)| *scope).collect(),
    })
}

/// Takes the cookie away.
pub(super) async fn close() -> Response {
    let cookie = format!("{COOKIE_NAME}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}
