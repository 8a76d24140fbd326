//! Families of the pre-flight: what was found last. What nobody can know has no series.

use super::catalogue as c;
use super::page::{Page, Sample, flag, label};
use super::{MetricsError, label_value};
use crate::engine::command::Level;
use crate::preflight::{Depth, Outcome, Report};
use crate::roster::Tier;
use std::collections::BTreeMap;

pub(super) fn write(page: &mut Page, report: Option<&Report>) -> Result<(), MetricsError> {
    let Some(report) = report else { return Ok(()) };
    page.family(&c::PREFLIGHT_LAST_RUN, [(vec![], report.at.as_secs_f64())])?;
    page.family(&c::PREFLIGHT_OK, outcomes(report))?;
    page.family(&c::PREFLIGHT_POOL_HEADS, depths(report, |depth| depth.pool.heads_p90))?;
    page.family(&c::PREFLIGHT_NEED_HEADS, depths(report, |depth| depth.pool.need))
}

/// Of several skills, channels or sources the worst counts.
fn outcomes(report: &Report) -> Vec<Sample> {
    let mut worst: BTreeMap<(&str, &str), Outcome> = BTreeMap::new();
    for check in &report.checks {
        let unit = check.unit.as_deref().unwrap_or_default();
        let slot = worst.entry((unit, check.what.word())).or_insert(Outcome::Ok);
        *slot = (*slot).max(check.outcome());
    }
    let known = worst.into_iter().filter(|(_, outcome)| *outcome != Outcome::Unknown);
    known
        .map(|((unit, check), outcome)| {
            let mut labels = vec![label("check", check)];
            if !unit.is_empty() {
                labels.insert(0, label("unit", label_value(unit)));
            }
            (labels, flag(outcome == Outcome::Ok))
        })
        .collect()
}

fn depths(report: &Report, of: fn(&Depth) -> u32) -> impl Iterator<Item = Sample> {
    report.pools.iter().map(move |depth| {
        let tier = if depth.level == Level::L3 { Tier::Functional } else { Tier::Standby };
        let labels = vec![
            label("unit", label_value(&depth.unit)),
            label("tier", tier.word()),
            label("skill", label_value(&depth.skill)),
        ];
        (labels, f64::from(of(depth)))
    })
}
