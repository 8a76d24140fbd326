//! Families of the sources.

use super::catalogue as c;
use super::page::{Page, flag, label};
use super::{MetricsError, Rejection, Service, label_value};
use crate::engine::time::Timestamp;
use crate::engine::view::{SourceView, View};

pub(super) fn write(page: &mut Page, view: &View, service: &Service) -> Result<(), MetricsError> {
    let names: Vec<String> = view.sources.iter().map(|s| label_value(&s.name)).collect();
    let named = || names.iter().zip(&view.sources);
    let instant = |get: fn(&SourceView) -> Option<Timestamp>| {
        named().filter_map(move |(name, source)| {
            Some((vec![label("source", name)], get(source)?.as_secs_f64()))
        })
    };
    let awaited = named().filter(|(_, s)| s.awaited);
    page.family(&c::SOURCE_UP, awaited.map(|(name, s)| (vec![label("source", name)], flag(s.up))))?;
    page.family(&c::SOURCE_LAST_EVENT, instant(|s| s.last_event))?;
    page.family(&c::SOURCE_WATERMARK, instant(|s| s.watermark))?;
    page.family(&c::SOURCE_OUTAGE, instant(|s| s.outage.map(|(since, _)| since)))?;
    let records = named().flat_map(|(name, s)| {
        let a = s.accepted;
        [
            ("event", a.events),
            ("snapshot", a.snapshots),
            ("interval", a.intervals),
            ("heartbeat", a.heartbeats),
        ]
        .map(|(kind, n)| (vec![label("source", name), label("kind", kind)], n as f64))
    });
    page.family(&c::INGEST_RECORDS, records)?;
    let rejected = named().flat_map(|(name, s)| {
        let i = s.ignored;
        let engine = [
            ("duplicate", i.duplicate),
            ("late", i.late),
            ("too_late", i.too_late),
            ("future", i.future),
            ("orphan", i.orphan),
            ("second_source", i.second_source),
        ];
        let edge = Rejection::ALL.map(|why| (why.word(), service.rejected(name, why)));
        engine
            .into_iter()
            .chain(edge)
            .map(move |(why, n)| (vec![label("source", name), label("reason", why)], n as f64))
    });
    let sourceless = Rejection::ALL
        .map(|why| (vec![label("reason", why.word())], service.rejected("", why) as f64));
    page.family(&c::INGEST_REJECTED, rejected.chain(sourceless))
}
