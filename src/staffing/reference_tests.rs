//! Published and independently computed values, to the digits they are printed with.

use super::*;

/// The value is less than one unit of the last printed digit from what is printed. Some values
/// were cut off there and some rounded, and a few lie a rounding error from the middle.
#[track_caller]
fn check(got: f64, printed: &str) {
    let decimals = printed.split_once('.').map_or(0, |(_, d)| d.len());
    let unit = 0.1_f64.powi(i32::try_from(decimals).expect("short"));
    let want: f64 = printed.parse().expect("a number");
    assert!((got - want).abs() < unit, "{got:?} is not {printed}");
}

fn load(erlangs: f64, handle_seconds: f64) -> Traffic {
    Traffic::of_load(erlangs, handle_seconds).expect("in range")
}

fn c(agents: u32, erlangs: f64, handle: f64) -> ErlangC {
    erlang_c(&load(erlangs, handle), agents).expect("stable")
}

fn a(agents: u32, erlangs: f64, handle: f64, patience: f64) -> ErlangA {
    let law = Exponential::new(patience).expect("in range");
    erlang_a(&load(erlangs, handle), &law, agents, 20.0).expect("in range")
}

#[test]
fn erlang_b_cases_1_to_5() {
    for (agents, erlangs, printed) in [
        (5, 3.0, "0.110054347826087"),
        (10, 5.0, "0.0183845703366481"),
        (100, 100.0, "0.0757004527108610"),
        (1_000, 1_000.0, "0.0248119176461604"),
        (10_000, 10_000.0, "0.00793656324880567"),
    ] {
        check(erlang_b(erlangs, agents).expect("in range"), printed);
    }
}

#[test]
fn erlang_c_cases_6_to_15() {
    for (agents, erlangs, printed) in [
        (3, 2.0, "0.444444444444444"),
        (2, 1.0, "0.333333333333333"),
        (11, 10.0, "0.682118204689332"),
        (14, 10.0, "0.174131933595050"),
        (55, 48.0, "0.238700936378009"),
        (50, 48.0, "0.694455611196834"),
        (110, 100.0, "0.237007500285053"),
        (105, 100.0, "0.515707426812309"),
        (1_030, 1_000.0, "0.248908785843602"),
        (1_050, 1_000.0, "0.0744017740374284"),
        (5_100, 5_000.0, "0.102881413600934"),
        (10_150, 10_000.0, "0.0857821267672495"),
        (100_200, 100_000.0, "0.412608041019611"),
    ] {
        check(c(agents, erlangs, 300.0).wait_probability, printed);
    }
    let eighth = c(14, 10.0, 180.0);
    check(eighth.service_level(20.0).expect("in range"), "0.888350019179467");
    check(eighth.mean_wait_seconds, "7.83593701177724");
    check(eighth.occupancy, "0.714285714285714");
    let ninth = c(55, 48.0, 240.0);
    check(ninth.service_level(15.0).expect("in range"), "0.845883092170580");
    check(ninth.mean_wait_seconds, "8.18403210438889");
    let tenth = c(50, 48.0, 60.0);
    check(tenth.mean_wait_seconds, "20.8336683359050");
    check(tenth.wait_percentile_seconds(0.9).expect("in range"), "58.1387417820088");
}

#[test]
fn agents_by_erlang_c_cases_16_and_17() {
    let agents = |erlangs, target| {
        agents_for_service_level_c(&load(erlangs, 300.0), 20.0, target).expect("in range")
    };
    let loads = [10.0, 50.0, 100.0, 500.0, 1_000.0, 5_000.0, 10_000.0];
    assert_eq!(loads.map(|l| agents(l, 0.8)), [14, 57, 108, 513, 1_015, 5_019, 10_021]);
    assert_eq!(loads.map(|l| agents(l, 0.95)), [16, 61, 114, 523, 1_027, 5_035, 10_038]);
}

#[test]
fn erlang_a_cases_18_to_25() {
    let q = a(50, 48.0, 60.0, 120.0);
    check(q.wait_probability, "0.46777406855379");
    check(q.abandoned, "0.0309122491621932");
    check(q.mean_wait_seconds, "3.70946989946318");
    check(q.occupancy, "0.930324240804295");
    check(q.waiting_calls, "2.96757591957055");
    for (agents, erlangs, handle, patience, wait, abandoned, mean, level) in [
        (
            10,
            10.0,
            180.0,
            120.0,
            "0.496852747630142",
            "0.13746382627645",
            "16.495659153174",
            "0.639941307035988",
        ),
        (
            90,
            100.0,
            300.0,
            180.0,
            "0.774483963034593",
            "0.11217438224416",
            "20.1913888039488",
            "0.49708212587908",
        ),
        (
            100,
            100.0,
            300.0,
            180.0,
            "0.451617508741837",
            "0.0449127157626603",
            "8.08428883727886",
            "0.801911096489249",
        ),
        (
            110,
            100.0,
            300.0,
            180.0,
            "0.153479408726678",
            "0.0109474328502024",
            "1.97053791303643",
            "0.95755784835674",
        ),
        (
            1_000,
            1_000.0,
            300.0,
            180.0,
            "0.441244760131849",
            "0.0142165283260084",
            "2.55897509868151",
            "0.982756954303994",
        ),
    ] {
        let q = a(agents, erlangs, handle, patience);
        check(q.wait_probability, wait);
        check(q.abandoned, abandoned);
        check(q.mean_wait_seconds, mean);
        check(q.service_level(Formula::AnsweredOfOffered), level);
    }
    let q = a(9_900, 10_000.0, 300.0, 180.0);
    check(q.wait_probability, "0.758995767576875");
    check(q.abandoned, "0.011269125331325");
    check(q.mean_wait_seconds, "2.0284425596385");
    check(a(22, 20.0, 300.0, 300.0).wait_probability, "0.356302351585736");
}

#[test]
fn one_queue_by_four_formulas_case_26() {
    let q = a(90, 100.0, 300.0, 180.0);
    let printed =
        ["0.49708212587908", "0.559887117399875", "0.532982234433729", "0.564439171265013"];
    for (formula, printed) in Formula::ALL.into_iter().zip(printed) {
        check(q.service_level(formula), printed);
    }
}

#[test]
fn agents_by_erlang_a_case_27() {
    let law = Exponential::new(180.0).expect("in range");
    let target = Target::service_level(0.8, 20.0);
    let agents = |erlangs| agents_for(&load(erlangs, 300.0), &law, &target).expect("in reach");
    assert_eq!([10.0, 50.0, 100.0, 500.0, 1_000.0].map(agents), [13, 52, 100, 475, 936]);
}

#[test]
fn redials_cases_28_and_29() {
    let law = Exponential::new(180.0).expect("in range");
    let half = Redials::new(0.5).expect("in range");
    let at = |n| redialled(&load(100.0, 300.0), &law, n, 20.0, half).expect("in balance");
    let found = at(90);
    check(found.load_erlangs, "110.2487164618");
    check(found.queue.abandoned, "0.1859199234376");
    check(found.queue.answered_in_time, "0.2254200174631");
    let found = at(100);
    check(found.load_erlangs, "103.1783378484");
    check(found.queue.answered_in_time, "0.7229405629802");
    let found = at(110);
    check(found.load_erlangs, "100.6117984639");
    check(found.queue.answered_in_time, "0.9524073786405");
}

#[test]
fn square_root_rule_case_30() {
    for (beta, printed) in [
        (0.5, "0.504538640998"),
        (1.0, "0.223361274798"),
        (1.5, "0.0846903944939"),
        (2.0, "0.0268813624294"),
    ] {
        check(halfin_whitt(beta).expect("in range"), printed);
    }
}

#[test]
fn backlog_cases_31_and_32() {
    let traffic = Traffic::new(50.0 / 60.0, 300.0).expect("in range");
    let clear = |patience, agents| {
        let backlog = Backlog::new(&traffic, 120.0, patience).expect("in range");
        backlog.clear_seconds(agents).expect("clears")
    };
    for (agents, plain, with_abandonment) in [
        (260, "3600", "1167.54608943"),
        (270, "1800", "831.776616672"),
        (280, "1200", "659.167373201"),
        (300, "720", "473.074416219"),
    ] {
        check(clear(None, agents), plain);
        check(clear(Some(600.0), agents), with_abandonment);
    }
}

#[test]
fn waves_case_33() {
    let waves = |need, p| [0.8, 0.9, 0.95].map(|c| wave_size(need, p, c).expect("in range"));
    assert_eq!(waves(6, 0.4), [19, 21, 24]);
    assert_eq!(waves(20, 0.4), [57, 61, 65]);
    assert_eq!(waves(6, 0.25), [31, 35, 40]);
}
