//! What the values of an answer mean: the mapping that a site configures.

use super::pointer::Pointer;
use super::reset::Reset;
use super::value::WaitUnit;
use crate::ingest::ami::QueueFilter;
use chrono_tz::Tz;
use std::collections::BTreeMap;
use std::fmt;

/// What a snapshot may tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// Calls waiting.
    Waiting,
    /// Age of the oldest waiting call.
    LongestWait,
    /// Calls before the queue.
    InIvr,
    /// Agents in conversation.
    Talking,
    /// Agents in after-call work.
    AfterCallWork,
    /// Agents that could take a call.
    Available,
    /// Agents logged in.
    LoggedIn,
    /// Agents paused.
    Paused,
    /// Running total of calls offered.
    Offered,
    /// Running total of calls answered.
    Answered,
    /// Running total of calls abandoned.
    Abandoned,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 11] = [
        Self::Waiting,
        Self::LongestWait,
        Self::InIvr,
        Self::Talking,
        Self::AfterCallWork,
        Self::Available,
        Self::LoggedIn,
        Self::Paused,
        Self::Offered,
        Self::Answered,
        Self::Abandoned,
    ];

    /// The word in configuration and messages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::LongestWait => "longest_wait",
            Self::InIvr => "in_ivr",
            Self::Talking => "talking",
            Self::AfterCallWork => "after_call_work",
            Self::Available => "available",
            Self::LoggedIn => "logged_in",
            Self::Paused => "paused",
            Self::Offered => "offered",
            Self::Answered => "answered",
            Self::Abandoned => "abandoned",
        }
    }
}

/// Where one number is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pick {
    /// At a pointer, counted from the item of the queue.
    At(Pointer),
    /// In the item's list of named metrics, by name.
    Metric(String),
}

impl fmt::Display for Pick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(pointer) => pointer.fmt(f),
            Self::Metric(name) => write!(f, "metric {name}"),
        }
    }
}

/// A list of names and values, as many vendors tell them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    /// The list, counted from the item of the queue.
    pub list: Pointer,
    /// The name, counted from an element of the list.
    pub name: Pointer,
    /// What tells two metrics of one name apart; the name is then `name:qualifier`.
    pub qualifier: Option<Pointer>,
    /// The value, counted from an element of the list.
    pub value: Pointer,
}

/// Where the name of a queue is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueName {
    /// At a pointer, counted from its item.
    At(Pointer),
    /// It is the key of the item in the object that `each` points at.
    Key,
    /// The answer is of one queue, which is called so.
    Fixed(String),
}

/// What the values of an answer mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Values that an answer must have to be one, counted from its top.
    pub success: Vec<(Pointer, String)>,
    /// The list or object of queues; `None`: the answer is of one queue.
    pub each: Option<Pointer>,
    /// Items that count, by values in them.
    pub only: Vec<(Pointer, String)>,
    /// Which queue an item is of.
    pub queue: QueueName,
    /// What queues are called here, by what the answer calls them.
    pub names: BTreeMap<String, String>,
    /// Which queues are read, by what they are called here.
    pub filter: QueueFilter,
    /// The list of named metrics.
    pub metrics: Option<Metrics>,
    /// When the answer was true, counted from the item, else from the top; `None`: when it came.
    pub at: Option<Pointer>,
    /// Where each field is found; several are added up.
    pub fields: BTreeMap<Field, Vec<Pick>>,
    /// Unit of the longest wait.
    pub wait_unit: WaitUnit,
    /// Since when running totals count, counted from the item, else from the top.
    pub counted_from: Option<Pointer>,
    /// When running totals begin anew, where the answer does not say.
    pub reset: Reset,
    /// Zone of instants without an offset, and of resets.
    pub timezone: Option<Tz>,
    /// Values that say "not known", besides `null`.
    pub absent: Vec<String>,
}

/// What vendors write where they do not know.
pub const ABSENT_DEFAULT: [&str; 7] = ["-1", "", "-", "--", "N/A", "NA", "null"];

impl Mapping {
    /// A mapping of one queue that reads nothing yet.
    pub fn new(queue: QueueName) -> Self {
        Self {
            success: Vec::new(),
            each: None,
            only: Vec::new(),
            queue,
            names: BTreeMap::new(),
            filter: QueueFilter::default(),
            metrics: None,
            at: None,
            fields: BTreeMap::new(),
            wait_unit: WaitUnit::default(),
            counted_from: None,
            reset: Reset::default(),
            timezone: None,
            absent: ABSENT_DEFAULT.map(str::to_owned).to_vec(),
        }
    }

    /// Whether it reads running totals, from which arrivals follow.
    pub fn counts(&self) -> bool {
        self.fields.contains_key(&Field::Offered)
    }
}
