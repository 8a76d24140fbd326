//! The wire form, written: what a program that pushes observations would send.

use crate::engine::observation::{CallEvent, CallKind, ExitReason, Snapshot};
use crate::engine::time::Span;
use serde::Serialize;

/// A call event on the wire. The key of the call stands in for its id.
#[derive(Debug, Serialize)]
struct EventLine<'a> {
    form: &'static str,
    queue: &'a str,
    at: String,
    kind: &'static str,
    call_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<ExitReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    talk_seconds: Option<f64>,
}

/// A snapshot on the wire; what is not known is left out.
#[derive(Debug, Serialize)]
struct SnapshotLine<'a> {
    form: &'static str,
    queue: &'a str,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    longest_wait_seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_ivr: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    talking: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_call_work: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    available: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logged_in: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paused: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    full: Option<bool>,
}

/// A call event as one object.
pub fn event(queue: &str, event: &CallEvent) -> impl Serialize {
    let (reason, talk) = match event.kind {
        CallKind::Exited(reason) => (Some(reason), None),
        CallKind::Completed { talk } => (None, talk),
        CallKind::Offered | CallKind::Refused | CallKind::Answered | CallKind::Abandoned => {
            (None, None)
        }
    };
    EventLine {
        form: "event",
        queue,
        at: event.at.to_string(),
        kind: match event.kind {
            CallKind::Offered => "offered",
            CallKind::Refused => "refused",
            CallKind::Answered => "answered",
            CallKind::Abandoned => "abandoned",
            CallKind::Exited(_) => "exited",
            CallKind::Completed { .. } => "completed",
        },
        call_id: format!("{:016x}", event.call.0),
        reason,
        talk_seconds: talk.map(Span::as_secs_f64),
    }
}

/// A snapshot as one object. Running totals are not written: who has them has the events too.
pub fn snapshot(queue: &str, snapshot: &Snapshot) -> impl Serialize {
    SnapshotLine {
        form: "snapshot",
        queue,
        at: snapshot.at.to_string(),
        waiting: snapshot.waiting,
        longest_wait_seconds: snapshot.longest_wait.map(Span::as_secs_f64),
        in_ivr: snapshot.in_ivr,
        talking: snapshot.talking,
        after_call_work: snapshot.after_call_work,
        available: snapshot.available,
        logged_in: snapshot.logged_in,
        paused: snapshot.paused,
        full: snapshot.full,
    }
}
