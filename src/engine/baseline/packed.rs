//! Rates in two bytes.
//!
//! A profile has 2,016 slots of the week, and 10,000 queues have as many profiles. A rate needs
//! neither a sign nor more than 32 octaves: from 2^-16 calls a minute (one in six weeks) to 2^16.
//! Eleven bits of mantissa are left, a step of 0.05 %, where the mean of a few weeks is known to
//! some per cent at best. Less is zero, more saturates.

/// Bits of the float 2^-16.
const BASE: u32 = (127 - 16) << 23;
const DROPPED: u32 = 12;

/// The nearest that two bytes can hold.
pub(super) fn pack(rate: f32) -> u16 {
    let bits = rate.max(0.0).to_bits() + (1 << (DROPPED - 1));
    let code = bits.saturating_sub(BASE) >> DROPPED;
    code.min(u32::from(u16::MAX)) as u16
}

/// What was packed.
pub(super) fn unpack(code: u16) -> f32 {
    if code == 0 { 0.0 } else { f32::from_bits((u32::from(code) << DROPPED) + BASE) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_keep_three_digits() {
        for rate in [0.000_1_f32, 0.02, 0.3, 1.0, 9.7, 192.3, 20_000.0, 60_000.0] {
            let back = unpack(pack(rate));
            assert!((back / rate - 1.0).abs() < 0.000_25, "{rate}: {back}");
            assert_eq!(pack(back), pack(rate));
        }
        assert_eq!((unpack(pack(0.0)), unpack(pack(-1.0)), unpack(pack(1.0e-6))), (0.0, 0.0, 0.0));
        assert!(unpack(pack(1.0e9)) > 65_000.0);
    }
}
