//! The compact notation of scenario files: offsets in time and series of values.
//!
//! A series is a list of words: `100` one row, `100x30` thirty rows, `_` a gap (no row at all),
//! `_x5` five of them, `100+5x20` and `100-5x20` twenty rows that rise or fall by 5 each. A `~`
//! behind the value (`100~x30`) makes it vary like real counts do; the variation is the same in
//! every run. `good` and `bad` say whether service is in target.

use crate::engine::time::Span;

/// One row of a series; `None` is a gap.
pub(super) type Cell<T> = Option<T>;

/// More rows than a series of a scenario has: a week of one-minute rows.
const ROWS_MAX: usize = 10_080;

/// Reads an offset: `30m`, `1h5m`, `33m15s`, `-10m`, `0m`.
pub(super) fn offset(text: &str) -> Result<Span, String> {
    let wrong = || format!("{text:?} is not an offset such as 30m, 1h5m, 33m15s or -10m");
    let (sign, body) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let mut total = 0_i64;
    let mut digits = String::new();
    for c in body.chars() {
        let unit = match c {
            '0'..='9' => {
                digits.push(c);
                continue;
            }
            'd' => 86_400,
            'h' => 3_600,
            'm' => 60,
            's' => 1,
            _ => return Err(wrong()),
        };
        let n: i64 = digits.parse().map_err(|_| wrong())?;
        digits.clear();
        total = n.checked_mul(unit).and_then(|s| total.checked_add(s)).ok_or_else(wrong)?;
    }
    if body.is_empty() || !digits.is_empty() {
        return Err(wrong());
    }
    Ok(Span::secs(sign * total))
}

/// Reads a series of counts of a queue; what varies in two queues varies independently.
pub(super) fn counts(text: &str, queue: u32) -> Result<Vec<Cell<u32>>, String> {
    let mut cells = Vec::new();
    for word in text.split_whitespace() {
        let (value, times) = repeated(word)?;
        if value == "_" {
            cells.extend(std::iter::repeat_n(None, times));
            continue;
        }
        let wrong = || format!("{word:?} is not a word of a series such as 100x30, 100+5x20 or _");
        let (value, varies) = value.strip_suffix('~').map_or((value, false), |v| (v, true));
        let (first, change) = ramp(value).ok_or_else(wrong)?;
        for n in 0..times {
            let plain = first + change * i64::try_from(n).map_err(|_| wrong())?;
            let plain = u32::try_from(plain).map_err(|_| wrong())?;
            cells.push(Some(if varies { vary(plain, queue, cells.len() as u64) } else { plain }));
        }
        check_length(cells.len())?;
    }
    Ok(cells)
}

/// Reads a series of `good` and `bad`.
pub(super) fn services(text: &str) -> Result<Vec<Cell<bool>>, String> {
    let mut cells = Vec::new();
    for word in text.split_whitespace() {
        let (value, times) = repeated(word)?;
        let cell = match value {
            "good" => Some(true),
            "bad" => Some(false),
            "_" => None,
            _ => return Err(format!("{word:?} is not good, bad or _, with xN behind it or not")),
        };
        cells.extend(std::iter::repeat_n(cell, times));
        check_length(cells.len())?;
    }
    Ok(cells)
}

/// Splits `100x30` into its value and how often it comes.
fn repeated(word: &str) -> Result<(&str, usize), String> {
    let Some((value, times)) = word.rsplit_once('x') else { return Ok((word, 1)) };
    let times = times.parse().map_err(|_| format!("{word:?}: a number of rows follows the x"))?;
    check_length(times)?;
    Ok((value, times))
}

fn check_length(rows: usize) -> Result<(), String> {
    if rows > ROWS_MAX { Err(format!("a series has at most {ROWS_MAX} rows")) } else { Ok(()) }
}

/// Splits `100+5` into its first value and its change.
fn ramp(value: &str) -> Option<(i64, i64)> {
    if let Some((first, change)) = value.split_once('+') {
        return Some((first.parse().ok()?, change.parse().ok()?));
    }
    if let Some((first, change)) = value.split_once('-') {
        return Some((first.parse().ok()?, -change.parse::<i64>().ok()?));
    }
    Some((value.parse().ok()?, 0))
}

/// A count that varies around `level` with the variance of a Poisson count: uniform within the
/// square root of three times the level, by a fixed hash of the queue and `n`.
pub(super) fn vary(level: u32, queue: u32, n: u64) -> u32 {
    let mut h = (n | u64::from(queue) << 32).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    h = (h ^ (h >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    h = (h ^ (h >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let uniform = (h >> 11) as f64 / (1_u64 << 53) as f64 * 2.0 - 1.0;
    let level = f64::from(level);
    (level + (3.0 * level).sqrt() * uniform).round().max(0.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets() {
        assert_eq!(offset("30m"), Ok(Span::minutes(30)));
        assert_eq!(offset("1h5m"), Ok(Span::minutes(65)));
        assert_eq!(offset("-10m30s"), Ok(Span::secs(-630)));
        for wrong in ["", "-", "30", "m", "3x", "5m3"] {
            assert!(offset(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn series() {
        assert_eq!(counts("5x2 _ 7", 0), Ok(vec![Some(5), Some(5), None, Some(7)]));
        assert_eq!(counts("10+5x3", 0), Ok(vec![Some(10), Some(15), Some(20)]));
        assert_eq!(counts("10-5x3 0", 0), Ok(vec![Some(10), Some(5), Some(0), Some(0)]));
        assert_eq!(counts("_x2", 0), Ok(vec![None, None]));
        for wrong in ["5y2", "5x", "x5", "10-5x4", "1x99999", "-1"] {
            assert!(counts(wrong, 0).is_err(), "{wrong:?}");
        }
        assert_eq!(services("badx2 good _"), Ok(vec![Some(false), Some(false), Some(true), None]));
        assert!(services("fine").is_err());
    }

    #[test]
    fn varied_counts_have_the_mean_and_the_variance_of_poisson_counts() {
        let cells = counts("100~x10000", 0).expect("valid");
        let mean = cells.iter().flatten().map(|&n| f64::from(n)).sum::<f64>() / 1e4;
        let squares = cells.iter().flatten().map(|&n| (f64::from(n) - mean).powi(2)).sum::<f64>();
        assert!((mean - 100.0).abs() < 0.5, "{mean}");
        assert!((squares / 1e4 - 100.0).abs() < 5.0, "{squares}");
    }
}
