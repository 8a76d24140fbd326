//! From agents on the phones to people: occupancy that can be borne, and time that is paid but
//! not on the phones.

use super::backlog::whole;
use super::error::{Quantity, StaffingError};
use super::traffic::{AGENTS_MAX, LOAD_MAX_ERLANGS, agents_within};

/// Largest shrinkage.
pub const SHRINKAGE_MAX: f64 = 0.95;

/// Fewest agents that are busy for at most this share of their time if every call is answered.
/// A floor: large groups reach their service level at an occupancy that nobody bears for long.
///
/// # Errors
/// If the load is out of range or the cap not within 0.1 and 1.
pub fn agents_for_occupancy_cap(load_erlangs: f64, cap: f64) -> Result<u32, StaffingError> {
    Quantity::LoadErlangs.within(load_erlangs, 0.0, LOAD_MAX_ERLANGS)?;
    Quantity::Occupancy.within(cap, 0.1, 1.0)?;
    Ok(whole(load_erlangs / cap) as u32)
}

/// People to have on duty so that so many are on the phones, when each is away for a share of
/// the time (breaks, training, illness). People recalled for a few hours shrink less than a
/// planned shift: ask for them apart.
///
/// ```
/// // 14 / 0.7 is a hair above 20 in binary; it is 20 people nevertheless.
/// assert_eq!(callsurge::staffing::people_for(14, 0.3)?, 20);
/// # Ok::<(), callsurge::staffing::StaffingError>(())
/// ```
///
/// # Errors
/// If the shrinkage is not within 0 and [`SHRINKAGE_MAX`], or the people exceed
/// [`AGENTS_MAX`].
pub fn people_for(agents: u32, shrinkage: f64) -> Result<u32, StaffingError> {
    let n = agents_within(agents)?;
    Quantity::Shrinkage.within(shrinkage, 0.0, SHRINKAGE_MAX)?;
    let people = whole(n / (1.0 - shrinkage));
    if people > f64::from(AGENTS_MAX) {
        return Err(StaffingError::OutOfReach { quantity: Quantity::Agents, target: n });
    }
    Ok(people as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_stay_whole() {
        for people in 0..2_000_u32 {
            for percent in [0_u32, 10, 20, 30, 50, 60, 90] {
                let hundredths = people * (100 - percent);
                if hundredths % 100 == 0 {
                    let shrinkage = f64::from(percent) / 100.0;
                    assert_eq!(people_for(hundredths / 100, shrinkage), Ok(people));
                }
            }
        }
        assert_eq!(people_for(14, 0.31), Ok(21));
        assert_eq!(people_for(0, 0.3), Ok(0));
        assert_eq!(agents_for_occupancy_cap(85.0, 0.85), Ok(100));
        assert_eq!(agents_for_occupancy_cap(85.1, 0.85), Ok(101));
        assert!(people_for(1, 1.0).is_err() && people_for(AGENTS_MAX, 0.9).is_err());
    }
}
