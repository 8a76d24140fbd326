//! How a link stands, for those who ask: metrics, `doctor`, logs.

use super::agents::Floor;
use super::figures::Figures;
use super::meaning::Standing;
use crate::engine::observation::UnitId;
use crate::engine::time::{Span, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

/// How a link stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkView {
    /// Logged in.
    pub up: bool,
    /// Since when it has been so.
    pub since: Option<Timestamp>,
    /// Version of the interface.
    pub version: Option<String>,
    /// How far the clock of the PBX is ahead of ours.
    pub clock_offset: Option<Span>,
    /// Counts since the start.
    pub figures: Figures,
    /// Agents of each unit, each once.
    pub floors: BTreeMap<UnitId, Floor>,
    /// Queues.
    pub queues: Vec<Standing>,
    /// A queue log is read beside.
    pub log_readable: Option<bool>,
    /// Why the last link ended.
    pub last_end: Option<String>,
    /// Links and attempts that ended, by [`Ending`].
    pub endings: [u64; Ending::ALL.len()],
}

/// Why a link, or an attempt at one, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nobody could be reached.
    Unreachable,
    /// Who answered is no manager interface.
    NotAmi,
    /// The login was refused.
    LoginRefused,
    /// The login was not answered.
    LoginTimeout,
    /// Nothing came any more.
    Dead,
    /// The PBX said good-bye.
    Goodbye,
    /// The PBX closed the connection.
    Cut,
    /// Reading or writing failed.
    Broken,
    /// More came than could be committed.
    Overrun,
    /// The configuration of the source changed.
    Asked,
}

impl Ending {
    /// All of them: the closed set of the label.
    pub const ALL: [Self; 10] = [
        Self::Unreachable,
        Self::NotAmi,
        Self::LoginRefused,
        Self::LoginTimeout,
        Self::Dead,
        Self::Goodbye,
        Self::Cut,
        Self::Broken,
        Self::Overrun,
        Self::Asked,
    ];

    /// The word of the label.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::NotAmi => "not_ami",
            Self::LoginRefused => "login_refused",
            Self::LoginTimeout => "login_timeout",
            Self::Dead => "dead",
            Self::Goodbye => "goodbye",
            Self::Cut => "cut",
            Self::Broken => "broken",
            Self::Overrun => "overrun",
            Self::Asked => "reconfigured",
        }
    }
}

/// A shared [`LinkView`]. A clone shares it.
#[derive(Clone, Debug, Default)]
pub struct LinkStatus(Arc<RwLock<LinkView>>);

impl LinkStatus {
    /// The latest view.
    pub fn view(&self) -> LinkView {
        self.0.read().map(|view| view.clone()).unwrap_or_default()
    }

    /// Agents of each unit; nothing while there is no link.
    pub fn floors(&self) -> BTreeMap<UnitId, Floor> {
        self.0.read().map(|view| view.floors.clone()).unwrap_or_default()
    }

    /// Whether it is logged in; cheaper than a whole view.
    pub(super) fn is_up(&self) -> bool {
        self.0.read().is_ok_and(|view| view.up)
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut LinkView)) {
        if let Ok(mut view) = self.0.write() {
            change(&mut view);
        }
    }
}
