//! Is the situation effectively controlled?
//!
//! `K = S or (V and Z)`: service is in target, or volume is back in its band and the backlog
//! clears in time. Volume cannot be controlled by staffing, service can; yet normal volume with a
//! draining queue needs no new people. Three-valued (Kleene): what is unknown counts neither as
//! controlled nor as uncontrolled. Terms that no source carries are left out; a carried term that
//! is stale for longer than tau is left out of K, while R, which releases people, is then not
//! true. A queue of which nothing is told any more is left out likewise.

use super::effect::{Conditions, Kleene};
use super::policy::{Carries, ControlMode, ControlPolicy};
use super::service::Cohort;
use super::time::Span;

/// What is read of a queue, or of the sum of a unit, at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// What its sources declare that they carry.
    pub carries: Carries,
    /// Arrivals of the window, if the service rows are fresh.
    pub cohort: Option<Cohort>,
    /// Calls that arrived in the window and wait within the threshold.
    pub censored: u32,
    /// Calls waiting, if that is fresh.
    pub waiting: Option<u32>,
    /// Age of the oldest waiting call, if that is fresh.
    pub longest_wait: Option<Span>,
    /// V: back in its band.
    pub volume: Kleene,
    /// A trunk may have failed: nothing about service is known.
    pub collapsed: bool,
    /// It is known from history alone, and that ended longer than tau ago.
    pub unheard: bool,
    /// What rows tell has been stale for longer than tau while the source is alive.
    pub rows_stale: bool,
    /// What snapshots tell has been stale for longer than tau while the source is alive.
    pub snapshot_stale: bool,
}

impl Reading {
    /// Nothing that is carried has been told for longer than tau, or nothing ever.
    pub fn is_gone(&self) -> bool {
        if self.unheard {
            return true;
        }
        let snapshots = self.carries.waiting || self.carries.longest_wait;
        self.rows_stale && (self.snapshot_stale || !snapshots)
    }
}

/// Kleene's and.
pub fn and(a: Kleene, b: Kleene) -> Kleene {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        (None, Some(true) | None) | (Some(true), None) => None,
    }
}

/// Kleene's or.
pub fn or(a: Kleene, b: Kleene) -> Kleene {
    match (a, b) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        (None, Some(false) | None) | (Some(false), None) => None,
    }
}

/// When the backlog is gone at the pace of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clear {
    /// After so long.
    In(Span),
    /// Not at this pace: no more leave than come in.
    Never,
}

impl Clear {
    /// By the fluid model: waiting / (departures - arrivals), exact up to the next millisecond.
    pub fn of(waiting: u32, cohort: Cohort, window: Span) -> Self {
        let draining = i64::from(cohort.departed) - i64::from(cohort.offered);
        if waiting == 0 {
            return Self::In(Span::ZERO);
        }
        if draining <= 0 {
            return Self::Never;
        }
        let work = i64::from(waiting).saturating_mul(window.as_millis());
        Self::In(Span::millis(work / draining + i64::from(work % draining > 0)))
    }
}

/// The conditions of one queue or of the pooled sum.
pub fn conditions(r: &Reading, policy: &ControlPolicy) -> Conditions {
    let (service, service_dropped) = service(r, policy);
    let (backlog, backlog_dropped) = backlog(r, policy);
    let has_service = r.carries.service() && !service_dropped;
    let has_backlog = r.carries.waiting && !backlog_dropped;
    let drained = if has_backlog { and(r.volume, backlog) } else { r.volume };
    let controlled = match policy.mode {
        ControlMode::Service => service,
        ControlMode::Volume => r.volume,
        ControlMode::Both if has_service => and(service, r.volume),
        ControlMode::Auto if has_service && has_backlog => or(service, drained),
        ControlMode::Auto if has_service => service,
        ControlMode::Auto => drained,
        ControlMode::Both => r.volume,
    };
    let of_rows = r.carries.service_level || r.carries.answered;
    let of_snapshots = r.carries.waiting || r.carries.longest_wait;
    let stand_down = if (r.rows_stale && of_rows) || (r.snapshot_stale && of_snapshots) {
        None
    } else if r.carries.service() {
        and(r.volume, service)
    } else {
        r.volume
    };
    Conditions {
        controlled: if r.collapsed { None } else { controlled },
        service: if r.collapsed { None } else { service },
        volume: r.volume,
        backlog,
        stand_down: if r.collapsed { None } else { stand_down },
        term_dropped: service_dropped || backlog_dropped,
    }
}

/// S, and whether every carried service term is left out as long stale.
fn service(r: &Reading, policy: &ControlPolicy) -> (Kleene, bool) {
    let mut all = Some(true);
    let mut terms = 0;
    let mut take = |term: Kleene, stale: bool| {
        if term.is_none() && stale {
            return;
        }
        terms += 1;
        all = and(all, term);
    };
    if r.carries.service_level {
        let told = r.cohort.filter(|c| c.answered_in_target.is_some());
        let level = |c: Cohort| at_least(c.service_level(r.censored), policy.service_level_min);
        take(told.map(level), r.rows_stale);
    }
    if r.carries.answered {
        let rate = |c: Cohort| at_least(c.answer_rate(), policy.answer_rate_min);
        take(r.cohort.map(rate), r.rows_stale);
    }
    if r.carries.longest_wait {
        take(r.longest_wait.map(|wait| wait <= policy.longest_wait_max), r.snapshot_stale);
    }
    let dropped = r.carries.service() && terms == 0;
    (if terms == 0 { None } else { all }, dropped)
}

/// A ratio of nothing is in target: no calls and nobody waiting is no trouble.
fn at_least(ratio: Option<f64>, least: f64) -> bool {
    ratio.is_none_or(|ratio| ratio >= least)
}

/// Z: the backlog clears in time at the pace of the window.
fn backlog(r: &Reading, policy: &ControlPolicy) -> (Kleene, bool) {
    if !r.carries.waiting {
        return (None, false);
    }
    let Some(waiting) = r.waiting else { return (None, r.snapshot_stale) };
    if waiting == 0 {
        return (Some(true), false);
    }
    let Some(cohort) = r.cohort else { return (None, r.rows_stale) };
    let clear = Clear::of(waiting, cohort, policy.window);
    (Some(matches!(clear, Clear::In(after) if after <= policy.clear_time_max)), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(carries: Carries) -> Reading {
        Reading {
            carries,
            cohort: Some(Cohort {
                offered: 100,
                answered: 95,
                answered_in_target: Some(90),
                lost: 5,
                departed: 100,
            }),
            censored: 0,
            waiting: Some(0),
            longest_wait: Some(Span::ZERO),
            volume: Some(true),
            collapsed: false,
            unheard: false,
            rows_stale: false,
            snapshot_stale: false,
        }
    }

    fn k(r: &Reading) -> Kleene {
        conditions(r, &ControlPolicy::default()).controlled
    }

    #[test]
    fn service_in_target_controls_whatever_the_volume() {
        let r = Reading { volume: Some(false), ..reading(Carries::ALL) };
        assert_eq!(k(&r), Some(true));
        let slow = Reading { longest_wait: Some(Span::secs(121)), waiting: Some(9), ..r };
        assert_eq!(k(&slow), Some(false));
    }

    #[test]
    fn a_plain_count_goes_by_volume() {
        let r = Reading { cohort: None, waiting: None, ..reading(Carries::VOLUME_ONLY) };
        assert_eq!(k(&r), Some(true));
        assert_eq!(k(&Reading { volume: Some(false), ..r }), Some(false));
        assert_eq!(k(&Reading { volume: None, ..r }), None);
        assert_eq!(conditions(&r, &ControlPolicy::default()).stand_down, Some(true));
    }

    #[test]
    fn normal_volume_with_a_draining_queue_controls() {
        let poor = Cohort {
            offered: 100,
            answered: 60,
            answered_in_target: Some(10),
            lost: 40,
            departed: 120,
        };
        let r = Reading { cohort: Some(poor), waiting: Some(30), ..reading(Carries::ALL) };
        // 20 more leave than come in 5 min: 30 waiting clear in 7.5 min.
        assert_eq!(k(&r), Some(true));
        assert_eq!(k(&Reading { waiting: Some(41), ..r }), Some(false));
        assert_eq!(k(&Reading { volume: Some(false), ..r }), Some(false));
    }

    #[test]
    fn a_backlog_clears_at_the_pace_of_the_window() {
        let pace = |departed| Cohort { offered: 100, departed, ..Cohort::default() };
        let clear = |waiting, departed| Clear::of(waiting, pace(departed), Span::minutes(5));
        assert_eq!(clear(40, 120), Clear::In(Span::minutes(10)));
        assert_eq!(clear(7, 103), Clear::In(Span::secs(700)));
        assert_eq!(clear(1, 107), Clear::In(Span::millis(42_858)), "never sooner than it is");
        assert_eq!(clear(1, 100), Clear::Never);
        assert_eq!(clear(0, 90), Clear::In(Span::ZERO));
    }

    #[test]
    fn unknown_is_neither_and_long_stale_terms_are_left_out_of_k_only() {
        let r = Reading { cohort: None, volume: None, ..reading(Carries::ALL) };
        assert_eq!(k(&r), None);
        let stale = Reading { rows_stale: true, volume: Some(true), ..r };
        let c = conditions(&stale, &ControlPolicy::default());
        assert_eq!((c.controlled, c.stand_down), (Some(true), None));
        let collapsed = Reading { collapsed: true, ..reading(Carries::ALL) };
        assert_eq!(k(&collapsed), None);
    }

    #[test]
    fn snapshots_that_stop_are_left_out_while_rows_go_on() {
        let poor = Cohort {
            offered: 100,
            answered: 60,
            answered_in_target: Some(10),
            lost: 40,
            departed: 60,
        };
        let r = Reading {
            cohort: Some(poor),
            waiting: None,
            longest_wait: None,
            volume: Some(false),
            ..reading(Carries::ALL)
        };
        let only = Carries { service_level: false, answered: false, ..Carries::ALL };
        let waits = Reading { carries: only, ..r };
        assert_eq!(k(&waits), None, "not told for a moment: unknown");
        let c = conditions(&Reading { snapshot_stale: true, ..waits }, &ControlPolicy::default());
        assert_eq!((c.controlled, c.stand_down, c.term_dropped), (Some(false), None, true));
    }

    #[test]
    fn nobody_calling_and_nobody_waiting_is_in_target() {
        let nobody = Cohort { answered_in_target: Some(0), ..Cohort::default() };
        let r = Reading { cohort: Some(nobody), ..reading(Carries::ALL) };
        assert_eq!(conditions(&r, &ControlPolicy::default()).service, Some(true));
    }
}
