//! Random histories of a unit, from plain dips to downtime and orders.

use crate::ladder_model::trace::{Seconds, Trace};
use callsurge::engine::command::{Act, Level};
use callsurge::engine::policy::LadderPolicy;
use callsurge::engine::time::Span;
use proptest::prelude::*;

/// Ranges that follow one another with gaps, on a grid of `unit` seconds.
fn ranges(count: usize, gap: i64, length: i64, unit: i64) -> impl Strategy<Value = Vec<Seconds>> {
    prop::collection::vec((0..gap, 1..=length), 0..=count).prop_map(move |steps| {
        let mut at = 0;
        let mut ranges = Vec::new();
        for (gap, length) in steps {
            let start = at + gap * unit;
            at = start + length * unit;
            ranges.push((start, at));
            at += unit;
        }
        ranges
    })
}

fn any_act() -> impl Strategy<Value = Act> {
    let level = prop::sample::select(&Level::ALL[1..]);
    prop_oneof![
        level.clone().prop_map(Act::Raise),
        prop::sample::select(&Level::ALL[..]).prop_map(Act::Lower),
        Just(Act::Hold),
        Just(Act::Confirm),
        Just(Act::Close),
    ]
}

/// An uneventful trace with the clock, the rows and the length drawn.
fn base() -> impl Strategy<Value = Trace> {
    let grid = prop::sample::select(vec![30_i64, 60]);
    let row = prop::sample::select(vec![60_i64, 120, 240]);
    let level = prop::sample::select(&Level::ALL[..]);
    (grid, row, 35_i64..150, level).prop_map(|(grid, row, minutes, staffed)| Trace {
        grid,
        row,
        tau: (2 * row).max(180),
        end: minutes * 60,
        staffed,
        ..Trace::default()
    })
}

pub(crate) fn control() -> impl Strategy<Value = Trace> {
    let parts = (
        base(),
        ranges(8, 25, 8, 60),
        ranges(2, 60, 30, 60),
        ranges(3, 30, 6, 60),
        ranges(2, 30, 6, 60),
    );
    parts.prop_map(|(trace, dips, calm, unknown, stale)| Trace {
        controlled: [dips, calm.clone()].concat(),
        relaxed: calm.clone(),
        calm,
        unknown,
        stale,
        ..trace
    })
}

pub(crate) fn silence() -> impl Strategy<Value = Trace> {
    let parts = (control(), ranges(3, 40, 14, 60), any::<bool>());
    parts.prop_map(|(trace, silent, filled)| Trace { silent, filled, ..trace })
}

pub(crate) fn downtime() -> impl Strategy<Value = Trace> {
    let parts = (silence(), ranges(2, 60, 80, 60), any::<bool>(), prop::option::of(0_i64..150));
    parts.prop_map(|(trace, down, read, closed)| {
        // How late a step is told to be is known otherwise there: a named case of its own.
        let meet = |&(a, b): &Seconds| trace.silent.iter().any(|&(x, y)| a < y && x < b);
        let filled = trace.filled && !(read && down.iter().any(meet));
        Trace {
            down: down.into_iter().map(|range| (range, read)).collect(),
            filled,
            closed_from: closed.map(|m| m * 60),
            ..trace
        }
    })
}

pub(crate) fn orders() -> impl Strategy<Value = Trace> {
    let expiry = prop::option::of(-5_i64..45);
    let order = (0_i64..140, any_act(), expiry);
    (downtime(), prop::collection::vec(order, 0..6)).prop_map(|(trace, mut orders)| {
        orders.sort_by_key(|o| o.0);
        orders.dedup_by_key(|o| o.0);
        let orders = orders
            .into_iter()
            .map(|(at, act, until)| (at * 60, act, until.map(|m| (at + m) * 60)))
            .collect();
        Trace { orders, ..trace }
    })
}

pub(crate) fn policies() -> impl Strategy<Value = LadderPolicy> {
    let profile = prop::sample::select(vec![LadderPolicy::ROBUST, LadderPolicy::LITERAL]);
    let minutes = |most| (0_i64..=most).prop_map(Span::minutes);
    (profile, minutes(3), minutes(6), any::<bool>()).prop_map(|(policy, confirm, l3, plain)| {
        if plain { policy } else { LadderPolicy { confirm, l3_confirm: l3, ..policy } }
    })
}
