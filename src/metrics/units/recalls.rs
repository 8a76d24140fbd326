//! Families of recalls: every unit and tier, at 0 where nobody is asked.

use super::Named;
use crate::engine::command::Level;
use crate::engine::view::View;
use crate::metrics::MetricsError;
use crate::metrics::catalogue as c;
use crate::metrics::page::{Page, label};
use crate::recall::Staff;
use crate::roster::Tier;

/// The levels that call people who are off duty, and whom.
const TIERS: [(Level, Tier); 2] = [(Level::L2, Tier::Standby), (Level::L3, Tier::Functional)];

pub(super) fn write(page: &mut Page, units: &[Named<'_>], view: &View) -> Result<(), MetricsError> {
    let of = |(name, unit): &Named<'_>| {
        let name = name.clone();
        TIERS.map(|(level, tier)| (name.clone(), tier, view.recalls.staff(unit.unit, level)))
    };
    let all: Vec<(String, Tier, Staff)> = units.iter().flat_map(of).collect();
    let heads = |of: fn(&Staff) -> u32| {
        all.iter().map(move |(unit, tier, staff)| {
            let labels = vec![label("unit", unit), label("tier", tier.word())];
            (labels, f64::from(of(staff)))
        })
    };
    page.family(&c::RECALL_REQUIRED, heads(|staff| staff.required))?;
    let by_status = all.iter().flat_map(|(unit, tier, staff)| {
        statuses(staff).map(|(status, heads)| {
            let labels =
                vec![label("unit", unit), label("tier", tier.word()), label("status", status)];
            (labels, f64::from(heads))
        })
    });
    page.family(&c::RECALL_STAFF, by_status)?;
    page.family(&c::RECALL_UNFILLED, heads(|staff| staff.unfilled))
}

fn statuses(staff: &Staff) -> [(&'static str, u32); 6] {
    [
        ("asked", staff.asked),
        ("accepted", staff.accepted),
        ("declined", staff.declined),
        ("silent", staff.silent),
        ("arrived", staff.arrived),
        ("no_show", staff.no_show),
    ]
}
