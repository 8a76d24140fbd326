//! `[recall]`: whether and by which rules people who are off duty are asked to come.

use super::secret::{self, SecretSource};
use super::section::Section;
use crate::engine::time::Span;
use crate::recall::{RecallPolicy, ReleaseOrder};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What a level that calls for people leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecallMode {
    /// Nothing; the log book says so.
    #[default]
    Off,
    /// What would happen is computed and told, and nobody is asked.
    DryRun,
    /// People are asked.
    Automatic,
}

impl RecallMode {
    /// All of them.
    const ALL: [Self; 3] = [Self::Off, Self::DryRun, Self::Automatic];

    /// The word in files and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::DryRun => "dry_run",
            Self::Automatic => "automatic",
        }
    }
}

/// `[recall]`.
#[derive(Clone, Debug, PartialEq)]
pub struct RecallSettings {
    /// What a level leads to.
    pub mode: RecallMode,
    /// The people; without a roster the mode is off.
    pub roster: Option<PathBuf>,
    /// What the roster is sealed under; needed to reach people by a `[[channel]]`.
    pub key: Option<SecretSource>,
    /// Who asks, as messages say it.
    pub sender: Option<String>,
    /// Legal limits; `None`: those of the People's Republic of China.
    pub legal: Option<PathBuf>,
    /// Who cannot be there by then is not asked.
    pub arrive_within: Span,
    /// For how long they are to work.
    pub work: Span,
    /// The rules of asking.
    pub policy: RecallPolicy,
}

impl Default for RecallSettings {
    fn default() -> Self {
        Self {
            mode: RecallMode::Off,
            roster: None,
            key: None,
            sender: None,
            legal: None,
            arrive_within: Span::hours(2),
            work: Span::hours(4),
            policy: RecallPolicy::DEFAULT,
        }
    }
}

/// A recall is over before the next shift begins.
const ARRIVE_MINUTES: [i64; 2] = [5, 720];
const WORK_HOURS: [i64; 2] = [1, 24];
const CONFIDENCE: [f64; 2] = [0.5, 0.999];
const IMPROBABLE: [f64; 2] = [0.0, 0.999];
const WAVE_MINUTES: [i64; 2] = [1, 120];
const OFFER_MINUTES: [i64; 2] = [1, 720];
const PERCENT: [i64; 2] = [0, 100];
const RESERVE_MINUTES: [i64; 2] = [0, 1_440];
const NO_SHOW_MINUTES: [i64; 2] = [0, 720];
const ENGAGEMENT_MINUTES: [i64; 2] = [0, 1_440];
const ORDERS: [(&str, ReleaseOrder); 2] =
    [("longest_hours", ReleaseOrder::LongestHours), ("last_in", ReleaseOrder::LastIn)];

pub(super) fn read(section: &Section<'_>, base: &Path) -> RecallSettings {
    let d = RecallSettings::default();
    let file = |key, example| section.text(key, example).map(|path| base.join(path.value));
    let roster = file("roster", "roster.db");
    let imported = if roster.is_some() { RecallMode::DryRun } else { RecallMode::Off };
    let mode = section.word("mode", imported, &RecallMode::ALL.map(|mode| (mode.word(), mode)));
    if let (true, None, Some(span)) = (mode != RecallMode::Off, &roster, section.given("mode")) {
        section.problem(
            span,
            "nobody can be asked without a roster",
            "name it with `roster = \"roster.db\"`; `callsurge roster import` makes it",
        );
    }
    RecallSettings {
        mode,
        roster,
        key: secret::read(section, ["key_file", "key_env"], base),
        sender: section.text("sender", "Example Insurance").map(|text| text.value.to_owned()),
        legal: file("legal", "legal.toml"),
        arrive_within: minutes(section, "arrive_within_minutes", d.arrive_within, ARRIVE_MINUTES),
        work: Span::hours(section.whole("work_hours", 4, WORK_HOURS[0]..=WORK_HOURS[1])),
        policy: policy(section),
    }
}

fn policy(section: &Section<'_>) -> RecallPolicy {
    let d = RecallPolicy::DEFAULT;
    let percent = |key, default: u32| {
        let [low, high] = PERCENT;
        u32::try_from(section.whole(key, i64::from(default), low..=high)).unwrap_or(default)
    };
    let share = |key, default, [low, high]: [f64; 2]| section.number(key, default, low..=high);
    let policy = RecallPolicy {
        confidence: share("confidence", d.confidence, CONFIDENCE),
        improbable_below: share("improbable_below", d.improbable_below, IMPROBABLE),
        wave_timer: minutes(section, "wave_timer_minutes", d.wave_timer, WAVE_MINUTES),
        offer_deadline: minutes(section, "offer_deadline_minutes", d.offer_deadline, OFFER_MINUTES),
        overbook_percent: percent("overbook_percent", d.overbook_percent),
        reserve_percent: percent("reserve_percent", d.reserve_percent),
        reserve_for: minutes(section, "reserve_for_minutes", d.reserve_for, RESERVE_MINUTES),
        no_show_after: minutes(section, "no_show_after_minutes", d.no_show_after, NO_SHOW_MINUTES),
        turn_back_percent: percent("turn_back_percent", d.turn_back_percent),
        engagement_min: minutes(
            section,
            "engagement_min_minutes",
            d.engagement_min,
            ENGAGEMENT_MINUTES,
        ),
        release_order: section.word("release_order", d.release_order, &ORDERS),
    };
    let given = section.given("improbable_below").or(section.given("confidence"));
    if let (false, Some(span)) = (policy.improbable_below <= policy.confidence, given) {
        section.problem(
            span,
            "another wave would be asked although enough is probable",
            "`improbable_below` must not exceed `confidence`",
        );
    }
    policy
}

fn minutes(section: &Section<'_>, key: &str, default: Span, [low, high]: [i64; 2]) -> Span {
    section.minutes(key, default, low..=high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn read(text: &str) -> RecallSettings {
        let base = Path::new("/etc/callsurge");
        Config::parse(text, "c.toml", base).unwrap_or_else(|e| panic!("{e}")).recall
    }

    #[test]
    fn a_roster_makes_a_dry_run_and_no_roster_none() {
        assert_eq!(read("").mode, RecallMode::Off);
        let with = read("[recall]\nroster = \"roster.db\"\n");
        assert_eq!(with.mode, RecallMode::DryRun);
        assert_eq!(with.roster.as_deref(), Some(Path::new("/etc/callsurge/roster.db")));
        assert_eq!(read("[recall]\nroster = \"r\"\nmode = \"off\"\n").mode, RecallMode::Off);
    }

    #[test]
    fn whatever_can_be_set_is_sound_for_the_machine() {
        assert!(read("").policy.is_sound());
        let edges = "[recall]\nconfidence = 0.999\nimprobable_below = 0\nwave_timer_minutes = 1\n\
                     offer_deadline_minutes = 720\noverbook_percent = 100\nreserve_percent = 0\n\
                     reserve_for_minutes = 0\nno_show_after_minutes = 0\nturn_back_percent = 100\n\
                     engagement_min_minutes = 0\nrelease_order = \"last_in\"\n";
        let policy = read(edges).policy;
        assert!(policy.is_sound());
        assert_eq!(policy.release_order, ReleaseOrder::LastIn);
    }

    #[test]
    fn automatic_without_a_listener_is_advised_against() {
        let text = "[recall]\nroster = \"r\"\nmode = \"automatic\"\n";
        let config = Config::parse(text, "c.toml", Path::new("")).expect("sound");
        let advice = config.advice(crate::engine::time::Timestamp::from_secs(0));
        assert!(advice.iter().any(|line| line.contains("nobody hears it")), "{advice:?}");
    }
}
