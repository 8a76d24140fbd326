//! The ladder against a slow reading of the rule: worked traces by name, then random ones.

#[path = "../model/ladder.rs"]
pub(crate) mod ladder;
#[path = "../model/random.rs"]
mod random;
#[path = "../model/trace.rs"]
pub(crate) mod trace;

use callsurge::engine::command::{Act, Level};
use callsurge::engine::effect::Cause;
use callsurge::engine::ladder::{Context, Ladder, Outcome};
use callsurge::engine::policy::LadderPolicy;
use callsurge::engine::silence::Silence;
use callsurge::engine::time::Span;
use ladder::{Change, Item};
use proptest::prelude::*;
use random::{control, downtime, orders, policies, silence};
use trace::{Trace, instant, minutes};

/// The engine's ladder of one unit, told item by item.
#[derive(Clone, Debug)]
struct Machine {
    ladder: Ladder,
    silence: Silence,
    next_incident: u64,
    last: Option<callsurge::engine::ladder::Moment>,
}

impl Machine {
    fn new() -> Self {
        Self { ladder: Ladder::new(), silence: Silence::new(), next_incident: 1, last: None }
    }

    fn take(&mut self, n: usize, item: &Item, policy: &LadderPolicy) -> Vec<Change> {
        let mut out = Vec::new();
        let Self { ladder, silence, next_incident, last } = self;
        let tau = last.map_or(Span::minutes(3), |m| m.tau);
        match item {
            Item::Sign(at) => silence.sign(*at, tau),
            Item::Down(from, to) => silence.downtime(*from, *to),
            Item::Moment(m) => {
                *last = Some(*m);
                ladder.step(m, &mut Context { silence, policy, next_incident }, &mut out);
            }
            Item::Order(order) => {
                let m = last.expect("an instant comes first");
                let mut ctx = Context { silence, policy, next_incident };
                let _refused = ladder.obey(order, &m, &mut ctx, &mut out);
            }
        }
        let moved = |outcome| match outcome {
            Outcome::Moved(m) => Some(Change {
                at: m.at,
                incident: m.incident,
                number: m.number,
                from: m.from,
                to: m.to,
                cause: m.cause,
                late_by: m.late_by,
                item: n,
            }),
            Outcome::Remind(..) => None,
        };
        out.into_iter().filter_map(moved).collect()
    }

    /// Writes the state out and reads it back, as a restart does.
    fn restarted(&self) -> Self {
        let ladder = postcard::to_allocvec(&self.ladder).expect("encodes");
        let silence = postcard::to_allocvec(&self.silence).expect("encodes");
        Self {
            ladder: postcard::from_bytes(&ladder).expect("decodes"),
            silence: postcard::from_bytes(&silence).expect("decodes"),
            ..*self
        }
    }
}

fn machine_changes(policy: &LadderPolicy, items: &[Item]) -> Vec<Change> {
    let mut machine = Machine::new();
    items.iter().enumerate().flat_map(|(n, item)| machine.take(n, item, policy)).collect()
}

/// `L2 30:00`, with `late 3:00` where it is late.
fn told(changes: &[Change]) -> Vec<String> {
    let clock = |s: i64| format!("{}:{:02}", s / 60, s % 60);
    let line = |c: &Change| {
        let late = c.late_by.as_millis() / 1_000;
        let late = if late == 0 { String::new() } else { format!(" late {}", clock(late)) };
        format!("{} {}{late}", c.to.word(), clock((c.at - instant(0)).as_millis() / 1_000))
    };
    changes.iter().map(line).collect()
}

fn check_with(policy: &LadderPolicy, trace: &Trace, expected: &[&str]) {
    let items = trace.items();
    let model = ladder::changes(policy, &items);
    assert_eq!(told(&model), expected, "the model");
    assert_eq!(told(&machine_changes(policy, &items)), expected, "the machine");
}

fn check(trace: &Trace, expected: &[&str]) {
    check_with(&LadderPolicy::ROBUST, trace, expected);
}

fn controlled(ranges: &[(f64, f64)]) -> Trace {
    Trace { controlled: minutes(ranges), ..Trace::default() }
}

#[test]
fn persistent_trouble_gives_l2_at_30_and_l3_at_60_in_both_profiles() {
    let trace = Trace { grid: 60, ..Trace::default() };
    let expected = ["L1 0:00", "L2 30:00", "L3 60:00"];
    check(&trace, &expected);
    check_with(&LadderPolicy::LITERAL, &trace, &expected);
}

#[test]
fn a_short_dip_neither_resets_nor_stops_the_clock() {
    check(&controlled(&[(20.0, 24.0)]), &["L1 0:00", "L2 30:00", "L3 60:00"]);
}

#[test]
fn control_at_the_order_moves_the_start_of_the_run() {
    check(&controlled(&[(0.0, 3.0)]), &["L1 0:00", "L2 33:00", "L3 63:00"]);
}

#[test]
fn a_recovery_of_five_minutes_resets() {
    check(&controlled(&[(25.0, 31.0)]), &["L1 0:00", "L2 61:00"]);
}

#[test]
fn the_share_holds_the_step_back() {
    check(&controlled(&[(5.0, 9.0), (20.0, 24.0)]), &["L1 0:00", "L2 40:00", "L3 70:00"]);
}

#[test]
fn without_any_share_thirty_minutes_after_the_last_turn() {
    let dips = [(0.25, 4.75), (5.25, 9.75), (10.25, 14.75), (15.25, 19.75), (20.25, 24.75)];
    check(&controlled(&dips), &["L1 0:00", "L2 54:45"]);
}

#[test]
fn silence_beyond_tau_freezes() {
    let trace = Trace { silent: minutes(&[(15.0, 25.0)]), ..Trace::default() };
    check(&trace, &["L1 0:00", "L2 37:00", "L3 67:00"]);
}

#[test]
fn a_step_due_within_tau_of_the_last_sign_fires_on_held_values() {
    let trace = Trace { silent: minutes(&[(28.0, 32.0)]), ..Trace::default() };
    check(&trace, &["L1 0:00", "L2 30:00", "L3 61:00"]);
}

#[test]
fn short_downtime_counts_and_the_step_is_late() {
    let down = vec![((25 * 60, 33 * 60), false)];
    let trace = Trace { down, ..Trace::default() };
    check(&trace, &["L1 0:00", "L2 33:00 late 3:00", "L3 63:00"]);
}

#[test]
fn long_downtime_freezes_whole() {
    let down = vec![((5 * 60, 600 * 60), false)];
    let trace = Trace { down, end: 640 * 60, ..Trace::default() };
    check(&trace, &["L1 0:00", "L2 625:00"]);
}

/// The source was silent from 20 to 32, the monitor down from 24 to 28, rows of 24 to 28 were read then
/// and all others at 32. The step is due at 30 only by rows that came at 32. Both raise it at 32; the
/// ladder counts how late it is from when the rule could be known to hold, the model from 30.
#[test]
fn rows_that_fill_a_silence_around_a_downtime_make_no_step_late() {
    let trace = Trace {
        grid: 30,
        end: 35 * 60,
        silent: minutes(&[(20.0, 32.0)]),
        filled: true,
        down: vec![((24 * 60, 28 * 60), true)],
        ..Trace::default()
    };
    let (policy, items) = (LadderPolicy::ROBUST, trace.items());
    assert_eq!(told(&machine_changes(&policy, &items)), ["L1 0:00", "L2 32:00"]);
    assert_eq!(told(&ladder::changes(&policy, &items)), ["L1 0:00", "L2 32:00 late 2:00"]);
}

#[test]
fn a_step_down_and_a_returning_surge() {
    let calm = minutes(&[(50.0, 70.0)]);
    let trace = Trace {
        controlled: calm.clone(),
        relaxed: calm.clone(),
        calm,
        end: 101 * 60,
        ..Trace::default()
    };
    check(&trace, &["L1 0:00", "L2 30:00", "L1 65:00", "L2 100:00"]);
}

#[test]
fn a_surge_soon_after_the_end_reopens_the_incident() {
    let calm = minutes(&[(10.0, 40.0)]);
    let trace = Trace {
        controlled: calm.clone(),
        relaxed: calm.clone(),
        calm,
        staffed: Level::L2,
        end: 71 * 60,
        ..Trace::default()
    };
    check(&trace, &["L1 0:00", "none 25:00", "L2 40:00", "L3 70:00"]);
}

fn act(at: f64, act: Act) -> (i64, Act, Option<i64>) {
    ((at * 60.0) as i64, act, None)
}

#[test]
fn a_hold_lets_the_clock_run_and_a_due_rise_fires_at_its_end() {
    let trace = Trace { orders: vec![act(20.0, Act::Hold)], end: 85 * 60, ..Trace::default() };
    check(&trace, &["L1 0:00", "L2 50:00 late 20:00", "L3 80:00"]);
}

#[test]
fn an_order_that_changes_no_level_moves_no_anchor() {
    let trace = Trace { orders: vec![act(20.0, Act::Raise(Level::L1))], ..Trace::default() };
    check(&trace, &["L1 0:00", "L2 30:00", "L3 60:00"]);
    let trace = Trace { orders: vec![act(20.0, Act::Raise(Level::L2))], ..Trace::default() };
    check(&trace, &["L1 0:00", "L2 20:00", "L3 50:00"]);
}

#[test]
fn close_keeps_the_unit_at_none_while_it_stays_abnormal_for_thirty_minutes() {
    let trace = Trace { orders: vec![act(10.0, Act::Close)], end: 45 * 60, ..Trace::default() };
    check(&trace, &["L1 0:00", "none 10:00", "L1 40:00"]);
    let calm = minutes(&[(15.0, 16.0)]);
    let trace =
        Trace { calm, orders: vec![act(10.0, Act::Close)], end: 30 * 60, ..Trace::default() };
    check(&trace, &["L1 0:00", "none 10:00", "L1 16:00"]);
}

#[test]
fn l3_waits_for_its_confirmation_and_fires_without_it() {
    let policy = LadderPolicy { l3_confirm: Span::minutes(5), ..LadderPolicy::ROBUST };
    let trace = Trace { end: 75 * 60, ..Trace::default() };
    check_with(&policy, &trace, &["L1 0:00", "L2 30:00", "L3 65:00"]);
    let trace = Trace { orders: vec![act(62.0, Act::Confirm)], ..trace };
    check_with(&policy, &trace, &["L1 0:00", "L2 30:00", "L3 62:00"]);
    let trace = Trace { orders: vec![], controlled: minutes(&[(60.25, 66.0)]), ..trace };
    check_with(&policy, &trace, &["L1 0:00", "L2 30:00"]);
}

#[test]
fn closing_hours_end_an_incident_from_any_level() {
    let trace = Trace { closed_from: Some(40 * 60), ..Trace::default() };
    check(&trace, &["L1 0:00", "L2 30:00", "none 55:00"]);
}

// Histories on which the ladder and its plain reading once parted.

#[test]
fn a_raise_during_a_dip_starts_the_run_after_it() {
    let orders = vec![act(22.0, Act::Raise(Level::L2))];
    let trace = Trace { orders, ..controlled(&[(20.0, 24.0)]) };
    check(&trace, &["L1 0:00", "L2 22:00", "L3 54:00"]);
}

#[test]
fn a_stale_term_beyond_tau_breaks_a_stand_down() {
    let calm = minutes(&[(10.0, 60.0)]);
    let stale = minutes(&[(12.0, 20.0)]);
    let (controlled, relaxed) = (calm.clone(), calm.clone());
    let trace = Trace { calm, controlled, relaxed, stale, end: 50 * 60, ..Trace::default() };
    check(&trace, &["L1 0:00", "none 35:00"]);
    let trace = Trace { stale: minutes(&[(12.0, 14.0)]), ..trace };
    check(&trace, &["L1 0:00", "none 25:00"]);
}

#[test]
fn a_reopened_incident_stays_under_the_ceiling() {
    let calm = minutes(&[(10.0, 40.0)]);
    let orders = vec![(5 * 60, Act::Lower(Level::L1), Some(60 * 60))];
    let (controlled, relaxed) = (calm.clone(), calm.clone());
    let trace = Trace { calm, controlled, relaxed, staffed: Level::L3, orders, ..Trace::default() };
    check(&trace, &["L1 0:00", "none 25:00", "L1 40:00", "L2 70:00"]);
}

#[test]
fn a_dip_before_a_downtime_is_held_for_tau_only() {
    let trace = Trace { down: vec![((20 * 60, 60 * 60), false)], ..controlled(&[(20.0, 20.5)]) };
    check(&trace, &["L1 0:00", "L2 60:00"]);
}

#[test]
fn a_window_before_l3_that_a_hold_delays_is_late_by_the_hold() {
    let policy = LadderPolicy { l3_confirm: Span::minutes(5), ..LadderPolicy::ROBUST };
    let orders = vec![act(40.0, Act::Hold)];
    let trace = Trace { orders, end: 80 * 60, ..Trace::default() };
    check_with(&policy, &trace, &["L1 0:00", "L2 30:00", "L3 75:00 late 10:00"]);
}

/// Silent from 36:00 to 44:00 and abnormal again at 43:00: R was true before and is so after.
#[test]
fn a_stand_down_that_is_only_held_does_not_begin_with_an_incident() {
    let calm = minutes(&[(21.0, 43.0), (44.0, 62.0)]);
    let trace = Trace {
        grid: 60,
        tau: 480,
        row: 240,
        end: 61 * 60,
        controlled: calm.clone(),
        relaxed: calm.clone(),
        calm,
        silent: minutes(&[(36.0, 44.0)]),
        ..Trace::default()
    };
    check(&trace, &["L1 0:00", "none 36:00", "L1 43:00", "none 59:00"]);
}

#[test]
fn a_confirmation_of_l3_has_no_end_that_could_be_over() {
    let policy = LadderPolicy { l3_confirm: Span::minutes(5), ..LadderPolicy::ROBUST };
    let orders = vec![(62 * 60, Act::Confirm, Some(62 * 60))];
    let trace = Trace { orders, ..Trace::default() };
    check_with(&policy, &trace, &["L1 0:00", "L2 30:00", "L3 62:00"]);
}

/// What may never happen, whatever comes in.
fn sound(policy: &LadderPolicy, items: &[Item], changes: &[Change]) {
    for pair in changes.windows(2) {
        let (before, after) = (pair[0], pair[1]);
        let same = before.incident == after.incident;
        assert_eq!(before.to, after.from, "levels join");
        assert!(same || after.incident == before.incident + 1, "incidents are dense");
        let number = if same { before.number + 1 } else { 1 };
        assert_eq!(after.number, number, "numbers are dense: one change per key");
        if after.cause == Cause::Timer && policy.l3_confirm == Span::ZERO {
            assert!(after.at - before.at >= policy.step, "no rise before its time");
        }
    }
    for change in changes {
        assert!(change.late_by >= Span::ZERO, "late is not early: {change:?}");
        let automatic = !matches!(change.cause, Cause::Manual | Cause::Reopened | Cause::Closed);
        if automatic {
            let step = i16::from(change.to.number()) - i16::from(change.from.number());
            assert_eq!(step.abs(), 1, "no level is skipped: {change:?}");
        }
        if let (Item::Moment(m), true) = (&items[change.item], change.to > change.from) {
            assert!(!m.old && !m.blind, "nothing rises on old or missing data: {change:?}");
        }
    }
}

fn agree(policy: &LadderPolicy, trace: &Trace) {
    let items = trace.items();
    let machine = machine_changes(policy, &items);
    sound(policy, &items, &machine);
    assert_eq!(told(&machine), told(&ladder::changes(policy, &items)), "machine, then model");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_on_control(policy in policies(), trace in control()) {
        agree(&policy, &trace);
    }

    #[test]
    fn agrees_on_silence(policy in policies(), trace in silence()) {
        agree(&policy, &trace);
    }

    #[test]
    fn agrees_on_downtime(policy in policies(), trace in downtime()) {
        agree(&policy, &trace);
    }

    #[test]
    fn agrees_on_orders(policy in policies(), trace in orders()) {
        agree(&policy, &trace);
    }

    #[test]
    fn robust_is_never_later_than_literal(trace in downtime()) {
        let items = trace.items();
        let first = |policy| {
            let changes = machine_changes(policy, &items);
            changes.iter().position(|c| c.cause == Cause::Timer).map(|n| (n, changes[n].at))
        };
        if let Some((n, literal)) = first(&LadderPolicy::LITERAL) {
            let robust = first(&LadderPolicy::ROBUST);
            prop_assert!(robust.is_some_and(|(m, robust)| m <= n && robust <= literal));
        }
    }

    #[test]
    fn a_restart_at_any_item_changes_nothing(policy in policies(), trace in orders()) {
        let items = trace.items();
        let mut plain = Machine::new();
        let mut restarted = Machine::new();
        for (n, item) in items.iter().enumerate() {
            restarted = restarted.restarted();
            prop_assert_eq!(plain.take(n, item, &policy), restarted.take(n, item, &policy));
            prop_assert_eq!(&plain.ladder, &restarted.ladder);
        }
    }

    #[test]
    fn a_replay_ends_in_the_same_bytes(policy in policies(), trace in orders()) {
        let items = trace.items();
        let bytes = || {
            let mut machine = Machine::new();
            for (n, item) in items.iter().enumerate() {
                machine.take(n, item, &policy);
            }
            postcard::to_allocvec(&(machine.ladder, machine.silence)).expect("encodes")
        };
        prop_assert_eq!(bytes(), bytes());
    }
}
