//! How often people of a class say yes, learned from recall to recall.
//!
//! A rate is the mean of a Beta posterior with prior Beta(2, 3): 40 % before anybody was asked, and
//! after 20 answers mostly what was seen. Counts are whole numbers, so the rate is the same wherever
//! it is computed.
//!
//! Who was never reached, or whose offer was withdrawn before they answered, says nothing about
//! willingness and is not counted. Drills teach a book of their own: people say yes more easily when
//! nobody has to come.

use super::candidate::Class;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Answers of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Beta {
    /// Said yes.
    pub yes: u32,
    /// Said no, or nothing until the deadline.
    pub no: u32,
}

impl Beta {
    /// Answers that the prior is worth: Beta(2, 3).
    const PRIOR: (f64, f64) = (2.0, 3.0);

    /// Mean of the posterior.
    pub fn mean(self) -> f64 {
        let (yes, no) = Self::PRIOR;
        let yes = yes + f64::from(self.yes);
        yes / (yes + no + f64::from(self.no))
    }
}

/// What is known about acceptance, carried between incidents as a value.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Learned {
    real: BTreeMap<Class, Beta>,
    drill: BTreeMap<Class, Beta>,
}

impl Learned {
    fn book(&self, drill: bool) -> &BTreeMap<Class, Beta> {
        if drill { &self.drill } else { &self.real }
    }

    /// Answers of a class so far.
    pub fn answers(&self, class: Class, drill: bool) -> Beta {
        self.book(drill).get(&class).copied().unwrap_or_default()
    }

    /// Probability that one person of the class accepts.
    pub fn rate(&self, class: Class, drill: bool) -> f64 {
        self.answers(class, drill).mean()
    }

    /// Takes one answer.
    pub fn learn(&mut self, class: Class, drill: bool, yes: bool) {
        let book = if drill { &mut self.drill } else { &mut self.real };
        let beta = book.entry(class).or_default();
        let count = if yes { &mut beta.yes } else { &mut beta.no };
        *count = count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recall::Shift;
    use crate::roster::Tier;

    #[test]
    fn the_prior_says_forty_percent_and_yields_to_what_was_seen() {
        let class = Class { tier: Tier::Standby, shift: Shift::Night };
        let mut learned = Learned::default();
        assert_eq!(learned.rate(class, false).to_bits(), 0.4_f64.to_bits());
        for n in 0..20 {
            learned.learn(class, false, n % 4 == 0);
        }
        assert_eq!(learned.answers(class, false), Beta { yes: 5, no: 15 });
        assert_eq!(learned.rate(class, false).to_bits(), (7.0_f64 / 25.0).to_bits());
        assert_eq!(learned.rate(class, true).to_bits(), 0.4_f64.to_bits(), "drills know nothing");
    }
}
