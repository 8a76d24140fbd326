//! What a recall costs: hours times rate.
//!
//! Whole numbers throughout. Money is in the smallest unit of whatever currency the price has; without
//! a price the answer is in paid minutes, an hour on a holiday at 300 % being 180 of them.

use crate::engine::time::Span;
use serde::{Deserialize, Serialize};

/// The kind of day on which people are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayDay {
    /// A working day, outside the shift.
    Workday,
    /// The person's day of rest.
    RestDay,
    /// A public holiday.
    Holiday,
}

/// What an hour is paid, in percent of the ordinary hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayProfile {
    /// On a working day.
    pub workday_percent: u32,
    /// On a day of rest.
    pub rest_day_percent: u32,
    /// On a public holiday.
    pub holiday_percent: u32,
    /// Price of the ordinary hour in the smallest unit of money, where one is set.
    pub hour_price: Option<u64>,
}

impl PayProfile {
    /// Labour Law of the People's Republic of China, article 44.
    pub const PRC: Self = Self {
        workday_percent: 150,
        rest_day_percent: 200,
        holiday_percent: 300,
        hour_price: None,
    };

    /// The percentage of a day.
    pub const fn percent(&self, day: PayDay) -> u32 {
        match day {
            PayDay::Workday => self.workday_percent,
            PayDay::RestDay => self.rest_day_percent,
            PayDay::Holiday => self.holiday_percent,
        }
    }

    /// So many heads for so long.
    pub fn cost(&self, heads: u32, each: Span, day: PayDay) -> Cost {
        let millis = u128::from(each.as_millis().max(0).unsigned_abs()) * u128::from(heads);
        let weighted = millis * u128::from(self.percent(day));
        let money = |price: u64| weighted * u128::from(price) / 360_000_000;
        let small = |n: u128| u64::try_from(n).unwrap_or(u64::MAX);
        Cost {
            paid_minutes: small(weighted / 6_000_000),
            money: self.hour_price.map(|price| small(money(price))),
        }
    }
}

/// A cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cost {
    /// Minutes of the ordinary rate.
    pub paid_minutes: u64,
    /// The same in the smallest unit of money, where an hour has a price.
    pub money: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_people_for_three_hours_on_each_kind_of_day() {
        let profile = PayProfile { hour_price: Some(4_000), ..PayProfile::PRC };
        let cost = |day| profile.cost(10, Span::hours(3), day);
        let told = [PayDay::Workday, PayDay::RestDay, PayDay::Holiday].map(cost);
        let expected = [(2_700, 180_000), (3_600, 240_000), (5_400, 360_000)];
        let expected = expected.map(|(m, money)| Cost { paid_minutes: m, money: Some(money) });
        assert_eq!(told, expected);
        assert_eq!(PayProfile::PRC.cost(1, Span::minutes(30), PayDay::Holiday).money, None);
    }
}
