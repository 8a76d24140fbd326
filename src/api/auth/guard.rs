//! The guard in front of a router.

use super::{Access, Denied, Scope, Token};
use crate::api::error::ApiError;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Who sends an admitted request. Handlers take it as an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity(Arc<str>);

impl Identity {
    pub(super) fn of(token: &Token) -> Self {
        Self(token.name().into())
    }

    /// Whoever sits at this machine, where no token is configured.
    pub(super) fn local() -> Self {
        Self("local".into())
    }

    /// The name of the token.
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// Puts the guard for a scope in front of every route of a router.
pub fn protect(router: Router, scope: Scope, access: Arc<Access>) -> Router {
    router.layer(from_fn_with_state((access, scope), guard))
}

async fn guard(
    State((access, scope)): State<(Arc<Access>, Scope)>,
    mut request: Request,
    next: Next,
) -> Response {
    match access.rules().admit(request.method(), request.headers(), scope) {
        Ok(identity) => {
            request.extensions_mut().insert(identity);
            next.run(request).await
        }
        Err(denied) => refusal(denied).into_response(),
    }
}

/// What the client reads of a refusal.
pub(in crate::api) fn refusal(denied: Denied) -> ApiError {
    let forbidden =
        |code, message: &str, hint: &str| ApiError::new(StatusCode::FORBIDDEN, code, message, hint);
    match denied {
        Denied::NoTokens => forbidden(
            "no_tokens",
            "operating needs a token, and none is configured",
            "add a [[token]] with scope \"operate\" to the configuration",
        ),
        Denied::Missing => ApiError::new(
            StatusCode::UNAUTHORIZED,
            "token_missing",
            "this path needs a token",
            "send the header Authorization: Bearer name.secret",
        ),
        Denied::Unknown => ApiError::new(
            StatusCode::UNAUTHORIZED,
            "token_unknown",
            "the token is not known",
            "check name and secret; the configuration holds the secret's SHA-256",
        ),
        Denied::Scope(need) => ApiError::new(
            StatusCode::FORBIDDEN,
            "scope",
            "the token does not cover this",
            format!("use a token with scope {:?}", need.word()),
        ),
        Denied::Host => forbidden(
            "host",
            "the Host header does not name this machine",
            "use localhost or 127.0.0.1, list the name under hosts, or configure tokens",
        ),
        Denied::CrossSite => forbidden(
            "cross_site",
            "a page of another origin sent this",
            "send it from the monitor's own page or with a bearer token",
        ),
    }
}
