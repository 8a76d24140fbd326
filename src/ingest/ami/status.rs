//! How a link stands, for those who ask: metrics, `doctor`, logs.

use super::agents::Floor;
use super::figures::Figures;
use super::meaning::Standing;
use crate::engine::time::{Span, Timestamp};
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
    /// Agents, each once.
    pub floor: Floor,
    /// Queues.
    pub queues: Vec<Standing>,
    /// A queue log is read beside.
    pub log_readable: Option<bool>,
    /// Why the last link ended.
    pub last_end: Option<String>,
}

/// A shared [`LinkView`]. A clone shares it.
#[derive(Clone, Debug, Default)]
pub struct LinkStatus(Arc<RwLock<LinkView>>);

impl LinkStatus {
    /// The latest view.
    pub fn view(&self) -> LinkView {
        self.0.read().map(|view| view.clone()).unwrap_or_default()
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut LinkView)) {
        if let Ok(mut view) = self.0.write() {
            change(&mut view);
        }
    }
}
