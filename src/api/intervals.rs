//! `/api/v1/intervals`: calls interval by interval, as a table for spreadsheets and programs.
//!
//! The same table as that of `callsurge export intervals`, over the span that is asked for, whole
//! and in order of time. It is sent as it is read, a page of the journal at a time, so that a long
//! span needs no memory; only a few are sent at once, and a reader that stops reading is dropped,
//! because each holds a thread meanwhile.

use super::ApiState;
use super::error::ApiError;
use crate::config::timezone;
use crate::engine::time::{Span, Timestamp};
use crate::engine::view::{QueueView, View};
use crate::export::ExportError;
use crate::export::intervals::{Ask as Wanted, Line, Units, write};
use crate::export::step::Step;
use crate::export::table::{Format, Table};
use crate::journal::History;
use crate::record::instant_of;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono_tz::Tz;
use futures_util::stream::unfold;
use serde::Deserialize;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Sender, channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Tables that are sent at once.
const AT_ONCE: usize = 2;
/// Longest span of one answer, a leap year and some.
const SPAN_MAX: Span = Span::hours(24 * 400);
const SPAN_DEFAULT: Span = Span::hours(24);
/// What is sent in one piece.
const CHUNK_BYTES: usize = 64 * 1_024;
/// Pieces that wait for a slow reader.
const CHUNKS_MAX: usize = 4;
/// How long a reader may read nothing.
const PATIENCE: Duration = Duration::from_secs(30);
const HINT: &str = "parameters: queue, since and until (RFC 3339, at most 400 days apart), \
     step (row|15m|30m|60m|day), timezone, format (csv|ndjson), bom (true|false, of csv)";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    queue: Option<String>,
    since: Option<String>,
    until: Option<String>,
    #[serde(default)]
    step: Step,
    timezone: Option<String>,
    #[serde(default)]
    format: Format,
    #[serde(default)]
    bom: bool,
}

/// Who may send a table now.
#[derive(Clone, Debug)]
pub(super) struct Seats(Arc<Semaphore>);

impl Default for Seats {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// The table.
pub(super) async fn table(
    State(state): State<ApiState>,
    ask: Result<Query<Ask>, QueryRejection>,
    Seats(seats): Seats,
) -> Result<Response, ApiError> {
    let Query(ask) = ask.map_err(|e| ApiError::bad(e.body_text(), HINT))?;
    let (format, bom) = (ask.format, ask.bom);
    if bom && format != Format::Csv {
        return Err(ApiError::bad("bom is of a CSV only", HINT));
    }
    let view = state.handle.view();
    let wanted = wanted(ask, &view, state.clock.now())?;
    let units = units(&view);
    let Ok(seat) = seats.try_acquire_owned() else {
        let busy = "as many tables as may be are being sent";
        let hint = "try again in a while, or ask for a longer step";
        return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "busy", busy, hint));
    };
    let (to, from) = channel(CHUNKS_MAX);
    let history = state.history.clone();
    let sink = Chunks { to, runtime: Handle::current(), held: Vec::new() };
    tokio::task::spawn_blocking(move || send(&*history, &wanted, &units, format, bom, sink, seat));
    let kind = match format {
        Format::Csv => "text/csv; charset=utf-8",
        Format::Ndjson => "application/x-ndjson",
    };
    let body = unfold(from, async |mut from| Some((from.recv().await?, from)));
    Ok(([(header::CONTENT_TYPE, kind)], Body::from_stream(body)).into_response())
}

fn wanted(ask: Ask, view: &View, now: Timestamp) -> Result<Wanted, ApiError> {
    let instant = |text: Option<String>| -> Result<Option<Timestamp>, ApiError> {
        text.map(|t| instant_of(&t).map_err(|why| ApiError::bad(why, HINT))).transpose()
    };
    let until = instant(ask.until)?.unwrap_or(now);
    let since = instant(ask.since)?.unwrap_or(until - SPAN_DEFAULT);
    if since >= until || until - since > SPAN_MAX {
        return Err(ApiError::bad(format!("from {since} to {until}"), HINT));
    }
    let zone = match ask.timezone.as_deref().map(timezone::parse) {
        None => common_zone(view),
        Some(Ok(zone)) => zone,
        Some(Err(why)) => return Err(ApiError::bad(why, HINT)),
    };
    if let Some(name) = &ask.queue
        && !view.queues.iter().any(|queue| *queue.name == **name)
    {
        return Err(ApiError::not_found(
            format!("no queue {name:?}"),
            "/api/v1/status lists the queues",
        ));
    }
    Ok(Wanted { queue: ask.queue, since, until, step: ask.step, zone })
}

/// The zone of the units, where all have the same.
fn common_zone(view: &View) -> Tz {
    let mut zones = view.units.iter().map(|unit| unit.timezone);
    zones.next().filter(|first| zones.all(|zone| zone == *first)).unwrap_or(Tz::UTC)
}

fn units(view: &View) -> Units {
    let unit = |queue: &QueueView| {
        let unit = view.units.iter().find(|unit| unit.unit == queue.unit)?;
        Some((queue.name.to_string(), unit.name.to_string()))
    };
    view.queues.iter().filter_map(unit).collect()
}

fn send(
    history: &dyn History,
    wanted: &Wanted,
    units: &Units,
    format: Format,
    bom: bool,
    mut sink: Chunks,
    seat: OwnedSemaphorePermit,
) {
    let mut whole = || -> Result<(), ExportError> {
        let mut table = Table::new::<Line>(&mut sink, format, bom)?;
        write(history, wanted, units, &mut table, |_| ())?;
        table.finish()?;
        Ok(())
    };
    if let Err(failed) = whole() {
        tracing::warn!(reason = %failed, "a table of intervals was not sent to its end");
        // A cut connection tells the reader that the table is not whole.
        sink.break_off();
    }
    drop(seat);
}

/// Sends what is written in pieces.
struct Chunks {
    to: Sender<io::Result<Bytes>>,
    runtime: Handle,
    held: Vec<u8>,
}

impl Chunks {
    fn pass(&self, piece: io::Result<Bytes>) -> io::Result<()> {
        match self.runtime.block_on(timeout(PATIENCE, self.to.send(piece))) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    fn break_off(&self) {
        // The reader may be gone already.
        let _ = self.pass(Err(io::ErrorKind::Other.into()));
    }
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= CHUNK_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        let piece = std::mem::take(&mut self.held);
        self.pass(Ok(piece.into()))
    }
}
