//! The configuration files that ship with the program; tests parse each of them.

use serde::{Deserialize, Serialize};

/// Every key with its default and its reason.
pub(super) const DEFAULT: &str = include_str!("../../config/callsurge.toml");

/// A shipped sample: the least that connects one kind of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Sample {
    /// Observations are posted over HTTP.
    Push,
    /// The `queue_log` of an Asterisk server is followed.
    QueueLog,
    /// The manager interface of an Asterisk server is listened to.
    Ami,
    /// Addresses are asked over HTTP.
    Poll,
    /// CSV files are replayed.
    Csv,
}

impl Sample {
    /// All samples.
    pub const ALL: [Self; 5] = [Self::Push, Self::QueueLog, Self::Ami, Self::Poll, Self::Csv];

    /// The file.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Push => include_str!("../../config/examples/push.toml"),
            Self::QueueLog => include_str!("../../config/examples/queue_log.toml"),
            Self::Ami => include_str!("../../config/examples/ami.toml"),
            Self::Poll => include_str!("../../config/examples/poll.toml"),
            Self::Csv => include_str!("../../config/examples/csv.toml"),
        }
    }
}
