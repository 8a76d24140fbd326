//! What the engine's view does not carry: requests, deliveries, the configuration.
//!
//! Counters live in a registry of their own (never the crate's global one, which tests of one
//! process would share). Values that already exist elsewhere, such as the size of the store, are
//! asked for at the scrape through [`Facts`] instead of being copied into gauges.

use super::catalogue as c;
use super::page::{Page, flag, label};
use super::{MetricsError, label_value};
use crate::driver::status::{COMMIT_SECONDS, CommitDurations};
use crate::engine::observation::UnitId;
use crate::engine::time::{Span, Timestamp};
use crate::engine::view::Agents;
use crate::ingest::links::LinkReport;
use crate::journal::Stamp;
use crate::preflight::Report;
use prometheus::proto::{LabelPair, MetricFamily};
use prometheus::{HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

/// Buckets of a request: status in well under 1 ms, `/metrics` in 20 ms, then trouble.
const HTTP_SECONDS: [f64; 8] = [0.000_5, 0.001, 0.005, 0.02, 0.1, 0.5, 2.5, 10.0];
/// What can become of a delivery that was tried.
pub(super) const OUTCOMES: [&str; 7] =
    ["delivered", "failed", "ambiguous", "retried", "expired", "suppressed", "simulated"];

/// By which way replies come, and what can come of one.
const REPLY_VIA: [&str; 4] = ["link", "sms", "voice", "api"];
const REPLY_ANSWERS: [&str; 10] = [
    "coming",
    "reserve",
    "declined",
    "do_not_come",
    "verified",
    "blocked",
    "here",
    "refused",
    "not_understood",
    "unsigned",
];

/// Why an adapter refused an observation before the engine saw it. The engine's own reasons
/// (duplicate, late, too_late, future, orphan, second_source) are in the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// It does not parse.
    Malformed,
    /// It parses and contradicts itself.
    Nonsense,
    /// Its queue is unknown and may not register.
    UnknownQueue,
    /// More input than can be committed.
    Overload,
    /// A body, a line or a name above its limit.
    TooLarge,
}

impl Rejection {
    /// All of them: the closed set of the label.
    pub const ALL: [Self; 5] =
        [Self::Malformed, Self::Nonsense, Self::UnknownQueue, Self::Overload, Self::TooLarge];

    /// The word of the label.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Nonsense => "nonsense",
            Self::UnknownQueue => "unknown_queue",
            Self::Overload => "overload",
            Self::TooLarge => "too_large",
        }
    }
}

/// Values that exist elsewhere and are asked for at the scrape.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// What the journal was created for.
    pub stamp: Option<Stamp>,
    /// Size of the journal's store.
    pub store_size_bytes: Option<u64>,
    /// Durations of the driver's commits; `None` where nothing commits.
    pub commits: Option<CommitDurations>,
    /// What of its work failed; `None` where nothing commits.
    pub failures: Option<Failures>,
    /// Outages of sources since the journal was created.
    pub outages_total: u64,
    /// Per integration, when its oldest waiting delivery was ordered.
    pub oldest_pending: Vec<(String, Timestamp)>,
    /// How the connectors of sources stand, by name of the source.
    pub links: Vec<(String, LinkReport)>,
    /// Agents of each unit, everybody once.
    pub people: BTreeMap<UnitId, Agents>,
    /// Threshold of the service level, by unit number.
    pub service_level_targets: Vec<Span>,
    /// End of the holiday calendar, by unit number.
    pub holiday_calendar_ends: Vec<Option<Timestamp>>,
    /// What was found when it was looked last whether a recall would work.
    pub preflight: Option<Arc<Report>>,
}

/// How often the driver's work failed since the start of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// Transactions.
    pub commits: u64,
    /// Snapshots and removals of old rows.
    pub snapshots: u64,
    /// Entries that gave other transitions in recovery than were journalled.
    pub mismatches: u64,
}

impl Facts {
    /// The threshold of a unit, where it is known.
    pub(super) fn target(&self, unit: UnitId) -> Option<Span> {
        self.service_level_targets.get(usize::from(unit.0)).copied()
    }

    /// The end of the holiday calendar of a unit, where it has one.
    pub(super) fn holiday_calendar_end(&self, unit: UnitId) -> Option<Timestamp> {
        self.holiday_calendar_ends.get(usize::from(unit.0)).copied().flatten()
    }
}

type Ask = Box<dyn Fn() -> Facts + Send + Sync>;

/// Counters of the running process. Cheap to count on, shared behind an `Arc`.
pub struct Service {
    registry: Registry,
    http_requests: IntCounterVec,
    http_seconds: HistogramVec,
    rejected: IntCounterVec,
    notifications: IntCounterVec,
    replies: IntCounterVec,
    quarantined: IntCounter,
    clock_regressions: IntCounter,
    reload_ok: AtomicBool,
    reload_at_millis: AtomicI64,
    ask: RwLock<Ask>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

impl Service {
    /// Counters at 0. `loaded_at` is when the configuration in force was read.
    ///
    /// # Errors
    /// If a family cannot be registered, which is an error of this program.
    pub fn new(loaded_at: Timestamp) -> Result<Self, MetricsError> {
        let service = Self {
            registry: Registry::new(),
            http_requests: vector(&c::HTTP_REQUESTS)?,
            http_seconds: HistogramVec::new(
                histogram(&c::HTTP_DURATION, &HTTP_SECONDS),
                c::HTTP_DURATION.labels,
            )
            .map_err(MetricsError::Family)?,
            rejected: vector(&c::INGEST_REJECTED)?,
            notifications: vector(&c::NOTIFICATIONS)?,
            replies: vector(&c::REPLIES)?,
            quarantined: plain(&c::QUARANTINED)?,
            clock_regressions: plain(&c::CLOCK_REGRESSIONS)?,
            reload_ok: AtomicBool::new(true),
            reload_at_millis: AtomicI64::new(loaded_at.as_millis()),
            ask: RwLock::new(Box::new(Facts::default)),
        };
        // `rejected` stays out: its family also holds the engine's reasons, see `sources`.
        let r = &service.registry;
        r.register(Box::new(service.http_requests.clone()))
            .and_then(|()| r.register(Box::new(service.http_seconds.clone())))
            .and_then(|()| r.register(Box::new(service.notifications.clone())))
            .and_then(|()| r.register(Box::new(service.replies.clone())))
            .and_then(|()| r.register(Box::new(service.quarantined.clone())))
            .and_then(|()| r.register(Box::new(service.clock_regressions.clone())))
            .map_err(MetricsError::Family)?;
        service.expect_replies();
        Ok(service)
    }

    /// Where the facts come from, from here on.
    pub fn ask_facts(&self, ask: impl Fn() -> Facts + Send + Sync + 'static) {
        if let Ok(mut slot) = self.ask.write() {
            *slot = Box::new(ask);
        }
    }

    /// Makes the series of an integration exist at 0.
    pub fn expect_integration(&self, integration: &str) {
        for outcome in OUTCOMES {
            self.notifications.with_label_values(&[&*label_value(integration), outcome]);
        }
    }

    /// Makes the series of a route exist at 0.
    pub fn expect_handler(&self, handler: &str, method: &str) {
        self.http_requests.with_label_values(&[handler, method, "200"]);
        self.http_seconds.with_label_values(&[handler, method]);
    }

    /// Counts an answered request; `handler` is the route, never the path.
    pub fn request(&self, handler: &str, method: &str, code: u16, took: Duration) {
        let method = known_method(method);
        self.http_requests.with_label_values(&[handler, method, &code.to_string()]).inc();
        self.http_seconds.with_label_values(&[handler, method]).observe(took.as_secs_f64());
    }

    /// Counts observations that an adapter refused.
    pub fn reject(&self, source: &str, why: Rejection, count: u64) {
        self.rejected.with_label_values(&[&*label_value(source), why.word()]).inc_by(count);
    }

    /// Counts observations that did not get as far as their source.
    pub fn reject_sourceless(&self, why: Rejection, count: u64) {
        self.rejected.with_label_values(&["", why.word()]).inc_by(count);
    }

    /// Counts a delivery; `outcome` is one of `delivered`, `failed`, `ambiguous`, `retried`,
    /// `expired`, `suppressed`, `simulated`.
    pub fn notified(&self, integration: &str, outcome: &'static str) {
        debug_assert!(OUTCOMES.contains(&outcome), "outcomes are a closed set");
        self.notifications.with_label_values(&[&*label_value(integration), outcome]).inc();
    }

    /// Makes the series of replies exist at 0.
    fn expect_replies(&self) {
        for via in REPLY_VIA {
            for answer in REPLY_ANSWERS {
                self.replies.with_label_values(&[via, answer]);
            }
        }
    }

    /// Counts a reply of somebody who was asked, by its way and what came of it.
    pub fn replied(&self, via: &'static str, answer: &'static str) {
        debug_assert!(REPLY_VIA.contains(&via) && REPLY_ANSWERS.contains(&answer), "closed sets");
        self.replies.with_label_values(&[via, answer]).inc();
    }

    /// Counts an input that was set aside.
    pub fn quarantined(&self) {
        self.quarantined.inc();
    }

    /// Counts a step back of the wall clock.
    pub fn clock_went_back(&self) {
        self.clock_regressions.inc();
    }

    /// Remembers how a reload ended; a failed one keeps the instant of the last good one.
    pub fn reloaded(&self, ok: bool, at: Timestamp) {
        self.reload_ok.store(ok, Ordering::Relaxed);
        if ok {
            self.reload_at_millis.store(at.as_millis(), Ordering::Relaxed);
        }
    }

    pub(super) fn gather(&self) -> Vec<MetricFamily> {
        self.registry.gather()
    }

    pub(super) fn facts(&self) -> Facts {
        self.ask.read().map(|ask| ask()).unwrap_or_default()
    }

    pub(super) fn rejected(&self, source: &str, why: Rejection) -> u64 {
        self.rejected.with_label_values(&[source, why.word()]).get()
    }
}

/// The usual methods by name, any other as one word: a client cannot make series.
fn known_method(method: &str) -> &str {
    match method {
        "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS" => method,
        _ => "other",
    }
}

fn vector(family: &c::Family) -> Result<IntCounterVec, MetricsError> {
    IntCounterVec::new(Opts::new(family.name, family.help), family.labels)
        .map_err(MetricsError::Family)
}

fn plain(family: &c::Family) -> Result<IntCounter, MetricsError> {
    IntCounter::new(family.name, family.help).map_err(MetricsError::Family)
}

fn histogram(family: &c::Family, buckets: &[f64]) -> HistogramOpts {
    HistogramOpts::new(family.name, family.help).buckets(buckets.to_vec())
}

/// Writes the families that need neither a view nor a counter.
pub(super) fn write(page: &mut Page, service: &Service, facts: &Facts) -> Result<(), MetricsError> {
    page.family(&c::BUILD_INFO, [(build_labels(), 1.0)])?;
    let stamp = facts.stamp.map(|s| (vec![label("stamp", stamp_word(s))], 1.0));
    page.family(&c::JOURNAL_INFO, stamp)?;
    let ok = service.reload_ok.load(Ordering::Relaxed);
    page.family(&c::CONFIG_RELOAD_OK, [(vec![], flag(ok))])?;
    let at = Timestamp::from_millis(service.reload_at_millis.load(Ordering::Relaxed));
    page.family(&c::CONFIG_RELOAD_AT, [(vec![], at.as_secs_f64())])?;
    if let Some(commits) = &facts.commits {
        page.histogram(&c::COMMIT_DURATION, &COMMIT_SECONDS, &commits.counts, commits.sum_seconds)?;
    }
    if let Some(failures) = facts.failures {
        page.family(&c::COMMIT_FAILURES, [(vec![], failures.commits as f64)])?;
        page.family(&c::SNAPSHOT_FAILURES, [(vec![], failures.snapshots as f64)])?;
        page.family(&c::RECOVERY_MISMATCHES, [(vec![], failures.mismatches as f64)])?;
    }
    let size = facts.store_size_bytes.map(|bytes| (vec![], bytes as f64));
    page.family(&c::STORE_SIZE, size)?;
    let oldest = facts.oldest_pending.iter().map(|(integration, at)| {
        (vec![label("integration", label_value(integration))], at.as_secs_f64())
    });
    page.family(&c::NOTIFICATION_OLDEST, oldest)
}

/// What the build was told; a label that it was not told is left out.
fn build_labels() -> Vec<LabelPair> {
    let told = [
        ("version", Some(env!("CARGO_PKG_VERSION"))),
        ("revision", option_env!("CALLSURGE_REVISION").or(option_env!("CALLSURGE_BUILD"))),
        ("rustc", option_env!("CALLSURGE_RUSTC")),
    ];
    told.into_iter().filter_map(|(name, value)| Some(label(name, value?))).collect()
}

const fn stamp_word(stamp: Stamp) -> &'static str {
    match stamp {
        Stamp::Live => "live",
        Stamp::Replay => "replay",
        Stamp::Demo => "demo",
        Stamp::Test => "test",
    }
}
