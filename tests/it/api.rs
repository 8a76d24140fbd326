//! The HTTP side over a real socket, with a driver and a journal that the test plays.

mod access;
mod commands;
mod events;
mod history;
mod intervals;
mod openapi;
mod preflight;
mod preview;
mod profile;
mod recalls;
mod staffing;
mod status;

use crate::{metrics, sample};
use callsurge::api::auth::{Access, Rules, Scope, Token, digest_hex};
use callsurge::api::{ApiState, router_with, serve};
use callsurge::clock::ManualClock;
use callsurge::driver::{Ends, Handle, Message};
use callsurge::engine::observation::UnitId;
use callsurge::engine::time::{Span, Timestamp};
use callsurge::engine::view::View;
use callsurge::engine::week::{Week, WeekSlot};
use callsurge::journal::intervals::{IntervalQuery, IntervalRecord, Place};
use callsurge::journal::{
    History, IncidentSummary, JournalError, LogbookPage, LogbookQuery, Stamp,
};
use callsurge::record::Record;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// A running server with the test on its other side.
pub(crate) struct Served {
    pub(crate) base: String,
    pub(crate) client: Client,
    pub(crate) ends: Ends,
    pub(crate) asked: Arc<Mutex<Vec<LogbookQuery>>>,
    shutdown: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

/// A journal that remembers what it was asked.
struct FakeHistory(Arc<Mutex<Vec<LogbookQuery>>>);

impl History for FakeHistory {
    fn logbook(&self, query: &LogbookQuery) -> Result<LogbookPage, JournalError> {
        self.0.lock().expect("lock").push(query.clone());
        if query.unit.as_deref() == Some("broken") {
            return Err(JournalError::Unreadable("row 7".into()));
        }
        Ok(LogbookPage { records: vec![record("command")], next: Some(7) })
    }

    fn incidents(
        &self,
        unit: Option<&str>,
        limit: usize,
    ) -> Result<Vec<IncidentSummary>, JournalError> {
        let one = IncidentSummary {
            incident: 3,
            unit: unit.unwrap_or("north").into(),
            opened_at: "2026-11-24T02:20:00Z".into(),
            closed_at: None,
            level: "L2".into(),
            highest: "L2".into(),
            transitions: 2,
        };
        Ok(vec![one; limit.min(2)])
    }

    /// The last three minutes; of the queue `queue-0009` every minute that is asked for.
    fn intervals(&self, query: &IntervalQuery) -> Result<Vec<IntervalRecord>, JournalError> {
        let queue = query.queue.clone().unwrap_or_else(|| "queue-0000".to_owned());
        let minute = Span::minutes(1);
        let row = |start: Timestamp, number: i64| IntervalRecord {
            place: Place { start, series: 1, length: minute },
            queue: queue.clone(),
            source: "acd".into(),
            start: start.to_string(),
            end: (start + minute).to_string(),
            offered: Some(50 + number % 3),
            answered: None,
            abandoned: None,
            refused: None,
            exited: None,
            answered_in_target: None,
            wait_seconds: None,
            talk_seconds: None,
            expected: (number != 2).then_some(50.25),
        };
        if queue == "queue-0009" {
            let starts = (1..).map(|n| query.after.start + minute * n);
            let rows = starts.take_while(|start| *start < query.until).take(query.limit);
            return Ok(rows.map(|start| row(start, 1)).collect());
        }
        let back = (1..=3).rev();
        Ok(back.map(|number| row(query.until - minute * number, number)).collect())
    }
}

pub(crate) fn record(kind: &str) -> Record {
    Record {
        kind: kind.into(),
        id: "42-0".into(),
        at: sample::now().to_string(),
        unit: Some("north".into()),
        ..Record::default()
    }
}

/// One token for each scope, named like it, with the secret `secret-<name>`.
fn tokens() -> Vec<Token> {
    [Scope::Ingest, Scope::Read, Scope::Operate, Scope::People]
        .map(|scope| {
            let secret = format!("secret-{}", scope.word());
            Token::new(scope.word(), &digest_hex(&secret), &[scope]).expect("sound")
        })
        .to_vec()
}

fn with_tokens() -> Rules {
    Rules { tokens: tokens(), ..Rules::default() }
}

/// The state of a service around a view, and the driver's ends.
fn state(view: View, rules: Rules) -> (ApiState, Ends, Arc<Mutex<Vec<LogbookQuery>>>) {
    let (handle, ends) = Handle::channel(8, Arc::new(view));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let state = ApiState {
        handle,
        history: Arc::new(FakeHistory(asked.clone())),
        clock: Arc::new(ManualClock::new(sample::now())),
        service: Arc::new(metrics::service()),
        grafana: None,
        people: Arc::new(|| BTreeMap::from([(UnitId(1), metrics::people())])),
        recall: callsurge::api::recalls::Desk::closed(),
        preflight: callsurge::api::preflight::Preflights::closed(),
        access: Arc::new(Access::new(rules)),
        stamp: Stamp::Test,
        channels: Arc::new([]),
        read_only: false,
        readiness: Arc::new(Vec::new),
        reload: Arc::new(|| Ok(())),
    };
    (state, ends, asked)
}

/// Serves a view without tokens.
pub(crate) async fn served(view: View) -> Served {
    served_by(view, Rules::default(), |_| {}).await
}

pub(crate) async fn served_by(
    view: View,
    rules: Rules,
    change: impl FnOnce(&mut ApiState),
) -> Served {
    let (mut state, ends, asked) = state(view, rules);
    change(&mut state);
    let further =
        axum::Router::new().route("/api/v1/observations", axum::routing::post(async || "taken"));
    let further = callsurge::api::auth::protect(further, Scope::Ingest, state.access.clone());
    let router = router_with(state, further);
    let router = router.layer(axum::middleware::from_fn(openapi::hold_to_the_document));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let base = format!("http://{}", listener.local_addr().expect("address"));
    let (shutdown, stopped) = oneshot::channel();
    let server = tokio::spawn(serve(listener, router, async {
        drop(stopped.await);
    }));
    Served { base, client: client(), ends, asked, shutdown: Some(shutdown), server }
}

pub(crate) fn client() -> Client {
    // The second of two tests that run at once finds a provider already: as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::builder().no_proxy().build().expect("client")
}

impl Served {
    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    async fn get(&self, path: &str) -> Response {
        self.ask(Method::GET, path).send().await.expect("answers")
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        json(response).await
    }

    /// Plays a driver whose engine knows every second quarter of the week and has judged nothing.
    fn answer_weeks(&mut self) -> JoinHandle<()> {
        let (_, closed) = mpsc::channel(1);
        let mut inbox = std::mem::replace(&mut self.ends.inbox, closed);
        tokio::spawn(async move {
            while let Some(message) = inbox.recv().await {
                let Message::Week(_, _, ack) = message else { panic!("{message:?}") };
                let slot = |n: u32| WeekSlot {
                    expected: n.is_multiple_of(2).then(|| f64::from(n) / 3.0),
                    closed: n < 8,
                    weeks: n % 5,
                };
                let week = Week { slots: (0..672).map(slot).collect(), gauge: None };
                ack.send(Some(week)).expect("somebody waits");
            }
        })
    }

    pub(crate) async fn stop(mut self) {
        drop(self.shutdown.take());
        self.server.await.expect("server ends");
    }
}

async fn json(response: Response) -> Value {
    let text = response.text().await.expect("text");
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// The code of an error body, having checked its shape.
async fn code(response: Response) -> String {
    let body = json(response).await;
    for field in ["code", "message", "hint"] {
        assert!(body["error"][field].as_str().is_some_and(|t| !t.is_empty()), "{body}");
    }
    body["error"]["code"].as_str().expect("checked").to_owned()
}
