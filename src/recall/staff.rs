//! Heads of a unit and level, all its recalls together: what tiles and metrics count. Drills are not
//! in it.

use super::campaigns::Campaigns;
use super::offer::OfferState;
use crate::engine::command::Level;
use crate::engine::observation::UnitId;

/// Heads by what became of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Staff {
    /// Needed by recalls that still ask.
    pub required: u32,
    /// Of those, without a person who has the place.
    pub unfilled: u32,
    /// Asked.
    pub asked: u32,
    /// Have a place and are not there yet.
    pub accepted: u32,
    /// Said no.
    pub declined: u32,
    /// Said nothing until the deadline.
    pub silent: u32,
    /// At work.
    pub arrived: u32,
    /// Promised and did not come.
    pub no_show: u32,
}

impl Campaigns {
    /// Heads of a unit that a level asked for.
    pub fn staff(&self, unit: UnitId, level: Level) -> Staff {
        let mut staff = Staff::default();
        let own =
            |r: &&super::Recall| (r.unit(), r.id().level, r.id().drill) == (unit, level, false);
        for recall in self.recalls().filter(own) {
            if !recall.is_ending() {
                let heads = recall.heads();
                staff.required = staff.required.saturating_add(heads.need);
                staff.unfilled = staff.unfilled.saturating_add(heads.missing);
            }
            for offer in recall.offers().values() {
                staff.asked += 1;
                staff.accepted += u32::from(offer.state.is_coming());
                staff.declined += u32::from(matches!(offer.state, OfferState::Declined { .. }));
                staff.silent += u32::from(matches!(offer.state, OfferState::Expired { .. }));
                staff.arrived += u32::from(matches!(offer.state, OfferState::Arrived { .. }));
                staff.no_show += u32::from(matches!(offer.state, OfferState::NoShow { .. }));
            }
        }
        staff
    }
}
