//! The scenario file as it is written.
//!
//! Times are offsets from `start`. What belongs to the past of the first expectation is written
//! with a minus, so that a scenario can put its first order at `0m`.

use serde::Deserialize;
use serde_spanned::Spanned;

/// A text with its place in the file.
pub(super) type Text = Spanned<String>;

/// A scenario file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScenarioFile {
    /// One sentence.
    pub(super) title: String,
    /// Number of the resolved ambiguity that it settles.
    #[serde(default)]
    pub(super) ambiguity: Option<u32>,
    /// Why this is expected.
    #[serde(default)]
    #[expect(dead_code, reason = "written for the reader of the file")]
    about: Option<String>,
    /// Instant of offset zero, RFC 3339.
    pub(super) start: Text,
    /// Where it ends; default: the last time that the file names.
    pub(super) end: Option<Text>,
    /// Silence is judged by the next row, and no tick comes.
    #[serde(default)]
    pub(super) replay: bool,
    #[serde(default)]
    pub(super) policy: PolicyPart,
    #[serde(default)]
    pub(super) source: Vec<SourcePart>,
    #[serde(default)]
    pub(super) unit: Vec<UnitPart>,
    #[serde(default)]
    pub(super) history: Vec<HistoryPart>,
    pub(super) series: Vec<SeriesPart>,
    #[serde(default)]
    pub(super) late: Vec<LatePart>,
    #[serde(default)]
    pub(super) command: Vec<CommandPart>,
    #[serde(default)]
    pub(super) restart: Vec<RestartPart>,
    #[serde(default)]
    pub(super) policy_change: Vec<PolicyChangePart>,
    #[serde(default)]
    pub(super) heartbeat: Vec<HeartbeatPart>,
    #[serde(default)]
    pub(super) link: Vec<LinkPart>,
    #[serde(default)]
    pub(super) extra_staff: Vec<StaffPart>,
    #[serde(default)]
    pub(super) expect: Vec<Spanned<ExpectPart>>,
    /// All changes of level, in order.
    pub(super) transitions: Option<Spanned<Vec<Spanned<TransitionPart>>>>,
    /// All lines of the outage ladder, in order.
    pub(super) outages: Option<Spanned<Vec<Spanned<OutagePart>>>>,
    /// All reminders, in order.
    pub(super) reminders: Option<Spanned<Vec<Spanned<ReminderPart>>>>,
    /// All refused commands, in order.
    pub(super) refused: Option<Spanned<Vec<Spanned<RefusedPart>>>>,
}

/// Settings that differ from the shipped ones.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyPart {
    /// `robust` or `literal`.
    pub(super) profile: Option<Text>,
    pub(super) recovery: Option<Text>,
    pub(super) share: Option<f64>,
    pub(super) stand_down: Option<Text>,
    pub(super) confirm: Option<Text>,
    pub(super) l3_confirm: Option<Text>,
    pub(super) reopen: Option<Text>,
    /// `auto`, `service`, `volume` or `both`.
    pub(super) control: Option<Text>,
    /// Window of the service measures.
    pub(super) window: Option<Text>,
    pub(super) clear_time: Option<Text>,
    pub(super) counts_from_per_15_minutes: Option<f64>,
    pub(super) timezone: Option<Text>,
    /// Open on every day from the first to the second offset of the local day, and so on in
    /// pairs.
    pub(super) open: Option<Vec<Text>>,
    /// The same of a holiday; it needs `open`.
    pub(super) open_on_holidays: Option<Vec<Text>>,
    /// Holidays and make-up workdays.
    pub(super) special_days: Option<Vec<SpecialDayPart>>,
    /// Times in which more calls are announced.
    pub(super) expected: Option<Vec<ExpectedPart>>,
}

/// A day that is not like its weekday.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SpecialDayPart {
    /// Local date, `2026-10-01`.
    pub(super) date: Text,
    /// `holiday` or `workday`.
    pub(super) kind: Text,
}

/// A time in which more calls are announced.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectedPart {
    pub(super) from: Text,
    pub(super) to: Text,
    pub(super) factor: Spanned<f64>,
    /// Default: every unit.
    pub(super) unit: Option<Text>,
    pub(super) reason: Option<String>,
}

/// A source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourcePart {
    pub(super) name: String,
    /// `service_level`, `answered`, `waiting`, `longest_wait`; default: the first two.
    pub(super) carries: Option<Vec<Text>>,
    pub(super) lateness: Option<Text>,
    #[serde(default)]
    pub(super) heartbeat: bool,
    #[serde(default = "yes")]
    pub(super) watched: bool,
}

const fn yes() -> bool {
    true
}

/// A unit. Without any, all queues belong to the unit `default`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnitPart {
    pub(super) name: String,
    pub(super) queues: Vec<String>,
}

/// What the baseline has learned: about so many calls in every row of the past weeks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HistoryPart {
    pub(super) queue: String,
    pub(super) weeks: u32,
    pub(super) offered: u32,
    /// Length of its rows; default 1 min.
    pub(super) step: Option<Text>,
    /// Calls in every row of a Saturday and of a Sunday; default: as on any day.
    pub(super) weekend: Option<u32>,
    /// Hours of each day that it covers, from and to; the rest of the day is empty.
    pub(super) hours: Option<[u32; 2]>,
}

/// The rows of a queue.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeriesPart {
    pub(super) queue: String,
    /// Default: the first source.
    pub(super) source: Option<Text>,
    /// `interval` (default), `event` or `counters`.
    pub(super) form: Option<Text>,
    /// Length of a row; default 1 min.
    pub(super) step: Option<Text>,
    /// Start of the first row; default `0m`.
    pub(super) from: Option<Text>,
    /// How long after its end a row comes in; default at once.
    pub(super) delay: Option<Text>,
    /// How often each row is sent; default once.
    pub(super) times: Option<usize>,
    pub(super) offered: Text,
    /// `good` and `bad`: sets answered and answered in target.
    pub(super) service: Option<Text>,
    pub(super) answered: Option<Text>,
    pub(super) answered_in_target: Option<Text>,
    pub(super) abandoned: Option<Text>,
    pub(super) refused: Option<Text>,
    /// A snapshot with each row.
    pub(super) waiting: Option<Text>,
    pub(super) longest_wait_seconds: Option<Text>,
    /// Counters begin at zero again here.
    pub(super) reset: Option<Text>,
    /// The file that it stands for ends with its last row.
    #[serde(default)]
    pub(super) ends: bool,
}

/// A row that comes in late.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LatePart {
    /// When it comes in.
    pub(super) at: Text,
    pub(super) queue: String,
    pub(super) source: Option<Text>,
    /// Start of the row.
    pub(super) start: Text,
    pub(super) step: Option<Text>,
    pub(super) offered: u32,
    pub(super) answered: Option<u32>,
    pub(super) answered_in_target: Option<u32>,
    #[serde(default)]
    pub(super) revision: u32,
}

/// A commander's order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CommandPart {
    pub(super) at: Text,
    pub(super) unit: Option<Text>,
    pub(super) act: Text,
    pub(super) level: Option<Text>,
    pub(super) expires: Option<Text>,
    pub(super) actor: Option<String>,
    pub(super) reason: Option<String>,
}

/// The monitor stops and comes back.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RestartPart {
    pub(super) at: Text,
    /// How long it is down; default not at all.
    pub(super) down: Option<Text>,
    /// Whether what the sources told meanwhile is read afterwards.
    #[serde(default)]
    pub(super) caught_up: bool,
}

/// Other settings from here on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyChangePart {
    pub(super) at: Text,
    pub(super) policy: PolicyPart,
}

/// Signs of life of a source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HeartbeatPart {
    pub(super) source: Text,
    pub(super) from: Text,
    pub(super) to: Text,
    pub(super) every: Text,
}

/// The link of a source goes down or comes up.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkPart {
    pub(super) at: Text,
    pub(super) source: Text,
    pub(super) up: bool,
}

/// Recalled people who are logged in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StaffPart {
    pub(super) at: Text,
    pub(super) unit: Option<Text>,
    pub(super) level: Text,
    pub(super) heads: u32,
}

/// What holds of a unit at a time. What is not written is not asked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectPart {
    pub(super) at: Text,
    pub(super) unit: Option<Text>,
    pub(super) level: Option<String>,
    pub(super) in_effect: Option<bool>,
    pub(super) incident: Option<u64>,
    pub(super) abnormal: Option<bool>,
    /// `true`, `false` or `"unknown"`.
    pub(super) controlled: Option<Truth>,
    pub(super) stand_down: Option<Truth>,
    pub(super) service: Option<Truth>,
    pub(super) volume: Option<Truth>,
    pub(super) backlog: Option<Truth>,
    pub(super) verdict: Option<String>,
    /// The verdict is asked of this queue.
    pub(super) queue: Option<Text>,
    pub(super) clock: Option<String>,
    pub(super) blind: Option<bool>,
    pub(super) frozen: Option<Text>,
    pub(super) next_step_at: Option<Text>,
    pub(super) uncontrolled_since: Option<Text>,
    /// Whether a source is up; with `source`.
    pub(super) up: Option<bool>,
    pub(super) source: Option<Text>,
    /// Calls offered so far; with `queue`.
    pub(super) offered_total: Option<u64>,
}

/// Truth with a third value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum Truth {
    /// Known.
    Known(bool),
    /// Not known.
    Unknown(UnknownWord),
}

/// The word for the third value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum UnknownWord {
    /// Not known.
    Unknown,
}

/// A change of level.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TransitionPart {
    pub(super) at: Text,
    pub(super) to: String,
    pub(super) unit: Option<String>,
    pub(super) from: Option<String>,
    pub(super) cause: Option<String>,
    pub(super) late: Option<Text>,
    pub(super) incident: Option<u64>,
    pub(super) number: Option<u32>,
}

/// A line of the outage ladder.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OutagePart {
    pub(super) at: Text,
    pub(super) step: String,
    pub(super) source: Option<String>,
    pub(super) since: Option<Text>,
}

/// A reminder.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReminderPart {
    pub(super) at: Text,
    pub(super) kind: String,
    pub(super) level: Option<String>,
    pub(super) unit: Option<String>,
}

/// A command that changed nothing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RefusedPart {
    pub(super) at: Text,
    pub(super) act: String,
}
