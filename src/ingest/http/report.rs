//! What a poster is told.

use crate::ingest::counters::Reason;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Lines that a report names; the rest is counted.
pub const ERRORS_MAX: usize = 100;

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Observations that were committed.
    pub accepted: usize,
    /// Observations that were refused.
    pub rejected: usize,
    /// The first of them, at most [`ERRORS_MAX`].
    pub errors: Vec<LineReport>,
    /// How many are not named.
    pub errors_omitted: usize,
}

/// Why one observation was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LineReport {
    /// Line of the body, or number of the item in an array; from 1.
    pub line: usize,
    /// The reason as a word of a closed set.
    pub reason: &'static str,
    /// What is wrong and how to mend it.
    pub message: String,
}

impl Report {
    pub(super) fn add(&mut self, error: LineReport) {
        self.rejected += 1;
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(error);
        } else {
            self.errors_omitted += 1;
        }
    }
}

/// A report with its status.
#[derive(Debug)]
pub(super) struct Outcome(pub(super) Report);

impl IntoResponse for Outcome {
    fn into_response(self) -> Response {
        let status = match (self.0.accepted, self.0.rejected) {
            (_, 0) => StatusCode::OK,
            (0, _) => StatusCode::UNPROCESSABLE_ENTITY,
            (_, _) => StatusCode::MULTI_STATUS,
        };
        (status, Json(self.0)).into_response()
    }
}

/// A request of which nothing was taken.
#[derive(Debug)]
pub(super) struct ErrorBody {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
    hint: &'static str,
    retry_after: Option<&'static str>,
}

impl ErrorBody {
    /// A failure in the shape of all failures: a word for programs, a sentence, and the mend.
    pub(super) fn new(
        status: StatusCode,
        code: &'static str,
        message: &'static str,
        hint: &'static str,
    ) -> Self {
        Self { status, code, message, hint, retry_after: None }
    }

    /// The reason that the body is counted under.
    pub(super) fn reason(&self) -> Reason {
        match self.status {
            StatusCode::PAYLOAD_TOO_LARGE => Reason::TooLarge,
            StatusCode::SERVICE_UNAVAILABLE => Reason::Overload,
            _ => Reason::Malformed,
        }
    }

    pub(super) fn retry_after(self, seconds: &'static str) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }
}

impl IntoResponse for ErrorBody {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: Inner,
        }
        #[derive(Serialize)]
        struct Inner {
            code: &'static str,
            message: &'static str,
            hint: &'static str,
        }
        let Self { status, code, message, hint, .. } = self;
        let mut response =
            (status, Json(Body { error: Inner { code, message, hint } })).into_response();
        if let Some(seconds) = self.retry_after {
            let value = HeaderValue::from_static(seconds);
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }
}
