//! How often somebody may ask: counts in windows, bounded in number.
//!
//! A window begins with its first request. Who was counted last week is forgotten when room is needed;
//! if all of it is taken by the present, everybody begins anew, since a limit that can be exhausted
//! must not shut out those who were asked.

use crate::engine::time::{Span, Timestamp};
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;

/// Keys that are counted at once.
const KEYS_MAX: usize = 50_000;

/// Counts by key.
#[derive(Debug)]
pub(super) struct Counts<K> {
    most: u32,
    within: Span,
    seen: HashMap<K, (Timestamp, u32)>,
}

impl<K: Eq + Hash> Counts<K> {
    /// At most so many within so long.
    pub(super) fn new(most: u32, within: Span) -> Self {
        Self { most, within, seen: HashMap::new() }
    }

    /// Counts one.
    ///
    /// # Errors
    /// How long to wait, where it is one too many.
    pub(super) fn take(&mut self, key: K, now: Timestamp) -> Result<(), Span> {
        if self.seen.len() >= KEYS_MAX && !self.seen.contains_key(&key) {
            let within = self.within;
            self.seen.retain(|_, (since, _)| now - *since < within);
            if self.seen.len() >= KEYS_MAX {
                self.seen.clear();
            }
        }
        let (since, count) = self.seen.entry(key).or_insert((now, 0));
        if now - *since >= self.within {
            (*since, *count) = (now, 0);
        }
        if *count >= self.most {
            return Err(self.within - (now - *since));
        }
        *count += 1;
        Ok(())
    }
}

/// What counts as one address: of IPv6 the network, since a household has all of it.
pub(super) fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Timestamp = Timestamp::from_secs(1_795_896_000);

    #[test]
    fn a_window_fills_and_passes() {
        let mut counts = Counts::new(2, Span::minutes(1));
        assert_eq!([counts.take("a", T0), counts.take("a", T0)], [Ok(()), Ok(())]);
        let later = T0 + Span::secs(20);
        assert_eq!(counts.take("a", later), Err(Span::secs(40)));
        assert_eq!(counts.take("b", later), Ok(()), "others are not touched");
        assert_eq!(counts.take("a", T0 + Span::minutes(1)), Ok(()));
    }

    #[test]
    fn no_flood_of_keys_fills_the_memory() {
        let mut counts = Counts::new(1, Span::minutes(1));
        for key in 0..=2 * KEYS_MAX {
            assert_eq!(counts.take(key, T0), Ok(()));
            assert!(counts.seen.len() <= KEYS_MAX);
        }
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let [a, b]: [IpAddr; 2] =
            ["2001:db8:1:2:3::4", "2001:db8:1:2:ffff::1"].map(|a| a.parse().expect("valid"));
        assert_eq!(household(a), household(b));
        let mapped: IpAddr = "::ffff:192.0.2.7".parse().expect("valid");
        assert_eq!(household(mapped), "192.0.2.7".parse::<IpAddr>().expect("valid"));
    }
}
