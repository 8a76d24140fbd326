//! How probable it is that enough of the people asked accept.
//!
//! People differ, so the number who accept is Poisson-binomial, not binomial. Its distribution is
//! built by adding one person at a time:
//!
//! ```text
//! P_k(j) = P_(k-1)(j) (1 - p_k) + P_(k-1)(j - 1) p_k        everything from `need` on in one cell
//! ```
//!
//! Why not [`crate::staffing::wave_size`], which is the same for equal rates and faster: it uses
//! logarithms, which differ between platforms in the last digit; here there are only sums and
//! products, so a wave has the same size wherever it is replayed. A person costs as many steps as
//! have been added before, and at most `need`.
//!
//! It takes people as independent. A storm that keeps one at home keeps others there too; the next
//! wave corrects that, not the arithmetic.

/// The number who accept among the people added so far, up to a need.
#[derive(Clone, Debug, PartialEq)]
pub struct Odds {
    /// `below[j]` is the probability that exactly `j` accept, for `j` below the need.
    below: Vec<f64>,
    enough: f64,
    added: usize,
}

impl Odds {
    /// Nobody is asked yet.
    pub fn new(need: u32) -> Self {
        let mut below = vec![0.0; need as usize];
        match below.first_mut() {
            Some(none) => *none = 1.0,
            None => return Self { below, enough: 1.0, added: 0 },
        }
        Self { below, enough: 0.0, added: 0 }
    }

    /// One more person is asked, who accepts with this probability.
    pub fn add(&mut self, rate: f64) {
        let Some(last) = self.below.last() else { return };
        self.enough += last * rate;
        self.added += 1;
        for j in (1..self.below.len().min(self.added + 1)).rev() {
            self.below[j] = self.below[j] * (1.0 - rate) + self.below[j - 1] * rate;
        }
        self.below[0] *= 1.0 - rate;
    }

    /// Probability that the need is met.
    pub fn enough(&self) -> f64 {
        self.enough
    }

    /// Probabilities that exactly 0, 1, … accept, up to one below the need.
    pub fn below(&self) -> &[f64] {
        &self.below
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staffing::wave_size;

    fn size(need: u32, rate: f64, confidence: f64) -> u32 {
        let mut odds = Odds::new(need);
        let mut asked = 0;
        while odds.enough() < confidence {
            odds.add(rate);
            asked += 1;
        }
        asked
    }

    #[test]
    fn equal_rates_give_the_binomial_wave() {
        for need in [0, 1, 2, 6, 20, 57] {
            for rate in [0.25, 0.4, 0.85] {
                for confidence in [0.8, 0.9, 0.95] {
                    let plain = wave_size(need, rate, confidence).unwrap();
                    assert_eq!(size(need, rate, confidence), plain, "{need} {rate} {confidence}");
                }
            }
        }
    }

    #[test]
    fn a_person_as_sure_as_is_wanted_is_enough() {
        assert_eq!(size(1, 0.9, 0.9), 1);
    }

    #[test]
    fn different_people_by_hand() {
        let mut odds = Odds::new(2);
        for rate in [0.5, 0.25, 1.0] {
            odds.add(rate);
        }
        // One is certain; that none of the other two comes is 0.5 · 0.75.
        assert_eq!(odds.enough().to_bits(), 0.625_f64.to_bits());
        assert_eq!(odds.below(), [0.0, 0.375]);
    }
}
