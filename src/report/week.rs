//! A week of hours as a plot, filled what was, as a line what is expected.

use super::look::Look;
use super::plot::{Dots, MARGIN, chart};
use std::fmt::Write;

const ROWS: usize = 8;
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const DAYS_COUNT: usize = DAYS.len();

/// The plot of 168 hours from Monday on; empty where there is nothing to show.
pub fn week(title: &str, filled: &[Option<f64>], line: &[Option<f64>], look: Look) -> String {
    if filled.iter().chain(line).flatten().next().is_none() {
        return String::new();
    }
    let of_day = (look.columns.saturating_sub(MARGIN) / DAYS_COUNT).max(3);
    let columns = 2 * of_day * DAYS_COUNT;
    let at = |hours: &[Option<f64>], column: usize| {
        hours.get(column * hours.len() / columns).copied().flatten()
    };
    let dots = Dots {
        observed: (0..columns).map(|column| at(filled, column)).collect(),
        expected: (0..columns).map(|column| at(line, column)).collect(),
        levels: vec![None; columns],
    };
    let top = dots.top();
    let mut text = format!("{title}\n");
    for (row, line) in chart(&dots, top, ROWS).into_iter().enumerate() {
        let label = match row {
            0 => format!("{top:.0}"),
            _ if row + 1 == ROWS => "0".to_owned(),
            _ => String::new(),
        };
        let line: String = line.into_iter().collect();
        let _ = writeln!(text, "{}", format!("{label:>7} ┤{line}").trim_end());
    }
    let axis: String = DAYS.iter().map(|day| format!("{day:of_day$}")).collect();
    let _ = writeln!(text, "{:>7}  {}", "", axis.trim_end());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_is_filled_by_what_was_and_lined_by_what_is_expected() {
        let hour = |at: usize| match (at / 24, at % 24) {
            (5 | 6, _) => None,
            (day, 8..=17) => Some(40.0 + 10.0 * day as f64),
            _ => Some(0.0),
        };
        let filled: Vec<_> = (0..168).map(hour).collect();
        let line: Vec<_> = (0..168).map(|_| Some(50.0)).collect();
        let text = week("calls an hour", &filled, &line, Look::plain(60));
        assert_eq!(text, GOLDEN, "\n{text}");
        assert_eq!(week("", &[], &[], Look::plain(60)), "");
        assert_eq!(week("", &[None], &[None], Look::plain(60)), "");
    }

    const GOLDEN: &str = "\
calls an hour
     80 ┤                              ⢸⣿⣿⡇
        ┤                       ⢸⣿⣿⡇   ⢸⣿⣿⡇
        ┤                ⢸⣿⣿⡇   ⢸⣿⣿⡇   ⢸⣿⣿⡇
        ┤⠉⠉⠉⠉⠉⠉⠉⠉⠉⢱⣶⣶⡎⠉⠉⠉⢱⣶⣶⡎⠉⠉⠉⢱⣶⣶⡎⠉⠉⠉⢱⣶⣶⡎⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉
        ┤  ⢸⣿⣿⡇   ⢸⣿⣿⡇   ⢸⣿⣿⡇   ⢸⣿⣿⡇   ⢸⣿⣿⡇
        ┤  ⢸⣿⣿⡇   ⢸⣿⣿⡇   ⢸⣿⣿⡇   ⢸⣿⣿⡇   ⢸⣿⣿⡇
        ┤  ⢸⣿⣿⡇   ⢸⣿⣿⡇   ⢸⣿⣿⡇   ⢸⣿⣿⡇   ⢸⣿⣿⡇
      0 ┤  ⢸⣿⣿⡇   ⢸⣿⣿⡇   ⢸⣿⣿⡇   ⢸⣿⣿⡇   ⢸⣿⣿⡇
         Mon    Tue    Wed    Thu    Fri    Sat    Sun
";
}
