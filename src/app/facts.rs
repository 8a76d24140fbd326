//! What `/metrics` shows beside the view, brought up to date at each scrape.

use super::preflight::Latest;
use crate::delivery::DeliveryStatus;
use crate::driver::status::DriverStatus;
use crate::engine::calendar::calendar_end;
use crate::engine::observation::SourceId;
use crate::engine::policy::{Policy, UnitPolicy};
use crate::ingest::{IngestCounters, Links, Reason};
use crate::journal::Stamp;
use crate::journal::reader::Reader;
use crate::metrics::{Facts, Failures, Rejection, Service};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, RwLock, Weak};

/// Where the facts come from.
pub(super) struct Origins {
    pub(super) stamp: Stamp,
    pub(super) journal: PathBuf,
    pub(super) reader: Arc<Reader>,
    pub(super) policy: Arc<RwLock<Policy>>,
    pub(super) driver: Option<Arc<DriverStatus>>,
    pub(super) ingest: Arc<IngestCounters>,
    pub(super) links: Links,
    pub(super) deliveries: Vec<(String, Arc<DeliveryStatus>)>,
    pub(super) preflight: Latest,
}

/// Counters that were carried over so far.
#[derive(Default)]
struct Carried(HashMap<(String, &'static str), u64>);

impl Carried {
    /// What was added since the last scrape.
    fn since(&mut self, who: &str, what: &'static str, now: u64) -> u64 {
        let last = self.0.entry((who.to_owned(), what)).or_default();
        let more = now.saturating_sub(*last);
        *last = now;
        more
    }
}

/// Outages of the log book, counted up to a line.
#[derive(Default)]
struct Outages {
    total: u64,
    upto: i64,
}

impl Outages {
    /// Counts the lines that are new; while they cannot be read, the count stands.
    fn count(&mut self, reader: &Reader) -> u64 {
        if let Ok((more, upto)) = reader.outages(self.upto) {
            self.total += more;
            self.upto = upto;
        }
        self.total
    }
}

/// Lets `service` ask for the facts.
pub(super) fn attach(service: &Arc<Service>, origins: Origins) {
    let carried = Mutex::new(Carried::default());
    let weak: Weak<Service> = Arc::downgrade(service);
    for (name, _) in &origins.deliveries {
        service.expect_integration(name);
    }
    let outages = Mutex::new(Outages::default());
    service.ask_facts(move || {
        if let (Some(service), Ok(mut carried)) = (weak.upgrade(), carried.lock()) {
            bring_over(&service, &origins, &mut carried);
        }
        let outages_total = outages.lock().map(|mut outages| outages.count(&origins.reader));
        let size = std::fs::metadata(&origins.journal).ok().map(|m| m.len());
        let targets =
            origins.policy.read().map(|p| p.units.iter().map(|u| u.control.target).collect());
        let calendar_end =
            |u: &UnitPolicy| calendar_end(&u.special_days, u.timezone).filter(|_| !u.retired);
        let ends = origins.policy.read().map(|p| p.units.iter().map(calendar_end).collect());
        Facts {
            stamp: Some(origins.stamp),
            store_size_bytes: size,
            failures: origins.driver.as_ref().map(|driver| Failures {
                commits: driver.commit_failures(),
                snapshots: driver.snapshot_failures(),
                mismatches: driver.mismatches(),
            }),
            commits: origins.driver.as_ref().map(|driver| driver.commits()),
            outages_total: outages_total.unwrap_or_default(),
            // A store that cannot be read has nothing to say here; `/-/ready` tells of it.
            oldest_pending: origins.reader.oldest_pending().unwrap_or_default(),
            links: origins.links.report(),
            people: origins.links.agents(),
            service_level_targets: targets.unwrap_or_default(),
            holiday_calendar_ends: ends.unwrap_or_default(),
            preflight: origins.preflight.read().map(|latest| latest.clone()).unwrap_or_default(),
        }
    });
}

fn bring_over(service: &Service, origins: &Origins, carried: &mut Carried) {
    if let Some(driver) = &origins.driver {
        for _ in 0..carried.since("", "quarantined", driver.quarantined()) {
            service.quarantined();
        }
        for _ in 0..carried.since("", "regressions", driver.regressions()) {
            service.clock_went_back();
        }
    }
    for reason in Reason::ALL {
        let more = carried.since("", reason.word(), origins.ingest.refused(None, reason));
        service.reject_sourceless(rejection(reason), more);
    }
    if let Ok(policy) = origins.policy.read() {
        for (index, source) in policy.sources.iter().enumerate() {
            for reason in Reason::ALL {
                let now = origins.ingest.refused(Some(SourceId(index as u16)), reason);
                let more = carried.since(&source.name, reason.word(), now);
                if more > 0 {
                    service.reject(&source.name, rejection(reason), more);
                }
            }
        }
    }
    for (name, status) in &origins.deliveries {
        let counts = [
            ("delivered", status.delivered()),
            ("failed", status.failed()),
            ("ambiguous", status.ambiguous()),
            ("retried", status.again()),
            ("expired", status.expired()),
        ];
        for (outcome, now) in counts {
            for _ in 0..carried.since(name, outcome, now) {
                service.notified(name, outcome);
            }
        }
    }
}

/// The class of a reason; the exact reason is in the answer to who sent it.
fn rejection(reason: Reason) -> Rejection {
    match reason {
        Reason::Malformed
        | Reason::UnknownField
        | Reason::Missing
        | Reason::WrongType
        | Reason::Name
        | Reason::UnknownSource => Rejection::Malformed,
        Reason::Negative | Reason::Time | Reason::Future | Reason::TooOld | Reason::Nonsense => {
            Rejection::Nonsense
        }
        Reason::UnknownQueue => Rejection::UnknownQueue,
        Reason::TooLarge => Rejection::TooLarge,
        Reason::Overload => Rejection::Overload,
    }
}
