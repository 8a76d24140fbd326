//! Patience laws: against quadrature with 30 digits, and the general forms against the exact ones.

use super::*;

fn queue(law: &impl Patience) -> ErlangA {
    let traffic = Traffic::of_load(100.0, 300.0).expect("in range");
    erlang_a(&traffic, law, 90, 20.0).expect("stable")
}

#[track_caller]
fn check(q: &ErlangA, want: [f64; 4], relative: f64) {
    let got = [q.wait_probability, q.abandoned, q.mean_wait_seconds, q.answered_in_time];
    for (got, want) in got.into_iter().zip(want) {
        assert!((got - want).abs() <= relative * want, "{got:?} is not {want}: {q:?}");
    }
}

/// A law that brings only what it must.
struct Plain(Exponential);

impl Patience for Plain {
    fn staying(&self, seconds: f64) -> f64 {
        self.0.staying(seconds)
    }

    fn waited_seconds(&self, seconds: f64) -> f64 {
        self.0.waited_seconds(seconds)
    }

    fn falling_per_second(&self, seconds: f64) -> f64 {
        self.0.falling_per_second(seconds)
    }

    fn seconds_until_gone(&self, share: f64) -> f64 {
        self.0.seconds_until_gone(share)
    }

    fn mean_seconds(&self) -> f64 {
        self.0.mean_seconds()
    }
}

#[test]
fn general_forms_agree_with_exact_ones() {
    for patience in [0.1, 20.0, 180.0, 3_600.0] {
        let law = Exponential::new(patience).expect("in range");
        for agents in [1, 40, 90, 100, 130] {
            let traffic = Traffic::of_load(100.0, 300.0).expect("in range");
            let exact = erlang_a(&traffic, &law, agents, 20.0).expect("stable");
            let plain = erlang_a(&traffic, &Plain(law), agents, 20.0).expect("stable");
            let ErlangA { wait_probability, abandoned, mean_wait_seconds, .. } = exact;
            let want = [wait_probability, abandoned, mean_wait_seconds, exact.answered_in_time];
            check(&plain, want, 1e-10);
        }
    }
}

#[test]
fn other_laws_have_their_values() {
    let law = LogNormal::new(120.0, 1.0).expect("in range");
    check(
        &queue(&law),
        [0.857_130_567_848_13, 0.107_712_742_301_74, 29.203_304_926_794, 0.344_959_316_211_22],
        1e-9,
    );
    let law = Balking::new(0.1, Exponential::new(180.0).expect("in range")).expect("in range");
    check(
        &queue(&law),
        [0.620_539_968_130_44, 0.120_484_979_855_64, 10.517_576_947_668, 0.679_493_015_237_29],
        1e-12,
    );
}

#[test]
fn who_never_gives_up_makes_it_unstable() {
    struct Half;
    impl Patience for Half {
        fn staying(&self, _: f64) -> f64 {
            0.5
        }

        fn waited_seconds(&self, seconds: f64) -> f64 {
            0.5 * seconds
        }

        fn falling_per_second(&self, _: f64) -> f64 {
            0.0
        }

        fn seconds_until_gone(&self, share: f64) -> f64 {
            if share <= 0.5 { 0.0 } else { f64::INFINITY }
        }

        fn mean_seconds(&self) -> f64 {
            f64::INFINITY
        }
    }
    let traffic = Traffic::of_load(100.0, 300.0).expect("in range");
    assert!(erlang_a(&traffic, &Half, 51, 20.0).is_ok());
    let error = erlang_a(&traffic, &Half, 49, 20.0).expect_err("more stay than can be answered");
    assert_eq!(error.to_string(), "unstable: 100 Erlang need more than 49 agents");
}
