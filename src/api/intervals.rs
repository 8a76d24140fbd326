//! `/api/v1/intervals`: calls interval by interval, as a table for spreadsheets and programs.
//!
//! The same table as that of `callsurge export intervals`, over the span that is asked for, whole
//! and in order of time. It is sent as it is read, a page of the journal at a time, so that a long
//! span needs no memory; only a few are sent at once, because each holds a thread meanwhile, and a
//! reader that stops reading gets no more: its connection ends without the end of a table.

use super::ApiState;
use super::error::ApiError;
use crate::config::timezone;
use crate::engine::time::{Span, Timestamp};
use crate::engine::view::View;
use crate::export::ExportError;
use crate::export::intervals::{Ask as Wanted, Line, Units, units_of, write, zone_of};
use crate::export::step::Step;
use crate::export::table::{Format, Table};
use crate::journal::History;
use crate::record::instant_of;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use serde::Deserialize;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Sender, channel};
use tokio::sync::{Semaphore, oneshot};
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

/// The table. What a seat holds ends with the reading: at the latest when nothing was read for
/// [`PATIENCE`].
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
    let units = units_of(&view);
    let Ok(seat) = seats.try_acquire_owned() else {
        let busy = "as many tables as may be are being sent";
        let hint = "try again in a while, or ask for a longer step";
        return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "busy", busy, hint));
    };
    let (to, from) = channel(CHUNKS_MAX);
    let history = state.history.clone();
    let sink = Chunks::new(to, PATIENCE);
    let (whole, is_whole) = oneshot::channel();
    tokio::task::spawn_blocking(move || {
        if send(&*history, &wanted, &units, format, bom, sink) {
            // The reader may be gone already.
            let _ = whole.send(());
        }
        drop(seat);
    });
    let kind = match format {
        Format::Csv => "text/csv; charset=utf-8",
        Format::Ndjson => "application/x-ndjson",
    };
    let body = unfold(Some((from, is_whole)), async |state| {
        let (mut from, is_whole) = state?;
        if let Some(piece) = from.recv().await {
            return Some((Ok(piece), Some((from, is_whole))));
        }
        // A cut connection tells the reader that the table is not whole; a mere end would not.
        is_whole.await.err().map(|_| (Err(io::Error::from(io::ErrorKind::UnexpectedEof)), None))
    });
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
        None => zone_of(view),
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

/// Whether the table was sent to its end.
fn send(
    history: &dyn History,
    wanted: &Wanted,
    units: &Units,
    format: Format,
    bom: bool,
    mut sink: Chunks,
) -> bool {
    let mut whole = || -> Result<(), ExportError> {
        let mut table = Table::new::<Line>(&mut sink, format, bom)?;
        write(history, wanted, units, &mut table, |_| ())?;
        table.finish()?;
        Ok(())
    };
    match whole() {
        Ok(()) => true,
        Err(ExportError::Write(e)) if e.kind() == io::ErrorKind::BrokenPipe => false,
        Err(failed) => {
            let error: &(dyn std::error::Error + 'static) = &failed;
            tracing::warn!(error, "a table of intervals was not sent to its end");
            false
        }
    }
}

/// Sends what is written in pieces. Once that failed nothing is sent any more: what comes then has a
/// gap in front of it.
struct Chunks {
    to: Sender<Bytes>,
    runtime: Handle,
    patience: Duration,
    held: Vec<u8>,
    failed: Option<io::ErrorKind>,
}

impl Chunks {
    /// Sends to a reader that may read nothing for so long. Only inside a runtime.
    fn new(to: Sender<Bytes>, patience: Duration) -> Self {
        Self { to, runtime: Handle::current(), patience, held: Vec::new(), failed: None }
    }

    fn pass(&self, piece: Bytes) -> Result<(), io::ErrorKind> {
        match self.runtime.block_on(timeout(self.patience, self.to.send(piece))) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe),
            Err(_) => Err(io::ErrorKind::TimedOut),
        }
    }
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(kind) = self.failed {
            return Err(kind.into());
        }
        self.held.extend_from_slice(bytes);
        if self.held.len() >= CHUNK_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some(kind) = self.failed {
            return Err(kind.into());
        }
        if self.held.is_empty() {
            return Ok(());
        }
        let piece = std::mem::take(&mut self.held);
        self.pass(piece.into()).map_err(|kind| {
            self.failed = Some(kind);
            kind.into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_reader_that_reads_nothing_is_waited_for_once() {
        let (to, mut from) = channel(1);
        let mut sink = Chunks::new(to, Duration::from_millis(1));
        let write = tokio::task::spawn_blocking(move || {
            let piece = vec![b'x'; CHUNK_BYTES];
            let late: Vec<_> =
                (0..4).map(|_| sink.write_all(&piece).map_err(|e| e.kind()).err()).collect();
            // The reader reads again, too late.
            assert_eq!(from.blocking_recv().map(|piece| piece.len()), Some(CHUNK_BYTES));
            (late, sink.flush().is_err(), sink.held.len(), from)
        });
        let (late, flush_fails, held, mut from) = write.await.expect("it ends");
        let timed_out = Some(io::ErrorKind::TimedOut);
        assert_eq!(late, [None, timed_out, timed_out, timed_out]);
        assert!(flush_fails && held == 0, "what comes late has a gap in front of it");
        assert!(from.recv().await.is_none());
    }
}
