//! How often chance gives a score, in words that promise no more than is known.
//!
//! The rate is learned from weeks and extrapolated to years by an exponential tail, so one digit
//! is told, and beyond a century no figure at all.

/// Months of 30 days in a year.
const YEAR_MONTHS: f64 = 365.25 / 30.0;

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chance {
    /// More than once a day.
    Daily,
    /// About so many times a month, from 2 on.
    TimesAMonth(u32),
    /// About once a month.
    Monthly,
    /// About once in so many months, from 2 to 11.
    Months(u32),
    /// About once a year.
    Yearly,
    /// About once in so many years, from 2 to 90; tens from 10 on.
    Years(u32),
    /// Less than once in a century.
    Never,
}

impl Chance {
    /// Of a rate in times per 30 days.
    pub(super) fn of(per_month: f64) -> Self {
        let months = 1.0 / per_month.max(0.0);
        let years = months / YEAR_MONTHS;
        let whole = |x: f64| x.round() as u32;
        if per_month > 30.0 {
            Self::Daily
        } else if per_month >= 1.5 {
            Self::TimesAMonth(whole(per_month))
        } else if months < 1.5 {
            Self::Monthly
        } else if months < 11.5 {
            Self::Months(whole(months))
        } else if years < 1.5 {
            Self::Yearly
        } else if years < 9.5 {
            Self::Years(whole(years))
        } else if years < 95.0 {
            Self::Years(10 * whole(years / 10.0))
        } else {
            Self::Never
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Chance::{Daily, Monthly, Months, Never, TimesAMonth, Yearly, Years};
    use super::*;

    #[test]
    fn rates_become_coarse_words() {
        for (per_month, told) in [
            (f64::MAX, Daily),
            (30.1, Daily),
            (30.0, TimesAMonth(30)),
            (3.4, TimesAMonth(3)),
            (1.5, TimesAMonth(2)),
            (1.0, Monthly),
            (0.5, Months(2)),
            (1.0 / 11.0, Months(11)),
            (1.0 / 12.0, Yearly),
            (1.0 / (4.0 * YEAR_MONTHS), Years(4)),
            (1.0 / (9.6 * YEAR_MONTHS), Years(10)),
            (1.0 / (38.0 * YEAR_MONTHS), Years(40)),
            (1.0 / (94.0 * YEAR_MONTHS), Years(90)),
            (1.0 / (96.0 * YEAR_MONTHS), Never),
            (0.0, Never),
        ] {
            assert_eq!(Chance::of(per_month), told, "{per_month}");
        }
    }
}
