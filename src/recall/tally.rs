//! How often each person was asked and came, so that the next order of asking can be fair.

use super::offer::{Offer, OfferState};
use crate::engine::time::Timestamp;
use crate::roster::PersonId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was asked of one person. Drills are not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Offers.
    pub asked: u32,
    /// Offers whose last answer was yes.
    pub accepted: u32,
    /// Offers whose last answer was no.
    pub declined: u32,
    /// Came to work.
    pub came: u32,
    /// Promised and did not come.
    pub no_shows: u32,
    /// When the last offer was made.
    pub last_asked_at: Option<Timestamp>,
}

/// Counts by person, carried between incidents as a value.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally(pub BTreeMap<PersonId, Counts>);

impl Tally {
    /// Adds one offer as it stands.
    pub(super) fn add(&mut self, offer: &Offer) {
        let counts = self.0.entry(offer.candidate.person).or_default();
        counts.asked += 1;
        counts.accepted += u32::from(offer.said == Some(true));
        counts.declined += u32::from(offer.said == Some(false));
        let came = matches!(offer.state, OfferState::Arrived { .. } | OfferState::Released { .. });
        counts.came += u32::from(came);
        counts.no_shows += u32::from(matches!(offer.state, OfferState::NoShow { .. }));
        counts.last_asked_at = counts.last_asked_at.max(Some(offer.asked_at));
    }
}
