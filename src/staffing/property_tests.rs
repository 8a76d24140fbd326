//! What holds at every load: order, limits between the models, and numbers everywhere.

use super::*;
use proptest::prelude::*;

fn traffic(load: f64, handle: f64) -> Traffic {
    Traffic::of_load(load, handle).expect("in range")
}

fn law(seconds: f64) -> Exponential {
    Exponential::new(seconds).expect("in range")
}

/// Six orders of load, small ones as likely as large ones, and none at all.
fn loads() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), (-6.0..5.0_f64).prop_map(|e| 10_f64.powf(e)), Just(LOAD_MAX_ERLANGS)]
}

/// From a starved queue to one twice as large as its load, and the edges.
fn agents(load: f64, ratio: f64) -> u32 {
    (load * ratio) as u32
}

fn numbers(q: &ErlangA) {
    let shares = [
        q.wait_probability,
        q.abandoned,
        q.occupancy,
        q.answered_in_time,
        q.abandoned_in_time,
        q.answered_in_time + q.abandoned_in_time - 1e-12,
    ];
    let levels = Formula::ALL.map(|f| q.service_level(f));
    for share in shares.into_iter().chain(levels) {
        assert!((-1e-12..=1.0).contains(&share), "{share} in {q:?}");
    }
    for mean in [q.mean_wait_seconds, q.waiting_calls] {
        assert!(mean.is_finite() && mean >= 0.0, "{mean} in {q:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_answer_is_a_number(
        load in loads(),
        ratio in prop_oneof![0.0..2.0_f64, Just(0.0), Just(1.0), Just(20.0)],
        handle in (-3.0..4.9_f64).prop_map(|e| 10_f64.powf(e)),
        patience in (-6.0..9.0_f64).prop_map(|e| 10_f64.powf(e)),
        threshold in prop_oneof![Just(0.0), 0.0..60.0_f64, Just(THRESHOLD_MAX_SECONDS)],
    ) {
        let (t, n) = (traffic(load, handle), agents(load, ratio));
        let b = erlang_b(load, n).expect("in range");
        prop_assert!((0.0..=1.0).contains(&b));
        numbers(&erlang_a(&t, &law(patience), n, threshold).expect("stable"));
        match erlang_c(&t, n) {
            Ok(c) => {
                prop_assert!((0.0..=1.0).contains(&c.wait_probability));
                prop_assert!(c.mean_wait_seconds.is_finite() && c.waiting_calls.is_finite());
                prop_assert!((0.0..=1.0).contains(&c.service_level(threshold).expect("in range")));
                prop_assert!(c.wait_percentile_seconds(0.9).expect("in range").is_finite());
            }
            Err(error) => {
                let unstable = matches!(error, StaffingError::Unstable { .. });
                prop_assert!(unstable && f64::from(n) <= load);
            }
        }
    }

    #[test]
    fn one_agent_more_never_harms(
        load in loads(),
        ratio in 0.5..1.3_f64,
        patience in (0.0..4.0_f64).prop_map(|e| 10_f64.powf(e)),
    ) {
        let (t, n) = (traffic(load, 240.0), agents(load, ratio));
        let at = |n| erlang_a(&t, &law(patience), n, 20.0).expect("stable");
        let (fewer, more) = (at(n), at(n + 1));
        let slack = 1e-13;
        prop_assert!(more.wait_probability <= fewer.wait_probability + slack);
        prop_assert!(more.abandoned <= fewer.abandoned + slack);
        prop_assert!(more.occupancy <= fewer.occupancy + slack);
        prop_assert!(more.mean_wait_seconds <= fewer.mean_wait_seconds * (1.0 + slack) + slack);
        prop_assert!(more.answered_in_time >= fewer.answered_in_time - slack);
        let blocked = |n| erlang_b(load, n).expect("in range");
        prop_assert!(blocked(n + 1) <= blocked(n) * (1.0 + slack));
    }

    #[test]
    fn between_blocked_and_patient(load in 0.01..5_000.0_f64, spare in 1_u32..60) {
        let n = load as u32 + spare;
        let t = traffic(load, 300.0);
        let hasty = erlang_a(&t, &law(1e-6), n, 20.0).expect("stable");
        let b = erlang_b(load, n).expect("in range");
        prop_assert!((hasty.abandoned - b).abs() < 1e-6, "{} is not B {b}", hasty.abandoned);
        let patient = erlang_a(&t, &law(1e9), n, 20.0).expect("stable");
        let c = erlang_c(&t, n).expect("stable");
        // With a call to spare patience is never tried; just above the load it takes long.
        let near = 1e-4 * (1.0 + load) / (f64::from(n) - load).powi(2);
        prop_assert!((patient.wait_probability - c.wait_probability).abs() < near + 1e-9);
        prop_assert!(patient.wait_probability <= c.wait_probability + 1e-12);
    }

    #[test]
    fn a_search_finds_the_least(
        load in (-3.0..5.0_f64).prop_map(|e| 10_f64.powf(e)),
        patience in (0.0..4.0_f64).prop_map(|e| 10_f64.powf(e)),
        share in 0.02..0.98_f64,
        kind in 0..3,
    ) {
        let t = traffic(load, 300.0);
        let target = match kind {
            0 => Target::service_level(share, 20.0),
            1 => Target::Abandoned { at_most: share },
            _ => Target::Occupancy { at_most: share },
        };
        let n = match agents_for(&t, &law(patience), &target) {
            Ok(n) => n,
            Err(error) => {
                let most = erlang_a(&t, &law(patience), AGENTS_MAX, 20.0).expect("stable");
                let out = StaffingError::OutOfReach { quantity: Quantity::Occupancy, target: share };
                prop_assert!(kind == 2 && most.occupancy > share && error == out, "{error}");
                return Ok(());
            }
        };
        let meets = |n: u32, slack: f64| {
            let q = erlang_a(&t, &law(patience), n, 20.0).expect("stable");
            match kind {
                0 => q.answered_in_time >= share - slack,
                1 => q.abandoned <= share + slack,
                _ => q.occupancy <= share + slack,
            }
        };
        prop_assert!(meets(n, 1e-12), "{n} are too few");
        prop_assert!(n == 0 || !meets(n - 1, -1e-12), "{} would do", n - 1);
    }

    #[test]
    fn redials_balance(load in 0.1..20_000.0_f64, ratio in 0.0..1.2_f64, share in 0.0..0.9_f64) {
        let (t, n) = (traffic(load, 300.0), agents(load, ratio));
        let redials = Redials::new(share).expect("in range");
        let found = redialled(&t, &law(180.0), n, 20.0, redials).expect("stable");
        let balance = load + share * found.queue.abandoned * found.load_erlangs;
        prop_assert!((balance / found.load_erlangs - 1.0).abs() < 1e-11);
        numbers(&found.queue);
    }

    #[test]
    fn blocking_and_backlog_invert(load in loads(), share in 0.001..0.9_f64, wait in 1.0..1e4_f64) {
        let n = agents_for_blocking(load, share).expect("in reach");
        prop_assert!(erlang_b(load, n).expect("in range") <= share);
        prop_assert!(n == 0 || erlang_b(load, n - 1).expect("in range") > share);
        for patience in [None, Some(300.0)] {
            let backlog = Backlog::new(&traffic(load, 300.0), wait, patience).expect("in range");
            let n = backlog.agents_to_clear(900.0).expect("in reach");
            let slack = 1.0 + 1e-6 * (1.0 + load);
            prop_assert!(backlog.clear_seconds(n).expect("clears") <= 900.0 * slack);
            prop_assert!(backlog.waiting_after(n, 900.0).expect("in range") <= 1e-4 * (1.0 + load));
        }
    }
}

#[test]
fn out_of_reach_names_the_share_asked_for() {
    // A failing seed: 3.8 million agents would be busy for so little of their time.
    let t = traffic(75_743.104_876_816_96, 300.0);
    let error = agents_for(&t, &law(1.0), &Target::Occupancy { at_most: 0.02 }).unwrap_err();
    assert_eq!(error.to_string(), "no number of agents up to 2000000 reaches occupancy 0.02");
}
