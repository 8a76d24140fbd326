//! The same statistic gives the same number as in R `surveillance` (see
//! `tests/fixtures/oracle/README.md`): the likelihood ratio behind the end of an excursion, summed
//! to a CUSUM, is `glrnb`; the quantile behind every score is that of the EARS bounds.

use callsurge::engine::tail::{log_ratio, score_of};

struct Row {
    y: f64,
    mu: f64,
    c1: Option<(f64, bool)>,
    c2: Option<(f64, bool)>,
    glr: Option<(f64, bool)>,
}

fn rows(seed: u32) -> Vec<Row> {
    let file = format!("{}/tests/fixtures/oracle/seed{seed}.csv", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(file).expect("the fixture");
    let parse = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |i: usize| cells[i].parse::<f64>().ok();
        let pair = |i: usize| Some((number(i)?, cells[i + 1] == "1"));
        let (y, mu) = (number(1).expect("a count"), number(2).expect("a mean"));
        Row { y, mu, c1: pair(3), c2: pair(5), glr: pair(7) }
    };
    text.lines().skip(1).map(parse).collect()
}

#[test]
fn the_likelihood_ratio_is_that_of_glrnb() {
    for seed in [1, 2] {
        let (mut sum, mut compared, mut alarms) = (0.0_f64, 0, 0);
        for row in rows(seed) {
            let Some((statistic, alarm)) = row.glr else { continue };
            sum = (sum + log_ratio(row.y, row.mu, 1.0 / 8.0, 1.5)).max(0.0);
            assert!((sum - statistic).abs() < 1e-4, "seed {seed}: {sum}, R has {statistic}");
            assert_eq!(sum > 5.0, alarm);
            compared += 1;
            if alarm {
                sum = 0.0;
                alarms += 1;
            }
        }
        assert_eq!((compared, alarms), (505, 2), "seed {seed}");
    }
}

#[test]
fn the_quantile_is_that_of_the_ears_bounds() {
    for seed in [1, 2] {
        let rows = rows(seed);
        for (i, row) in rows.iter().enumerate().skip(9) {
            for (bound, lag) in [(row.c1, 0), (row.c2, 2)] {
                let (bound, alarm) = bound.expect("a bound");
                let window: Vec<f64> = rows[i - lag - 7..i - lag].iter().map(|r| r.y).collect();
                let mean = window.iter().sum::<f64>() / 7.0;
                let squares = window.iter().map(|y| (y - mean).powi(2)).sum::<f64>();
                let upper = mean + score_of(0.001) * (squares / 6.0).sqrt();
                assert!((upper - bound).abs() < 1e-3, "seed {seed}: {upper}, R has {bound}");
                assert_eq!(row.y > upper, alarm);
            }
        }
    }
}
