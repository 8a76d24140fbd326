//! Why is the verdict what it is? One sentence, in English and Chinese.
//!
//! It says what was observed against what is usual, since when, how often chance alone would give
//! that, and by which test. It is made from the evidence as it is told ([`EvidenceRecord`]), not
//! from the engine's, so that its figures are those of the JSON beside it; rounding is done here,
//! once for both languages, which only phrase what is given to them.
//!
//! It explains a verdict and nothing else: why a level changed is the log book's to say. How often
//! chance would give a score is an extrapolation, so it is told in coarse words, and never as less
//! than once in a century. A word that this build does not know is shown as it is.

mod chance;
mod en;
mod zh;

use crate::config::Language;
use crate::engine::time::Timestamp;
use crate::engine::verdict::{Method, Verdict};
use crate::record::EvidenceRecord;
use chance::Chance;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// English.
    pub en: String,
    /// 简体中文.
    #[serde(rename = "zh-CN")]
    pub zh_cn: String,
}

impl Explanation {
    /// Explains a verdict. Clock times are those of `zone`.
    pub fn of(said: &Said<'_>, zone: Tz) -> Self {
        let [en, zh_cn] = Language::ALL.map(|language| sentence(said, language, zone));
        Self { en, zh_cn }
    }
}

/// A verdict as it is told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said<'a> {
    /// Its unit.
    pub unit: &'a str,
    /// Its queue; `None` is the unit's sum.
    pub queue: Option<&'a str>,
    /// Its word.
    pub verdict: &'a str,
    /// Its evidence, where there is any.
    pub evidence: Option<&'a EvidenceRecord>,
    /// Since when nothing is known, of `stale`.
    pub since: Option<&'a str>,
    /// Intervals seen and needed, of `learning`.
    pub progress: Option<(u32, u32)>,
}

impl<'a> Said<'a> {
    /// A verdict of the engine, whose evidence is told as given.
    pub const fn of(
        (unit, queue): (&'a str, Option<&'a str>),
        verdict: &Verdict,
        evidence: Option<&'a EvidenceRecord>,
    ) -> Self {
        let progress = match *verdict {
            Verdict::Learning { seen, needed } => Some((seen, needed)),
            Verdict::Normal(_)
            | Verdict::Surge(_)
            | Verdict::Collapse(_)
            | Verdict::Stale { .. } => None,
        };
        Self { unit, queue, verdict: verdict.word(), evidence, since: None, progress }
    }
}

/// The sentence in one language.
pub fn sentence(said: &Said<'_>, language: Language, zone: Tz) -> String {
    let figures = said.evidence.map(|evidence| Figures::of(evidence, zone));
    let since = said.since.map(|since| stamp(zone, since));
    let text = match language {
        Language::En => en::sentence(said, figures.as_ref(), since.as_deref()),
        Language::ZhCn => zh::sentence(said, figures.as_ref(), since.as_deref()),
    };
    // Names come from outside; a line of the log book is one line.
    if text.contains(char::is_control) { text.replace(char::is_control, " ") } else { text }
}

/// What a sentence says of evidence, rounded.
#[derive(Debug)]
struct Figures {
    observed: String,
    expected: String,
    upper: String,
    length: Option<Length>,
    since: Option<String>,
    chance: Option<Chance>,
    method: Method,
    /// Whether the baseline is provisional.
    learning: bool,
    /// Whether the newest interval has less than is usual: an alarm outlasts one of them.
    below: bool,
}

impl Figures {
    fn of(e: &EvidenceRecord, zone: Tz) -> Self {
        Self {
            observed: number(e.observed),
            expected: number(e.expected),
            upper: number(e.upper),
            length: Length::of(e.interval_seconds),
            since: since(zone, e),
            chance: e.chance_per_month.map(Chance::of),
            method: e.method,
            learning: e.learning,
            below: e.observed < e.expected,
        }
    }
}

/// Length of an interval in the largest unit that it is whole in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Hours(u64),
    Minutes(u64),
    Seconds(u64),
}

impl Length {
    /// `None` where it is not told.
    fn of(seconds: f64) -> Option<Self> {
        match seconds.round() as u64 {
            0 => None,
            n if n.is_multiple_of(3_600) => Some(Self::Hours(n / 3_600)),
            n if n.is_multiple_of(60) => Some(Self::Minutes(n / 60)),
            n => Some(Self::Seconds(n)),
        }
    }
}

/// Calls: whole from ten on, one digit behind the point below, two below a tenth.
fn number(calls: f64) -> String {
    if !calls.is_finite() {
        return "?".to_owned();
    }
    // Adding zero takes the sign from a zero that has one.
    let calls = calls.max(0.0) + 0.0;
    let off = (calls - calls.round()).abs();
    if calls >= 9.95 || off < 0.005 || (calls >= 0.95 && off < 0.05) {
        format!("{calls:.0}")
    } else if calls >= 0.095 {
        format!("{calls:.1}")
    } else {
        format!("{calls:.2}")
    }
}

/// `14:05`, with the date where it is another day than that of the evidence.
fn since(zone: Tz, e: &EvidenceRecord) -> Option<String> {
    let local =
        |text: &str| Some(Timestamp::parse_rfc3339(text).ok()?.to_chrono()?.with_timezone(&zone));
    let since = local(&e.since)?;
    let today = local(&e.at).is_some_and(|at| at.date_naive() == since.date_naive());
    Some(since.format(if today { "%H:%M" } else { "%Y-%m-%d %H:%M" }).to_string())
}

/// `2026-11-24 14:05`; the text itself where it is no instant.
fn stamp(zone: Tz, text: &str) -> String {
    let at = Timestamp::parse_rfc3339(text).ok().and_then(Timestamp::to_chrono);
    at.map_or_else(
        || text.to_owned(),
        |at| at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string(),
    )
}

#[cfg(test)]
#[path = "explanation/tests.rs"]
mod tests;
