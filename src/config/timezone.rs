//! Names of time zones, and which one was probably meant.

use super::keys::distance;
use chrono_tz::{TZ_VARIANTS, Tz};

/// What people write for a zone that the database calls otherwise.
const OTHERWISE: [(&str, &[&str]); 8] = [
    ("beijing", &["Asia/Shanghai"]),
    ("china", &["Asia/Shanghai"]),
    ("cst", &["Asia/Shanghai", "America/Chicago"]),
    ("bst", &["Europe/London"]),
    ("pst", &["America/Los_Angeles"]),
    ("edt", &["America/New_York"]),
    ("cest", &["Europe/Berlin"]),
    ("ist", &["Asia/Kolkata"]),
];

/// Most names that are suggested.
const SUGGESTIONS_MAX: usize = 3;

/// Reads the name of a zone of the embedded database.
///
/// # Errors
/// Which names were probably meant.
pub fn parse(name: &str) -> Result<Tz, String> {
    name.parse().map_err(|_| {
        let near = nearest(name);
        if near.is_empty() {
            "a name of the IANA database, for example \"Asia/Shanghai\" or \"UTC\"".to_owned()
        } else {
            let quoted: Vec<_> = near.iter().map(|n| format!("{n:?}")).collect();
            format!("did you mean {}?", quoted.join(" or "))
        }
    })
}

fn nearest(name: &str) -> Vec<&'static str> {
    let wanted = name.to_ascii_lowercase().replace([' ', '-'], "_");
    let city = wanted.rsplit('/').next().unwrap_or_default();
    if let Some((_, zones)) = OTHERWISE.iter().find(|(word, _)| *word == city) {
        return zones.to_vec();
    }
    let mut ranked: Vec<(usize, &'static str)> = TZ_VARIANTS
        .iter()
        .filter_map(|zone| {
            let zone = zone.name();
            let lower = zone.to_ascii_lowercase();
            let its_city = lower.rsplit('/').next().unwrap_or_default();
            if lower == wanted {
                return Some((0, zone));
            }
            if !city.is_empty() && its_city == city {
                return Some((1, zone));
            }
            let whole = distance(&lower, &wanted);
            let part = distance(its_city, city);
            let near = whole <= wanted.len() / 5 || part <= city.len() / 4;
            near.then_some((2 + whole.min(part), zone))
        })
        .collect();
    ranked.sort_unstable();
    let best = ranked.first().map_or(0, |&(rank, _)| rank);
    ranked.retain(|&(rank, _)| rank <= best + 1);
    ranked.into_iter().take(SUGGESTIONS_MAX).map(|(_, zone)| zone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, suggested: &[&str]) {
        assert_eq!(nearest(name), suggested, "{name}");
    }

    #[test]
    fn the_zone_that_was_meant_is_suggested() {
        check("Shanghai", &["Asia/Shanghai"]);
        check("asia/shanghai", &["Asia/Shanghai"]);
        check("Asia/Shangai", &["Asia/Shanghai"]);
        check("Asia/Beijing", &["Asia/Shanghai"]);
        check("America/New York", &["America/New_York"]);
        check("Europe/Berlni", &["Europe/Berlin"]);
        check("Middle-earth/Shire", &[]);
    }
}
