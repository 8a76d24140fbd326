//! Families of the connectors: how the wire behind a source that is fetched stands.

use super::catalogue as c;
use super::page::{Page, Sample, flag, label};
use super::{Facts, MetricsError, label_value};
use crate::ingest::ami::Figures;
use crate::ingest::ami::status::{Ending, LinkView};
use crate::ingest::links::LinkReport;
use crate::ingest::poll::{Became, PollView};

pub(super) fn write(page: &mut Page, facts: &Facts) -> Result<(), MetricsError> {
    let (mut ami, mut polls) = (Vec::new(), Vec::new());
    for (source, report) in &facts.links {
        match report {
            LinkReport::Ami(view) => ami.push((label_value(source), &**view)),
            LinkReport::Poll(view) => polls.push((label_value(source), view)),
        }
    }
    let up = each(&ami, |v| Some(flag(v.up))).chain(each(&polls, |v| Some(flag(v.up))));
    page.family(&c::LINK_UP, up)?;
    let bytes = each(&ami, |v| Some(v.figures.bytes as f64));
    page.family(&c::LINK_BYTES, bytes.chain(each(&polls, |v| Some(v.bytes as f64))))?;
    manager(page, &ami)?;
    page.family(&c::POLLS, by(&polls, "outcome", asked))?;
    page.family(&c::POLL_LAST_GOOD, each(&polls, |v| v.last_good.map(|at| at.as_secs_f64())))
}

fn manager(page: &mut Page, ami: &[(String, &LinkView)]) -> Result<(), MetricsError> {
    page.family(&c::LINK_CONNECTS, each(ami, |v| Some(v.figures.links as f64)))?;
    page.family(&c::LINK_ENDS, by(ami, "reason", endings))?;
    page.family(&c::LINK_MESSAGES, by(ami, "outcome", |v| messages(&v.figures)))?;
    page.family(&c::LINK_CLOCK_OFFSET, each(ami, |v| Some(v.clock_offset?.as_secs_f64())))?;
    page.family(&c::LINK_COUNT_CHECKS, by(ami, "outcome", |v| checks(&v.figures)))?;
    page.family(&c::LINK_LISTS, by(ami, "outcome", |v| lists(&v.figures)))?;
    page.family(&c::LINK_GAPS, by(ami, "outcome", |v| gaps(&v.figures)))?;
    page.family(&c::LINK_REMARKS, by(ami, "kind", |v| remarks(&v.figures)))
}

/// Counts by the words of a closed set.
type Counts = Vec<(&'static str, u64)>;

fn endings(view: &LinkView) -> Counts {
    Ending::ALL.map(|ending| (ending.word(), view.endings[ending as usize])).into()
}

fn asked(view: &PollView) -> Counts {
    Became::ALL.map(|became| (became.word(), view.asked[became as usize])).into()
}

fn messages(f: &Figures) -> Counts {
    let used = f.messages.saturating_sub(f.ignored).saturating_sub(f.malformed);
    [("used", used), ("ignored", f.ignored), ("malformed", f.malformed), ("oversized", f.oversized)]
        .into()
}

fn checks(f: &Figures) -> Counts {
    let equal = f.count_checks.saturating_sub(f.count_mismatches);
    [("equal", equal), ("different", f.count_mismatches)].into()
}

fn lists(f: &Figures) -> Counts {
    [("taken", f.syncs), ("broken", f.broken_lists)].into()
}

fn gaps(f: &Figures) -> Counts {
    [("filled", f.gaps_filled), ("unknown", f.gaps_unknown)].into()
}

fn remarks(f: &Figures) -> Counts {
    [
        ("restart", f.restarts),
        ("reload", f.reloads),
        ("counter_reset", f.counter_resets),
        ("queue_full", f.saturations),
        ("call_adopted", f.adopted),
        ("end_unknown", f.unknown_ends),
        ("end_by_restart", f.ends_by_restart),
        ("row_backfilled", f.backfilled),
    ]
    .into()
}

/// One sample a source.
fn each<'a, V>(
    sources: &'a [(String, &'a V)],
    value: impl Fn(&V) -> Option<f64> + 'a,
) -> impl Iterator<Item = Sample> + 'a {
    sources.iter().filter_map(move |(name, view)| Some((vec![label("source", name)], value(view)?)))
}

/// Samples of a source by one further label.
fn by<'a, V>(
    sources: &'a [(String, &'a V)],
    further: &'static str,
    counts: impl Fn(&V) -> Counts + 'a,
) -> impl Iterator<Item = Sample> + 'a {
    sources.iter().flat_map(move |(name, view)| {
        let sample = move |(word, n)| (vec![label("source", name), label(further, word)], n as f64);
        counts(view).into_iter().map(sample)
    })
}
