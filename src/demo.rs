//! The first command of a newcomer: a storm over a simulated hotline, watched from the outside.
//!
//! The demo answers "what does it do?" without a switch, a roster or a configuration. Four weeks
//! of past rows teach the baseline; then a bank's hotline runs into an outage of its app, and the
//! monitor walks from none through L1, L2 and L3 and back, while a built-in roster answers its
//! orders. The [`Script`] is the whole plot: synchronous and deterministic, it gives inputs and
//! takes [records](crate::record::Record). Who drives it decides the pace, so that the run in
//! seconds and the run on a page are the same run.
//!
//! The script never looks into the engine and the engine gets nothing that a switch would not
//! tell: what the demo shows is detection, not choreography. Nothing here reaches a channel; the
//! [`Inbox`] is in memory and its people have opaque ids.

mod inbox;
mod script;

pub use inbox::{Inbox, Message, MessageKind};
pub use script::{DemoInput, Ending, Script};

use crate::engine::calendar::OpeningHours;
use crate::engine::observation::{SourceId, UnitId};
use crate::engine::policy::{Carries, Policy, SilenceRule, SourcePolicy, UnitPolicy};
use crate::engine::time::{Span, Timestamp};
use crate::sim::{CentreConfig, Hours};
use chrono::{Datelike, Weekday};
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// The demo's only source.
pub const SOURCE: SourceId = SourceId(0);
/// The demo's only unit.
pub const UNIT: UnitId = UnitId(0);
/// Tuesday 2026-03-10, 09:40 in Shanghai: where a run without a page begins.
pub const FIXED_START: Timestamp = Timestamp::from_secs(1_773_106_800);
/// The seed where none is given.
pub const SEED: u64 = 7;

/// How to run the demo.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoSettings {
    /// Seed of everything random.
    pub seed: u64,
    /// Pace against the real clock.
    pub speed: Speed,
    /// Run to the end without a page, then exit.
    pub headless: bool,
    /// Where the page listens.
    pub listen: SocketAddr,
    /// Where to keep the journal; in memory without it.
    pub journal: Option<PathBuf>,
    /// Print records as JSON, one a line.
    pub json: bool,
    /// Language of what is printed.
    pub lang: Lang,
}

/// Pace of the simulated time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// This many simulated seconds a second.
    Times(f64),
    /// As fast as it goes.
    Max,
}

/// Language of what is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lang {
    /// Simplified Chinese.
    Zh,
    /// English.
    #[default]
    En,
}

/// Why a speed is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no speed: give a number from 0.1 to 10000, or \"max\"")]
pub struct BadSpeed(String);

impl FromStr for Speed {
    type Err = BadSpeed;

    fn from_str(text: &str) -> Result<Self, BadSpeed> {
        if text == "max" {
            return Ok(Self::Max);
        }
        match text.trim_end_matches('x').parse::<f64>() {
            Ok(times) if (0.1..=10_000.0).contains(&times) => Ok(Self::Times(times)),
            Ok(_) | Err(_) => Err(BadSpeed(text.to_owned())),
        }
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(times) => write!(f, "{times}"),
            Self::Max => f.write_str("max"),
        }
    }
}

impl Lang {
    /// From a language tag: everything that begins with `zh` is Chinese, the rest English.
    pub fn from_tag(tag: &str) -> Self {
        if tag.to_ascii_lowercase().starts_with("zh") { Self::Zh } else { Self::En }
    }
}

/// The policy that the demo runs under: shipped defaults, one unit, one source of call events.
pub fn policy(silence: SilenceRule) -> Policy {
    let centre = CentreConfig::bank(FIXED_START);
    let source = SourcePolicy {
        name: "acd".to_owned(),
        // The script tells events in order of time.
        lateness: Span::ZERO,
        heartbeat: false,
        watched: true,
        carries: Carries::ALL,
    };
    let unit = UnitPolicy {
        display: "客户服务热线 / Customer hotline".to_owned(),
        queues: centre.queues.iter().map(|q| q.name.clone()).collect(),
        timezone: centre.timezone,
        opening: opening(centre.hours),
        ..UnitPolicy::with_defaults("hotline")
    };
    Policy {
        silence,
        sources: vec![source],
        units: vec![unit],
        default_unit: None,
        queues_max: Policy::QUEUES_MAX_DEFAULT,
    }
}

fn opening(hours: Hours) -> Option<OpeningHours> {
    match hours {
        Hours::AllDay => None,
        Hours::Daily { opens_minute, closes_minute } => {
            let day = (u16::try_from(opens_minute).ok()?, u16::try_from(closes_minute).ok()?);
            Some(OpeningHours { days: std::array::from_fn(|_| vec![day]), holiday: None })
        }
    }
}

/// The last Monday-to-Friday 09:40, local to the simulated centre, whose whole run lies before
/// `now`: a page beside it then shows times of the recent past and none of the future.
pub fn start_before(now: Timestamp) -> Timestamp {
    let day = Span::hours(24);
    let latest = now - Script::SPAN_MAX;
    // Shanghai keeps no summer time: its mornings are whole days apart.
    let days = (latest - FIXED_START).as_millis().div_euclid(day.as_millis());
    let mut start = FIXED_START + day * days;
    while is_weekend(start) {
        start = start - day;
    }
    start
}

fn is_weekend(at: Timestamp) -> bool {
    let zone = CentreConfig::bank(at).timezone;
    let weekday = at.to_chrono().map(|t| t.with_timezone(&zone).weekday());
    matches!(weekday, Some(Weekday::Sat | Weekday::Sun))
}

/// What to look at while the demo runs.
pub fn guide(lang: Lang, addr: SocketAddr) -> String {
    let lines = match lang {
        Lang::Zh => [
            "模拟热线正在运行（演示数据，不会联系任何人）。请看：",
            "大屏：",
            "指挥台（用下方令牌登录）：",
            "指标：",
            "当前状态：",
            "组长日志：",
            "剧情：约半小时后手机银行故障，来话激增；L1 → 30 分钟后 L2 → 再 30 分钟后 L3，随后逐级解除。",
        ],
        Lang::En => [
            "A simulated hotline is running (demo data; nobody is contacted). Look at:",
            "wallboard:",
            "command (sign in with the token below):",
            "metrics:",
            "status:",
            "log book:",
            "Plot: half an hour in, the banking app fails and calls surge; L1, 30 minutes later L2, \
             30 more L3, then down step by step.",
        ],
    };
    let [head, page, command, metrics, status, log, plot] = lines;
    format!(
        "{head}\n  {page} http://{addr}/\n  {command} http://{addr}/command\n  {metrics} curl -s http://{addr}/metrics | grep \
         callsurge_stage\n  {status} curl -s http://{addr}/api/v1/status\n  {log} curl -s \
         http://{addr}/api/v1/logbook\n{plot}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_a_number_or_max() {
        assert_eq!("60".parse(), Ok(Speed::Times(60.0)));
        assert_eq!("2.5x".parse(), Ok(Speed::Times(2.5)));
        assert_eq!("max".parse(), Ok(Speed::Max));
        for text in ["", "0", "-1", "nan", "fast"] {
            assert!(text.parse::<Speed>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_start_is_a_weekday_morning_that_ends_before_now() {
        // Sunday 2026-03-15 12:00 in Shanghai: Friday's run is the last whole one.
        let sunday = FIXED_START + Span::hours(24 * 5) + Span::minutes(140);
        assert_eq!(start_before(sunday), FIXED_START + Span::hours(24 * 3));
        let too_early = FIXED_START + Script::SPAN_MAX - Span::secs(1);
        assert_eq!(start_before(too_early), FIXED_START - Span::hours(24));
    }

    #[test]
    fn the_guide_names_page_and_metrics() {
        let addr = SocketAddr::from(([127, 0, 0, 1], 9_377));
        for lang in [Lang::Zh, Lang::En] {
            let text = guide(lang, addr);
            assert!(text.contains("http://127.0.0.1:9377/\n"), "{text}");
            assert!(text.contains("/metrics"), "{text}");
        }
        assert_eq!(Lang::from_tag("zh-CN"), Lang::Zh);
        assert_eq!(Lang::from_tag("de"), Lang::En);
    }
}
