//! Looks whether a recall would work: at the start, every day at an hour, when a level rises to L1,
//! and when somebody asks. While something is wrong or not known yet, again every few minutes, so
//! that what was mended is seen.
//!
//! Here is only what [`crate::preflight`] has to be given: the roster is read, channels are asked,
//! stamps of sources are held against the clock as they come. A task of its own behind the driver.
//! What turns wrong is told once in the log.

use super::recalls::Planner;
use crate::api::preflight::Preflights;
use crate::clock::Clock;
use crate::config::Language;
use crate::delivery::DeliveryStatus;
use crate::driver::Handle;
use crate::engine::command::Level;
use crate::engine::observation::UnitId;
use crate::engine::time::{Span, Timestamp};
use crate::engine::view::View;
use crate::ingest::Links;
use crate::ingest::links::LinkReport;
use crate::journal::reader::Reader;
use crate::preflight::{Clocks, Lag, Reached, Report, Roster, Standing, WAITS_MAX, look};
use chrono::Timelike;
use chrono_tz::Tz;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Mutex as Turn;

/// How soon it is looked again while something is wrong or not known yet.
const AGAIN: Duration = Duration::from_secs(5 * 60);
/// A channel that has not answered by then does not.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// The hour of a day comes on a quarter in every zone.
const QUARTER: Span = Span::minutes(15);
/// The longest wait for an hour, which daylight saving may skip once.
const QUARTERS_MAX: i64 = 50 * 4;

/// Asks a channel for an answer without visible effect; what is wrong in words for the log.
pub(super) type Probe =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// What was found last, shared with whoever shows it.
pub(super) type Latest = Arc<RwLock<Option<Arc<Report>>>>;

/// What is looked at.
pub(super) struct Preflight {
    pub(super) planner: Arc<Planner>,
    pub(super) handle: Handle,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) links: Links,
    pub(super) reader: Arc<Reader>,
    /// Webhooks, which are judged by what became of their messages: none is posted for a look.
    pub(super) deliveries: Vec<(String, Arc<DeliveryStatus>)>,
    /// Channels by name.
    pub(super) probes: BTreeMap<String, Probe>,
    /// Whether links to reply by are set up, where people are reached from here.
    pub(super) reply_links: Option<bool>,
    /// Hour of the local day of each unit.
    pub(super) hour: u32,
    pub(super) latest: Latest,
    pub(super) heard: Mutex<Clocks>,
    /// One look at a time, with what each webhook had come to at the one before.
    pub(super) counted: Turn<BTreeMap<String, Counted>>,
}

/// What became of the messages of a webhook, as far as it was looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    delivered: u64,
    given_up: u64,
    reached: Reached,
}

impl Counted {
    const NONE: Self = Self { delivered: 0, given_up: 0, reached: Reached::Untried };

    /// Goes by what happened since; where nothing did, by what was found before.
    fn next(self, delivered: u64, given_up: u64) -> Self {
        let reached = match (given_up.saturating_sub(self.given_up), delivered > self.delivered) {
            (0, false) => self.reached,
            // One bad number is no bad channel.
            (_, true) => Reached::Delivered,
            (messages, false) => Reached::GivenUp { messages },
        };
        Self { delivered, given_up, reached }
    }
}

impl Preflight {
    /// Looks, keeps what was found and tells what turned wrong.
    pub(super) async fn look(&self) -> Option<Arc<Report>> {
        let mut counted = self.counted.lock().await;
        let mut channels = self.webhooks(&mut counted);
        for (name, answers) in self.probed().await {
            // What became of messages says more than an answer to none.
            let known = channels.iter_mut().find(|(own, _)| *own == name);
            match known {
                Some((_, Reached::GivenUp { .. } | Reached::Waits { .. }))
                    if answers == Reached::Answers => {}
                Some((_, reached)) => *reached = answers,
                None => channels.push((name, answers)),
            }
        }
        let (planner, view, now) = (self.planner.clone(), self.handle.view(), self.clock.now());
        let (clocks, reply_links) = (self.clocks(), self.reply_links);
        let found = tokio::task::spawn_blocking(move || {
            let people = planner.has_roster().then(|| planner.people());
            let roster = match &people {
                None => Roster::NotSet,
                Some(Ok(people)) => Roster::Read(people),
                Some(Err(error)) => {
                    let why = crate::commands::chain(error);
                    tracing::warn!(why, "the roster cannot be read: {why}");
                    Roster::Unreadable
                }
            };
            look(&Standing {
                now,
                view: &view,
                mode: planner.mode(),
                roster,
                rules: planner.rules(),
                own_legal: planner.has_own_legal(),
                channels: &channels,
                reply_links,
                clocks: &clocks,
            })
        });
        let report = match found.await {
            Ok(report) => Arc::new(report),
            Err(error) => {
                tracing::error!(%error, "the pre-flight broke off");
                return None;
            }
        };
        let before = self.latest.read().map(|latest| latest.clone()).unwrap_or_default();
        tell(&report, before.as_deref());
        *self.latest.write().unwrap_or_else(PoisonError::into_inner) = Some(report.clone());
        Some(report)
    }

    fn webhooks(&self, counted: &mut BTreeMap<String, Counted>) -> Vec<(String, Reached)> {
        let waiting = self.reader.oldest_pending().unwrap_or_default();
        let long_ago = self.clock.now() - WAITS_MAX;
        let one = |(name, status): &(String, Arc<DeliveryStatus>)| {
            let before = counted.get(name).copied().unwrap_or(Counted::NONE);
            let now = before.next(status.delivered(), status.failed() + status.expired());
            counted.insert(name.clone(), now);
            let waits = waiting.iter().find(|(of, since)| of == name && *since < long_ago);
            (name.clone(), waits.map_or(now.reached, |&(_, since)| Reached::Waits { since }))
        };
        self.deliveries.iter().map(one).collect()
    }

    async fn probed(&self) -> Vec<(String, Reached)> {
        let mut found = Vec::new();
        for (name, probe) in &self.probes {
            let answer = tokio::time::timeout(ANSWER_WITHIN, probe()).await;
            let why = match answer {
                Ok(Ok(())) => None,
                Ok(Err(why)) => Some(why),
                Err(_) => Some("no answer in time".to_owned()),
            };
            if let Some(why) = &why {
                tracing::warn!(channel = name, why, "the channel {name} does not answer: {why}");
            }
            let reached = if why.is_none() { Reached::Answers } else { Reached::NoAnswer };
            found.push((name.clone(), reached));
        }
        found
    }

    /// A clock that was read goes before what stamps say of it.
    fn clocks(&self) -> BTreeMap<Arc<str>, Lag> {
        let mut lags = self.heard.lock().unwrap_or_else(PoisonError::into_inner).lags();
        for (source, report) in self.links.report() {
            match report {
                LinkReport::Ami(link) => {
                    if let Some(ahead) = link.clock_offset {
                        lags.insert(source.as_str().into(), Lag::Read(ahead));
                    }
                }
                LinkReport::Poll(_) => {}
            }
        }
        lags
    }

    fn hear(&self, view: &View) {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).hear(view);
    }

    /// How long to wait for the next look if nothing happens.
    fn wait(&self, view: &View, report: Option<&Report>) -> Duration {
        let zones = view.units.iter().map(|unit| unit.timezone);
        let daily = next_hour(self.clock.now(), self.hour, zones);
        let daily = self.clock.until(daily);
        if report.is_none_or(Report::may_change) { daily.min(AGAIN) } else { daily }
    }
}

/// Looks when it is time to, until the driver stops.
pub(super) async fn watch(preflight: Arc<Preflight>) {
    let mut views = preflight.handle.views();
    loop {
        let report = preflight.look().await;
        let view = views.borrow_and_update().clone();
        preflight.hear(&view);
        let mut levels = levels(&view);
        let wait = tokio::time::sleep(preflight.wait(&view, report.as_deref()));
        let mut wait = std::pin::pin!(wait);
        loop {
            tokio::select! {
                () = &mut wait => break,
                changed = views.changed() => {
                    if changed.is_err() {
                        return;
                    }
                }
            }
            let view = views.borrow_and_update().clone();
            preflight.hear(&view);
            let next = self::levels(&view);
            let rose = next.iter().any(|(unit, level)| {
                let before = levels.get(unit).copied().unwrap_or(Level::None);
                before == Level::None && *level >= Level::L1
            });
            levels = next;
            if rose {
                break;
            }
        }
    }
}

/// What the HTTP side may ask.
pub(super) fn desk(preflight: &Arc<Preflight>) -> Preflights {
    let (latest, run) = (preflight.latest.clone(), preflight.clone());
    Preflights {
        latest: Arc::new(move || latest.read().ok()?.clone()),
        run: Arc::new(move || {
            let preflight = run.clone();
            Box::pin(async move { preflight.look().await })
        }),
    }
}

fn levels(view: &View) -> BTreeMap<UnitId, Level> {
    view.units.iter().map(|unit| (unit.unit, unit.level)).collect()
}

fn tell(report: &Report, before: Option<&Report>) {
    for check in report.turned_wrong(before) {
        let (unit, of) = (check.unit.as_deref(), check.of.as_deref());
        let why = check.finding.sentence(Language::En, Tz::UTC);
        let check = check.what.word();
        let whose = [unit, of].into_iter().flatten().collect::<Vec<_>>().join(", ");
        tracing::warn!(check, unit, of, "pre-flight: {check} {whose} is wrong: {why}");
    }
}

/// The next beginning of an hour of the local day in any of the zones; UTC where there is none.
fn next_hour(now: Timestamp, hour: u32, zones: impl Iterator<Item = Tz>) -> Timestamp {
    let mut zones: Vec<Tz> = zones.collect();
    if zones.is_empty() {
        zones.push(Tz::UTC);
    }
    let begins = |at: &Timestamp| {
        let local = |zone: &Tz| at.to_chrono().map(|at| at.with_timezone(zone));
        zones.iter().filter_map(local).any(|at| at.hour() == hour && at.minute() == 0)
    };
    let first = now.floor(QUARTER) + QUARTER;
    let mut quarters = (0..QUARTERS_MAX).map(|n| first + QUARTER * n);
    // An hour that daylight saving skips on its day comes the day after.
    quarters.find(begins).unwrap_or(first + QUARTER * QUARTERS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{America, Asia, Europe};

    fn next(now: &str, hour: u32, zones: &[Tz]) -> String {
        let now = Timestamp::parse_rfc3339(now).expect("an instant");
        next_hour(now, hour, zones.iter().copied()).to_string()
    }

    #[test]
    fn the_hour_is_that_of_each_unit() {
        let both = [Asia::Shanghai, Europe::Berlin];
        assert_eq!(next("2026-11-24T01:59:59Z", 10, &both), "2026-11-24T02:00:00Z");
        assert_eq!(next("2026-11-24T02:00:00Z", 10, &both), "2026-11-24T09:00:00Z");
        assert_eq!(next("2026-11-24T09:00:00Z", 10, &both), "2026-11-25T02:00:00Z");
        assert_eq!(next("2026-11-24T00:00:00Z", 0, &[]), "2026-11-25T00:00:00Z");
        assert_eq!(next("2026-11-24T00:00:00Z", 10, &[Asia::Kathmandu]), "2026-11-24T04:15:00Z");
    }

    #[test]
    fn an_hour_that_is_skipped_comes_on_the_next_day_and_one_that_repeats_comes_twice() {
        let new_york = [America::New_York];
        assert_eq!(next("2026-03-07T08:00:00Z", 2, &new_york), "2026-03-09T06:00:00Z");
        assert_eq!(next("2026-11-01T05:00:00Z", 1, &new_york), "2026-11-01T06:00:00Z");
    }

    #[test]
    fn a_webhook_is_what_became_of_its_last_messages() {
        let untried = Counted::NONE.next(0, 0);
        assert_eq!(untried.reached, Reached::Untried);
        let well = untried.next(3, 0);
        assert_eq!(well.reached, Reached::Delivered);
        assert_eq!(well.next(4, 2).reached, Reached::Delivered, "some arrive");
        let lost = well.next(3, 2);
        assert_eq!(lost.reached, Reached::GivenUp { messages: 2 });
        assert_eq!(lost.next(3, 2).reached, Reached::GivenUp { messages: 2 }, "no news");
        assert_eq!(lost.next(5, 2).reached, Reached::Delivered);
    }
}
