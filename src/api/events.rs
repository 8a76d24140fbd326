//! `/api/v1/events`: a stream of server-sent events for pages.
//!
//! `status` is the whole state of [`super::status`], at once and then on every change, several
//! changes within a moment as one. `record` is a line of the log book when it is committed;
//! `lagged` says that a slow reader missed some and should read the log book. `beat` comes every
//! two seconds, so that a page can tell a quiet centre from a dead connection.

use super::ApiState;
use super::server::Closing;
use super::status::Status;
use crate::engine::view::View;
use crate::record::Record;
use axum::Extension;
use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::Event;
use futures_util::stream::{Stream, unfold};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until};

/// A page calls the stream lost after two missed beats.
const BEAT: Duration = Duration::from_secs(2);
/// Changes within this time go out as one: people see no faster, pages draw no faster.
const COALESCE: Duration = Duration::from_millis(250);

/// The stream.
pub(super) async fn stream(
    State(state): State<ApiState>,
    closing: Option<Extension<Closing>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let feed = Feed::new(state, closing.map(|Extension(c)| c).unwrap_or_default());
    Sse::new(unfold(feed, async |mut feed| {
        let event = feed.next().await?;
        Some((Ok(event), feed))
    }))
}

struct Feed {
    state: ApiState,
    views: watch::Receiver<Arc<View>>,
    records: broadcast::Receiver<Arc<Record>>,
    beat: Interval,
    /// A status is due, but not before `quiet_until`.
    changed: bool,
    quiet_until: Instant,
    closing: Closing,
}

enum Heard {
    Status,
    Changed,
    Record(Arc<Record>),
    Lagged(u64),
    Beat,
    End,
}

impl Feed {
    fn new(state: ApiState, closing: Closing) -> Self {
        let start = Instant::now();
        let mut beat = interval_at(start + BEAT, BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            views: state.handle.views(),
            records: state.handle.records(),
            state,
            beat,
            changed: true,
            quiet_until: start,
            closing,
        }
    }

    /// The next event; `None` when the server closes or the driver has stopped.
    async fn next(&mut self) -> Option<Event> {
        loop {
            match self.hear().await {
                Heard::End => return None,
                Heard::Changed => self.changed = true,
                Heard::Status => return Some(self.status()),
                Heard::Record(record) => return Some(named("record", &*record).id(&record.id)),
                Heard::Lagged(missed) => {
                    return Some(named("lagged", &serde_json::json!({ "missed": missed })));
                }
                Heard::Beat => {
                    let now = self.state.clock.now().to_string();
                    return Some(named("beat", &serde_json::json!({ "now": now })));
                }
            }
        }
    }

    async fn hear(&mut self) -> Heard {
        tokio::select! {
            biased;
            () = self.closing.wait() => Heard::End,
            record = self.records.recv() => match record {
                Ok(record) => Heard::Record(record),
                Err(RecvError::Lagged(missed)) => Heard::Lagged(missed),
                Err(RecvError::Closed) => Heard::End,
            },
            () = sleep_until(self.quiet_until), if self.changed => Heard::Status,
            change = self.views.changed(), if !self.changed => match change {
                Ok(()) => Heard::Changed,
                Err(_) => Heard::End,
            },
            _ = self.beat.tick() => Heard::Beat,
        }
    }

    fn status(&mut self) -> Event {
        self.views.mark_unchanged();
        self.changed = false;
        self.quiet_until = Instant::now() + COALESCE;
        named("status", &Status::of(&self.state))
    }
}

/// An event with a JSON body. Our own types always serialise; if one did not, the reader gets
/// an event without a body rather than a torn stream.
fn named(name: &str, body: &impl serde::Serialize) -> Event {
    Event::default().event(name).json_data(body).unwrap_or_default()
}
