//! Golden plots: what a person sees.

use super::*;

/// A day of quarter hours from 2026-11-24 00:00 in Shanghai, with a surge at level up to 3.
fn day(date: i64, unit: &str, peak: f64) -> Vec<Sample> {
    let start = Timestamp::parse_rfc3339("2026-11-23T16:00:00Z").expect("valid");
    let start = start + Span::hours(24 * date);
    (0..96)
        .map(|i| {
            let hour = f64::from(i) / 4.0;
            let expected = 40.0 * (1.0 - ((hour - 13.0) / 9.0).powi(2)).max(0.0);
            let surge = (13.0..18.0).contains(&hour);
            let level = match hour {
                h if !surge || peak <= 1.0 || h < 13.5 => Level::None,
                h if h < 14.0 => Level::L1,
                h if h < 14.5 => Level::L2,
                _ => Level::L3,
            };
            Sample {
                at: start + Span::minutes(15) * (i64::from(i) + 1),
                unit: unit.into(),
                observed: (expected * if surge { peak } else { 1.0 }).round(),
                expected: Some(expected),
                upper: Some(expected * 1.3),
                level,
            }
        })
        .collect()
}

fn options(columns: usize) -> PlotOptions {
    let look = Look::plain(columns);
    PlotOptions { days_max: 1, ..PlotOptions::new(chrono_tz::Asia::Shanghai, look) }
}

#[test]
fn a_day_with_a_surge() {
    let text = plot(&day(0, "sales", 2.5), &options(72));
    assert_eq!(text, GOLDEN_DAY, "\n{text}");
}

#[test]
fn many_days_fold_to_those_with_incidents() {
    let mut samples = Vec::new();
    for date in 0..20 {
        let peak = if date % 6 == 3 { 1.5 + date as f64 / 10.0 } else { 1.0 };
        samples.extend(day(date, "sales", peak));
    }
    let text = plot(&samples, &options(60));
    let head: String = text.lines().take(4).map(|l| format!("{l}\n")).collect();
    assert_eq!(head, GOLDEN_DAYS, "\n{text}");
    assert!(text.ends_with("… and 2 more days with incidents\n"), "{text}");
    assert_eq!(text.matches("calls per 15 min").count(), 1);
}

#[test]
fn nothing_makes_an_empty_plot_and_a_calm_day_is_shown() {
    assert_eq!(plot(&[], &options(60)), "");
    let text = plot(&day(0, "sales", 1.0), &options(60));
    assert!(text.contains("Tue 2026-11-24"), "{text}");
    assert!(!text.contains('\x1b'), "{text}");
}

#[test]
fn odd_series_do_not_panic() {
    let mut samples = day(0, "a", 2.0);
    for (i, sample) in samples.iter_mut().enumerate() {
        match i % 4 {
            0 => sample.observed = f64::NAN,
            1 => sample.expected = None,
            2 => sample.observed = -5.0,
            _ => sample.at = Timestamp::from_secs(i as i64 * 999_999),
        }
    }
    let colour = Look { columns: 41, colour: true };
    assert!(plot(&samples, &PlotOptions { look: colour, ..options(41) }).contains("\x1b[0m"));
    samples[0].at = Timestamp::MAX;
    plot(&samples, &options(200));
}

const GOLDEN_DAY: &str = "\
sales  Tue 2026-11-24  calls per 15 min: filled observed, line expected
    100 ┤                                  ⢸⣿⣿⣷⣶⣦⣤⣀
        ┤                                  ⢸⣿⣿⣿⣿⣿⣿⣿⣿⣷⣦⡀
        ┤                                  ⣼⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿
        ┤                                  ⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿
        ┤                               ⡀  ⠿⠿⠿⠿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇
        ┤                      ⢀⣀⣠⣤⣬⣶⣶⣶⣶⣿⣿⣿⣿⣿⣿⣿⣶⣶⣶⣶⣭⣭⣝⣛⡻⠇
        ┤                ⢀⣀⣤⣴⣶⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣶⣦⣤⣀⡀
      0 ┤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⡀⣀⣠⣶⣾⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣷⣦⣄⡀⢀⣀⣀⣀⣀⣀
  level  ···································1223333333333···············
         00:00     04:00      08:00     12:00      16:00     20:00

";
const GOLDEN_DAYS: &str = "\
sales: highest level of each day
2026-11-24  ···3·····3·····3····

sales  Wed 2026-12-09  calls per 15 min: filled observed, line expected
";
